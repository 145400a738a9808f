package tenancy

import (
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/scheduler"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/deadletters"
	"github.com/tenfold-iac/tenfold/components/internal/iampolicy"
	"github.com/tenfold-iac/tenfold/components/internal/output"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

// failures makes the queue of audits that could not be started.
func (b *builder) failures() (err error) {
	b.failed, err = deadletters.New(b.ctx, b.name+"-audit-failed", b.plan.queue, b.children(pulumi.Protect(!b.args.Disposable))...)
	if err != nil {
		return err
	}
	policy, err := iampolicy.JSON(iampolicy.DenyInsecureTransport("sqs", b.failed.Arn))
	if err != nil {
		return err
	}
	_, err = sqs.NewQueuePolicy(b.ctx, b.name+"-audit-failed", &sqs.QueuePolicyArgs{QueueUrl: b.failed.Url, Policy: policy}, b.children()...)
	return err
}

// schedule starts the audit by the clock, the first time when there is something
// to look at.
func (b *builder) schedule() error {
	role, before, err := b.schedulerRole()
	if err != nil {
		return err
	}
	_, err = scheduler.NewSchedule(b.ctx, b.name+"-audit", &scheduler.ScheduleArgs{
		Name:                       pulumi.String(b.plan.schedule),
		Description:                pulumi.String("Checks that tenants are apart"),
		ScheduleExpression:         pulumi.String(b.args.Audit.Schedule),
		ScheduleExpressionTimezone: pulumi.String(b.args.Audit.TimeZone),
		State:                      pulumi.String("ENABLED"),
		FlexibleTimeWindow:         scheduler.ScheduleFlexibleTimeWindowArgs{Mode: pulumi.String("OFF")},
		Target: scheduler.ScheduleTargetArgs{
			Arn:              b.made[audit].lambda.Arn,
			RoleArn:          role.Arn,
			Input:            output.JSON(map[string]any{"action": "verify"}),
			DeadLetterConfig: scheduler.ScheduleTargetDeadLetterConfigArgs{Arn: b.failed.Arn},
			RetryPolicy: scheduler.ScheduleTargetRetryPolicyArgs{
				MaximumRetryAttempts: pulumi.Int(3), MaximumEventAgeInSeconds: pulumi.Int(3600),
			},
		},
	}, b.children(pulumi.DependsOn(append([]pulumi.Resource{before}, b.tenancy.done...)))...)
	return err
}

// schedulerRole may invoke the one function and record that it could not.
func (b *builder) schedulerRole() (*iam.Role, pulumi.Resource, error) {
	trust, err := iampolicy.Trust(b.here.OnBehalfOf("scheduler", "schedule/default/"+b.plan.schedule), "scheduler.amazonaws.com")
	if err != nil {
		return nil, nil, err
	}
	role, err := iam.NewRole(b.ctx, b.name+"-scheduler", &iam.RoleArgs{
		Description: pulumi.String("Starts an audit by the clock"), AssumeRolePolicy: trust,
	}, b.children()...)
	if err != nil {
		return nil, nil, err
	}
	document, err := iampolicy.Identity(
		access.Statement{Actions: []string{"lambda:InvokeFunction"}, Resources: []pulumi.StringInput{b.made[audit].lambda.Arn}},
		access.Statement{Actions: []string{"sqs:SendMessage"}, Resources: []pulumi.StringInput{b.failed.Arn}},
	)
	if err != nil {
		return nil, nil, err
	}
	policy, err := iam.NewRolePolicy(b.ctx, b.name+"-scheduler", &iam.RolePolicyArgs{Role: role.Name, Policy: document}, b.children()...)
	return role, policy, err
}

func (b *builder) monitors() error {
	return b.args.Monitors.Monitor(b.ctx, b.tenancy, b.name, b.plan.monitors)
}

// specs are the monitors, given the name of the function that audits. They look
// at Lambda's own metrics, which every integration collects without being asked.
//
// Lambda runs an audit that failed twice more, one and two minutes later. All
// three fail while something is wrong, and at most two when the database was
// away for a moment.
func (a Args) specs(function string) []monitor.Spec {
	count := func(datadog, name string) monitor.Series {
		return monitor.Series{
			Space:  monitor.Sum,
			Of:     []monitor.Dimension{{Tag: "functionname", Value: function, Name: "FunctionName"}},
			Metric: monitor.Metric{Datadog: datadog, Namespace: "AWS/Lambda", Name: name, Count: true},
		}
	}
	return []monitor.Spec{
		{
			ID:     "tenancy-violations",
			Title:  "the database does not pass its audit: tenants may not be apart",
			Impact: "One customer may be able to see another customer's data.",
			Checks: []string{
				"What does the log of the audit name: a violation, a disarmed guard, or no way to the database?",
				"Was the schema, a role or the guard changed by hand, or disarmed for an upgrade?",
				"Which tables are concerned, and since when?",
			},
			Query: monitor.Query{
				// Longer than an hour, so that the alert stays between two hourly audits.
				Over: monitor.Sum, Window: 70 * time.Minute, Compare: monitor.Above,
				Measure: count("aws.lambda.errors", "Errors"),
			},
			Levels:  monitor.Everywhere(monitor.Alert(2)),
			Missing: monitor.MissingIsZero, Priority: 1,
		},
		{
			ID:     "tenancy-audit-silent",
			Title:  "the database was not audited for " + a.Audit.Within.String(),
			Impact: "A hole between tenants would go unnoticed.",
			Checks: []string{
				"Is the schedule enabled, and does its role still exist?",
				"What do the messages in the queue of audits that did not start say?",
				"Is the concurrency of the account used up?",
			},
			Query: monitor.Query{
				Over: monitor.Sum, Window: a.Audit.Within, Compare: monitor.Below,
				Measure: count("aws.lambda.invocations", "Invocations"),
			},
			Levels:  monitor.Everywhere(monitor.Alert(1)),
			Missing: monitor.MissingAlerts, Priority: 2,
		},
	}
}
