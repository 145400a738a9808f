package eventbus

import (
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/deadletters"
	"github.com/tenfold-iac/tenfold/components/internal/iampolicy"
)

func (b *builder) options(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(b.bus)}, more...)
}

func (b *builder) kept() []pulumi.ResourceOption {
	return b.options(pulumi.Protect(!b.args.Disposable))
}

// deadLetters makes the queue for the bus and the targets of all its rules.
func (b *builder) deadLetters() error {
	var err error
	b.dead, err = deadletters.New(b.ctx, b.name+"-dead", b.plan.dead, b.kept()...)
	if err != nil {
		return err
	}
	b.bus.DeadLetterURL = b.dead.Url
	document, err := iampolicy.JSON(iampolicy.DenyInsecureTransport("sqs", b.dead.Arn), iampolicy.Statement{
		Sid:        "BusAndRulesSend",
		Principals: iampolicy.Principals{Services: []string{"events.amazonaws.com"}},
		Actions:    []string{"sqs:SendMessage"},
		Resources:  []pulumi.StringInput{b.dead.Arn},
		Conditions: []access.Condition{{Test: "ArnLike", Key: "aws:SourceArn", Values: []pulumi.StringInput{
			pulumi.String(b.account.ARN("events", "event-bus/"+b.plan.bus)),
			pulumi.String(b.account.ARN("events", "rule/"+b.plan.bus+"/*")),
		}}},
	})
	if err != nil {
		return err
	}
	_, err = sqs.NewQueuePolicy(b.ctx, b.name+"-dead", &sqs.QueuePolicyArgs{QueueUrl: b.dead.Url, Policy: document}, b.options()...)
	return err
}

func (b *builder) eventBus() error {
	var err error
	b.made, err = cloudwatch.NewEventBus(b.ctx, b.name, &cloudwatch.EventBusArgs{
		Name:             pulumi.String(b.plan.bus),
		DeadLetterConfig: cloudwatch.EventBusDeadLetterConfigArgs{Arn: b.dead.Arn},
	}, b.kept()...)
	if err != nil {
		return err
	}
	b.bus.ARN = b.made.Arn
	return nil
}

func (b *builder) archive() error {
	_, err := cloudwatch.NewEventArchive(b.ctx, b.name, &cloudwatch.EventArchiveArgs{
		Name:           pulumi.String(b.plan.archive),
		Description:    pulumi.String("Events of " + b.plan.bus + " for replay"),
		EventSourceArn: b.made.Arn,
		RetentionDays:  pulumi.Int(b.args.ArchiveDays),
	}, b.kept()...)
	return err
}

// publishers names the other accounts. Without the policy only roles of this
// account can publish.
func (b *builder) publishers() error {
	if len(b.args.Publishers) == 0 {
		return nil
	}
	var accounts []pulumi.StringInput
	for _, id := range b.args.Publishers {
		accounts = append(accounts, pulumi.String("arn:"+b.account.Partition+":iam::"+id+":root"))
	}
	document, err := iampolicy.JSON(iampolicy.Statement{
		Sid:        "OtherAccountsPublish",
		Principals: iampolicy.Principals{AWS: accounts},
		Actions:    []string{"events:PutEvents"},
		Resources:  []pulumi.StringInput{b.made.Arn},
	})
	if err != nil {
		return err
	}
	_, err = cloudwatch.NewEventBusPolicy(b.ctx, b.name, &cloudwatch.EventBusPolicyArgs{
		EventBusName: b.made.Name, Policy: document,
	}, b.options()...)
	return err
}

func (b *builder) rules() error {
	for i, r := range b.args.Rules {
		name := b.name + "-" + r.Name
		rule, err := cloudwatch.NewEventRule(b.ctx, name, &cloudwatch.EventRuleArgs{
			Name: pulumi.String(b.plan.rules[i]), EventBusName: b.made.Name, EventPattern: pulumi.String(b.plan.patterns[i]),
		}, b.options()...)
		if err != nil {
			return err
		}
		if err := b.target(name, rule, r); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) target(name string, rule *cloudwatch.EventRule, r Rule) error {
	target := &cloudwatch.EventTargetArgs{
		Rule: rule.Name, EventBusName: b.made.Name, TargetId: pulumi.String(r.Name), Arn: r.Target.ARN.ToStringOutput(),
		DeadLetterConfig: cloudwatch.EventTargetDeadLetterConfigArgs{Arn: b.dead.Arn},
		RetryPolicy: cloudwatch.EventTargetRetryPolicyArgs{
			MaximumEventAgeInSeconds: pulumi.Int(int(r.MaxAge / time.Second)), MaximumRetryAttempts: pulumi.Int(r.MaxRetries),
		},
	}
	if r.Target.MessageGroup != "" {
		target.SqsTarget = cloudwatch.EventTargetSqsTargetArgs{MessageGroupId: pulumi.String(r.Target.MessageGroup)}
	}
	if r.Target.RoleARN != nil {
		target.RoleArn = r.Target.RoleARN.ToStringOutput()
	}
	if r.Target.DetailOnly {
		target.InputPath = pulumi.String("$.detail")
	}
	_, err := cloudwatch.NewEventTarget(b.ctx, name, target, b.options()...)
	return err
}
