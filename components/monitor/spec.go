// Package monitor describes monitors as data.
//
// Each component turns its own inputs into a list of [Spec] and hands it to the
// [Sink] in its Args. A spec says what is watched, from which number on it
// hurts, what silence means, how urgent it is and where the runbook is; it does
// not know which product watches. Datadog and CloudWatch are two sinks over the
// same specs (packages datadog and cloudwatch).
//
// A monitor is switched off only with a reason, and the sink reports the reason.
package monitor

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Spec is one monitor.
type Spec struct {
	// ID names the kind of monitor, for example "sqs-dlq". It is the name of
	// the runbook (docs/runbooks/<ID>.md) and part of the logical name.
	ID string
	// Subject tells monitors of one kind within a component apart, for example
	// the instance of a cluster. Default: none.
	Subject string
	// Title says what is wrong, in a few words.
	Title string
	// Impact says what it means for users of the product, in one sentence.
	Impact string
	// Checks are the first things to look at, at most three.
	Checks []string
	// Query is what is measured.
	Query Query
	// Levels holds the thresholds for each level of criticality. A level
	// without thresholds gets no monitor.
	Levels Levels
	// Missing says what silence means.
	Missing Missing
	// Delay is how late the metric arrives; the monitor evaluates that much in
	// the past. Default: 15 minutes, which covers CloudWatch metrics that are
	// polled. Agent metrics take [NoDelay].
	Delay time.Duration
	// Priority is the urgency, 1 (page at once) to 5 (dashboard only).
	Priority int
	// Off switches the monitor off and says why. Default: on.
	Off string
}

// NoDelay marks a metric that arrives as it is measured.
const NoDelay time.Duration = -1

// Level is how critical an environment is.
type Level int

// The levels of criticality.
const (
	// Critical is production with paying customers: pages.
	Critical Level = iota + 1
	// Standard is production with looser thresholds.
	Standard
	// Relaxed is an environment without customers: only what costs money or
	// loses data.
	Relaxed
)

// Levels holds thresholds by level. A nil entry means no monitor at that level.
type Levels struct{ Critical, Standard, Relaxed *Threshold }

// At returns the thresholds of a level, nil for none.
func (l Levels) At(level Level) *Threshold {
	switch level {
	case Critical:
		return l.Critical
	case Standard:
		return l.Standard
	case Relaxed:
		return l.Relaxed
	}
	return nil
}

// Threshold is where a monitor alerts and, if HasWarning, where it warns.
type Threshold struct {
	Alert      float64
	Warning    float64
	HasWarning bool
}

// Alert is a threshold without a warning.
func Alert(at float64) *Threshold { return &Threshold{Alert: at} }

// AlertAndWarn is a threshold with a warning before it.
func AlertAndWarn(alert, warning float64) *Threshold {
	return &Threshold{Alert: alert, Warning: warning, HasWarning: true}
}

// Everywhere uses the same thresholds at every level.
func Everywhere(t *Threshold) Levels { return Levels{Critical: t, Standard: t, Relaxed: t} }

// Production uses the same thresholds at the two production levels.
func Production(t *Threshold) Levels { return Levels{Critical: t, Standard: t} }

// Missing says what a monitor does when its metric is silent.
type Missing int

// The missing-data policies.
const (
	// MissingIsZero evaluates silence as 0. For counts that AWS emits only when
	// something happens.
	MissingIsZero Missing = iota + 1
	// MissingResolves treats silence as recovery.
	MissingResolves
	// MissingShows shows "no data" without telling anyone.
	MissingShows
	// MissingAlerts notifies about silence: for the one metric per resource
	// that always has to be there.
	MissingAlerts
)

// Sink makes monitors from specs.
type Sink interface {
	// Monitor makes the monitors of one component as children of owner. Name is
	// the component's logical name. It reports every invalid spec at once.
	Monitor(ctx *pulumi.Context, owner pulumi.Resource, name string, specs []Spec) error
}

// Off is a sink that makes no monitors and says why.
type Off struct {
	// Reason says why nothing is monitored. Required.
	Reason string
}

// Monitor checks the specs and reports the reason as a warning of the run.
func (o Off) Monitor(ctx *pulumi.Context, owner pulumi.Resource, name string, specs []Spec) error {
	if strings.TrimSpace(o.Reason) == "" {
		return fmt.Errorf("monitors of %q are switched off without a reason; set Reason", name)
	}
	if err := Validate(specs); err != nil {
		return err
	}
	return ctx.Log.Warn(fmt.Sprintf("%s: %d monitors are switched off: %s", name, len(specs), o.Reason), &pulumi.LogArgs{Resource: owner})
}

var subjectPattern = regexp.MustCompile(`^[a-z0-9-]*$`)

// Validate reports every problem of a list of specs.
func Validate(specs []Spec) error {
	var problems []error
	seen := map[string]bool{}
	for _, s := range specs {
		key := s.Key()
		if seen[key] {
			problems = append(problems, fmt.Errorf("monitor %q is given twice; set Subject", key))
		}
		seen[key] = true
		for _, p := range s.problems() {
			problems = append(problems, fmt.Errorf("monitor %q: %w", key, p))
		}
	}
	return errors.Join(problems...)
}

// Key is the ID, followed by the subject if there is one.
func (s Spec) Key() string {
	if s.Subject == "" {
		return s.ID
	}
	return s.ID + "-" + s.Subject
}

func (s Spec) problems() []error {
	var problems []error
	if !catalogue[s.ID] {
		problems = append(problems, fmt.Errorf("ID %q is not in the catalogue; add it to components/monitor/catalogue.go and write docs/runbooks/%s.md", s.ID, s.ID))
	}
	if !subjectPattern.MatchString(s.Subject) {
		problems = append(problems, fmt.Errorf("Subject %q must be lower-case letters, digits and hyphens", s.Subject))
	}
	if s.Title == "" || s.Impact == "" || len(s.Checks) == 0 || len(s.Checks) > 3 {
		problems = append(problems, errors.New("needs a Title, an Impact and one to three Checks"))
	}
	if s.Priority < 1 || s.Priority > 5 {
		problems = append(problems, fmt.Errorf("Priority must be 1 to 5, got %d", s.Priority))
	}
	if s.Missing < MissingIsZero || s.Missing > MissingAlerts {
		problems = append(problems, errors.New("needs a missing-data policy; set Missing"))
	}
	if s.Levels == (Levels{}) {
		problems = append(problems, errors.New("has no threshold at any level"))
	}
	for _, t := range []*Threshold{s.Levels.Critical, s.Levels.Standard, s.Levels.Relaxed} {
		if t != nil && t.HasWarning && !s.Query.Compare.stricter(t.Alert, t.Warning) {
			problems = append(problems, fmt.Errorf("the warning %g must come before the alert %g", t.Warning, t.Alert))
		}
	}
	if d, ok := s.Query.Measure.(Difference); ok && d.ZeroWhenSilent && s.Missing != MissingIsZero {
		problems = append(problems, errors.New("reads silence as zero and needs MissingIsZero"))
	}
	return append(problems, s.Query.problems()...)
}
