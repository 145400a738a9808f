package job_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// machine plays a state machine in the part of the Amazon States Language that the
// definition is written in. What it does not know fails the test.
type machine struct {
	t      testing.TB
	start  string
	states map[string]map[string]any
}

// execution is one run of a machine. It is a value: a copy goes its own way.
type execution struct {
	arn, state, status string
	data               any    // never changed in place
	tries              [4]int // how often each retrier of the state was used
	err, cause         string
}

// fields are those that each type of state may have here.
var fields = map[string][]string{
	"Task":    {"Type", "Resource", "Parameters", "ResultSelector", "ResultPath", "TimeoutSeconds", "Retry", "Catch", "Next", "End"},
	"Choice":  {"Type", "Choices", "Default"},
	"Wait":    {"Type", "Seconds", "Next"},
	"Succeed": {"Type"},
	"Fail":    {"Type", "Error", "Cause", "CausePath"},
}

// read takes a definition and checks that it holds together: states of known types
// with known fields, that lead to states that are there, each of which is reached.
func read(t testing.TB, definition any) machine {
	top, ok := definition.(map[string]any)
	require.True(t, ok)
	m := machine{t: t, start: top["StartAt"].(string), states: map[string]map[string]any{}}
	for name, state := range top["States"].(map[string]any) {
		m.states[name] = state.(map[string]any)
	}
	reached := map[string]bool{m.start: true}
	for name, state := range m.states {
		require.LessOrEqual(t, len(name), 80)
		for field := range state {
			require.Contains(t, fields[state["Type"].(string)], field, name)
		}
		for _, next := range m.leads(name) {
			require.Contains(t, m.states, next, name)
			reached[next] = true
		}
	}
	require.Equal(t, slices.Sorted(maps.Keys(m.states)), slices.Sorted(maps.Keys(reached)), "every state is reached")
	return m
}

// leads are the states that one leads to.
func (m machine) leads(name string) []string {
	state, next := m.states[name], []string{}
	add := func(from any, key string) {
		if to, ok := from.(map[string]any)[key]; ok {
			next = append(next, to.(string))
		}
	}
	add(state, "Next")
	add(state, "Default")
	for _, list := range []string{"Catch", "Choices"} {
		for _, entry := range each(state[list]) {
			add(entry, "Next")
		}
	}
	for _, list := range []string{"Retry", "Catch"} {
		for i, entry := range each(state[list]) {
			if errors := each(entry.(map[string]any)["ErrorEquals"]); slices.Contains(errors, any("States.ALL")) {
				assert.Len(m.t, errors, 1, "%s: States.ALL stands alone", name)
				assert.Equal(m.t, len(each(state[list]))-1, i, "%s: States.ALL is last", name)
			}
		}
	}
	if kind := state["Type"]; kind == "Task" || kind == "Wait" {
		assert.NotEqual(m.t, state["End"] == true, state["Next"] != nil, "%s ends or leads on", name)
	}
	return next
}

func (m machine) begin(arn string, input any) execution {
	return execution{arn: arn, state: m.start, status: "RUNNING", data: input}
}

func (m machine) enter(e execution, state string, data any) execution {
	e.state, e.data, e.tries = state, data, [4]int{}
	return e
}

// pass goes through a state that calls nothing.
func (m machine) pass(e execution) execution {
	state := m.states[e.state]
	switch state["Type"] {
	case "Choice":
		for _, c := range each(state["Choices"]) {
			if m.holds(c.(map[string]any), e.data) {
				return m.enter(e, c.(map[string]any)["Next"].(string), e.data)
			}
		}
		return m.enter(e, state["Default"].(string), e.data)
	case "Wait":
		return m.enter(e, state["Next"].(string), e.data)
	case "Succeed":
		e.status = "SUCCEEDED"
		return e
	case "Fail":
		e.status, e.err, e.cause = "FAILED", state["Error"].(string), m.reason(state, e)
		return e
	}
	require.Failf(m.t, "not a state to pass", "%s", e.state)
	return e
}

// reason is the cause that a state of failure gives.
func (m machine) reason(state map[string]any, e execution) string {
	if text, ok := state["Cause"]; ok {
		return text.(string)
	}
	arguments, ok := strings.CutPrefix(state["CausePath"].(string), "States.Format('{}: {}', ")
	require.True(m.t, ok)
	name, cause, ok := strings.Cut(strings.TrimSuffix(arguments, ")"), ", ")
	require.True(m.t, ok)
	return m.at(name, e).(string) + ": " + m.at(cause, e).(string)
}

