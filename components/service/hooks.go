package service

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/service/deployment"
	"github.com/tenfold-iac/tenfold/components/service/runtask"
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
	for _, bind := range []func(*pulumi.ResourceHookBinding) error{b.alarmHook, b.migrationHook} {
		if err := bind(binding); err != nil {
			return nil, err
		}
	}
	if reason := strings.TrimSpace(b.args.AcceptRollback); reason != "" {
		return binding, b.warn("a deployment that was rolled back counts as a success: " + reason)
	}
	w := watcher{service: b.name, logGroup: b.plan.task.LogGroup, why: b.why}
	hook, err := b.hook("rollback", func(args *pulumi.ResourceHookArgs) error { return w.rolledBack(b.ctx.Context(), args) })
	if err != nil {
		return nil, err
	}
	binding.AfterCreate, binding.AfterUpdate = []*pulumi.ResourceHook{hook}, []*pulumi.ResourceHook{hook}
	return binding, nil
}

// alarmHook looks after the alarms of a service that has no route, or none any
// longer. It also runs in a preview: what it refuses is known then.
func (b *builder) alarmHook(binding *pulumi.ResourceHookBinding) error {
	if b.target != nil {
		return nil
	}
	hook, err := b.ctx.RegisterResourceHook(b.name+"-alarms", func(args *pulumi.ResourceHookArgs) error {
		return alarmsLeft(b.name, args)
	}, &pulumi.ResourceHookOptions{OnDryRun: true})
	if err != nil {
		return fmt.Errorf("service %q: registering the hook alarms: %w", b.name, err)
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
	g := gate{Migration: m, service: b.name, container: b.name, logGroup: b.plan.task.LogGroup, aws: b.aws, told: func(taskARN string) {
		// Progress only: a run that cannot show it goes on.
		_ = b.ctx.Log.Info(fmt.Sprintf("%s: the migration runs as task %s; it writes to log group %s", b.name, runtask.ID(taskARN), b.plan.task.LogGroup), nil)
	}}
	hook, err := b.hook("migration", func(args *pulumi.ResourceHookArgs) error { return g.before(b.ctx.Context(), args) })
	if err != nil {
		return err
	}
	binding.BeforeCreate, binding.BeforeUpdate = append(binding.BeforeCreate, hook), append(binding.BeforeUpdate, hook)
	return nil
}

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

// why asks ECS why it went back.
func (b *builder) why(ctx context.Context, s deployment.Service) (deployment.Finding, error) {
	settings, err := b.aws(ctx)
	if err != nil {
		return deployment.Finding{}, err
	}
	return deployment.NewFromConfig(settings).Why(ctx, s)
}

func (b *builder) hook(suffix string, callback pulumi.ResourceHookFunction) (*pulumi.ResourceHook, error) {
	hook, err := b.ctx.RegisterResourceHook(b.name+"-"+suffix, callback, nil)
	if err != nil {
		return nil, fmt.Errorf("service %q: registering the hook %s: %w", b.name, suffix, err)
	}
	return hook, nil
}
