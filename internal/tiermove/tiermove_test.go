package tiermove

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"

	"github.com/tenfold-iac/tenfold/internal/guard"
)

func plan(steps ...apitype.StepEventMetadata) *guard.Plan {
	p := &guard.Plan{}
	for _, m := range steps {
		m.URN = "urn:pulumi:dev::shop::" + m.Type + "::it"
		m.Old = &apitype.StepEventStateMetadata{Custom: true}
		p.Record(apitype.EngineEvent{ResourcePreEvent: &apitype.ResourcePreEvent{Metadata: m}})
	}
	p.Record(apitype.EngineEvent{SummaryEvent: &apitype.SummaryEvent{}})
	return p
}

func written(r Report) string {
	var out strings.Builder
	r.Write(&out)
	return out.String()
}

func TestWhatIsNoticedComesFromTheReviewedTable(t *testing.T) {
	r := New("dev", "mvp", "growth", plan(
		apitype.StepEventMetadata{Op: apitype.OpUpdate, Type: "aws:rds/clusterInstance:ClusterInstance", Diffs: []string{"instanceClass"}},
		apitype.StepEventMetadata{Op: apitype.OpDelete, Type: "aws:ec2/natGateway:NatGateway"},
		apitype.StepEventMetadata{Op: apitype.OpUpdate, Type: "aws:rds/cluster:Cluster", Diffs: []string{"serverlessv2ScalingConfiguration.maxCapacity"}},
		apitype.StepEventMetadata{Op: apitype.OpUpdate, Type: "aws:quantum/thing:Thing", Diffs: []string{"spin"}},
		apitype.StepEventMetadata{Op: apitype.OpCreate, Type: "aws:ec2/eip:Eip"},
		apitype.StepEventMetadata{Op: apitype.OpSame, Type: "aws:ec2/vpc:Vpc"},
	))
	assert.True(t, r.Safe())
	assert.Len(t, r.Noticed, 2)
	assert.Equal(t, []string{"aws:quantum/thing:Thing it spin"}, r.NotReviewed)
	text := written(r)
	assert.Contains(t, text, "ClusterInstance it, instanceClass\n    the instance restarts; the writer's role moves")
	assert.Contains(t, text, "NatGateway it, goes away\n")
	assert.Contains(t, text, "changes whose effect is not reviewed: 1\n  aws:quantum/thing:Thing it spin\n")
	assert.True(t, strings.HasSuffix(text, "\nstateful replaced: 0\n"), text)
}

func TestAMoveThatLosesStateIsNotSafe(t *testing.T) {
	r := New("dev", "mvp", "growth", plan(apitype.StepEventMetadata{Op: apitype.OpReplace, Type: "aws:sqs/queue:Queue", Keys: []string{"fifoQueue"}}))
	assert.False(t, r.Safe())
	assert.Contains(t, written(r), "would lose state: 1\n  replace aws:sqs/queue:Queue it: fifoQueue\n\nstateful replaced: 1\n")

	r = New("dev", "mvp", "growth", plan(apitype.StepEventMetadata{Op: apitype.OpDelete, Type: "aws:kms/key:Key"}))
	assert.False(t, r.Safe(), "a deletion loses state without replacing anything")
	assert.Zero(t, r.StatefulReplaced)
}

func TestEveryEntryOfTheTableIsComplete(t *testing.T) {
	check := func(at string, i Interruption) {
		assert.NotEmpty(t, i.What, at)
		assert.NotEmpty(t, i.Duration, at)
		assert.NotEmpty(t, i.Source, at)
		assert.Equal(t, i.None, i.Duration == "0 s", at)
	}
	for token, properties := range onUpdate {
		for property, i := range properties {
			check(token+" "+property, i)
		}
	}
	for token, i := range onDelete {
		check(token, i)
		assert.False(t, i.None, token)
	}
}
