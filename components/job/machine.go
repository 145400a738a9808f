package job

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/iampolicy"
	"github.com/tenfold-iac/tenfold/components/internal/loggroup"
)

// managedRule is the EventBridge rule through which Step Functions learns that a
// task has ended. It makes one for all state machines of a region.
const managedRule = "rule/StepFunctionsGetEventsForECSTaskRule"

// machineARN is the ARN of the state machine. It is made from the name because the
// role of the machine, which is there before it, names it.
func (b *builder) machineARN() pulumi.String {
	return pulumi.String(b.made.Here.ARN("states", "stateMachine:"+b.plan.machine))
}

// machine makes the state machine that a run on the schedule is an execution of.
// It is the same with Overlap, less the lock: a run then has its limit all the
// same, and fails and is started again by a person in the same way.
func (b *builder) machine() error {
	if b.args.Schedule == "" {
		return nil
	}
	log, err := b.machineLog()
	if err != nil {
		return err
	}
	role, policy, err := b.machineRole()
	if err != nil {
		return err
	}
	machine, err := sfn.NewStateMachine(b.ctx, b.name, &sfn.StateMachineArgs{
		Name:       pulumi.String(b.plan.machine),
		Type:       pulumi.String("STANDARD"),
		RoleArn:    role.Arn,
		Definition: b.definition(),
		// Why a run failed is in its data. That holds no secret: a run has no input,
		// and the description of its task has no environment.
		LoggingConfiguration: sfn.StateMachineLoggingConfigurationArgs{
			Level: pulumi.String("ERROR"), IncludeExecutionData: pulumi.Bool(true), LogDestination: pulumi.Sprintf("%s:*", log.Arn),
		},
	}, b.made.Children(pulumi.DependsOn([]pulumi.Resource{policy}))...)
	b.made.Needs(machine)
	return err
}

// machineLog holds the errors of runs for as long as the job's output is kept.
func (b *builder) machineLog() (*cloudwatch.LogGroup, error) {
	return loggroup.New(b.ctx, b.name+"-machine", b.job, loggroup.Args{
		Name: b.plan.log, Days: b.spec.LogRetentionDays, KeyARN: b.args.LogKeyARN, Disposable: b.args.Disposable,
	})
}

// machineRole is what the state machine acts as. Step Functions looks at the
// policy when it makes the machine, so the machine has to wait for it.
func (b *builder) machineRole() (*iam.Role, pulumi.Resource, error) {
	trust, err := iampolicy.Trust(b.made.Here.OnBehalfOf("states", "stateMachine:"+b.plan.machine), "states.amazonaws.com")
	if err != nil {
		return nil, nil, err
	}
	role, err := iam.NewRole(b.ctx, b.name+"-machine", &iam.RoleArgs{
		Description: pulumi.String("Runs a job"), AssumeRolePolicy: trust,
	}, b.made.Children()...)
	if err != nil {
		return nil, nil, err
	}
	statements := append(b.mayRun(), b.mayLog())
	if b.locks != nil {
		statements = append(statements, b.mayLock()...)
	}
	document, err := iampolicy.Identity(statements...)
	if err != nil {
		return nil, nil, err
	}
	policy, err := iam.NewRolePolicy(b.ctx, b.name+"-machine", &iam.RolePolicyArgs{Role: role.Name, Policy: document}, b.made.Children()...)
	return role, policy, err
}

// mayRun lets the machine start this job in its cluster, hand it its two roles,
// wait for its end, and stop it.
func (b *builder) mayRun() []access.Statement {
	here := b.made.Here
	tasks := pulumi.String(here.ARN("ecs", "task/"+b.args.Cluster.Name+"/*"))
	return []access.Statement{
		{
			Actions:    []string{"ecs:RunTask"},
			Resources:  []pulumi.StringInput{pulumi.String(here.ARN("ecs", "task-definition/"+b.plan.task.Family+":*"))},
			Conditions: []access.Condition{{Test: "ArnEquals", Key: "ecs:cluster", Values: []pulumi.StringInput{b.args.Cluster.ARN}}},
		},
		{
			Actions:    []string{"ecs:TagResource"},
			Resources:  []pulumi.StringInput{tasks},
			Conditions: []access.Condition{{Test: "StringEquals", Key: "ecs:CreateAction", Values: []pulumi.StringInput{pulumi.String("RunTask")}}},
		},
		{
			Actions:    []string{"iam:PassRole"},
			Resources:  []pulumi.StringInput{b.made.ExecutionRole.Arn, b.made.Role.Arn},
			Conditions: []access.Condition{{Test: "StringEquals", Key: "iam:PassedToService", Values: []pulumi.StringInput{pulumi.String("ecs-tasks.amazonaws.com")}}},
		},
		// The number of a task is not known before it runs. Step Functions stops no
		// task that it did not start.
		{Actions: []string{"ecs:DescribeTasks", "ecs:StopTask"}, Resources: []pulumi.StringInput{tasks}},
		{
			Actions:   []string{"events:DescribeRule", "events:PutRule", "events:PutTargets"},
			Resources: []pulumi.StringInput{pulumi.String(here.ARN("events", managedRule))},
		},
	}
}

// mayLog lets the machine have its errors delivered to CloudWatch Logs.
func (b *builder) mayLog() access.Statement {
	return access.Statement{
		Actions: []string{
			"logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
			"logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
		},
		Resources: []pulumi.StringInput{pulumi.String("*")},
		Reason:    "the actions of log deliveries have no resource types",
	}
}
