// Package cluster is an ECS cluster on Fargate.
package cluster

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/servicediscovery"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/naming"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
	"github.com/tenfold-iac/tenfold/components/internal/retention"
)

// Insights is how closely CloudWatch watches the cluster.
type Insights int

// The levels of Container Insights.
const (
	// EnhancedInsights measures every task and container. CloudWatch charges
	// for each of them.
	EnhancedInsights Insights = iota + 1
	// StandardInsights measures services: enough for the task counts that
	// CloudWatch alarms need, at a lower price.
	StandardInsights
)

// Args configures a cluster. The zero value is a production cluster whose
// containers nobody can open a shell in.
type Args struct {
	// Insights is how closely CloudWatch watches. Default: EnhancedInsights.
	Insights Insights
	// Connect gives services names under which they reach each other (ECS
	// Service Connect); see service.Args.Serve. Default: false.
	Connect bool
	// Exec lets people open a shell in running containers. Default: nobody can.
	Exec Exec
}

// Exec configures audited shells (ECS Exec).
type Exec struct {
	// KeyARN is the KMS key that encrypts the sessions and their log; its policy
	// has to admit CloudWatch Logs. Default: nil, no service of the cluster can
	// be opened.
	KeyARN pulumi.StringInput
	// RetentionDays is how long the record of a session is kept, one of the
	// periods CloudWatch Logs offers. Default: 365.
	RetentionDays int
}

// Cluster is an ECS cluster.
type Cluster struct {
	pulumi.ResourceState

	// Name is the cluster's name, known while the program runs: monitors and
	// scaling targets are made of it.
	Name string
	// ARN is the cluster's ARN.
	ARN pulumi.StringOutput `pulumi:"arn"`
	// ExecLogGroup is the name of the log group that records shells, empty
	// when there is none.
	ExecLogGroup string

	// NamespaceARN is where services find each other; nil without Connect.
	NamespaceARN pulumi.StringInput

	execKey      pulumi.StringInput
	execGroupARN pulumi.StringOutput
}

// New makes a cluster.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Cluster, error) {
	if args.Insights == 0 {
		args.Insights = EnhancedInsights
	}
	if args.Exec.RetentionDays == 0 {
		args.Exec.RetentionDays = 365
	}
	names, err := args.check(ctx, name)
	if err != nil {
		return nil, err
	}
	c := &Cluster{Name: names.cluster, execKey: args.Exec.KeyARN}
	if err := ctx.RegisterComponentResource("tenfold:cluster:Cluster", name, c, opts...); err != nil {
		return nil, err
	}
	configuration, err := c.exec(ctx, name, names.log, args.Exec)
	if err != nil {
		return nil, err
	}
	if err := c.cluster(ctx, name, args, configuration); err != nil {
		return nil, err
	}
	if err := c.namespace(ctx, name, names.namespace, args.Connect); err != nil {
		return nil, err
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"name": pulumi.String(c.Name), "arn": c.ARN})
}

type names struct{ cluster, log, namespace string }

func (a Args) check(ctx *pulumi.Context, name string) (names, error) {
	l := problem.Of("cluster", name)
	var n names
	var err error
	n.cluster, err = naming.Physical(ctx, naming.Cluster, name)
	l.Add(err)
	n.log, err = naming.Path(ctx, naming.LogGroup, name+"/exec")
	l.Add(err)
	n.namespace, err = naming.Physical(ctx, naming.Namespace, name)
	l.Add(err)
	l.Check(a.Insights == EnhancedInsights || a.Insights == StandardInsights, "Insights must be EnhancedInsights or StandardInsights, got %d", a.Insights)
	retention.Check(l, "Exec.RetentionDays", a.Exec.RetentionDays)
	return n, l.Err()
}

