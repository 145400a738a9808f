// Package queue is a durable work queue: an SQS queue with a dead-letter queue,
// reachable over TLS only, encrypted, and watched.
//
// A queue is standard or FIFO for life: SQS cannot change one into the other and
// its name tells which it is. Everything else changes in place.
package queue

import (
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/deadletters"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

// Args describes a queue. Only Monitors is required; with nothing else set it is
// a standard queue for work of a few seconds.
type Args struct {
	// FIFO keeps the order of messages within a message group and drops
	// duplicates. Changing it makes a new queue. Default: false, a standard queue.
	FIFO bool
	// ContentDeduplication drops messages of equal body within five minutes. FIFO
	// only. Default: false, producers send a deduplication id.
	ContentDeduplication bool
	// HighThroughput raises the limit of a FIFO queue from 300 requests a second
	// to that many for each message group, and narrows deduplication to the
	// group. FIFO only. Default: false.
	HighThroughput bool
	// ProcessingTime is the longest a consumer works on one message: 1 second to
	// 2 hours. Default: 5 seconds.
	ProcessingTime time.Duration
	// VisibilityTimeout is how long a received message is hidden from other
	// consumers: up to 12 hours, in whole seconds, and at least ProcessingTime; a
	// Lambda function needs six times its timeout. Default: 6 x ProcessingTime.
	VisibilityTimeout time.Duration
	// Retention is how long a message waits before it is lost: 1 minute to 13
	// days, in whole seconds, so that the dead-letter queue always keeps it
	// longer. Default: 4 days.
	Retention time.Duration
	// MaxReceives is how often a message is delivered before it moves to the
	// dead-letter queue: 1 to 1000. Default: 5.
	MaxReceives int
	// KeyARN is the KMS key that encrypts both queues. Services that send, such
	// as EventBridge, have to be in the key's policy. Default: nil, SQS encrypts
	// with a key of its own.
	KeyARN pulumi.StringInput
	// Senders are AWS service principals that may send for this account, for
	// example "events.amazonaws.com". Default: none; roles of the account send by
	// their own permissions.
	Senders []string
	// AcceptableAge is how long a message may wait before someone is told: 1
	// minute to half of Retention. Default: 5 minutes.
	AcceptableAge time.Duration
	// ExpectedBacklog is how many messages wait at busy times without anything
	// being wrong: at least 1. Default: 1000.
	ExpectedBacklog int
	// Disposable allows the queue to be deleted with what is in it. Default:
	// false, both queues are protected against deletion.
	Disposable bool
	// Monitors makes the monitors. Required; monitor.Off says why there are none.
	Monitors monitor.Sink
	// MonitorsOff switches monitors off by ID, each with its reason. Default:
	// none.
	MonitorsOff map[string]string
}

// longPoll is how long a receive waits for a message: the longest SQS offers. It
// makes fewer empty answers, which cost as much as full ones.
const longPoll = 20 * time.Second

// Queue is a queue with its dead-letter queue.
type Queue struct {
	pulumi.ResourceState

	// Name and DeadLetterName are the names in SQS, known while the program runs.
	Name, DeadLetterName string
	// URL and ARN are the queue's.
	URL pulumi.StringOutput `pulumi:"url"`
	ARN pulumi.StringOutput `pulumi:"arn"`
	// DeadLetterURL and DeadLetterARN are the dead-letter queue's.
	DeadLetterURL pulumi.StringOutput `pulumi:"deadLetterUrl"`
	DeadLetterARN pulumi.StringOutput `pulumi:"deadLetterArn"`

	name string
	key  pulumi.StringInput
}

// New makes a queue.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Queue, error) {
	args = args.withDefaults()
	p, err := args.plan(ctx, name)
	if err != nil {
		return nil, err
	}
	q := &Queue{Name: p.live, DeadLetterName: p.dead, name: name, key: args.KeyARN}
	if err := ctx.RegisterComponentResource("tenfold:queue:Queue", name, q, opts...); err != nil {
		return nil, err
	}
	dead, err := sqs.NewQueue(ctx, name+"-dead", args.queue(p.dead, deadletters.Retention), q.options(args)...)
	if err != nil {
		return nil, err
	}
	live, err := sqs.NewQueue(ctx, name, args.queue(p.live, args.Retention), q.options(args)...)
	if err != nil {
		return nil, err
	}
	q.URL, q.ARN, q.DeadLetterURL, q.DeadLetterARN = live.Url, live.Arn, dead.Url, dead.Arn
	if err := q.redrive(ctx, args); err != nil {
		return nil, err
	}
	if err := q.policies(ctx, args); err != nil {
		return nil, err
	}
	if err := args.Monitors.Monitor(ctx, q, name, p.monitors); err != nil {
		return nil, err
	}
	return q, ctx.RegisterResourceOutputs(q, pulumi.Map{
		"url": q.URL, "arn": q.ARN, "deadLetterUrl": q.DeadLetterURL, "deadLetterArn": q.DeadLetterARN,
	})
}
