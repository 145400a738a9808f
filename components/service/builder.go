package service

import (
	"sync/atomic"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/edge"
	"github.com/tenfold-iac/tenfold/components/internal/task"
)

// builder carries what the steps of New share.
type builder struct {
	ctx     *pulumi.Context
	name    string
	args    Args
	spec    task.Spec
	plan    plan
	service *Service

	made    *task.Task
	target  *edge.Target
	running *ecs.Service
	// watched follows deployments, nil when a rollback is accepted.
	watched *watcher
	// revised tells that this run makes a revision.
	revised atomic.Bool
}

// children are the options of a child resource. The caller's options go to the
// component only.
func (b *builder) children(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(b.service)}, more...)
}

func (b *builder) task() error {
	revised, err := b.onRevision()
	if err != nil {
		return err
	}
	if b.made, err = task.Make(b.ctx, b.name, b.service, b.spec, b.plan.task, revised...); err != nil {
		return err
	}
	b.service.RoleName = b.made.Role.Name
	b.service.SecurityGroupID = b.made.SecurityGroupID
	b.service.TaskDefinitionARN = b.made.Definition.Arn
	return nil
}

// route opens the way from the edge and leads the claimed route to the service.
func (b *builder) route() error {
	if b.plan.claim == nil {
		return nil
	}
	err := b.made.Open("edge-out", b.args.Edge.SecurityGroupID, "from-edge", b.made.SecurityGroupID, b.args.Port)
	if err != nil {
		return err
	}
	checked, err := b.onHealthCheck()
	if err != nil {
		return err
	}
	if b.target, err = b.plan.claim.Register(b.ctx, b.name, b.service, checked...); err != nil {
		return err
	}
	b.made.Needs(b.target.Rule)
	return nil
}
