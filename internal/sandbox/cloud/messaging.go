package cloud

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

const (
	queueType = "aws:sqs/queue:Queue"
	topicType = "aws:sns/topic:Topic"
	ruleType  = "aws:cloudwatch/eventRule:EventRule"

	logGroupType = "aws:cloudwatch/logGroup:LogGroup"
)

// messagingRules are those of queues, topics and events.
var messagingRules = map[string]hooks{
	queueType:                             {prepare: prepareQueue, check: checkQueue},
	"aws:sqs/redrivePolicy:RedrivePolicy": {check: checkRedriveOf},
	topicType:                             {check: checkTopic},
	"aws:sns/topicSubscription:TopicSubscription": {check: checkSubscription, complete: completeSubscription},
	ruleType:                                 {check: checkEventRule, complete: completeEventRule},
	"aws:cloudwatch/eventTarget:EventTarget": {check: checkEventTarget, complete: completeEventTarget},
	logGroupType:                             {remove: retainIfSkipped},
	"aws:scheduler/schedule:Schedule": {check: func(op *operation) error {
		return checkTrust(op, "target.roleArn", "scheduler.amazonaws.com")
	}},
}

func prepareQueue(op *operation) error {
	op.set("url", op.text("https://sqs.${@region}.${@suffix}/${@account}/${name}"))
	return nil
}

func checkQueue(op *operation) error {
	name, fifo := op.name(), flagAt(op.properties, "fifoQueue")
	if fifo != strings.HasSuffix(name, ".fifo") {
		if fifo {
			return refuse("InvalidParameterValue", "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.")
		}
		return refuse("InvalidParameterValue", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	}
	return checkRedrive(op, textAt(op.properties, "redrivePolicy"), fifo)
}

func checkRedriveOf(op *operation) error {
	queue := op.targets["queueUrl"]
	if queue == nil {
		return nil
	}
	return checkRedrive(op, textAt(op.properties, "redrivePolicy"), queue.Flag("fifoQueue"))
}

// checkRedrive refuses a dead-letter queue that is missing or of the other kind.
func checkRedrive(op *operation, policy string, fifo bool) error {
	if policy == "" {
		return nil
	}
	var redrive struct {
		Target string `json:"deadLetterTargetArn"`
	}
	if json.Unmarshal([]byte(policy), &redrive) != nil || redrive.Target == "" {
		return refuse("InvalidParameterValue", "Value %s for parameter RedrivePolicy is invalid. Reason: Redrive policy does not contain mandatory attribute: deadLetterTargetArn.", policy)
	}
	target, ok := op.tx.ByARN(redrive.Target)
	if !ok || target.Type != queueType || target.Status != account.Active {
		return refuse("InvalidParameterValue", "Value %s for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.", policy)
	}
	if target.Flag("fifoQueue") != fifo {
		return refuse("InvalidParameterValue", "Value %s for parameter RedrivePolicy is invalid. Reason: Dead-letter queue must be same type of queue as the source.", policy)
	}
	op.use(target)
	return nil
}

func checkTopic(op *operation) error {
	if fifo := flagAt(op.properties, "fifoTopic"); fifo != strings.HasSuffix(op.name(), ".fifo") {
		return refuse("InvalidParameter", "Invalid parameter: Topic Name")
	}
	return nil
}

func checkSubscription(op *operation) error {
	topic, endpoint := op.targets["topic"], op.targets["endpoint"]
	protocol := textAt(op.properties, "protocol")
	if (protocol == "sqs" || protocol == "lambda") && endpoint == nil {
		reason := "An ARN was expected"
		if strings.HasPrefix(textAt(op.properties, "endpoint"), "arn:") {
			return nil // SNS does not look whether the endpoint exists
		}
		return refuse("InvalidParameter", "Invalid parameter: %s endpoint ARN: %s", strings.ToUpper(protocol), reason)
	}
	if topic != nil && endpoint != nil && endpoint.Type == queueType && endpoint.Flag("fifoQueue") && !topic.Flag("fifoTopic") {
		return refuse("InvalidParameter", "Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics")
	}
	return nil
}

func completeSubscription(op *operation) error {
	if slices.Contains([]string{"http", "https", "email", "email-json"}, textAt(op.properties, "protocol")) {
		op.set("pendingConfirmation", true)
		op.set("confirmationWasAuthenticated", false)
	}
	return nil
}

func checkEventRule(op *operation) error {
	if textAt(op.properties, "eventPattern") == "" && textAt(op.properties, "scheduleExpression") == "" {
		return refuse("ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified.")
	}
	bus := textAt(op.properties, "eventBusName")
	if bus != "" && bus != "default" && textAt(op.properties, "scheduleExpression") != "" {
		return refuse("ValidationException", "ScheduleExpression is supported only on the default event bus.")
	}
	return nil
}

func completeEventRule(op *operation) error {
	bus := busName(textAt(op.properties, "eventBusName"))
	op.key = bus + "/" + op.name()
	if bus != "default" {
		op.id = bus + "/" + op.name()
		op.arn = op.text("arn:${@partition}:events:${@region}:${@account}:rule/") + op.id
		op.set("arn", op.arn)
	}
	return nil
}

func busName(nameOrARN string) string {
	if nameOrARN == "" {
		return "default"
	}
	return nameOrARN[strings.LastIndex(nameOrARN, "/")+1:]
}

func checkEventTarget(op *operation) error {
	bus, rule := busName(textAt(op.properties, "eventBusName")), textAt(op.properties, "rule")
	found, ok := op.get(ruleType, bus+"/"+rule)
	if !ok {
		return refuse("ResourceNotFoundException", "Rule %s does not exist on EventBus %s.", rule, bus)
	}
	op.use(found)
	return nil
}

func completeEventTarget(op *operation) error {
	bus := busName(textAt(op.properties, "eventBusName"))
	if bus != "default" && op.kind == account.OnCreate {
		op.id = bus + "-" + op.id
	}
	op.key = bus + "/" + textAt(op.properties, "rule") + "/" + textAt(op.properties, "targetId")
	return nil
}

// hiddenPrefix marks what the account knows of a resource and the provider does
// not report, such as how many objects a bucket holds.
const hiddenPrefix = "@"

// visible leaves out what the provider does not report.
func visible(properties resource.PropertyMap) resource.PropertyMap {
	for key := range properties {
		if strings.HasPrefix(string(key), hiddenPrefix) {
			delete(properties, key)
		}
	}
	return properties
}
