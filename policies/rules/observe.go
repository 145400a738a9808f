package rules

import (
	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

const (
	logGroupType = "aws:cloudwatch/logGroup:LogGroup"
	alarmType    = "aws:cloudwatch/metricAlarm:MetricAlarm"
)

var logs = []*rule.Rule{
	{
		ID: "log-retention", Title: "Log groups say how long they keep logs",
		Why:      "The default is for ever, which is neither affordable nor allowed for personal data.",
		Fix:      "set retentionInDays.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{logGroupType},
		Also: []string{"Security Hub CloudWatch.16", "Checkov CKV_AWS_66", "Checkov CKV_AWS_338"},
		Params: []rule.Param{{
			Name: "days", Kind: "integer", Default: 1,
			Doc: "The least number of days. AWS's control asks for 365; a data-protection rule may ask for less.",
		}},
		Check: func(c *rule.Check) { c.AtLeast("retentionInDays", max(1, c.ParamInt("days"))) },
	},
	{
		ID: "log-customer-key", Title: "Log groups are encrypted with a key of the account's own",
		Why:      "Logs hold customers' data; the key's policy keeps administrators out of it.",
		Fix:      "set kmsKeyId to the ARN of a KMS key that CloudWatch Logs may use.",
		Severity: rule.Low, Level: rule.Off, Scope: rule.Resource, Types: []string{logGroupType},
		Also:  []string{"Checkov CKV_AWS_158", "Trivy AWS-0017"},
		Check: func(c *rule.Check) { c.Set("kmsKeyId") },
	},
	{
		ID: "alarm-acts", Title: "Alarms tell someone, or steer a deployment",
		Why:      "An alarm without an action changes its colour and nothing else.",
		Fix:      "set alarmActions, or name the alarm under the service's alarms.",
		Severity: rule.High, Level: rule.Advisory, Scope: rule.Stack, Types: []string{alarmType},
		LevelReason: "The control is not in AWS FSBP, and a stack may read its alarms from a dashboard or another account.",
		Also:        []string{"Security Hub CloudWatch.15"},
		Check: func(c *rule.Check) {
			actions, state := c.Get("alarmActions").Items()
			if len(actions) > 0 {
				return
			}
			if state == value.Unknown {
				c.Wait("alarmActions")
				return
			}
			name, nameState := c.Get("name").Text()
			for _, service := range c.Graph.OfType(ecsServiceType) {
				names, _ := service.Props.Get("alarms.alarmNames").Items()
				for _, v := range names {
					text, state := v.Text()
					switch {
					case state == value.Unknown || nameState == value.Unknown:
						c.Wait("alarms.alarmNames of service " + service.Name)
					case text == name:
						return
					}
				}
			}
			if len(c.Waits()) == 0 {
				c.Failf("alarmActions is empty and no service's deployment watches the alarm; one of the two must be so")
			}
		},
	},
	{
		ID: "alarm-actions-enabled", Title: "Alarms' actions are switched on",
		Why:      "A switched-off action is forgotten until the day it was for.",
		Fix:      "remove actionsEnabled, or set it to true.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{alarmType},
		Also:  []string{"Security Hub CloudWatch.17", "Checkov CKV_AWS_319"},
		Check: func(c *rule.Check) { c.NotFalse("actionsEnabled") },
	},
	{
		ID: "alarm-missing-data", Title: "Alarms say what missing data means",
		Why:      "By default silence keeps the last state, so a dead service can look healthy.",
		Fix:      "set treatMissingData.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{alarmType},
		Check: func(c *rule.Check) { c.Set("treatMissingData") },
	},
}

var events = []*rule.Rule{
	{
		ID: "event-target-dead-letters", Title: "Event targets have a dead-letter queue",
		Why:      "An event that cannot be delivered is dropped after a day, without a trace.",
		Fix:      "set deadLetterConfig.arn to a queue.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Stack,
		Types: []string{"aws:cloudwatch/eventTarget:EventTarget"},
		Check: func(c *rule.Check) {
			queues, _ := c.Graph.Target(c.Resource, "arn", queueType)
			if len(queues) == 1 && keepsFailures(queues[0]) {
				c.Skip("it delivers to a queue that keeps what failed")
				return
			}
			c.Set("deadLetterConfig.arn")
		},
	},
	{
		ID: "schedule-dead-letters", Title: "Schedules have a dead-letter queue",
		Why:      "A run that could not be started is not started later, and nobody learns of it.",
		Fix:      "set target.deadLetterConfig.arn to a queue.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource,
		Types: []string{"aws:scheduler/schedule:Schedule"},
		Check: func(c *rule.Check) { c.Set("target.deadLetterConfig.arn") },
	},
	{
		ID: "event-bus-not-public", Title: "Event-bus policies do not let everyone in",
		Why:      "Anyone could send forged events.",
		Fix:      "name the principals, or tie the statement to an organization.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource,
		Types: []string{"aws:cloudwatch/eventBusPolicy:EventBusPolicy"},
		Also:  []string{"cdk-nag EVB1"},
		Check: func(c *rule.Check) { notPublic(c, "policy") },
	},
	{
		ID: "topic-not-public", Title: "Topic policies do not let everyone in",
		Why:      "Anyone could read notices or send forged ones.",
		Fix:      "name the principals, or tie the statement to an account or a source ARN.",
		Severity: rule.Critical, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{"aws:sns/topicPolicy:TopicPolicy"},
		FSBP: "SNS.4", Also: []string{"Checkov CKV_AWS_169"},
		Check: func(c *rule.Check) { notPublic(c, "policy") },
	},
}
