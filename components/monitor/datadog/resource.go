package datadog

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// token and version are those of the pulumi-datadog provider whose resource this
// is. Monitors of one program all go to one version of the provider.
const (
	token   = "datadog:index/monitor:Monitor"
	version = "4.68.0"
)

// resource is the monitor in the state. No output of it is used.
type resource struct{ pulumi.CustomResourceState }

// definition is what a monitor is made of. All of it is known while the program
// runs: Datadog checks a query in a preview only when it can read it.
type definition struct {
	Name, Message, Query string
	Priority             int
	Tags                 []string
	Thresholds           thresholds
	OnMissingData        string
	EvaluationDelay      int // seconds, 0 for none
	NewGroupDelay        int // seconds, 0 for none
	RenotifyInterval     int // minutes, 0 for never
	RenotifyStatuses     []string
	Runbook              string // URL, empty for none
}

// thresholds are numbers as Datadog's provider takes them: text.
type thresholds struct{ Critical, Warning, CriticalRecovery string }

// inputs are the resource's inputs. What Datadog would otherwise choose, and
// might choose differently some day, is written out.
func (d definition) inputs() pulumi.Map {
	limits := pulumi.StringMap{"critical": pulumi.String(d.Thresholds.Critical)}
	if d.Thresholds.Warning != "" {
		limits["warning"] = pulumi.String(d.Thresholds.Warning)
	}
	if d.Thresholds.CriticalRecovery != "" {
		limits["criticalRecovery"] = pulumi.String(d.Thresholds.CriticalRecovery)
	}
	in := pulumi.Map{
		"name":              pulumi.String(d.Name),
		"type":              pulumi.String("query alert"),
		"query":             pulumi.String(d.Query),
		"message":           pulumi.String(d.Message),
		"priority":          pulumi.Sprintf("%d", d.Priority),
		"tags":              pulumi.ToStringArray(d.Tags),
		"monitorThresholds": limits,
		"onMissingData":     pulumi.String(d.OnMissingData),
		"includeTags":       pulumi.Bool(true),
		"draftStatus":       pulumi.String("published"),
		// A window of CloudWatch points is never full.
		"requireFullWindow": pulumi.Bool(false),
	}
	if d.EvaluationDelay > 0 {
		in["evaluationDelay"] = pulumi.Int(d.EvaluationDelay)
	}
	if d.NewGroupDelay > 0 {
		in["newGroupDelay"] = pulumi.Int(d.NewGroupDelay)
	}
	if d.RenotifyInterval > 0 {
		in["renotifyInterval"] = pulumi.Int(d.RenotifyInterval)
		in["renotifyStatuses"] = pulumi.ToStringArray(d.RenotifyStatuses)
	}
	if d.Runbook != "" {
		in["assets"] = pulumi.Array{pulumi.Map{
			"category": pulumi.String("runbook"), "name": pulumi.String("Runbook"), "url": pulumi.String(d.Runbook),
		}}
	}
	return in
}
