package job

import (
	"fmt"
	"maps"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/output"
)

// The states that more than one other leads to.
const (
	runTheTask             = "RunTheTask"
	theRunFailed           = "TheRunFailed"
	anotherRunHoldsTheLock = "AnotherRunHoldsTheLock"
)

// notStarted are the errors with which ECS says that it started no task: it had no
// capacity, was asked too often, or refused. A task that ran and failed has
// another name, States.TaskFailed. No answer at all has another one too, and is not
// among them, because a second task might join the first.
var notStarted = []any{
	"AmazonECS.Unknown", "ECS.AmazonECSException", "ECS.ClientException", "ECS.InvalidParameterException",
	"ECS.LimitExceededException", "ECS.ServerException",
}

// definition is what the state machine does, in the Amazon States Language.
//
// Every error is caught and leads to a state that fails. A failed execution can be
// redriven: Step Functions then does again what failed, without what went before.
// That must not be the task, which would run without the lock.
func (b *builder) definition() pulumi.StringOutput {
	start, states := runTheTask, map[string]any{
		runTheTask: b.runTheTask(),
		// The task has until its stop timeout to end, and ECS some time to end it.
		"LetTheTaskStop": map[string]any{"Type": "Wait", "Seconds": int((b.spec.StopTimeout + time.Minute).Seconds()), "Next": "TheRunTookTooLong"},
		"TheRunTookTooLong": map[string]any{
			"Type": "Fail", "Error": "TheRunTookTooLong", "Cause": fmt.Sprintf("the task had not ended after %s and was stopped", b.args.Timeout),
		},
		// No name of the machine's own may begin with "States.", as that of a failed task
		// does, so the name is part of the cause.
		theRunFailed: map[string]any{"Type": "Fail", "Error": theRunFailed, "CausePath": "States.Format('{}: {}', $.Error, $.Cause)"},
	}
	if b.locks != nil {
		start = whoHoldsTheLock
		maps.Copy(states, b.lockStates())
	}
	return output.JSON(map[string]any{"Comment": "Runs " + b.plan.task.Family, "StartAt": start, "States": states})
}

// runTheTask starts the task and waits for its end. Step Functions stops the task
// when the state takes too long.
func (b *builder) runTheTask() map[string]any {
	provider, address := "FARGATE", "DISABLED"
	if b.args.Spot {
		provider = "FARGATE_SPOT"
	}
	if b.args.Network.PublicAddress {
		address = "ENABLED"
	}
	return map[string]any{
		"Type":     "Task",
		"Resource": b.integration("ecs:runTask.sync"),
		"Parameters": map[string]any{
			"Cluster":                  b.args.Cluster.ARN,
			"TaskDefinition":           b.made.Definition.Arn,
			"CapacityProviderStrategy": []any{map[string]any{"CapacityProvider": provider, "Weight": 1}},
			"NetworkConfiguration": map[string]any{"AwsvpcConfiguration": map[string]any{
				"Subnets": b.args.Network.SubnetIDs, "SecurityGroups": []any{b.made.SecurityGroupID}, "AssignPublicIp": address,
			}},
			"EnableECSManagedTags": true,
			"EnableExecuteCommand": false,
			"PropagateTags":        "TASK_DEFINITION",
			// The group of other tasks is that of their family, which the rule for them
			// picks.
			"Group.$": "$$.Execution.Name",
		},
		"TimeoutSeconds": int(b.args.Timeout.Seconds()),
		"Retry": []any{map[string]any{
			"ErrorEquals": notStarted, "IntervalSeconds": int(firstPause.Seconds()), "BackoffRate": 2,
			"MaxDelaySeconds": int(longestPause.Seconds()), "MaxAttempts": b.args.starts(),
		}},
		"Catch": []any{
			map[string]any{"ErrorEquals": []any{"States.Timeout"}, "Next": "LetTheTaskStop"},
			map[string]any{"ErrorEquals": []any{"States.ALL"}, "Next": theRunFailed},
		},
		"ResultPath": nil,
		"End":        true,
	}
}

// Between two tries to start a task is a pause that doubles.
const (
	firstPause   = time.Minute
	longestPause = 16 * time.Minute
)

// starts is how often a start is tried again: as often as Retries says, and not
// after MaxDelay.
func (a Args) starts() int {
	n, pause, late := 0, firstPause, firstPause
	for n < a.Retries && late <= a.MaxDelay {
		n++
		pause = min(2*pause, longestPause)
		late += pause
	}
	return n
}

// integration is the ARN of an API in the Amazon States Language.
func (b *builder) integration(api string) string {
	return "arn:" + b.made.Here.Partition + ":states:::" + api
}
