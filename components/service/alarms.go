package service

import (
	"fmt"
	"strings"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/problem"
)

// Alarms watch a deployment of a service with a route. When one fires while new
// tasks take over, ECS goes back to the revision before. They exist beside the
// monitors, which tell people: ECS reads CloudWatch alarms only.
type Alarms struct {
	// Off switches the alarms off and says why; they still exist, and deployments
	// ignore them. Do this, and deploy, before Edge is taken away from a service; a
	// preview refuses that otherwise. Default: on.
	Off string
	// ErrorPercent is the share of requests that may fail, 1 to 100. Default: 5.
	ErrorPercent int
	// Latency is how long the slowest of a hundred requests may take: 10
	// milliseconds to 1 minute. Default: 5 seconds.
	Latency time.Duration
	// MinRequests is how many requests a minute have to have come for either to
	// count, at least 1: one failure of two requests says nothing. Default: 20.
	MinRequests int
}

func (a Alarms) withDefaults() Alarms {
	if a.ErrorPercent == 0 {
		a.ErrorPercent = 5
	}
	if a.Latency == 0 {
		a.Latency = 5 * time.Second
	}
	if a.MinRequests == 0 {
		a.MinRequests = 20
	}
	return a
}

func (a Alarms) check(l *problem.List) {
	l.Check(a.ErrorPercent >= 1 && a.ErrorPercent <= 100, "Alarms.ErrorPercent must be 1 to 100, got %d", a.ErrorPercent)
	l.Check(a.Latency >= 10*time.Millisecond && a.Latency <= time.Minute, "Alarms.Latency must be 10ms to 1m, got %s", a.Latency)
	l.Check(a.MinRequests >= 1, "Alarms.MinRequests must be at least 1, got %d", a.MinRequests)
}

// metric is one metric of a target group in a query of an alarm.
type metric struct{ id, name, stat string }

// alarms makes the deployment alarms. Their names are literal: an alarm that took
// its name from the service, which has to name its alarms, would be a cycle.
func (b *builder) alarms() error {
	a := b.args.Alarms
	if b.target == nil {
		return nil
	}
	if reason := strings.TrimSpace(a.Off); reason != "" {
		if err := b.ctx.Log.Warn(b.name+": deployment alarms are switched off: "+reason, &pulumi.LogArgs{Resource: b.service}); err != nil {
			return err
		}
	}
	requests := metric{"requests", "RequestCount", "Sum"}
	enough := fmt.Sprintf("IF(FILL(requests, 0) >= %d, ", a.MinRequests)
	err := b.alarm("5xx", b.plan.errorAlarm, "Requests to a service fail while it is deployed",
		float64(a.ErrorPercent), enough+"100 * FILL(errors, 0) / requests, 0)",
		requests, metric{"errors", "HTTPCode_Target_5XX_Count", "Sum"})
	if err != nil {
		return err
	}
	return b.alarm("p99", b.plan.latencyAlarm, "Requests to a service are slow while it is deployed",
		a.Latency.Seconds(), enough+"latency, 0)",
		requests, metric{"latency", "TargetResponseTime", "p99"})
}

// alarm fires when the expression is above the threshold in two of three minutes.
// ECS watches as long after the last task came up as the alarm takes to fire.
func (b *builder) alarm(suffix, name, description string, threshold float64, expression string, metrics ...metric) error {
	queries := cloudwatch.MetricAlarmMetricQueryArray{cloudwatch.MetricAlarmMetricQueryArgs{
		Id: pulumi.String("value"), Expression: pulumi.String(expression), Label: pulumi.String(suffix), ReturnData: pulumi.Bool(true),
	}}
	for _, m := range metrics {
		queries = append(queries, cloudwatch.MetricAlarmMetricQueryArgs{
			Id:         pulumi.String(m.id),
			ReturnData: pulumi.Bool(false),
			Metric: cloudwatch.MetricAlarmMetricQueryMetricArgs{
				Namespace: pulumi.String("AWS/ApplicationELB"), MetricName: pulumi.String(m.name), Stat: pulumi.String(m.stat), Period: pulumi.Int(60),
				Dimensions: pulumi.StringMap{"LoadBalancer": b.args.Edge.ARNSuffix, "TargetGroup": b.target.GroupARNSuffix},
			},
		})
	}
	made, err := cloudwatch.NewMetricAlarm(b.ctx, b.name+"-"+suffix, &cloudwatch.MetricAlarmArgs{
		Name:               pulumi.String(name),
		AlarmDescription:   pulumi.String(description),
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		Threshold:          pulumi.Float64(threshold),
		EvaluationPeriods:  pulumi.Int(3),
		DatapointsToAlarm:  pulumi.Int(2),
		TreatMissingData:   pulumi.String("notBreaching"),
		MetricQueries:      queries,
	}, b.children()...)
	b.made.Needs(made)
	return err
}

// deploymentAlarms names the alarms ECS watches, nil for a service without a
// route: the API refuses an empty list. Alarms that are switched off stay listed,
// because leaving the block out does not switch off what was on.
func (b *builder) deploymentAlarms() ecs.ServiceAlarmsPtrInput {
	if b.target == nil {
		return nil
	}
	on := pulumi.Bool(strings.TrimSpace(b.args.Alarms.Off) == "")
	return ecs.ServiceAlarmsArgs{
		AlarmNames: pulumi.StringArray{pulumi.String(b.plan.errorAlarm), pulumi.String(b.plan.latencyAlarm)}, Enable: on, Rollback: on,
	}
}
