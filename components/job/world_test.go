package job_test

import (
	"fmt"
	"strings"

	"github.com/stretchr/testify/require"
)

// world is AWS as far as the state machine sees it: the item, the executions, and
// the tasks they run. It is a value, so that every way it can go on can be tried.
// Each call happens at one moment, as it does in DynamoDB; between two of them
// anything can happen. A task ends at once with an execution that a person stops,
// which is more than AWS promises: there it has until its stop timeout.
type world struct {
	holder, before string // the item, and what it was before it last changed; empty for none
	runs           [3]run
	// What can still go wrong.
	faults    int // calls that fail, or that succeed with the answer lost
	unseen    int // answers that do not know an execution which has just begun
	aborts    int // executions that a person stops
	redrives  int // failed executions that a person has do again what failed
	failTasks bool
}

// run is an execution and its task.
type run struct {
	execution
	task string // empty, "running", or "stopping" after a timeout
	ran  bool
}

func arn(name string) string {
	return "arn:aws:states:us-east-1:123456789012:execution:tenfold-test-report:" + name
}

// others are executions that hold the lock before the first of the world's begins.
var others = map[string]string{
	arn("running"): "RUNNING", arn("ended"): "SUCCEEDED", arn("failed"): "FAILED", arn("stopped"): "ABORTED", arn("late"): "TIMED_OUT",
}

// begin makes a world with so many executions that begin at once.
func begin(m machine, holder string, executions int) world {
	w := world{holder: holder}
	for i := range executions {
		w.runs[i].execution = m.begin(arn(fmt.Sprint(i)), map[string]any{})
	}
	return w
}

// next lists every world that one step of one execution, of a task, of a person or
// of chance leads to.
func (w world) next(m machine) []world {
	var all []world
	for i := range w.runs {
		r := w.runs[i]
		put := func(change func(*world, *run)) {
			n := w
			change(&n, &n.runs[i])
			all = append(all, n)
		}
		if r.task == "stopping" {
			put(func(_ *world, r *run) { r.task = "" })
		}
		if r.status == "FAILED" && w.redrives > 0 {
			put(func(n *world, r *run) { n.redrives--; r.status, r.tries = "RUNNING", [4]int{} })
		}
		if r.status != "RUNNING" {
			continue
		}
		if w.aborts > 0 {
			put(func(n *world, r *run) { n.aborts--; r.status, r.task = "ABORTED", "" })
		}
		switch m.states[r.state]["Type"] {
		case "Task":
			w.call(m, r, put)
		case "Wait":
			// It waits for longer than a task takes to stop.
			put(func(_ *world, r *run) { r.execution, r.task = m.pass(r.execution), "" })
		default:
			put(func(_ *world, r *run) { r.execution = m.pass(r.execution) })
		}
	}
	return all
}

// refusals are the errors of calls that had no effect.
var refusals = map[string]string{
	"dynamodb:getItem":              "DynamoDB.ProvisionedThroughputExceededException",
	"dynamodb:putItem":              "DynamoDB.ThrottlingException",
	"aws-sdk:sfn:describeExecution": "Sfn.SfnException",
	"ecs:runTask.sync":              "AmazonECS.Unknown",
}

// call lists the outcomes of the call that a state makes.
func (w world) call(m machine, r run, put func(func(*world, *run))) {
	api, in := m.request(r.execution)
	if w.faults > 0 && r.task != "running" {
		put(func(n *world, r *run) { n.faults--; r.execution = m.fail(r.execution, refusals[api], "a fault") })
	}
	switch api {
	case "dynamodb:getItem":
		w.getItem(m, in, put)
	case "dynamodb:putItem":
		w.putItem(m, in, put)
	case "aws-sdk:sfn:describeExecution":
		w.describe(m, in["ExecutionArn"].(string), put)
	case "ecs:runTask.sync":
		w.runTask(m, r, put)
	default:
		require.Failf(m.t, "an API the player does not know", "%s", api)
	}
}

// getItem reads the item, or what it was before when the read is not consistent.
func (w world) getItem(m machine, in map[string]any, put func(func(*world, *run))) {
	seen := []string{w.holder}
	if in["ConsistentRead"] != true && w.before != w.holder {
		seen = append(seen, w.before)
	}
	for _, holder := range seen {
		result := map[string]any{"SdkHttpMetadata": map[string]any{"HttpStatusCode": 200.0}}
		if holder != "" {
			result["Item"] = map[string]any{"job": in["Key"].(map[string]any)["job"], "holder": map[string]any{"S": holder}}
		}
		put(func(_ *world, r *run) { r.execution = m.succeed(r.execution, result) })
	}
}

// putItem writes the item if the condition holds. The answer may get lost.
func (w world) putItem(m machine, in map[string]any, put func(func(*world, *run))) {
	holds := in["ConditionExpression"] == nil
	if !holds {
		values, _ := in["ExpressionAttributeValues"].(map[string]any)
		for term := range strings.SplitSeq(in["ConditionExpression"].(string), " OR ") {
			if name, ok := strings.CutPrefix(term, "holder = "); ok {
				holds = holds || w.holder == values[name].(map[string]any)["S"]
				continue
			}
			require.Equal(m.t, "attribute_not_exists(holder)", term)
			holds = holds || w.holder == ""
		}
	}
	if !holds {
		put(func(_ *world, r *run) {
			r.execution = m.fail(r.execution, "DynamoDB.ConditionalCheckFailedException", "The conditional request failed")
		})
		return
	}
	write := func(n *world) {
		n.before, n.holder = n.holder, in["Item"].(map[string]any)["holder"].(map[string]any)["S"].(string)
	}
	put(func(n *world, r *run) { write(n); r.execution = m.succeed(r.execution, map[string]any{}) })
	if w.faults > 0 {
		put(func(n *world, r *run) {
			n.faults--
			write(n)
			r.execution = m.fail(r.execution, "DynamoDB.SdkClientException", "no answer")
		})
	}
}

// describe tells the status of an execution. It may not know one that has just
// begun.
func (w world) describe(m machine, who string, put func(func(*world, *run))) {
	status, known := others[who]
	for _, r := range w.runs {
		if r.arn == who {
			status, known = r.status, true
		}
	}
	if known {
		put(func(_ *world, r *run) {
			r.execution = m.succeed(r.execution, map[string]any{"ExecutionArn": who, "Status": status, "Input": "{}"})
		})
	}
	if !known || status == "RUNNING" && w.unseen > 0 {
		put(func(n *world, r *run) {
			if known {
				n.unseen--
			}
			r.execution = m.fail(r.execution, "Sfn.ExecutionDoesNotExistException", "Execution Does Not Exist: '"+who+"'")
		})
	}
}

// runTask starts the task and, later, ends it in one of the ways a task ends.
func (w world) runTask(m machine, r run, put func(func(*world, *run))) {
	if r.task != "running" {
		put(func(_ *world, r *run) { r.task, r.ran = "running", true })
		return
	}
	put(func(_ *world, r *run) {
		r.task, r.execution = "", m.succeed(r.execution, map[string]any{"LastStatus": "STOPPED"})
	})
	if w.failTasks {
		put(func(_ *world, r *run) {
			r.task, r.execution = "", m.fail(r.execution, "States.TaskFailed", "exit code 1")
		})
		put(func(_ *world, r *run) { r.task, r.execution = "stopping", m.fail(r.execution, "States.Timeout", "") })
	}
}

// tasks counts those that run or are about to stop.
func (w world) tasks() (n int) {
	for _, r := range w.runs {
		if r.task != "" {
			n++
		}
	}
	return n
}
