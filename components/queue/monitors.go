package queue

import (
	"fmt"
	"time"

	"github.com/tenfold-iac/tenfold/components/internal/deadletters"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

// Limits of SQS on messages that are received and not yet deleted. Beyond them a
// standard queue refuses to receive and a FIFO queue delivers nothing.
const (
	inFlightLimit     = 120000
	inFlightLimitFIFO = 20000
)

var (
	oldestAge = metric("aws.sqs.approximate_age_of_oldest_message", "ApproximateAgeOfOldestMessage")
	waiting   = metric("aws.sqs.approximate_number_of_messages_visible", "ApproximateNumberOfMessagesVisible")
	inFlight  = metric("aws.sqs.approximate_number_of_messages_not_visible", "ApproximateNumberOfMessagesNotVisible")
	sent      = count("aws.sqs.number_of_messages_sent", "NumberOfMessagesSent")
	deleted   = count("aws.sqs.number_of_messages_deleted", "NumberOfMessagesDeleted")
)

func metric(datadog, name string) monitor.Metric {
	return monitor.Metric{Datadog: datadog, Namespace: "AWS/SQS", Name: name, Stat: "Maximum"}
}

func count(datadog, name string) monitor.Metric {
	return monitor.Metric{Datadog: datadog, Namespace: "AWS/SQS", Name: name, Count: true}
}

func (a Args) specs(live, dead string) []monitor.Spec {
	return []monitor.Spec{
		a.age(live), deadLetters(dead), a.backlog(live), a.stalled(live), a.inFlight(live),
	}
}

func (a Args) age(live string) monitor.Spec {
	sla := a.AcceptableAge.Seconds()
	return monitor.Spec{
		ID:     "sqs-age",
		Title:  fmt.Sprintf("messages wait longer than %s", a.AcceptableAge),
		Impact: "Work that users wait for is late by at least that much.",
		Checks: []string{
			"Does the consumer run, and does it log errors?",
			"Did the number of messages sent rise, or the number deleted fall?",
			"Does one message come back again and again?",
		},
		Query: monitor.Query{
			Over: monitor.Minimum, Window: 10 * time.Minute, Compare: monitor.Above,
			Measure: worst(oldestAge, live),
		},
		Levels: monitor.Levels{
			Critical: monitor.AlertAndWarn(sla, sla/2),
			Standard: monitor.AlertAndWarn(2*sla, sla),
		},
		Missing: monitor.MissingResolves, Priority: 2,
	}
}

func deadLetters(dead string) monitor.Spec {
	return monitor.Spec{
		ID:     "sqs-dlq",
		Title:  "messages are set aside in the dead-letter queue",
		Impact: "Work was given up and is lost in 14 days unless someone acts.",
		Checks: []string{
			"What does the consumer log for these messages?",
			"Was there a release shortly before the first of them?",
			"Is something the consumer depends on down?",
		},
		Query: deadletters.Held(dead),
		Levels: monitor.Levels{
			Critical: monitor.Alert(0), Standard: monitor.Alert(0), Relaxed: monitor.Alert(10),
		},
		Missing: monitor.MissingResolves, Priority: 2,
	}
}

func (a Args) backlog(live string) monitor.Spec {
	n := float64(a.ExpectedBacklog)
	return monitor.Spec{
		ID:     "sqs-backlog",
		Title:  fmt.Sprintf("more than %d messages wait", a.ExpectedBacklog),
		Impact: "Consumers are too few or too slow for what arrives; work will be late soon.",
		Checks: []string{
			"Has the consumer reached its largest number of tasks?",
			"Does each message take longer than usual?",
			"Did a producer send far more than usual?",
		},
		Query: monitor.Query{
			Over: monitor.Minimum, Window: 15 * time.Minute, Compare: monitor.Above,
			Measure: worst(waiting, live),
		},
		Levels: monitor.Levels{
			Critical: monitor.AlertAndWarn(n, n/2),
			Standard: monitor.AlertAndWarn(2*n, n),
		},
		Missing: monitor.MissingResolves, Priority: 3,
	}
}

func (a Args) stalled(live string) monitor.Spec {
	of := dimension(live)
	return monitor.Spec{
		ID:     "sqs-stalled",
		Title:  "messages arrive and none are finished",
		Impact: "Nothing that goes through this queue gets done.",
		Checks: []string{
			"Does the consumer run and receive at all?",
			"May the consumer delete messages: does its role still have the permission?",
			"Does the consumer wait for something, such as a database lock?",
		},
		Query: monitor.Query{
			Over: monitor.Sum, Window: 15 * time.Minute, Compare: monitor.Above,
			Measure: monitor.Difference{
				Left:           monitor.Series{Metric: sent, Space: monitor.Sum, Of: of},
				Right:          monitor.Series{Metric: deleted, Space: monitor.Sum, Of: of},
				ZeroWhenSilent: true,
			},
		},
		Levels:  monitor.Levels{Critical: monitor.Alert(float64(a.ExpectedBacklog))},
		Missing: monitor.MissingIsZero, Priority: 2,
	}
}

func (a Args) inFlight(live string) monitor.Spec {
	limit := float64(inFlightLimit)
	if a.FIFO {
		limit = inFlightLimitFIFO
	}
	return monitor.Spec{
		ID:     "sqs-inflight",
		Title:  fmt.Sprintf("messages in work near the limit of %g", limit),
		Impact: "SQS stops delivering at the limit, and all consumers stand still.",
		Checks: []string{
			"Do consumers receive messages and fail to delete them?",
			"Is the visibility timeout far longer than the work takes?",
			"Are there far more consumers than usual?",
		},
		Query: monitor.Query{
			Over: monitor.Maximum, Window: 10 * time.Minute, Compare: monitor.Above,
			Measure: worst(inFlight, live),
		},
		Levels: monitor.Levels{
			Critical: monitor.AlertAndWarn(0.8*limit, 0.5*limit),
			Standard: monitor.Alert(0.8 * limit),
		},
		Missing: monitor.MissingResolves, Priority: 3,
	}
}

func worst(m monitor.Metric, queue string) monitor.Series {
	return monitor.Series{Metric: m, Space: monitor.Maximum, Of: dimension(queue)}
}

func dimension(queue string) []monitor.Dimension {
	return []monitor.Dimension{{Tag: "queuename", Value: queue, Name: "QueueName"}}
}
