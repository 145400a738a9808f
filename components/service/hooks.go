package service

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// hooks binds what happens around a deployment. The engine runs none of it in a
// preview.
func (b *builder) hooks() (*pulumi.ResourceHookBinding, error) {
	binding := &pulumi.ResourceHookBinding{}
	if len(b.args.Migration.Command) > 0 {
		g := gate{
			Migration: b.args.Migration, service: b.name, container: b.name,
			logGroup: b.plan.task.LogGroup, region: b.made.Here.Region,
		}
		hook, err := b.hook("migration", func(args *pulumi.ResourceHookArgs) error { return g.before(b.ctx.Context(), args) })
		if err != nil {
			return nil, err
		}
		binding.BeforeCreate, binding.BeforeUpdate = []*pulumi.ResourceHook{hook}, []*pulumi.ResourceHook{hook}
	}
	if reason := strings.TrimSpace(b.args.AcceptRollback); reason != "" {
		err := b.ctx.Log.Warn(b.name+": a deployment that was rolled back counts as a success: "+reason, &pulumi.LogArgs{Resource: b.service})
		return binding, err
	}
	hook, err := b.hook("rollback", func(args *pulumi.ResourceHookArgs) error { return rolledBack(args, b.name, b.plan.task.LogGroup) })
	if err != nil {
		return nil, err
	}
	binding.AfterCreate, binding.AfterUpdate = []*pulumi.ResourceHook{hook}, []*pulumi.ResourceHook{hook}
	return binding, nil
}

func (b *builder) hook(suffix string, callback pulumi.ResourceHookFunction) (*pulumi.ResourceHook, error) {
	hook, err := b.ctx.RegisterResourceHook(b.name+"-"+suffix, callback, nil)
	if err != nil {
		return nil, fmt.Errorf("service %q: registering the hook %s: %w", b.name, suffix, err)
	}
	return hook, nil
}
