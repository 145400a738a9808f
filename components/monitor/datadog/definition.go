package datadog

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tenfold-iac/tenfold/components/monitor"
)

// defaultDelay covers CloudWatch metrics that Datadog polls, which arrive 10 to
// 15 minutes late.
const defaultDelay = 15 * time.Minute

// newGroupDelay is how long a new instance or task is left alone.
const newGroupDelay = 5 * time.Minute

// renotifyMinutes is how often an urgent alert is repeated until it is over.
const renotifyMinutes = 60

func (s *Sink) definition(name string, spec monitor.Spec, t *monitor.Threshold) definition {
	d := definition{
		Name:          s.title(name, spec),
		Message:       s.message(spec),
		Query:         Query(spec.Query, t.Alert, s.args.Scope),
		Priority:      spec.Priority,
		Tags:          s.tags(name, spec),
		Thresholds:    limits(spec, t),
		OnMissingData: onMissingData(spec.Missing),
		Runbook:       s.runbookURL(spec),
	}
	switch {
	case spec.Delay == 0:
		d.EvaluationDelay = int(defaultDelay / time.Second)
	case spec.Delay > 0:
		d.EvaluationDelay = int(spec.Delay / time.Second)
	}
	if len(spec.Query.Tags()) > 0 {
		d.NewGroupDelay = int(newGroupDelay / time.Second)
	}
	if spec.Priority <= 2 && s.args.Level != monitor.Relaxed {
		d.RenotifyInterval = renotifyMinutes
		d.RenotifyStatuses = []string{"alert"}
		if spec.Missing == monitor.MissingAlerts {
			d.RenotifyStatuses = append(d.RenotifyStatuses, "no data")
		}
	}
	return d
}

// limits are the thresholds. An alert with a warning before it is over only half
// way back to the warning, so that a value around the threshold does not tell
// people again and again.
func limits(spec monitor.Spec, t *monitor.Threshold) thresholds {
	made := thresholds{Critical: number(t.Alert)}
	if !t.HasWarning {
		return made
	}
	made.Warning = number(t.Warning)
	for _, series := range spec.Query.Series() {
		if series.Metric.Count {
			return made // counts start from zero in every window
		}
	}
	made.CriticalRecovery = number((t.Alert + t.Warning) / 2)
	return made
}

func onMissingData(m monitor.Missing) string {
	switch m {
	case monitor.MissingResolves:
		return "resolve"
	case monitor.MissingShows:
		return "show_no_data"
	case monitor.MissingAlerts:
		return "show_and_notify_no_data"
	}
	return "default" // MissingIsZero: counts that are silent are 0
}

// title says where, what, and which of several.
func (s *Sink) title(name string, spec monitor.Spec) string {
	title := fmt.Sprintf("[%s] %s: %s", s.args.Environment, name, spec.Title)
	for _, tag := range spec.Query.Tags() {
		title += " {{" + tag + ".name}}"
	}
	return title
}

func (s *Sink) message(spec monitor.Spec) string {
	var b strings.Builder
	b.WriteString(spec.Impact + "\n\nCheck first:\n")
	for _, check := range spec.Checks {
		b.WriteString("- " + check + "\n")
	}
	if url := s.runbookURL(spec); url != "" {
		fmt.Fprintf(&b, "\nRunbook: %s\n", url)
	} else {
		fmt.Fprintf(&b, "\nRunbook: docs/runbooks/%s.md\n", spec.ID)
	}
	if handles := s.args.Notify[spec.Priority]; len(handles) > 0 {
		fmt.Fprintf(&b, "\n%s\n", strings.Join(handles, " "))
	}
	return strings.TrimSpace(b.String())
}

func (s *Sink) runbookURL(spec monitor.Spec) string {
	if s.args.Runbooks == "" {
		return ""
	}
	return strings.TrimRight(s.args.Runbooks, "/") + "/" + spec.ID + ".md"
}

var tiers = map[monitor.Level]string{monitor.Critical: "critical", monitor.Standard: "standard", monitor.Relaxed: "relaxed"}

// tags are what notification rules, downtimes and lists select by, in the order
// in which Datadog stores them.
func (s *Sink) tags(name string, spec monitor.Spec) []string {
	return []string{
		"component:" + name,
		"env:" + s.args.Environment,
		"id:" + spec.ID,
		"managed-by:tenfold",
		"priority:p" + strconv.Itoa(spec.Priority),
		"service:" + name,
		"team:" + s.args.Team,
		"tier:" + tiers[s.args.Level],
	}
}
