package job

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/deadletters"
	"github.com/tenfold-iac/tenfold/components/internal/iampolicy"
	"github.com/tenfold-iac/tenfold/components/internal/output"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

// failures makes the queue of failures and the rules that fill it. The scheduler
// sends to it what it could not start.
func (b *builder) failures() error {
	var err error
	b.failed, err = deadletters.New(b.ctx, b.name+"-failed", b.plan.queue, b.made.Children(pulumi.Protect(!b.args.Disposable))...)
	if err != nil {
		return err
	}
	b.job.FailuresURL = b.failed.Url
	var rules []*cloudwatch.EventRule
	patterns := b.failureRules()
	for _, r := range patterns {
		rule, err := cloudwatch.NewEventRule(b.ctx, b.name+r.suffix, &cloudwatch.EventRuleArgs{
			Description: pulumi.String(r.description), EventPattern: output.JSON(r.pattern),
		}, b.made.Children()...)
		if err != nil {
			return err
		}
		rules = append(rules, rule)
	}
	admitted, err := b.admit(rules)
	if err != nil {
		return err
	}
	for i, r := range patterns {
		_, err := cloudwatch.NewEventTarget(b.ctx, b.name+r.suffix, &cloudwatch.EventTargetArgs{
			Rule: rules[i].Name, Arn: b.failed.Arn,
		}, b.made.Children(pulumi.DependsOn([]pulumi.Resource{admitted}))...)
		if err != nil {
			return err
		}
	}
	return nil
}

// admit lets the rules send to the queue of failures.
func (b *builder) admit(rules []*cloudwatch.EventRule) (pulumi.Resource, error) {
	var arns []pulumi.StringInput
	for _, rule := range rules {
		arns = append(arns, rule.Arn)
	}
	policy, err := iampolicy.JSON(
		iampolicy.Statement{
			Sid:        "RecordFailures",
			Principals: iampolicy.Principals{Services: []string{"events.amazonaws.com"}},
			Actions:    []string{"sqs:SendMessage"},
			Resources:  []pulumi.StringInput{b.failed.Arn},
			Conditions: []access.Condition{{Test: "ArnEquals", Key: "aws:SourceArn", Values: arns}},
		},
		iampolicy.DenyInsecureTransport("sqs", b.failed.Arn),
	)
	if err != nil {
		return nil, err
	}
	return sqs.NewQueuePolicy(b.ctx, b.name+"-failed", &sqs.QueuePolicyArgs{
		QueueUrl: b.failed.Url, Policy: policy,
	}, b.made.Children()...)
}

// failureRule picks the events of runs that failed.
type failureRule struct {
	suffix, description string
	pattern             map[string]any
}

// failureRules are one for tasks that people start, and one for executions of the
// state machine. No run is picked by both: the tasks of an execution are in a
// group of their own. What people stop on purpose is no failure, so neither a task
// that was stopped nor an execution that was aborted is picked.
func (b *builder) failureRules() []failureRule {
	byHand := failureRule{"-failed", "Tasks of a job that failed", map[string]any{
		"source":      []any{"aws.ecs"},
		"detail-type": []any{"ECS Task State Change"},
		"detail": map[string]any{
			"clusterArn": []any{b.args.Cluster.ARN},
			"group":      []any{"family:" + b.plan.task.Family},
			"lastStatus": []any{"STOPPED"},
			// A container ended with another exit code than 0, or the task never got
			// to run one or was taken away.
			"$or": []any{
				map[string]any{"containers": map[string]any{"exitCode": []any{map[string]any{"anything-but": []any{0}}}}},
				map[string]any{"stopCode": []any{"TaskFailedToStart", "SpotInterruption", "TerminationNotice"}},
			},
		},
	}}
	if b.args.Schedule == "" {
		return []failureRule{byHand}
	}
	return []failureRule{byHand, {"-run-failed", "Runs of a job that failed", map[string]any{
		"source":      []any{"aws.states"},
		"detail-type": []any{"Step Functions Execution Status Change"},
		"detail":      map[string]any{"stateMachineArn": []any{b.machineARN()}, "status": []any{"FAILED", "TIMED_OUT"}},
	}}}
}

func (b *builder) monitors() error {
	list, err := monitor.Apply(specs(b.plan.queue), b.args.MonitorsOff)
	if err != nil {
		return err
	}
	return b.args.Monitors.Monitor(b.ctx, b.job, b.name, list)
}

// specs are the monitors of a job, given its queue of failures.
func specs(queue string) []monitor.Spec {
	return []monitor.Spec{{
		ID:     "job-failed",
		Title:  "a scheduled job failed or did not start",
		Impact: "The work of that run was not done; the next run may or may not make up for it.",
		Checks: []string{
			"What does the message in the queue of failures say: not started, or an exit code?",
			"What are the last lines of the job's log?",
			"Was there a release, or is something the job depends on down?",
		},
		Query:   deadletters.Held(queue),
		Levels:  monitor.Levels{Critical: monitor.Alert(0), Standard: monitor.Alert(0), Relaxed: monitor.Alert(10)},
		Missing: monitor.MissingResolves, Priority: 3,
	}}
}
