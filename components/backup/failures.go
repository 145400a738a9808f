package backup

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

// failures keeps the events of jobs that failed in a queue. The queue says that
// something failed for as long as nobody has looked, and what it was.
func (w *builder) failures() error {
	queue, err := deadletters.New(w.ctx, w.name+"-failed", w.plan.queue, w.options(pulumi.Protect(!w.args.Disposable))...)
	if err != nil {
		return err
	}
	w.b.FailuresURL = queue.Url
	rule, err := cloudwatch.NewEventRule(w.ctx, w.name+"-failed", &cloudwatch.EventRuleArgs{
		Description: pulumi.String("Backup and copy jobs of " + w.plan.vault + " that failed"),
		EventPattern: output.JSON(map[string]any{
			"source":      []any{"aws.backup"},
			"detail-type": []any{"Backup Job State Change", "Copy Job State Change"},
			"detail": map[string]any{
				"state": []any{"ABORTED", "EXPIRED", "FAILED"},
				"$or": []any{
					map[string]any{"backupVaultArn": []any{w.b.VaultARN}},
					map[string]any{"sourceBackupVaultArn": []any{w.b.VaultARN}},
				},
			},
		}),
	}, w.options()...)
	if err != nil {
		return err
	}
	if err := w.letSend(queue, rule); err != nil {
		return err
	}
	_, err = cloudwatch.NewEventTarget(w.ctx, w.name+"-failed", &cloudwatch.EventTargetArgs{
		Rule: rule.Name, TargetId: pulumi.String("queue"), Arn: queue.Arn,
	}, w.options()...)
	return err
}

func (w *builder) letSend(queue *sqs.Queue, rule *cloudwatch.EventRule) error {
	document, err := iampolicy.JSON(iampolicy.DenyInsecureTransport("sqs", queue.Arn), iampolicy.Statement{
		Sid:        "RuleSends",
		Principals: iampolicy.Principals{Services: []string{"events.amazonaws.com"}},
		Actions:    []string{"sqs:SendMessage"},
		Resources:  []pulumi.StringInput{queue.Arn},
		Conditions: []access.Condition{{Test: "ArnEquals", Key: "aws:SourceArn", Values: []pulumi.StringInput{rule.Arn}}},
	})
	if err != nil {
		return err
	}
	_, err = sqs.NewQueuePolicy(w.ctx, w.name+"-failed", &sqs.QueuePolicyArgs{QueueUrl: queue.Url, Policy: document}, w.options()...)
	return err
}

func failed(queue string) monitor.Spec {
	return monitor.Spec{
		ID:     "bak-failed",
		Title:  "a backup or its copy failed",
		Impact: "The newest snapshot in the vault is older than it should be.",
		Checks: []string{
			"What does the message in the queue of failures say?",
			"Is the key of the vault enabled?",
			"Was the resource in its own backup or maintenance window?",
		},
		Query:   deadletters.Held(queue),
		Levels:  monitor.Production(monitor.Alert(0)),
		Missing: monitor.MissingResolves, Priority: 3,
	}
}
