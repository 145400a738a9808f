package schema

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestADefinitionIsRefusedInStepFunctionsWords(t *testing.T) {
	for name, c := range map[string]struct {
		definition string
		want       []string
	}{
		"a workflow": {`{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"x","Next":"B","Catch":[{"ErrorEquals":["States.ALL"],"Next":"C"}]},"B":{"Type":"Succeed"},"C":{"Type":"Fail"}}}`, nil},
		"nothing to start at": {`{"States":{"A":{"Type":"Succeed"}}}`,
			[]string{"SCHEMA_VALIDATION_FAILED: These fields are required: [StartAt] at /"}},
		"no states": {`{"StartAt":"A"}`, []string{"SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /"}},
		"a start that is no state": {`{"StartAt":"B","States":{"A":{"Type":"Pass","Next":"C"},"C":{"Type":"Succeed"}}}`,
			[]string{"MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /StartAt", `MISSING_TRANSITION_TARGET: State "A" is not reachable. at /States/A`}},
		"a next state that is none": {`{"StartAt":"pass1","States":{"pass1":{"Type":"Pass","Next":"pass3"},"pass2":{"Type":"Pass","End":true}}}`,
			[]string{"MISSING_TRANSITION_TARGET: Missing 'Next' target: pass3 at /States/pass1/Next", `MISSING_TRANSITION_TARGET: State "pass2" is not reachable. at /States/pass2`}},
		"targets of choices, defaults and catchers": {`{"StartAt":"C","States":{"C":{"Type":"Choice","Choices":[{"Variable":"$.a","IsNull":true,"Next":"X"}],"Default":"Y"},"T":{"Type":"Task","Resource":"x","End":true,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"Z"}]}}}`,
			[]string{"MISSING_TRANSITION_TARGET: Missing 'Next' target: Y at /States/C/Default", "MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /States/C/Choices[0]/Next",
				"MISSING_TRANSITION_TARGET: Missing 'Next' target: Z at /States/T/Catch[0]/Next", `MISSING_TRANSITION_TARGET: State "T" is not reachable. at /States/T`}},
		"a choice that leads nowhere": {`{"StartAt":"C","States":{"C":{"Type":"Choice","Choices":[{"Variable":"$.a","IsNull":true}],"Default":"D"},"D":{"Type":"Succeed"}}}`,
			[]string{"SCHEMA_VALIDATION_FAILED: These fields are required: [Next] at /States/C/Choices[0]"}},
		"no end": {`{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"}}}`, []string{"MISSING_END_STATE: Workflow has no terminal state"}},
		"a state without a type, and one without a way on": {`{"StartAt":"A","States":{"A":{"End":true,"Next":"B"},"B":{"Type":"Pass"}}}`,
			[]string{"SCHEMA_VALIDATION_FAILED: These fields are required: [Type] at /States/A", "SCHEMA_VALIDATION_FAILED: These fields are required: [Next or End] at /States/B"}},
		"inside branches and iterations": {`{"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"C":{"Type":"Succeed"}}}],"Next":"M"},"M":{"Type":"Map","ItemProcessor":{"StartAt":"X","States":{"Y":{"Type":"Succeed"}}},"End":true}}}`,
			[]string{"MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /States/M/ItemProcessor/StartAt", `MISSING_TRANSITION_TARGET: State "Y" is not reachable. at /States/M/ItemProcessor/States/Y`,
				"MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/P/Branches[0]/States/A/Next", `MISSING_TRANSITION_TARGET: State "C" is not reachable. at /States/P/Branches[0]/States/C`}},
	} {
		want := []string{}
		for _, problem := range c.want {
			want = append(want, "definition: invalid Step Functions State Machine definition: "+problem)
		}
		inputs := map[string]any{"roleArn": "arn:aws:iam::123456789012:role/workflows", "definition": c.definition}
		assert.ElementsMatch(t, want, refusals(lookup(t, "aws:sfn/stateMachine:StateMachine").Check(properties(inputs))), name)
	}
}

func TestADefinitionNotKnownYetPasses(t *testing.T) {
	inputs := map[string]any{"roleArn": "arn:aws:iam::123456789012:role/workflows", "definition": unknown()}
	assert.Empty(t, lookup(t, "aws:sfn/stateMachine:StateMachine").Check(properties(inputs)))
}
