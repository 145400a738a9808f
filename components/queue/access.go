package queue

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
)

// Send lets a service put messages into the queue and sets <NAME>_QUEUE_URL. It
// allows sqs:GetQueueAttributes, sqs:GetQueueUrl and sqs:SendMessage on the
// queue, and kms:Decrypt and kms:GenerateDataKey on the key if there is one.
func (q *Queue) Send() access.Grant {
	return q.grant("send",
		[]string{"sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"},
		[]string{"kms:Decrypt", "kms:GenerateDataKey"})
}

// Consume lets a service take messages from the queue and sets <NAME>_QUEUE_URL.
// It allows sqs:ChangeMessageVisibility, sqs:DeleteMessage,
// sqs:GetQueueAttributes, sqs:GetQueueUrl and sqs:ReceiveMessage on the queue,
// and kms:Decrypt on the key if there is one.
func (q *Queue) Consume() access.Grant {
	return q.grant("consume",
		[]string{"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ReceiveMessage"},
		[]string{"kms:Decrypt"})
}

func (q *Queue) grant(verb string, actions, onKey []string) access.Grant {
	g := access.Grant{
		Key:   q.name + "-" + verb,
		Allow: []access.Statement{{Actions: actions, Resources: []pulumi.StringInput{q.ARN}}},
		Env:   map[string]pulumi.StringInput{access.EnvName(q.name, "QUEUE_URL"): q.URL},
	}
	if q.key != nil {
		g.Allow = append(g.Allow, access.Statement{Actions: onKey, Resources: []pulumi.StringInput{q.key}})
	}
	return g
}
