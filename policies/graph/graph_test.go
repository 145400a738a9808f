package graph_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/tenfold-iac/tenfold/policies/graph"
	"github.com/tenfold-iac/tenfold/policies/value"
)

const (
	unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
	bucket  = "aws:s3/bucketV2:BucketV2"
	policy  = "aws:s3/bucketPolicy:BucketPolicy"
)

func props(t *testing.T, fields map[string]any) value.Value {
	t.Helper()
	s, err := structpb.NewStruct(fields)
	require.NoError(t, err)
	return value.Properties(s)
}

func resource(t *testing.T, token, name string, inputs, outputs map[string]any) *graph.Resource {
	t.Helper()
	return &graph.Resource{
		URN: "urn:pulumi:dev::tenfold::" + token + "::" + name, Type: token, Name: name,
		Props: props(t, inputs), Outputs: props(t, outputs), PropDeps: map[string][]string{},
	}
}

func TestALinkIsFoundByDependencyWhileIdsAreUnknown(t *testing.T) {
	a := resource(t, bucket, "a", nil, map[string]any{"id": unknown})
	b := resource(t, bucket, "b", nil, map[string]any{"id": unknown})
	p := resource(t, policy, "p", map[string]any{"bucket": unknown}, nil)
	p.PropDeps["bucket"] = []string{a.URN}
	stack := graph.New([]*graph.Resource{a, b, p})

	found, state := stack.Linked(a, policy, "bucket")
	assert.Equal(t, []*graph.Resource{p}, found)
	assert.Equal(t, value.Known, state)
	found, state = stack.Linked(b, policy, "bucket")
	assert.Empty(t, found)
	assert.Equal(t, value.Known, state, "what was made from another bucket is not this one's")

	found, state = stack.Target(p, "bucket", bucket)
	assert.Equal(t, []*graph.Resource{a}, found)
	assert.Equal(t, value.Known, state)
}

func TestALinkIsFoundByAKnownIdWhereThereIsNoDependency(t *testing.T) {
	a := resource(t, bucket, "a", nil, map[string]any{"id": "a-123", "arn": "arn:aws:s3:::a-123"})
	byID := resource(t, policy, "byID", map[string]any{"bucket": "a-123"}, nil)
	byARN := resource(t, policy, "byARN", map[string]any{"bucket": []any{"other", "arn:aws:s3:::a-123"}}, nil)
	other := resource(t, policy, "other", map[string]any{"bucket": "other"}, nil)
	stack := graph.New([]*graph.Resource{a, byID, byARN, other})

	found, state := stack.Linked(a, policy, "bucket")
	assert.Equal(t, []*graph.Resource{byID, byARN}, found)
	assert.Equal(t, value.Known, state)
}

func TestAMissingLinkIsNoProofWhileSomethingIsUnknown(t *testing.T) {
	known := resource(t, bucket, "known", nil, map[string]any{"id": "known-1"})
	fresh := resource(t, bucket, "fresh", nil, map[string]any{"id": unknown})
	blind := resource(t, policy, "blind", map[string]any{"bucket": unknown}, nil)
	literal := resource(t, policy, "literal", map[string]any{"bucket": "else-1"}, nil)

	_, state := graph.New([]*graph.Resource{known, blind}).Linked(known, policy, "bucket")
	assert.Equal(t, value.Unknown, state, "an unknown bucket may be this one")
	_, state = graph.New([]*graph.Resource{fresh, literal}).Linked(fresh, policy, "bucket")
	assert.Equal(t, value.Unknown, state, "a bucket without an id yet may be the one that is named")
	_, state = graph.New([]*graph.Resource{known, literal}).Linked(known, policy, "bucket")
	assert.Equal(t, value.Known, state)
}

func TestATargetOutsideTheStackIsUnknownAndOneNotNamedIsAbsent(t *testing.T) {
	a := resource(t, bucket, "a", nil, map[string]any{"id": "a-123"})
	outside := resource(t, policy, "outside", map[string]any{"bucket": "made-elsewhere"}, nil)
	mixed := resource(t, policy, "mixed", map[string]any{"bucket": []any{"a-123", "made-elsewhere"}}, nil)
	none := resource(t, policy, "none", nil, nil)
	stack := graph.New([]*graph.Resource{a, outside, mixed, none})

	found, state := stack.Target(outside, "bucket", bucket)
	assert.Empty(t, found)
	assert.Equal(t, value.Unknown, state)
	found, state = stack.Target(mixed, "bucket", bucket)
	assert.Equal(t, []*graph.Resource{a}, found)
	assert.Equal(t, value.Unknown, state, "some of it lies outside the stack")
	_, state = stack.Target(none, "bucket", bucket)
	assert.Equal(t, value.Absent, state)
}

func TestTheStacksNameIsReadFromAURN(t *testing.T) {
	for urn, name := range map[string]string{
		"urn:pulumi:prod::tenfold::a:b/c:D::e": "prod", "urn:pulumi:": "", "urn:pulumi:prod": "", "nonsense": "", "": "",
	} {
		assert.Equal(t, name, (&graph.Resource{URN: urn}).StackName(), urn)
	}
}

func TestResourcesAreFoundByTypeInTheEnginesOrder(t *testing.T) {
	a, p, b := resource(t, bucket, "a", nil, nil), resource(t, policy, "p", nil, nil), resource(t, bucket, "b", nil, nil)
	stack := graph.New([]*graph.Resource{a, p, b})
	assert.Equal(t, []*graph.Resource{a, b}, stack.OfType(bucket))
	assert.Equal(t, []*graph.Resource{p, a, b}, stack.OfType(policy, bucket))
	assert.Empty(t, stack.OfType("aws:x/y:Z"))
}
