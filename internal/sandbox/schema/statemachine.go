package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// workflow is a state machine, or a branch of one, as far as its transitions go.
type workflow struct {
	StartAt string
	States  map[string]*workflowState
}

type workflowState struct {
	Type          string
	Next          string
	End           bool
	Default       string
	Choices       []transition
	Catch         []transition
	Branches      []workflow
	Iterator      *workflow
	ItemProcessor *workflow
}

type transition struct{ Next string }

// stateMachine refuses a definition that Step Functions does not accept. The
// provider asks the service when it plans, so that a preview shows it.
func stateMachine(c *checker, inputs resource.PropertyMap) {
	text, known := stringOf(inputs, "definition")
	var machine workflow
	if !known || json.Unmarshal([]byte(text), &machine) != nil {
		return
	}
	for _, problem := range machine.problems("") {
		c.add(&step{name: "definition"}, "invalid Step Functions State Machine definition: %s", problem)
	}
}

// problems lists what is wrong with the transitions, in the service's words.
func (w workflow) problems(at string) []string {
	var found []string
	for _, field := range []struct {
		name    string
		missing bool
	}{{"StartAt", w.StartAt == ""}, {"States", len(w.States) == 0}} {
		if field.missing {
			found = append(found, fmt.Sprintf("SCHEMA_VALIDATION_FAILED: These fields are required: [%s] at %s", field.name, or(at, "/")))
		}
	}
	if len(found) > 0 {
		return found
	}
	targets := map[string]bool{}
	visit := func(target, where string) {
		targets[target] = true
		if target != "" && w.States[target] == nil {
			found = append(found, fmt.Sprintf("MISSING_TRANSITION_TARGET: Missing 'Next' target: %s at %s%s", target, at, where))
		}
	}
	visit(w.StartAt, "/StartAt")
	names, ends := slices.Sorted(maps.Keys(w.States)), false
	for _, name := range names {
		state := w.States[name]
		if state == nil {
			continue
		}
		ends = ends || state.ends()
		found = append(found, state.problems(at+"/States/"+name)...)
		state.transitions(func(target, where string) { visit(target, "/States/"+name+where) })
	}
	if !ends {
		return append(found, "MISSING_END_STATE: Workflow has no terminal state")
	}
	for _, name := range names {
		if !targets[name] {
			found = append(found, fmt.Sprintf("MISSING_TRANSITION_TARGET: State %q is not reachable. at %s/States/%s", name, at, name))
		}
	}
	return found
}

// ends reports whether an execution may end in the state.
func (s *workflowState) ends() bool { return s.End || s.Type == "Succeed" || s.Type == "Fail" }

// transitions calls visit with every state that may follow.
func (s *workflowState) transitions(visit func(target, where string)) {
	visit(s.Next, "/Next")
	visit(s.Default, "/Default")
	for index, choice := range s.Choices {
		visit(choice.Next, fmt.Sprintf("/Choices[%d]/Next", index))
	}
	for index, catcher := range s.Catch {
		visit(catcher.Next, fmt.Sprintf("/Catch[%d]/Next", index))
	}
}

// problems lists what is wrong inside one state.
func (s *workflowState) problems(at string) []string {
	var found []string
	switch {
	case s.Type == "":
		found = append(found, "SCHEMA_VALIDATION_FAILED: These fields are required: [Type] at "+at)
	case s.Type != "Choice" && !s.ends() && s.Next == "":
		found = append(found, "SCHEMA_VALIDATION_FAILED: These fields are required: [Next or End] at "+at)
	}
	for index, choice := range s.Choices {
		if choice.Next == "" {
			found = append(found, fmt.Sprintf("SCHEMA_VALIDATION_FAILED: These fields are required: [Next] at %s/Choices[%d]", at, index))
		}
	}
	for index, branch := range s.Branches {
		found = append(found, branch.problems(fmt.Sprintf("%s/Branches[%d]", at, index))...)
	}
	if s.Iterator != nil {
		found = append(found, s.Iterator.problems(at+"/Iterator")...)
	}
	if s.ItemProcessor != nil {
		found = append(found, s.ItemProcessor.problems(at+"/ItemProcessor")...)
	}
	return found
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
