package service

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/edge"
	"github.com/tenfold-iac/tenfold/components/internal/account"
)

// builder carries what the steps of New share.
type builder struct {
	ctx     *pulumi.Context
	name    string
	args    Args
	plan    plan
	service *Service

	here          account.Account
	logGroup      *cloudwatch.LogGroup
	executionRole *iam.Role
	taskRole      *iam.Role
	target        *edge.Target
	definition    *ecs.TaskDefinition
	running       *ecs.Service
	// before is what has to exist before the first task starts.
	before []pulumi.Resource
}

// children are the options of a child resource. The caller's options go to the
// component only.
func (b *builder) children(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(b.service)}, more...)
}

// needs notes that no task may start before the resource exists.
func (b *builder) needs(r pulumi.Resource) { b.before = append(b.before, r) }

func (b *builder) locate() (err error) {
	b.here, err = account.Current(b.ctx, b.service)
	return err
}

func (b *builder) logs() error {
	args := &cloudwatch.LogGroupArgs{
		Name: pulumi.String(b.plan.logGroup), RetentionInDays: pulumi.Int(b.args.LogRetentionDays),
	}
	if b.args.LogKeyARN != nil {
		args.KmsKeyId = b.args.LogKeyARN.ToStringOutput()
	}
	var err error
	b.logGroup, err = cloudwatch.NewLogGroup(b.ctx, b.name, args, b.children(pulumi.RetainOnDelete(!b.args.Disposable))...)
	b.needs(b.logGroup)
	return err
}

func (b *builder) route() error {
	if b.plan.claim == nil {
		return nil
	}
	var err error
	if b.target, err = b.plan.claim.Register(b.ctx, b.name, b.service); err != nil {
		return err
	}
	b.needs(b.target.Rule)
	return nil
}
