package queue

import (
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/account"
	"github.com/tenfold-iac/tenfold/components/internal/iampolicy"
	"github.com/tenfold-iac/tenfold/components/internal/output"
)

// queue is the live or the dead-letter queue; they differ in name and retention.
// Redrive and policy are resources of their own, because the two queues refer to
// each other.
func (a Args) queue(name string, retention time.Duration) *sqs.QueueArgs {
	made := &sqs.QueueArgs{
		Name:                     pulumi.String(name),
		MessageRetentionSeconds:  inSeconds(retention),
		VisibilityTimeoutSeconds: inSeconds(a.VisibilityTimeout),
		ReceiveWaitTimeSeconds:   inSeconds(longPoll),
	}
	if a.KeyARN == nil {
		made.SqsManagedSseEnabled = pulumi.Bool(true)
	} else {
		made.KmsMasterKeyId = a.KeyARN.ToStringOutput()
	}
	if !a.FIFO {
		return made
	}
	// Both states of every FIFO setting are written, so that switching one off
	// again is a change.
	made.FifoQueue = pulumi.Bool(true)
	made.ContentBasedDeduplication = pulumi.Bool(a.ContentDeduplication)
	made.DeduplicationScope, made.FifoThroughputLimit = pulumi.String("queue"), pulumi.String("perQueue")
	if a.HighThroughput {
		made.DeduplicationScope, made.FifoThroughputLimit = pulumi.String("messageGroup"), pulumi.String("perMessageGroupId")
	}
	return made
}

func inSeconds(d time.Duration) pulumi.Int { return pulumi.Int(int(d / time.Second)) }

func (q *Queue) options(a Args) []pulumi.ResourceOption {
	return []pulumi.ResourceOption{pulumi.Parent(q), pulumi.Protect(!a.Disposable)}
}

// redrive moves messages that were received too often to the dead-letter queue,
// and lets no other queue use it.
func (q *Queue) redrive(ctx *pulumi.Context, args Args) error {
	_, err := sqs.NewRedriveAllowPolicy(ctx, q.name+"-dead", &sqs.RedriveAllowPolicyArgs{
		QueueUrl: q.DeadLetterURL,
		RedriveAllowPolicy: output.JSON(map[string]any{
			"redrivePermission": "byQueue",
			"sourceQueueArns":   []any{q.ARN},
		}),
	}, pulumi.Parent(q))
	if err != nil {
		return err
	}
	_, err = sqs.NewRedrivePolicy(ctx, q.name, &sqs.RedrivePolicyArgs{
		QueueUrl: q.URL,
		RedrivePolicy: output.JSON(map[string]any{
			"deadLetterTargetArn": q.DeadLetterARN,
			"maxReceiveCount":     args.MaxReceives,
		}),
	}, pulumi.Parent(q))
	return err
}

// policies refuse requests without TLS on both queues and let services send to
// the live one.
func (q *Queue) policies(ctx *pulumi.Context, args Args) error {
	dead, err := iampolicy.JSON(iampolicy.DenyInsecureTransport("sqs", q.DeadLetterARN))
	if err != nil {
		return err
	}
	_, err = sqs.NewQueuePolicy(ctx, q.name+"-dead", &sqs.QueuePolicyArgs{QueueUrl: q.DeadLetterURL, Policy: dead}, pulumi.Parent(q))
	if err != nil {
		return err
	}
	statements := []iampolicy.Statement{iampolicy.DenyInsecureTransport("sqs", q.ARN)}
	if len(args.Senders) > 0 {
		here, err := account.Current(ctx, q)
		if err != nil {
			return err
		}
		statements = append(statements, iampolicy.Statement{
			Sid:        "ServicesSend",
			Principals: iampolicy.Principals{Services: args.Senders},
			Actions:    []string{"sqs:SendMessage"},
			Resources:  []pulumi.StringInput{q.ARN},
			Conditions: []access.Condition{{
				Test: "StringEquals", Key: "aws:SourceAccount", Values: []pulumi.StringInput{pulumi.String(here.ID)},
			}},
		})
	}
	live, err := iampolicy.JSON(statements...)
	if err != nil {
		return err
	}
	_, err = sqs.NewQueuePolicy(ctx, q.name, &sqs.QueuePolicyArgs{QueueUrl: q.URL, Policy: live}, pulumi.Parent(q))
	return err
}
