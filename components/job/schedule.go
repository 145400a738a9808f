package job

import (
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dynamodb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/scheduler"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/iampolicy"
	"github.com/tenfold-iac/tenfold/components/internal/task"
)

// builder carries what the steps of New share.
type builder struct {
	ctx  *pulumi.Context
	name string
	args Args
	spec task.Spec
	plan plan
	job  *Job

	made   *task.Task
	failed *sqs.Queue
	locks  *dynamodb.Table // nil when runs may overlap
}

func (b *builder) task() error {
	var err error
	if b.made, err = task.Make(b.ctx, b.name, b.job, b.spec, b.plan.task); err != nil {
		return err
	}
	b.job.RoleName, b.job.SecurityGroupID, b.job.TaskDefinitionARN = b.made.Role.Name, b.made.SecurityGroupID, b.made.Definition.Arn
	return nil
}

// schedule starts the state machine by the clock.
func (b *builder) schedule() error {
	a := b.args
	if a.Schedule == "" {
		return nil
	}
	role, err := b.schedulerRole()
	if err != nil {
		return err
	}
	state := "ENABLED"
	if strings.TrimSpace(a.Paused) != "" {
		state = "DISABLED"
		if err := b.ctx.Log.Warn(b.name+": the schedule is paused: "+a.Paused, &pulumi.LogArgs{Resource: b.job}); err != nil {
			return err
		}
	}
	_, err = scheduler.NewSchedule(b.ctx, b.name, &scheduler.ScheduleArgs{
		Name:                       pulumi.String(b.plan.schedule),
		ScheduleExpression:         pulumi.String(a.Schedule),
		ScheduleExpressionTimezone: pulumi.String(a.TimeZone),
		State:                      pulumi.String(state),
		FlexibleTimeWindow:         a.window(),
		Target: scheduler.ScheduleTargetArgs{
			Arn:              b.machineARN(),
			RoleArn:          role.Arn,
			Input:            pulumi.String("{}"),
			DeadLetterConfig: scheduler.ScheduleTargetDeadLetterConfigArgs{Arn: b.failed.Arn},
			RetryPolicy: scheduler.ScheduleTargetRetryPolicyArgs{
				MaximumRetryAttempts: pulumi.Int(max(a.Retries, 0)), MaximumEventAgeInSeconds: pulumi.Int(int(a.MaxDelay.Seconds())),
			},
		},
	}, b.made.Children(pulumi.DependsOn(append([]pulumi.Resource{a.Cluster}, b.made.Before...)))...)
	return err
}

func (a Args) window() scheduler.ScheduleFlexibleTimeWindowArgs {
	if a.Window == 0 {
		return scheduler.ScheduleFlexibleTimeWindowArgs{Mode: pulumi.String("OFF")}
	}
	return scheduler.ScheduleFlexibleTimeWindowArgs{
		Mode: pulumi.String("FLEXIBLE"), MaximumWindowInMinutes: pulumi.Int(int(a.Window.Minutes())),
	}
}

// schedulerRole may start the state machine, and record that it could not.
func (b *builder) schedulerRole() (*iam.Role, error) {
	trust, err := iampolicy.Trust(b.made.Here.OnBehalfOf("scheduler", "schedule/default/"+b.plan.schedule), "scheduler.amazonaws.com")
	if err != nil {
		return nil, err
	}
	role, err := iam.NewRole(b.ctx, b.name+"-scheduler", &iam.RoleArgs{
		Description: pulumi.String("Starts a job by the clock"), AssumeRolePolicy: trust,
	}, b.made.Children()...)
	if err != nil {
		return nil, err
	}
	document, err := iampolicy.Identity(
		access.Statement{Actions: []string{"states:StartExecution"}, Resources: []pulumi.StringInput{b.machineARN()}},
		access.Statement{Actions: []string{"sqs:SendMessage"}, Resources: []pulumi.StringInput{b.failed.Arn}},
	)
	if err != nil {
		return nil, err
	}
	policy, err := iam.NewRolePolicy(b.ctx, b.name+"-scheduler", &iam.RolePolicyArgs{Role: role.Name, Policy: document}, b.made.Children()...)
	b.made.Needs(policy)
	return role, err
}
