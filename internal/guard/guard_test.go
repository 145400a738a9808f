package guard

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	queue   = "urn:pulumi:dev::shop::aws:sqs/queue:Queue::jobs"
	service = "urn:pulumi:dev::shop::aws:ecs/service:Service::web"
)

// event is a step before it is made.
func event(op apitype.OpType, urn, token string, old *apitype.StepEventStateMetadata) apitype.EngineEvent {
	return apitype.EngineEvent{ResourcePreEvent: &apitype.ResourcePreEvent{Metadata: apitype.StepEventMetadata{
		Op: op, URN: urn, Type: token, Old: old, New: &apitype.StepEventStateMetadata{Custom: true}, Keys: []string{"name"}, Diffs: []string{"name"},
	}}}
}

func planOf(events ...apitype.EngineEvent) *Plan {
	p := &Plan{}
	for _, e := range append(events, apitype.EngineEvent{SummaryEvent: &apitype.SummaryEvent{}}) {
		p.Record(e)
	}
	return p
}

func replaced(urn, token string, old *apitype.StepEventStateMetadata) *Plan {
	return planOf(event(apitype.OpCreateReplacement, urn, token, old), event(apitype.OpReplace, urn, token, old), event(apitype.OpDeleteReplaced, urn, token, old))
}

func TestOnlyStateAndProtectedResourcesAreGuarded(t *testing.T) {
	plain, protected := &apitype.StepEventStateMetadata{Custom: true}, &apitype.StepEventStateMetadata{Custom: true, Protect: true}
	for name, tc := range map[string]struct {
		plan    *Plan
		refused bool
	}{
		"queue replaced":                 {replaced(queue, "aws:sqs/queue:Queue", plain), true},
		"queue deleted":                  {planOf(event(apitype.OpDelete, queue, "aws:sqs/queue:Queue", plain)), true},
		"queue made":                     {planOf(event(apitype.OpCreate, queue, "aws:sqs/queue:Queue", nil)), false},
		"queue changed":                  {planOf(event(apitype.OpUpdate, queue, "aws:sqs/queue:Queue", protected)), false},
		"service replaced":               {replaced(service, "aws:ecs/service:Service", plain), false},
		"service deleted":                {planOf(event(apitype.OpDelete, service, "aws:ecs/service:Service", plain)), false},
		"protected service deleted":      {planOf(event(apitype.OpDelete, service, "aws:ecs/service:Service", protected)), true},
		"first half of a replacement":    {planOf(event(apitype.OpCreateReplacement, queue, "aws:sqs/queue:Queue", plain)), true},
		"rest of a broken replacement":   {planOf(event(apitype.OpDeleteReplaced, queue, "aws:sqs/queue:Queue", plain)), true},
		"replacement that deletes first": {planOf(event(apitype.OpDeleteReplaced, queue, "aws:sqs/queue:Queue", plain), event(apitype.OpReplace, queue, "aws:sqs/queue:Queue", plain), event(apitype.OpCreateReplacement, queue, "aws:sqs/queue:Queue", plain)), true},
	} {
		t.Run(name, func(t *testing.T) {
			err := tc.plan.Check(Allowed{})
			var refusal *RefusedError
			assert.Equal(t, tc.refused, errors.As(err, &refusal), "%v", err)
			assert.Equal(t, tc.refused, err != nil)
		})
	}
}

func TestARefusalSaysWhatIsLostAndHowToAllowIt(t *testing.T) {
	p := replaced(queue, "aws:sqs/queue:Queue", &apitype.StepEventStateMetadata{Custom: true, Protect: true, RetainOnDelete: true})
	assert.EqualError(t, p.Check(Allowed{}), `the plan replaces or deletes 1 resource that holds state or is protected; nothing was changed:
  replace aws:sqs/queue:Queue jobs, forced by name
    loses the messages that wait, and the address producers send to
    stays in the account, and Pulumi forgets it
    is protected; take the protection off in an update of its own first
    to do it all the same: --allow-replace '`+queue+`'`)
}

