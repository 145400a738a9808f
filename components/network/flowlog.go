package network

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/account"
	"github.com/tenfold-iac/tenfold/components/internal/iampolicy"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
	"github.com/tenfold-iac/tenfold/components/internal/retention"
)

// Traffic is which traffic a flow log records.
type Traffic int

// The kinds of traffic.
const (
	// RefusedTraffic is what security groups and network ACLs turned away: the
	// cheap log that answers why something cannot connect, and who knocks.
	RefusedTraffic Traffic = iota + 1
	// AllTraffic is every connection: for audits, at about 0.50 USD per GB of log.
	AllTraffic
)

// FlowLog configures the log of the network's traffic.
type FlowLog struct {
	// Off switches the log off and says why. Default: on.
	Off string
	// Traffic is what is recorded. Default: RefusedTraffic.
	Traffic Traffic
	// RetentionDays is how long records are kept, one of the periods CloudWatch
	// Logs offers. Default: 30.
	RetentionDays int
	// KeyARN is the KMS key that encrypts the records; its policy has to admit
	// CloudWatch Logs. Default: nil, CloudWatch Logs' own encryption.
	KeyARN pulumi.StringInput
}

func (f FlowLog) withDefaults() FlowLog {
	if f.Traffic == 0 {
		f.Traffic = RefusedTraffic
	}
	if f.RetentionDays == 0 {
		f.RetentionDays = 30
	}
	return f
}

func (f FlowLog) check(l *problem.List) {
	l.Check(f.Traffic == RefusedTraffic || f.Traffic == AllTraffic, "FlowLog.Traffic must be RefusedTraffic or AllTraffic, got %d", f.Traffic)
	retention.Check(l, "FlowLog.RetentionDays", f.RetentionDays)
}

func (f FlowLog) trafficType() string {
	if f.Traffic == AllTraffic {
		return "ALL"
	}
	return "REJECT"
}

func (b *builder) flowLog() error {
	f := b.args.FlowLog
	if f.Off != "" {
		return b.ctx.Log.Warn(b.name+": the flow log is switched off: "+f.Off, &pulumi.LogArgs{Resource: b.network})
	}
	group := &cloudwatch.LogGroupArgs{Name: pulumi.String(b.plan.logGroup), RetentionInDays: pulumi.Int(f.RetentionDays)}
	if f.KeyARN != nil {
		group.KmsKeyId = f.KeyARN.ToStringOutput()
	}
	logs, err := cloudwatch.NewLogGroup(b.ctx, b.name+"-flow", group, b.children()...)
	if err != nil {
		return err
	}
	role, policy, err := b.flowLogRole(logs)
	if err != nil {
		return err
	}
	_, err = ec2.NewFlowLog(b.ctx, b.name+"-flow", &ec2.FlowLogArgs{
		VpcId:                  b.main.ID().ToStringOutput(),
		TrafficType:            pulumi.String(f.trafficType()),
		LogDestinationType:     pulumi.String("cloud-watch-logs"),
		LogDestination:         logs.Arn,
		IamRoleArn:             role.Arn,
		MaxAggregationInterval: pulumi.Int(600),
		Tags:                   b.tags(b.name + "-flow"),
	}, b.children(pulumi.DependsOn([]pulumi.Resource{policy}))...)
	return err
}

func (b *builder) flowLogRole(logs *cloudwatch.LogGroup) (*iam.Role, *iam.RolePolicy, error) {
	here, err := account.Current(b.ctx, b.network)
	if err != nil {
		return nil, nil, err
	}
	trust, err := iampolicy.Trust(here.OnBehalfOf("ec2", "vpc-flow-log/*"), "vpc-flow-logs.amazonaws.com")
	if err != nil {
		return nil, nil, err
	}
	role, err := iam.NewRole(b.ctx, b.name+"-flow", &iam.RoleArgs{
		Description: pulumi.String("Writes the flow log of the network"), AssumeRolePolicy: trust,
	}, b.children()...)
	if err != nil {
		return nil, nil, err
	}
	document, err := iampolicy.Identity(access.Statement{
		Actions:   []string{"logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"},
		Resources: []pulumi.StringInput{pulumi.Sprintf("%s:*", logs.Arn)},
	})
	if err != nil {
		return nil, nil, err
	}
	policy, err := iam.NewRolePolicy(b.ctx, b.name+"-flow", &iam.RolePolicyArgs{Role: role.Name, Policy: document}, b.children()...)
	return role, policy, err
}
