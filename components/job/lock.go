package job

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dynamodb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
)

const whoHoldsTheLock = "WhoHoldsTheLock"

// The errors that are answers.
const (
	changed = "DynamoDB.ConditionalCheckFailedException"
	unknown = "Sfn.ExecutionDoesNotExistException"
)

// lock makes the table with the one item that is the lock. DynamoDB encrypts it
// with a key of its own: it holds no more than the ARN of an execution.
func (b *builder) lock() error {
	if b.args.Schedule == "" || b.args.Overlap {
		return nil
	}
	var err error
	b.locks, err = dynamodb.NewTable(b.ctx, b.name+"-lock", &dynamodb.TableArgs{
		Name:                      pulumi.String(b.plan.lock),
		BillingMode:               pulumi.String("PAY_PER_REQUEST"),
		HashKey:                   pulumi.String("job"),
		Attributes:                dynamodb.TableAttributeArray{dynamodb.TableAttributeArgs{Name: pulumi.String("job"), Type: pulumi.String("S")}},
		PointInTimeRecovery:       dynamodb.TablePointInTimeRecoveryArgs{Enabled: pulumi.Bool(!b.args.Disposable)},
		DeletionProtectionEnabled: pulumi.Bool(!b.args.Disposable),
	}, b.made.Children(pulumi.Protect(!b.args.Disposable))...)
	return err
}

// mayLock lets the machine read and take the lock, and see whether the execution
// that holds it still runs.
func (b *builder) mayLock() []access.Statement {
	return []access.Statement{
		{Actions: []string{"dynamodb:GetItem", "dynamodb:PutItem"}, Resources: []pulumi.StringInput{b.locks.Arn}},
		{
			Actions:   []string{"states:DescribeExecution"},
			Resources: []pulumi.StringInput{pulumi.String(b.made.Here.ARN("states", "execution:"+b.plan.machine+":*"))},
		},
	}
}

// lockStates go before the task. The item names the execution that holds the lock,
// which it does while it runs. An execution takes the lock by naming itself, on
// the condition that the item is as it was read: there was none, or it named an
// execution that has ended. Of two that do so at once, DynamoDB lets one.
//
// Both conditions also admit an item that names the execution itself. That is so
// when the item was written and the answer got lost: the execution holds the lock
// already, and would otherwise skip the run that it holds it for.
func (b *builder) lockStates() map[string]any {
	ended := []any{}
	for _, status := range []string{"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"} {
		ended = append(ended, map[string]any{"Variable": "$.Holder.Status", "StringEquals": status})
	}
	// Step Functions forgets an execution 90 days after its end. What it says may also
	// be moments old, so that it does not know one that has just begun: it is asked
	// again for three minutes.
	holder := b.ask("aws-sdk:sfn:describeExecution", map[string]any{"ExecutionArn.$": "$.Item.holder.S"},
		answer{unknown, "TakeTheLockOver", 2}, "HasTheHolderEnded")
	holder["ResultSelector"] = map[string]any{"Status.$": "$.Status"}
	holder["ResultPath"] = "$.Holder"
	return map[string]any{
		whoHoldsTheLock: b.ask("dynamodb:getItem", map[string]any{
			"TableName": b.locks.Name, "Key": b.key(), "ConsistentRead": true,
		}, answer{}, "IsTheLockTaken"),
		"IsTheLockTaken": map[string]any{
			"Type":    "Choice",
			"Choices": []any{map[string]any{"Variable": "$.Item.holder.S", "IsPresent": true, "Next": "IsTheHolderRunning"}},
			"Default": "TakeTheFreeLock",
		},
		"TakeTheFreeLock":    b.take("attribute_not_exists(holder)", nil),
		"IsTheHolderRunning": holder,
		"HasTheHolderEnded": map[string]any{
			"Type":    "Choice",
			"Choices": []any{map[string]any{"Or": ended, "Next": "TakeTheLockOver"}},
			"Default": anotherRunHoldsTheLock,
		},
		"TakeTheLockOver":      b.take("holder = :read", map[string]any{":read": map[string]any{"S.$": "$.Item.holder.S"}}),
		anotherRunHoldsTheLock: map[string]any{"Type": "Succeed"},
	}
}

func (b *builder) key() map[string]any {
	return map[string]any{"job": map[string]any{"S": b.plan.task.Family}}
}

// take writes the item unless someone else has written it since it was read.
func (b *builder) take(asRead string, values map[string]any) map[string]any {
	me := map[string]any{"S.$": "$$.Execution.Id"}
	item, all := b.key(), map[string]any{":me": me}
	item["holder"] = me
	for name, value := range values {
		all[name] = value
	}
	state := b.ask("dynamodb:putItem", map[string]any{
		"TableName": b.locks.Name, "Item": item,
		"ConditionExpression": asRead + " OR holder = :me", "ExpressionAttributeValues": all,
	}, answer{changed, anotherRunHoldsTheLock, 0}, runTheTask)
	state["ResultPath"] = nil
	return state
}

// answer is an error that answers a question, the state it leads to, and how often
// the question is put again before, first after a minute.
type answer struct {
	name, next string
	again      int
}

// ask is a state that calls an API. What fails, be it throttled or down, is tried
// again for a minute, unless the error is an answer.
func (b *builder) ask(api string, parameters map[string]any, a answer, next string) map[string]any {
	retry := []any{map[string]any{"ErrorEquals": []any{"States.ALL"}, "IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 5}}
	catch := []any{map[string]any{"ErrorEquals": []any{"States.ALL"}, "Next": theRunFailed}}
	if a.name != "" {
		retry = append([]any{map[string]any{
			"ErrorEquals": []any{a.name}, "IntervalSeconds": 60, "BackoffRate": 2, "MaxAttempts": a.again,
		}}, retry...)
		catch = append([]any{map[string]any{"ErrorEquals": []any{a.name}, "ResultPath": nil, "Next": a.next}}, catch...)
	}
	return map[string]any{
		"Type": "Task", "Resource": b.integration(api), "Parameters": parameters, "TimeoutSeconds": 30,
		"Retry": retry, "Catch": catch, "Next": next,
	}
}