// exec makes the log of shells. Without a key there is none, and no session is
// recorded because none is possible: only [Cluster.Shell] lets a service in.
func (c *Cluster) exec(ctx *pulumi.Context, name, group string, args Exec) (ecs.ClusterConfigurationPtrInput, error) {
	if args.KeyARN == nil {
		return nil, nil
	}
	key := args.KeyARN.ToStringOutput()
	logs, err := cloudwatch.NewLogGroup(ctx, name+"-exec", &cloudwatch.LogGroupArgs{
		Name: pulumi.String(group), RetentionInDays: pulumi.Int(args.RetentionDays), KmsKeyId: key,
	}, pulumi.Parent(c))
	if err != nil {
		return nil, err
	}
	c.ExecLogGroup, c.execGroupARN = group, logs.Arn
	return ecs.ClusterConfigurationArgs{
		ExecuteCommandConfiguration: ecs.ClusterConfigurationExecuteCommandConfigurationArgs{
			KmsKeyId: key,
			Logging:  pulumi.String("OVERRIDE"),
			LogConfiguration: ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgs{
				CloudWatchEncryptionEnabled: pulumi.Bool(true),
				CloudWatchLogGroupName:      logs.Name,
			},
		},
	}, nil
}

func (c *Cluster) cluster(ctx *pulumi.Context, name string, args Args, configuration ecs.ClusterConfigurationPtrInput) error {
	insights := "enhanced"
	if args.Insights == StandardInsights {
		insights = "enabled"
	}
	made, err := ecs.NewCluster(ctx, name, &ecs.ClusterArgs{
		Name:          pulumi.String(c.Name),
		Configuration: configuration,
		Settings:      ecs.ClusterSettingArray{ecs.ClusterSettingArgs{Name: pulumi.String("containerInsights"), Value: pulumi.String(insights)}},
	}, pulumi.Parent(c))
	if err != nil {
		return err
	}
	c.ARN = made.Arn
	// Services always name their own strategy; the default is for tasks that
	// someone starts by hand.
	_, err = ecs.NewClusterCapacityProviders(ctx, name, &ecs.ClusterCapacityProvidersArgs{
		ClusterName:       made.Name,
		CapacityProviders: pulumi.ToStringArray([]string{"FARGATE", "FARGATE_SPOT"}),
		DefaultCapacityProviderStrategies: ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArray{
			ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArgs{
				CapacityProvider: pulumi.String("FARGATE"), Base: pulumi.Int(0), Weight: pulumi.Int(1),
			},
		},
	}, pulumi.Parent(c))
	return err
}

// namespace makes the namespace of Service Connect. It holds no DNS: tasks find
// each other through the proxy beside them.
func (c *Cluster) namespace(ctx *pulumi.Context, name, physical string, wanted bool) error {
	if !wanted {
		return nil
	}
	made, err := servicediscovery.NewHttpNamespace(ctx, name, &servicediscovery.HttpNamespaceArgs{
		Name: pulumi.String(physical), Description: pulumi.String("Services of a cluster"),
	}, pulumi.Parent(c))
	if err != nil {
		return err
	}
	c.NamespaceARN = made.Arn
	return nil
}

// Shell lets a service's containers be opened with audited sessions. It allows
// ssmmessages:CreateControlChannel, ssmmessages:CreateDataChannel,
// ssmmessages:OpenControlChannel, ssmmessages:OpenDataChannel, kms:Decrypt on
// the session key, logs:CreateLogStream, logs:DescribeLogStreams and
// logs:PutLogEvents on the session log, and logs:DescribeLogGroups. The second
// result is false for a cluster without Exec.KeyARN.
func (c *Cluster) Shell() (access.Grant, bool) {
	if c.ExecLogGroup == "" {
		return access.Grant{}, false
	}
	everything := []pulumi.StringInput{pulumi.String("*")}
	return access.Grant{Key: "shell", Allow: []access.Statement{
		{
			Actions: []string{
				"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
				"ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
			},
			Resources: everything, Reason: "the ssmmessages actions have no resource types",
		},
		{Actions: []string{"kms:Decrypt"}, Resources: []pulumi.StringInput{c.execKey}},
		{
			Actions:   []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"},
			Resources: []pulumi.StringInput{pulumi.Sprintf("%s:*", c.execGroupARN)},
		},
		{
			Actions:   []string{"logs:DescribeLogGroups"},
			Resources: everything, Reason: "logs:DescribeLogGroups lists groups and is not scoped to one",
		},
	}}, true
}
