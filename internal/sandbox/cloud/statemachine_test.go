package cloud

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

func TestStateMachineRefusals(t *testing.T) {
	w := newWorld(t)
	w.role("workflows", "states.amazonaws.com")
	w.role("functions", "lambda.amazonaws.com")
	w.create(logGroupType, "logs", map[string]any{"name": "/aws/vendedlogs/states/app"})
	machine := func(role string, logging map[string]any) map[string]any {
		inputs := map[string]any{"roleArn": role, "definition": `{"StartAt":"Done","States":{"Done":{"Type":"Succeed"}}}`}
		if logging != nil {
			inputs["loggingConfiguration"] = logging
		}
		return inputs
	}
	w.refuses("AccessDeniedException: Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.", stateMachineType, machine("arn:aws:iam::123456789012:role/missing", nil))
	w.refuses("is authorized to assume the provided role. (", stateMachineType, machine("$(functions.arn)", nil))
	w.refuses("InvalidLoggingConfiguration: Invalid Logging Configuration: Must specify exactly one Log Destination.", stateMachineType, machine("$(workflows.arn)", map[string]any{"level": "ERROR"}))
	w.refuses("InvalidLoggingConfiguration: Invalid Logging Configuration: Log Group ARN must be provided with '*' qualifier.", stateMachineType, machine("$(workflows.arn)", map[string]any{"level": "ERROR", "logDestination": "$(logs.arn)"}))
	w.refuses("The state machine IAM Role is not authorized to access the Log Destination", stateMachineType,
		machine("$(workflows.arn)", map[string]any{"level": "ERROR", "logDestination": "arn:aws:logs:eu-west-1:123456789012:log-group:missing:*"}))
	w.create(stateMachineType, "workflow", machine("$(workflows.arn)", map[string]any{"level": "ERROR", "logDestination": "$(logs.arn):*"}))
	require.NoError(t, w.update("workflow", machine("$(workflows.arn)", map[string]any{"level": "OFF"})))
}

func TestWhatStartsAStateMachineIsKnownAsItsUser(t *testing.T) {
	w := newWorld(t)
	w.role("tasks", "states.amazonaws.com", "scheduler.amazonaws.com", "events.amazonaws.com")
	w.create(stateMachineType, "workflow", map[string]any{"roleArn": "$(tasks.arn)", "definition": `{"StartAt":"Done","States":{"Done":{"Type":"Succeed"}}}`})
	w.create(ruleType, "daily", map[string]any{"scheduleExpression": "rate(1 day)"})
	w.create("aws:cloudwatch/eventTarget:EventTarget", "target", map[string]any{"rule": "$(daily.name)", "arn": "$(workflow.arn)", "roleArn": "$(tasks.arn)"})
	w.create("aws:scheduler/schedule:Schedule", "nightly", map[string]any{"flexibleTimeWindow": map[string]any{"mode": "OFF"}, "scheduleExpression": "rate(1 day)",
		"target": map[string]any{"arn": "$(workflow.arn)", "roleArn": "$(tasks.arn)"}})
	users := map[string]bool{}
	require.NoError(t, w.account.View(func(tx *account.Tx) error {
		for _, user := range tx.Users(account.Key{Type: stateMachineType, ID: w.made["workflow"].ID}) {
			users[user.Type] = true
		}
		return nil
	}))
	assert.Equal(t, map[string]bool{"aws:cloudwatch/eventTarget:EventTarget": true, "aws:scheduler/schedule:Schedule": true}, users)
}

func TestAmazonsImagesHaveTheSameIDEachTimeTheyAreAskedFor(t *testing.T) {
	w := newWorld(t)
	const name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
	first := textAt(w.invoke("aws:ssm/getParameter:getParameter", map[string]any{"name": name}), "value")
	assert.Regexp(t, `^ami-[0-9a-f]{17}$`, first)
	again := w.invoke("aws:ssm/getParameter:getParameter", map[string]any{"name": name})
	assert.Equal(t, first, textAt(again, "value"))
	assert.Equal(t, first, textAt(again, "insecureValue"))
	assert.Equal(t, "arn:aws:ssm:eu-west-1::parameter"+name, textAt(again, "arn"))
	w.region = "us-east-1"
	assert.NotEqual(t, first, textAt(w.invoke("aws:ssm/getParameter:getParameter", map[string]any{"name": name}), "value"), "an image belongs to a region")
}