func TestWhatIsNamedIsAllowedForThatKindOnly(t *testing.T) {
	p := replaced(queue, "aws:sqs/queue:Queue", &apitype.StepEventStateMetadata{Custom: true})
	assert.NoError(t, p.Check(Allowed{Replace: []string{queue}}))
	var refusal *RefusedError
	err := p.Check(Allowed{Delete: []string{queue}})
	assert.ErrorAs(t, err, &refusal)
	assert.ErrorContains(t, err, `--allow-delete "`+queue+`" names nothing that the plan would delete`)
	assert.ErrorContains(t, planOf().Check(Allowed{Replace: []string{queue}}), `names nothing that the plan would replace`)
}

func TestAPreviewThatDidNotFinishIsNotTrusted(t *testing.T) {
	assert.ErrorContains(t, new(Plan).Check(Allowed{}), "the preview did not finish")
}

// pulumi stands in for the CLI: it writes the given events where it is told to.
func pulumi(t *testing.T, ran *[]string, events ...apitype.EngineEvent) Runner {
	return func(args, env []string) error {
		*ran = append(*ran, strings.Join(args[:2], " "))
		if args[1] == "up" {
			assert.Empty(t, env)
			return nil
		}
		assert.Equal(t, []string{"PULUMI_DEBUG_COMMANDS=true"}, env)
		require.Equal(t, "--event-log", args[len(args)-2])
		log, err := os.Create(args[len(args)-1])
		require.NoError(t, err)
		defer log.Close()
		for _, e := range append(events, apitype.EngineEvent{SummaryEvent: &apitype.SummaryEvent{}}) {
			require.NoError(t, json.NewEncoder(log).Encode(e))
		}
		return nil
	}
}

func TestAnUpdateRunsOnlyAfterAPlanThatIsAllowed(t *testing.T) {
	deleted := event(apitype.OpDelete, queue, "aws:sqs/queue:Queue", &apitype.StepEventStateMetadata{Custom: true})
	var ran []string
	args := []string{"pulumi", "up", "--stack", "dev", "--yes", "--skip-preview"}
	assert.Error(t, Run(args, Allowed{}, pulumi(t, &ran, deleted)))
	assert.Equal(t, []string{"pulumi preview"}, ran)

	ran = nil
	assert.NoError(t, Run(args, Allowed{Delete: []string{queue}}, pulumi(t, &ran, deleted)))
	assert.Equal(t, []string{"pulumi preview", "pulumi up"}, ran)

	ran = nil
	assert.NoError(t, Run([]string{"pulumi", "preview"}, Allowed{}, pulumi(t, &ran)))
	assert.Equal(t, []string{"pulumi preview"}, ran)
}

func TestAFailedPreviewStopsTheUpdateWithItsOwnError(t *testing.T) {
	failure := errors.New("exit 255")
	assert.Equal(t, failure, Run([]string{"pulumi", "up"}, Allowed{}, func([]string, []string) error { return failure }))
	assert.ErrorContains(t, Run([]string{"pulumi", "up"}, Allowed{}, func([]string, []string) error { return nil }), "the preview wrote no event log")
}

func TestThePreviewOfAnUpdateKeepsEveryFlagThatMattersToThePlan(t *testing.T) {
	got, err := previewOf(strings.Fields("/opt/pulumi up --stack prod --yes -f --skip-preview=true --refresh --policy-pack bin/policies --target x"))
	require.NoError(t, err)
	assert.Equal(t, strings.Fields("/opt/pulumi preview --stack prod --refresh --policy-pack bin/policies --target x"), got)
	for _, line := range []string{"pulumi", "pulumi destroy", "pulumi --cwd x up", "make up", "pulumi up --event-log x", "pulumi up --event-log=x"} {
		_, err := previewOf(strings.Fields(line))
		assert.Error(t, err, line)
	}
}
