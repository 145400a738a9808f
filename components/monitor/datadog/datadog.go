// Package datadog makes Datadog monitors from specs.
//
// The resource is registered by its token with the few inputs that are used. The
// Datadog SDK is not imported: compiling it takes minutes and gigabytes on every
// machine that builds Tenfold.
package datadog

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/monitor"
)

// Args describes where monitors go and who is told.
type Args struct {
	// Environment is the value of the env tag, for example "prod".
	// Required.
	Environment string
	// Level is how critical the environment is. Required.
	Level monitor.Level
	// Team is the value of the team tag: who owns the monitors. Required.
	Team string
	// Runbooks is the URL of the folder with the runbooks; "<ID>.md" is put
	// behind it. Default: monitors name the file in the repository instead.
	Runbooks string
	// Notify maps a priority, 1 to 5, to the handles that are told, for example
	// "@pagerduty-platform". Default: nobody; Datadog's notification rules can
	// route by the tags team, env, tier and priority.
	Notify map[int][]string
	// Scope narrows every query by tags that Datadog takes over from the tags of
	// the AWS resources. Default: the tag environment with the value Environment,
	// which the AWS provider's default tags have to set.
	Scope map[string]string
	// Provider is the Datadog provider. Default: the stack's.
	Provider pulumi.ProviderResource
}

// Sink makes monitors in Datadog.
type Sink struct{ args Args }

var _ monitor.Sink = (*Sink)(nil)

var (
	tagPattern    = regexp.MustCompile(`^[a-z][a-z0-9_.:/-]{0,199}$`)
	handlePattern = regexp.MustCompile(`^@[^\s{}@]+(@[^\s{}@]+)?$`)
)

// NewSink makes a sink. The error lists every problem of the Args.
func NewSink(args Args) (*Sink, error) {
	if args.Scope == nil {
		args.Scope = map[string]string{"environment": args.Environment}
	}
	var problems []error
	add := func(format string, a ...any) {
		problems = append(problems, fmt.Errorf("datadog monitors: "+format, a...))
	}
	if !tagPattern.MatchString(args.Environment) {
		add("Environment must be lower-case letters, digits and . _ : / -, got %q", args.Environment)
	}
	if !tagPattern.MatchString(args.Team) {
		add("Team must be lower-case letters, digits and . _ : / -, got %q", args.Team)
	}
	if args.Level < monitor.Critical || args.Level > monitor.Relaxed {
		add("Level must be Critical, Standard or Relaxed, got %d", args.Level)
	}
	if args.Runbooks != "" && !strings.HasPrefix(args.Runbooks, "https://") {
		add("Runbooks must start with https://, got %q", args.Runbooks)
	}
	for _, tag := range sorted(args.Scope) {
		if !tagPattern.MatchString(tag) || args.Scope[tag] == "" || strings.ContainsAny(args.Scope[tag], "*,{} ") {
			add("Scope must map tags to single values, got %s = %q", tag, args.Scope[tag])
		}
	}
	for _, priority := range sorted(args.Notify) {
		if priority < 1 || priority > 5 {
			add("Notify must have the priorities 1 to 5, got %d", priority)
		}
		for _, handle := range args.Notify[priority] {
			if !handlePattern.MatchString(handle) {
				add("Notify must hold handles such as @slack-alerts, got %q", handle)
			}
		}
	}
	return &Sink{args: args}, errors.Join(problems...)
}

// Monitor makes a monitor of each spec that has a threshold at the level, as a
// child of owner. Those that are switched off are reported with their reason.
func (s *Sink) Monitor(ctx *pulumi.Context, owner pulumi.Resource, name string, specs []monitor.Spec) error {
	if err := monitor.Validate(specs); err != nil {
		return fmt.Errorf("monitors of %q: %w", name, err)
	}
	options := []pulumi.ResourceOption{pulumi.Parent(owner), pulumi.Version(version)}
	if s.args.Provider != nil {
		options = append(options, pulumi.Provider(s.args.Provider))
	}
	for _, spec := range specs {
		threshold := spec.Levels.At(s.args.Level)
		if threshold == nil {
			continue
		}
		if spec.Off != "" {
			text := fmt.Sprintf("%s: the monitor %s is switched off: %s", name, spec.Key(), spec.Off)
			if err := ctx.Log.Info(text, &pulumi.LogArgs{Resource: owner}); err != nil {
				return err
			}
			continue
		}
		made := s.definition(name, spec, threshold)
		err := ctx.RegisterResource(token, name+"-"+spec.Key(), made.inputs(), &resource{}, slices.Clone(options)...)
		if err != nil {
			return err
		}
	}
	return nil
}
