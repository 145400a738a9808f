// Package cloudwatch makes CloudWatch alarms from specs, for environments without
// Datadog.
//
// An alarm has one threshold where a monitor has two: warnings are left out. It
// covers a resource as a whole where a monitor splits by instance.
package cloudwatch

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	aws "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/naming"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

// Args describes who is told.
type Args struct {
	// Environment stands in front of descriptions, for example "prod". Required.
	Environment string
	// Level is how critical the environment is. Required.
	Level monitor.Level
	// Topics maps a priority, 1 to 5, to the ARNs of the SNS topics that are told
	// when an alarm begins and ends. A Critical environment needs topics for 1 and
	// 2. Default: nobody, alarms show in the console only.
	Topics map[int][]pulumi.StringInput
	// Runbooks is the URL of the folder with the runbooks; "<ID>.md" is put
	// behind it. Default: alarms name the file in the repository instead.
	Runbooks string
}

// Sink makes alarms in CloudWatch.
type Sink struct {
	args Args

	mu        sync.Mutex
	unwatched []string
}

var _ monitor.Sink = (*Sink)(nil)

// NewSink makes a sink. The error lists every problem of the Args.
func NewSink(args Args) (*Sink, error) {
	var problems []error
	add := func(format string, a ...any) {
		problems = append(problems, fmt.Errorf("cloudwatch alarms: "+format, a...))
	}
	if strings.TrimSpace(args.Environment) == "" {
		add("Environment must be set; name the environment, for example prod")
	}
	if args.Level < monitor.Critical || args.Level > monitor.Relaxed {
		add("Level must be Critical, Standard or Relaxed, got %d", args.Level)
	}
	if args.Runbooks != "" && !strings.HasPrefix(args.Runbooks, "https://") {
		add("Runbooks must start with https://, got %q", args.Runbooks)
	}
	for _, priority := range slices.Sorted(maps.Keys(args.Topics)) {
		if priority < 1 || priority > 5 {
			add("Topics must have the priorities 1 to 5, got %d", priority)
		}
	}
	for _, priority := range []int{1, 2} {
		if args.Level == monitor.Critical && len(args.Topics[priority]) == 0 {
			add("Topics must have a topic for priority %d at the level Critical; someone has to be told", priority)
		}
	}
	return &Sink{args: args}, errors.Join(problems...)
}

// Unwatched lists what CloudWatch cannot watch, as "<component>/<monitor>: why".
// It is complete after the last component.
func (s *Sink) Unwatched() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(slices.Values(s.unwatched))
}

// Monitor makes an alarm of each spec that has a threshold at the level, as a
// child of owner. Specs that CloudWatch cannot watch, and those that are switched
// off, are reported and not silently dropped.
func (s *Sink) Monitor(ctx *pulumi.Context, owner pulumi.Resource, name string, specs []monitor.Spec) error {
	if err := monitor.Validate(specs); err != nil {
		return fmt.Errorf("monitors of %q: %w", name, err)
	}
	for _, spec := range specs {
		threshold := spec.Levels.At(s.args.Level)
		if threshold == nil {
			continue
		}
		if spec.Off != "" {
			if err := ctx.Log.Info(fmt.Sprintf("%s: the alarm %s is switched off: %s", name, spec.Key(), spec.Off), &pulumi.LogArgs{Resource: owner}); err != nil {
				return err
			}
			continue
		}
		if err := s.alarm(ctx, owner, name, spec, threshold); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sink) alarm(ctx *pulumi.Context, owner pulumi.Resource, name string, spec monitor.Spec, t *monitor.Threshold) error {
	physical, err := naming.Physical(ctx, naming.Alarm, name+"-"+spec.Key())
	if err != nil {
		return err
	}
	made, err := alarm(spec, t)
	if err != nil {
		text := fmt.Sprintf("%s/%s: %s", name, spec.Key(), err)
		s.mu.Lock()
		s.unwatched = append(s.unwatched, text)
		s.mu.Unlock()
		return ctx.Log.Warn("CloudWatch cannot watch "+text, &pulumi.LogArgs{Resource: owner})
	}
	var told pulumi.Array
	for _, topic := range s.args.Topics[spec.Priority] {
		told = append(told, topic)
	}
	made.Name = pulumi.String(physical)
	made.AlarmDescription = pulumi.String(s.description(name, spec))
	if len(told) > 0 {
		made.AlarmActions, made.OkActions = told, told
	}
	_, err = aws.NewMetricAlarm(ctx, name+"-"+spec.Key(), made, pulumi.Parent(owner))
	return err
}

// longest is AWS's limit on a description.
const longest = 1024

func (s *Sink) description(name string, spec monitor.Spec) string {
	runbook := "docs/runbooks/" + spec.ID + ".md"
	if s.args.Runbooks != "" {
		runbook = strings.TrimRight(s.args.Runbooks, "/") + "/" + spec.ID + ".md"
	}
	text := fmt.Sprintf("[%s] P%d %s: %s. %s Check first: %s Runbook: %s",
		s.args.Environment, spec.Priority, name, spec.Title, spec.Impact, strings.Join(spec.Checks, " / "), runbook)
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest-3], "") + "..."
	}
	return text
}
