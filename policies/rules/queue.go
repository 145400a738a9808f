package rules

import (
	"fmt"
	"slices"

	"github.com/tenfold-iac/tenfold/policies/graph"
	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

const (
	queueType        = "aws:sqs/queue:Queue"
	queuePolicyType  = "aws:sqs/queuePolicy:QueuePolicy"
	redriveType      = "aws:sqs/redrivePolicy:RedrivePolicy"
	eventMappingType = "aws:lambda/eventSourceMapping:EventSourceMapping"
	functionType     = "aws:lambda/function:Function"
)

var queue = []*rule.Rule{
	{
		ID: "sqs-encrypted", Title: "Queues are encrypted",
		Why:      "Messages lie in the queue for days.",
		Fix:      "set kmsMasterKeyId, or sqsManagedSseEnabled to true.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{queueType},
		FSBP: "SQS.1", Also: []string{"Checkov CKV_AWS_27", "Trivy AWS-0096", "cdk-nag SQS2"},
		Check: func(c *rule.Check) {
			key := c.Get("kmsMasterKeyId")
			text, keyState := key.Text()
			managed, managedState := c.Get("sqsManagedSseEnabled").Bool()
			switch {
			case keyState == value.Known && text != "" || managed:
			case keyState == value.Unknown:
				c.Wait(key.Path())
			case managedState == value.Unknown:
				c.Wait("sqsManagedSseEnabled")
			default:
				c.Failf("neither kmsMasterKeyId nor sqsManagedSseEnabled is set; one of them must be")
			}
		},
	},
	{
		ID: "sqs-dead-letter-queue", Title: "Queues have a dead-letter queue",
		Why:      "A message that cannot be handled is tried until it expires, and then lost without a trace.",
		Fix:      "set a redrive policy, or the tag purpose with the value dead-letters on a queue that people read.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Stack, Types: []string{queueType},
		Also: []string{"cdk-nag SQS3"},
		Check: func(c *rule.Check) {
			if keepsFailures(c.Resource) {
				c.Skip("the tag purpose says that it keeps what failed")
				return
			}
			own := c.Get("redrivePolicy")
			if text, state := own.Text(); state == value.Known && text != "" {
				return
			}
			separate, state := c.Graph.Linked(c.Resource, redriveType, "queueUrl")
			if len(separate) > 0 {
				return
			}
			source, sourceState := redrivesTo(c.Graph, c.Resource)
			taken := takesFailures(c.Graph, c.Resource)
			switch {
			case source != nil || taken == value.Known:
				c.Skip("it is a dead-letter queue itself")
			case own.State() == value.Unknown && len(c.PropDeps["redrivePolicy"]) > 0:
				// The text waits for the ARN of a resource of this stack, so it is there.
			case state == value.Unknown || sourceState == value.Unknown || own.State() == value.Unknown:
				c.Wait("redrivePolicy")
			case taken == value.Unknown:
				c.Wait("deadLetterConfig")
			default:
				c.Failf("redrivePolicy is not set and the queue is nobody's dead-letter queue; one of the two must be so")
			}
		},
	},
	{
		ID: "sqs-dead-letters-last", Title: "A dead-letter queue keeps messages longer than the queue before it",
		Why:      "A message's age counts from its first sending, so with equal times it can expire the day it arrives.",
		Fix:      "set messageRetentionSeconds of the dead-letter queue to 1209600, which is 14 days.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Stack, Types: []string{queueType},
		Check: func(c *rule.Check) {
			source, state := redrivesTo(c.Graph, c.Resource)
			if source == nil {
				if state == value.Unknown {
					c.Wait("redrivePolicy")
					return
				}
				c.Skip("it is no dead-letter queue")
				return
			}
			own, ownState := retention(c.Resource)
			before, beforeState := retention(source)
			switch {
			case ownState == value.Unknown || beforeState == value.Unknown:
				c.Wait("messageRetentionSeconds")
			case own <= before && own < longestRetention:
				c.Failf("messageRetentionSeconds is %.0f, and %.0f on %s, whose dead letters it takes; it must be longer",
					own, before, source.Name)
			}
		},
	},
	{
		ID: "sqs-tls-only", Title: "Queues refuse requests without TLS",
		Why:      "Messages cross the network in clear otherwise.",
		Fix:      "deny sqs:* to everyone when aws:SecureTransport is false in the queue's policy.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Stack, Types: []string{queueType},
		Also:  []string{"cdk-nag SQS4"},
		Check: func(c *rule.Check) { deniesPlaintext(c, "sqs", queuePolicyType, "queueUrl") },
	},
	{
		ID: "sqs-not-public", Title: "Queue policies do not let everyone in",
		Why:      "Anyone could read customers' messages or send forged ones.",
		Fix:      "name the principals, or tie the statement to an account or a source ARN.",
		Severity: rule.Critical, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{queuePolicyType, queueType},
		FSBP: "SQS.3", Also: []string{"Checkov CKV_AWS_168", "Checkov CKV_AWS_387"},
		Check: func(c *rule.Check) { notPublic(c, "policy") },
	},
	{
		ID: "sqs-visibility", Title: "A queue hides messages six times as long as its function may run",
		Why:      "Otherwise a slow message is handed out again while it is still being handled.",
		Fix:      "raise visibilityTimeoutSeconds to at least six times the function's timeout.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Stack, Types: []string{eventMappingType},
		Check: queueVisibility,
	},
	{
		ID: "sqs-long-poll", Title: "Queues wait for messages instead of answering empty",
		Why:      "Each empty answer is billed, and short polling misses messages that are there.",
		Fix:      "set receiveWaitTimeSeconds to 20.",
		Severity: rule.Low, Level: rule.Advisory, Scope: rule.Resource, Types: []string{queueType},
		Check: func(c *rule.Check) { c.AtLeast("receiveWaitTimeSeconds", 1) },
	},
}

const (
	// defaultRetention and longestRetention are how long SQS keeps a message, in seconds.
	defaultRetention = 345600
	longestRetention = 1209600

	defaultVisibility = 30
	defaultTimeout    = 3
)

func retention(queue *graph.Resource) (float64, value.State) {
	seconds, state := queue.Props.Get("messageRetentionSeconds").Number()
	if state == value.Absent {
		return defaultRetention, value.Known
	}
	return seconds, state
}

// redrivesTo finds a queue whose dead letters go to the target. The State is Unknown when some redrive policy cannot be
// followed.
func redrivesTo(stack *graph.Stack, target *graph.Resource) (source *graph.Resource, state value.State) {
	state = value.Known
	for _, holder := range stack.OfType(queueType, redriveType) {
		policy := holder.Props.Get("redrivePolicy")
		if policy.State() == value.Absent && len(holder.PropDeps["redrivePolicy"]) == 0 {
			continue
		}
		points := value.Unknown
		if parsed, err := policy.JSON(); err == nil && parsed.State() == value.Known {
			points = value.Absent
			arn, _ := parsed.Get("deadLetterTargetArn").Text()
			own, _ := target.Answer("arn").Text()
			if arn != "" && arn == own {
				points = value.Known
			}
		}
		for _, urn := range holder.PropDeps["redrivePolicy"] {
			if urn == target.URN {
				points = value.Known
			} else if points == value.Unknown {
				points = value.Absent
			}
		}
		switch points {
		case value.Unknown:
			state = value.Unknown
		case value.Known:
			source = holder
			if holder.Type == redriveType {
				if queues, _ := stack.Target(holder, "queueUrl", queueType); len(queues) > 0 {
					source = queues[0]
				}
			}
		}
	}
	return source, state
}

// failureHolders are the resources beside queues that have a dead-letter queue, and where they name it.
var failureHolders = []struct{ resourceType, property, arn string }{
	{"aws:scheduler/schedule:Schedule", "target", "target.deadLetterConfig.arn"},
	{"aws:cloudwatch/eventTarget:EventTarget", "deadLetterConfig", "deadLetterConfig.arn"},
	{"aws:cloudwatch/eventBus:EventBus", "deadLetterConfig", "deadLetterConfig.arn"},
	{functionType, "deadLetterConfig", "deadLetterConfig.targetArn"},
}

// takesFailures tells whether a schedule, a rule or a function leaves in the queue what it could not deliver.
func takesFailures(stack *graph.Stack, target *graph.Resource) value.State {
	answer := value.Absent
	own, _ := target.Answer("arn").Text()
	for _, kind := range failureHolders {
		for _, holder := range stack.OfType(kind.resourceType) {
			text, state := holder.Props.Get(kind.arn).Text()
			deps := holder.PropDeps[kind.property]
			switch {
			case state == value.Known && text != "" && text == own,
				state == value.Unknown && slices.Contains(deps, target.URN):
				return value.Known
			case state == value.Unknown && len(deps) == 0:
				answer = value.Unknown
			}
		}
	}
	return answer
}

// keepsFailures tells whether a queue is tagged as the place where failures wait for people. Nothing consumes it, so
// nothing in it can fail again.
func keepsFailures(queue *graph.Resource) bool {
	purpose, _ := queue.Props.Get("tags.purpose").Text()
	return purpose == "dead-letters"
}

func queueVisibility(c *rule.Check) {
	queues, queueState := c.Graph.Target(c.Resource, "eventSourceArn", queueType)
	functions, functionState := c.Graph.Target(c.Resource, "functionName", functionType)
	if len(queues) == 0 {
		if queueState == value.Unknown && c.Get("eventSourceArn").State() == value.Unknown {
			c.Wait("eventSourceArn")
			return
		}
		c.Skip("it does not read a queue of this stack")
		return
	}
	if functionState != value.Known || len(functions) == 0 {
		c.Wait("functionName")
		return
	}
	timeout := seconds(functions[0].Props.Get("timeout"), defaultTimeout)
	hidden := seconds(queues[0].Props.Get("visibilityTimeoutSeconds"), defaultVisibility)
	window, windowState := c.Get("maximumBatchingWindowInSeconds").Number()
	switch {
	case timeout.state == value.Unknown || hidden.state == value.Unknown || windowState == value.Unknown:
		c.Wait("visibilityTimeoutSeconds")
	case hidden.n < 6*timeout.n+window:
		need := fmt.Sprintf("six times %.0f s", timeout.n)
		if window > 0 {
			need += fmt.Sprintf(" plus the batching window of %.0f s", window)
		}
		c.Failf("visibilityTimeoutSeconds of queue %s is %.0f; it must be at least %s, the timeout of function %s",
			queues[0].Name, hidden.n, need, functions[0].Name)
	}
}

type duration struct {
	n     float64
	state value.State
}

// seconds reads a number of seconds with the default that AWS puts in place of an absent one.
func seconds(v value.Value, fallback float64) duration {
	n, state := v.Number()
	if state == value.Absent {
		return duration{fallback, value.Known}
	}
	return duration{n, state}
}
