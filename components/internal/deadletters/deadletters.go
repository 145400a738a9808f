// Package deadletters makes the queues that keep what a component could not start
// or deliver, until somebody has looked.
package deadletters

import (
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/monitor"
)

// Retention is how long a message stays, the longest SQS offers.
const Retention = 14 * 24 * time.Hour

// New makes a queue with a physical name of its own. Who sends to it is for the
// caller to say, in a queue policy.
func New(ctx *pulumi.Context, name, physical string, opts ...pulumi.ResourceOption) (*sqs.Queue, error) {
	return sqs.NewQueue(ctx, name, &sqs.QueueArgs{
		Name:                    pulumi.String(physical),
		MessageRetentionSeconds: pulumi.Int(int(Retention / time.Second)),
		ReceiveWaitTimeSeconds:  pulumi.Int(20), // people read it; an empty answer should mean empty
		SqsManagedSseEnabled:    pulumi.Bool(true),
		Tags:                    pulumi.StringMap{"purpose": pulumi.String("dead-letters")},
	}, opts...)
}

// Held is how many messages the queue of a physical name holds.
func Held(physical string) monitor.Query {
	return monitor.Query{
		Over: monitor.Maximum, Window: 10 * time.Minute, Compare: monitor.Above,
		Measure: monitor.Series{
			Space: monitor.Maximum,
			Of:    []monitor.Dimension{{Tag: "queuename", Value: physical, Name: "QueueName"}},
			Metric: monitor.Metric{
				Datadog: "aws.sqs.approximate_number_of_messages_visible", Namespace: "AWS/SQS",
				Name: "ApproximateNumberOfMessagesVisible", Stat: "Maximum",
			},
		},
	}
}
