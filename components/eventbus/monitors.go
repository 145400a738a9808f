package eventbus

import (
	"fmt"
	"time"

	"github.com/tenfold-iac/tenfold/components/internal/deadletters"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

func (a Args) specs(p plan) []monitor.Spec {
	specs := []monitor.Spec{deadLetters(p.dead)}
	for i, r := range a.Rules {
		of := []monitor.Dimension{
			{Tag: "eventbusname", Value: p.bus, Name: "EventBusName"}, {Tag: "rulename", Value: p.rules[i], Name: "RuleName"},
		}
		specs = append(specs, failed(r.Name, of), lost(r.Name, of))
	}
	return specs
}

func deadLetters(queue string) monitor.Spec {
	return monitor.Spec{
		ID:     "eb-dlq",
		Title:  "events could not be delivered",
		Impact: "What should have followed from them has not happened, and they are lost in 14 days.",
		Checks: []string{
			"Which rule, target and error do the attributes of the messages name?",
			"Does the target's policy still let events.amazonaws.com in?",
			"Is the target there, and its key usable?",
		},
		Query:   deadletters.Held(queue),
		Levels:  monitor.Levels{Critical: monitor.Alert(0), Standard: monitor.Alert(0), Relaxed: monitor.Alert(10)},
		Missing: monitor.MissingResolves, Priority: 2,
	}
}

func failed(rule string, of []monitor.Dimension) monitor.Spec {
	return monitor.Spec{
		ID: "eb-failed", Subject: rule,
		Title:  fmt.Sprintf("deliveries of the rule %s fail for good", rule),
		Impact: "Events of this rule are not delivered; they go to the dead-letter queue.",
		Checks: []string{
			"Does the target's policy let events.amazonaws.com in?",
			"Was the target changed or deleted?",
		},
		Query: monitor.Query{
			Over: monitor.Sum, Window: 15 * time.Minute, Compare: monitor.Above,
			Measure: events("aws.events.failed_invocations", "FailedInvocations", of),
		},
		Levels:  monitor.Levels{Critical: monitor.Alert(0), Standard: monitor.AlertAndWarn(5, 0)},
		Missing: monitor.MissingIsZero, Priority: 2,
	}
}

func lost(rule string, of []monitor.Dimension) monitor.Spec {
	return monitor.Spec{
		ID: "eb-dlq-lost", Subject: rule,
		Title:  fmt.Sprintf("events of the rule %s are lost", rule),
		Impact: "Neither the target nor the dead-letter queue took them. Only the archive has them.",
		Checks: []string{
			"Is the dead-letter queue there, with its policy?",
			"Who changed it: CloudTrail, SetQueueAttributes and DeleteQueue",
		},
		Query: monitor.Query{
			Over: monitor.Sum, Window: 15 * time.Minute, Compare: monitor.Above,
			Measure: events("aws.events.invocations_failed_to_be_sent_to_dlq", "InvocationsFailedToBeSentToDlq", of),
		},
		Levels:  monitor.Everywhere(monitor.Alert(0)),
		Missing: monitor.MissingIsZero, Priority: 1,
	}
}

func events(datadog, name string, of []monitor.Dimension) monitor.Series {
	return monitor.Series{
		Metric: monitor.Metric{Datadog: datadog, Namespace: "AWS/Events", Name: name, Count: true}, Space: monitor.Sum, Of: of,
	}
}
