package postgres

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/account"
	"github.com/tenfold-iac/tenfold/components/internal/iampolicy"
)

const engine = "aurora-postgresql"

// logTypes are the logs that RDS exports. The second holds why IAM sign-ins fail.
var logTypes = []string{"postgresql", "iam-db-auth-error"}

// monitoringSeconds is how often the operating system of instances is measured.
const monitoringSeconds = 60

// builder carries what the steps of New hand to each other.
type builder struct {
	ctx  *pulumi.Context
	c    *Cluster
	name string
	args Args
	plan plan

	subnets    *rds.SubnetGroup
	group      *ec2.SecurityGroup
	parameters *rds.ClusterParameterGroup
	logs       []pulumi.Resource
	role       *iam.Role
	mayMeasure *iam.RolePolicyAttachment
	made       *rds.Cluster
	members    []pulumi.Resource
}

// kept is whether the data outlives the program.
func (a Args) kept() bool { return !a.Retiring && !a.Disposable }

// foundation are the options of what the cluster stands on. It stays as long as
// the cluster does: AWS would refuse to delete what the cluster uses.
func (b *builder) foundation() []pulumi.ResourceOption {
	return []pulumi.ResourceOption{pulumi.Parent(b.c), pulumi.RetainOnDelete(b.args.kept())}
}

// network places the cluster. Rules that let services in are made by the services
// (see [Cluster.Connect]), and without egress rules the database calls nobody.
func (b *builder) network() error {
	var err error
	b.subnets, err = rds.NewSubnetGroup(b.ctx, b.name, &rds.SubnetGroupArgs{
		Name:        pulumi.String(b.plan.subnetGroup),
		Description: pulumi.String("Subnets of the database " + b.name),
		SubnetIds:   b.args.SubnetIDs,
	}, b.foundation()...)
	if err != nil {
		return err
	}
	b.group, err = ec2.NewSecurityGroup(b.ctx, b.name, &ec2.SecurityGroupArgs{
		Description: pulumi.String("Database " + b.name),
		VpcId:       b.args.VPCID.ToStringOutput(),
	}, b.foundation()...)
	if err != nil {
		return err
	}
	b.c.SecurityGroupID = b.group.ID().ToStringOutput()
	return nil
}

// parameterGroup is named by the provider and by its family: a major upgrade
// then makes the new group beside the old one, which stays in use until the
// upgrade is through and is therefore left behind. A disposable cluster leaves
// nothing behind; its upgrade waits for the old group to be free.
func (b *builder) parameterGroup() error {
	var err error
	family := b.plan.version.family()
	b.parameters, err = rds.NewClusterParameterGroup(b.ctx, b.name+"-"+family, &rds.ClusterParameterGroupArgs{
		Family:      pulumi.String(family),
		Description: pulumi.String("Settings of the database " + b.name),
		Parameters:  b.args.parameters(),
	}, pulumi.Parent(b.c), pulumi.RetainOnDelete(!b.args.Disposable))
	return err
}

// logGroups come before the cluster. RDS would make them otherwise, and they
// would keep logs for ever.
func (b *builder) logGroups() error {
	for _, kind := range logTypes {
		args := &cloudwatch.LogGroupArgs{
			Name:            pulumi.String(fmt.Sprintf("/aws/rds/cluster/%s/%s", b.plan.cluster, kind)),
			RetentionInDays: pulumi.Int(b.args.LogRetentionDays),
		}
		if b.args.LogKeyARN != nil {
			args.KmsKeyId = b.args.LogKeyARN.ToStringOutput()
		}
		group, err := cloudwatch.NewLogGroup(b.ctx, b.name+"-"+kind, args, b.foundation()...)
		if err != nil {
			return err
		}
		b.logs = append(b.logs, group)
	}
	return nil
}

// monitoringRole lets RDS write what it measures in the operating system of
// these instances.
func (b *builder) monitoringRole() error {
	here, err := account.Current(b.ctx, b.c)
	if err != nil {
		return err
	}
	trust, err := iampolicy.Trust(here.OnBehalfOf("rds", "db:"+b.plan.cluster+"-*"), "monitoring.rds.amazonaws.com")
	if err != nil {
		return err
	}
	b.role, err = iam.NewRole(b.ctx, b.name+"-monitoring", &iam.RoleArgs{
		AssumeRolePolicy: trust,
		Description:      pulumi.String("Enhanced monitoring of the database " + b.name),
	}, b.foundation()...)
	if err != nil {
		return err
	}
	b.mayMeasure, err = iam.NewRolePolicyAttachment(b.ctx, b.name+"-monitoring", &iam.RolePolicyAttachmentArgs{
		Role:      b.role.Name,
		PolicyArn: pulumi.String("arn:" + here.Partition + ":iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"),
	}, b.foundation()...)
	return err
}
