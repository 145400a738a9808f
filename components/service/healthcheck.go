package service

import (
	"context"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumix"

	"github.com/tenfold-iac/tenfold/components/service/runtask"
)

// A load balancer asks running tasks for the path of the health check as soon as it
// changes, and the rollback of a deployment does not take that back. If the path
// changes together with the revision that answers it, no running task does, and
// none of the revision that ECS would go back to. So the two are refused in one
// run, already in a preview.

// mayMove tells that the path of the health check may change with the revision.
func (b *builder) mayMove() bool { return strings.TrimSpace(b.args.Route.Health.Now) != "" }

// onRevision are the options of the task definition, which note in a preview that
// the run makes a revision.
func (b *builder) onRevision() ([]pulumi.ResourceOption, error) {
	if b.plan.claim == nil || b.mayMove() {
		return nil, nil
	}
	hook, err := b.hook("revision", func(*pulumi.ResourceHookArgs) error {
		b.revised.Store(true)
		return nil
	}, &pulumi.ResourceHookOptions{OnDryRun: true})
	if err != nil {
		return nil, err
	}
	return []pulumi.ResourceOption{pulumi.ResourceHooks(&pulumi.ResourceHookBinding{BeforeCreate: []*pulumi.ResourceHook{hook}})}, nil
}

// onHealthCheck are the options of the target group. It waits for the task
// definition: by then it is known whether there is a new revision.
func (b *builder) onHealthCheck() ([]pulumi.ResourceOption, error) {
	if b.mayMove() {
		return nil, b.warn("the path of the health check may change together with the revision: " + b.args.Route.Health.Now)
	}
	revision := make(chan string, 1)
	pulumix.Apply(b.made.Definition.Arn, func(arn string) string {
		revision <- arn
		return arn
	})
	hook, err := b.hook("health", func(args *pulumi.ResourceHookArgs) error {
		before, after := checkedPath(args.OldInputs), checkedPath(args.NewInputs)
		if before == after {
			return nil
		}
		moves, err := b.moves(b.ctx.Context(), revision)
		switch {
		case err != nil:
			return fmt.Errorf("service %q keeps the path of its health check, %s: nobody could tell whether its tasks are of this revision: %w", b.name, before, err)
		case moves:
			return fmt.Errorf("service %q changes the path of its health check from %s to %s in the same run as its revision: running tasks would be asked for it at once, and a rollback would not undo it; "+
				"deploy a revision that answers both and change the check in the next run, or set Route.Health.Now to the reason why it may", b.name, before, after)
		}
		return nil
	}, &pulumi.ResourceHookOptions{OnDryRun: true})
	if err != nil {
		return nil, err
	}
	return []pulumi.ResourceOption{
		pulumi.ResourceHooks(&pulumi.ResourceHookBinding{BeforeUpdate: []*pulumi.ResourceHook{hook}}),
		pulumi.DependsOn([]pulumi.Resource{b.made.Definition}),
	}, nil
}

// moves tells whether this run brings the service to another revision. A run asks
// ECS: the revision may be of an earlier run, which failed before the service moved.
func (b *builder) moves(ctx context.Context, revision <-chan string) (bool, error) {
	if b.ctx.DryRun() {
		return b.revised.Load(), nil
	}
	ctx, cancel := context.WithTimeout(ctx, explaining)
	defer cancel()
	reader, err := b.reader(ctx)
	if err != nil {
		return false, err
	}
	running, err := reader.Running(ctx, b.watcher().in(b.args.Cluster.Name, b.service.Name, ""))
	if err != nil || running == "" {
		return false, err
	}
	select {
	case wanted := <-revision:
		return runtask.ID(running) != runtask.ID(wanted), nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// checkedPath is the path of a target group's health check.
func checkedPath(inputs resource.PropertyMap) string {
	if check := inputs["healthCheck"]; check.IsObject() {
		return text(check.ObjectValue(), "path")
	}
	return ""
}