func (m machine) holds(rule map[string]any, data any) bool {
	if or, ok := rule["Or"]; ok {
		return slices.ContainsFunc(each(or), func(r any) bool { return m.holds(r.(map[string]any), data) })
	}
	value, present := find(rule["Variable"].(string), "$.", data)
	if want, ok := rule["IsPresent"]; ok {
		return present == want
	}
	require.True(m.t, present, "%v is compared and must be there", rule["Variable"])
	want, ok := rule["StringEquals"]
	require.True(m.t, ok, "a comparison the player does not know: %v", rule)
	return value == want
}

// request is what a task calls, with its parameters.
func (m machine) request(e execution) (string, map[string]any) {
	state := m.states[e.state]
	api, ok := strings.CutPrefix(state["Resource"].(string), "arn:aws:states:::")
	require.True(m.t, ok)
	return api, m.fill(state["Parameters"], e).(map[string]any)
}

// fill puts values in the place of the paths of a template.
func (m machine) fill(template any, e execution) any {
	object, ok := template.(map[string]any)
	if !ok {
		return template
	}
	filled := map[string]any{}
	for key, value := range object {
		if name, isPath := strings.CutSuffix(key, ".$"); isPath {
			filled[name] = m.at(value.(string), e)
			continue
		}
		filled[key] = m.fill(value, e)
	}
	return filled
}

// at is the value at a path of the data, or of the context object for "$$.".
func (m machine) at(path string, e execution) any {
	name := e.arn[strings.LastIndex(e.arn, ":")+1:]
	for prefix, root := range map[string]any{"$$.": map[string]any{"Execution": map[string]any{"Id": e.arn, "Name": name}}, "$.": e.data} {
		if strings.HasPrefix(path, prefix) {
			value, ok := find(path, prefix, root)
			require.Truef(m.t, ok, "%s: there is nothing at %s in %v", e.state, path, e.data)
			return value
		}
	}
	require.Failf(m.t, "not a path", "%s", path)
	return nil
}

// succeed goes on with the result of a task.
func (m machine) succeed(e execution, result any) execution {
	state := m.states[e.state]
	if selector, ok := state["ResultSelector"]; ok {
		result = m.fill(selector, execution{arn: e.arn, state: e.state, data: result})
	}
	data := m.combine(state, e.data, result)
	if state["End"] == true {
		e.data, e.status = data, "SUCCEEDED"
		return e
	}
	return m.enter(e, state["Next"].(string), data)
}

// combine puts a result where a state or a catcher wants it.
func (m machine) combine(state map[string]any, data, result any) any {
	path, given := state["ResultPath"]
	switch {
	case !given:
		return result
	case path == nil:
		return data
	}
	key, ok := strings.CutPrefix(path.(string), "$.")
	require.True(m.t, ok)
	object, ok := data.(map[string]any)
	require.True(m.t, ok, "only an object takes a result at %s", path)
	object = maps.Clone(object)
	object[key] = result
	return object
}

// fail tries the task again, goes where a catcher says, or ends the execution.
func (m machine) fail(e execution, name, cause string) execution {
	state := m.states[e.state]
	for i, r := range each(state["Retry"]) {
		if retrier := r.(map[string]any); matches(retrier, name) {
			if e.tries[i] < int(retrier["MaxAttempts"].(float64)) {
				e.tries[i]++
				return e
			}
			break
		}
	}
	for _, c := range each(state["Catch"]) {
		if catcher := c.(map[string]any); matches(catcher, name) {
			return m.enter(e, catcher["Next"].(string), m.combine(catcher, e.data, map[string]any{"Error": name, "Cause": cause}))
		}
	}
	e.status, e.err, e.cause = "FAILED", name, cause
	return e
}

func matches(rule map[string]any, name string) bool {
	return slices.ContainsFunc(each(rule["ErrorEquals"]), func(e any) bool {
		return e == name || e == "States.ALL" || e == "States.TaskFailed" && name != "States.Timeout"
	})
}

func find(path, prefix string, root any) (any, bool) {
	value := root
	for _, key := range strings.Split(strings.TrimPrefix(path, prefix), ".") {
		object, ok := value.(map[string]any)
		if !ok {
			return nil, false
		}
		if value, ok = object[key]; !ok {
			return nil, false
		}
	}
	return value, true
}

func each(list any) []any {
	items, _ := list.([]any)
	return items
}
