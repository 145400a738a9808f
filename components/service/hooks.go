package service

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumix"

	"github.com/tenfold-iac/tenfold/components/service/deployment"
)

// engines are those in which an error of a hook after a deployment fails the run.
// Older ones only warn of it.
const engines = ">=3.238.0"

// checkEngine refuses an engine that would report a rollback as a success.
func checkEngine(require func(versions string) error) error {
	if err := require(engines); err != nil {
		return fmt.Errorf("a deployment that was rolled back fails the run with Pulumi %s only; upgrade the Pulumi CLI: %w", engines, err)
	}
	return nil
}

// hooks binds what happens around a deployment. The engine runs none of it in a
// preview. Each can be switched off with a reason, which the run shows.
func (b *builder) hooks() (*pulumi.ResourceHookBinding, error) {
	binding := &pulumi.ResourceHookBinding{}
	for _, bind := range []func(*pulumi.ResourceHookBinding) error{b.alarmHook, b.watch, b.migrationHook} {
		if err := bind(binding); err != nil {
			return nil, err
		}
	}
	return binding, nil
}

// watch binds what looks at how ECS ended a deployment.
func (b *builder) watch(binding *pulumi.ResourceHookBinding) error {
	if reason := strings.TrimSpace(b.args.AcceptRollback); reason != "" {
		return b.warn("a deployment that was rolled back counts as a success: " + reason)
	}
	b.watched = b.watcher()
	before, err := b.hook("standing", func(args *pulumi.ResourceHookArgs) error { return b.watched.before(b.ctx.Context(), args) }, nil)
	if err != nil {
		return err
	}
	after, err := b.hook("rollback", func(args *pulumi.ResourceHookArgs) error { return b.watched.after(b.ctx.Context(), args) }, nil)
	if err != nil {
		return err
	}
	failed, err := b.ctx.RegisterErrorHook(b.name+"-failure", func(args *pulumi.ErrorHookArgs) (bool, error) { return b.watched.explain(b.ctx.Context(), args) })
	if err != nil {
		return fmt.Errorf("service %q: registering the hook failure: %w", b.name, err)
	}
	binding.BeforeCreate, binding.BeforeUpdate = append(binding.BeforeCreate, before), append(binding.BeforeUpdate, before)
	binding.AfterCreate, binding.AfterUpdate = []*pulumi.ResourceHook{after}, []*pulumi.ResourceHook{after}
	binding.OnError = []*pulumi.ErrorHook{failed}
	return nil
}

// settled is the name of the service once ECS has decided on its last deployment,
// in each run but a preview, and an error if the service is not what was
// declared. It is no hook: a hook holds up the state of the whole stack, and runs
// only when something changes, so that the next run would call a rollback well.
func (b *builder) settled() pulumi.StringOutput {
	name := pulumi.String(b.service.Name).ToStringOutput()
	if b.watched == nil || b.ctx.DryRun() || !engine(b.ctx.RequirePulumiVersion) {
		return name
	}
	return pulumi.StringOutput(pulumix.Apply3Err(b.running.Cluster, b.running.TaskDefinition.Elem(), b.made.Definition.Arn, func(cluster, seen, wanted string) (string, error) {
		return b.service.Name, b.watched.settled(b.ctx.Context(), b.watched.in(cluster, b.service.Name, wanted), seen)
	}))
}

// engine tells a run from a unit test, whose mocks accept every version and have no
// ECS behind them.
func engine(require func(versions string) error) bool { return require(">=999999.0.0") != nil }

func (b *builder) watcher() *watcher {
	return &watcher{
		service: b.name, logGroup: b.plan.task.LogGroup, limit: b.args.DeployTimeout, reader: b.reader, tell: b.tell,
		fail: func(text string) { _ = b.ctx.Log.Error(text, &pulumi.LogArgs{Resource: b.service}) },
	}
}

// alarmHook looks after the alarms of a service that has no route, or none any
// longer. It also runs in a preview: what it refuses is known then.
func (b *builder) alarmHook(binding *pulumi.ResourceHookBinding) error {
	if b.target != nil {
		return nil
	}
	hook, err := b.hook("alarms", func(args *pulumi.ResourceHookArgs) error { return alarmsLeft(b.name, args) }, &pulumi.ResourceHookOptions{OnDryRun: true})
	if err != nil {
		return err
	}
	binding.BeforeUpdate = []*pulumi.ResourceHook{hook}
	return nil
}

// alarmsLeft refuses to take the route of a service whose deployment alarms are
// on. ECS keeps alarms that an update leaves out, and would go on watching for
// alarms that no longer exist.
func alarmsLeft(name string, args *pulumi.ResourceHookArgs) error {
	alarms := args.OldInputs["alarms"]
	if !alarms.IsObject() || !alarms.ObjectValue()["enable"].IsBool() || !alarms.ObjectValue()["enable"].BoolValue() {
		return nil
	}
	return fmt.Errorf("service %q loses its route while its deployment alarms are on, which ECS would keep without them; set Alarms.Off to the reason and deploy, then take the route away", name)
}

func (b *builder) migrationHook(binding *pulumi.ResourceHookBinding) error {
	m := b.args.Migration
	if len(m.Command) == 0 {
		return nil
	}
	if m.Off != "" {
		return b.warn("the migration is switched off: " + m.Off)
	}
	g := gate{Migration: m, service: b.name, container: b.name, logGroup: b.plan.task.LogGroup, aws: b.aws, tell: b.tell}
	hook, err := b.hook("migration", func(args *pulumi.ResourceHookArgs) error { return g.before(b.ctx.Context(), args) }, nil)
	if err != nil {
		return err
	}
	binding.BeforeCreate, binding.BeforeUpdate = append(binding.BeforeCreate, hook), append(binding.BeforeUpdate, hook)
	return nil
}

// tell shows progress. A run that cannot show it goes on.
func (b *builder) tell(text string) { _ = b.ctx.Log.Info(b.name+": "+text, nil) }

func (b *builder) warn(text string) error {
	return b.ctx.Log.Warn(b.name+": "+text, &pulumi.LogArgs{Resource: b.service})
}

// aws is how the hooks reach AWS.
func (b *builder) aws(ctx context.Context) (aws.Config, error) {
	if b.args.AWS != nil {
		return *b.args.AWS, nil
	}
	settings, err := config.LoadDefaultConfig(ctx, config.WithRegion(b.made.Here.Region))
	if err != nil {
		return aws.Config{}, fmt.Errorf("reading the AWS configuration: %w", err)
	}
	return settings, nil
}

// reader asks ECS about deployments.
func (b *builder) reader(ctx context.Context) (*deployment.Reader, error) {
	settings, err := b.aws(ctx)
	if err != nil {
		return nil, err
	}
	return deployment.NewFromConfig(settings), nil
}

func (b *builder) hook(suffix string, callback pulumi.ResourceHookFunction, options *pulumi.ResourceHookOptions) (*pulumi.ResourceHook, error) {
	hook, err := b.ctx.RegisterResourceHook(b.name+"-"+suffix, callback, options)
	if err != nil {
		return nil, fmt.Errorf("service %q: registering the hook %s: %w", b.name, suffix, err)
	}
	return hook, nil
}
