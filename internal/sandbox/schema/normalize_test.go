package schema

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func normalize(t *testing.T, token string, old resource.PropertyMap, inputs map[string]any, name string) resource.PropertyMap {
	t.Helper()
	out, err := lookup(t, token).Normalize(old, properties(inputs), name, []byte("seed"))
	require.NoError(t, err)
	return out
}

func defaultsOf(m resource.PropertyMap) []string {
	out := []string{}
	for _, v := range m["__defaults"].ArrayValue() {
		out = append(out, v.StringValue())
	}
	return out
}

func TestNormalizeFillsInDefaultsAndListsThem(t *testing.T) {
	out := normalize(t, "aws:sqs/queue:Queue", nil, map[string]any{"delaySeconds": 5}, "jobs")
	assert.Equal(t, 30.0, out["visibilityTimeoutSeconds"].NumberValue())
	assert.Equal(t, 345600.0, out["messageRetentionSeconds"].NumberValue())
	assert.Contains(t, defaultsOf(out), "visibilityTimeoutSeconds")
	assert.NotContains(t, defaultsOf(out), "delaySeconds")
}

func TestNormalizeFillsInTheSDKsDescription(t *testing.T) {
	out := normalize(t, "aws:ec2/securityGroup:SecurityGroup", nil, map[string]any{"vpcId": "vpc-1"}, "web")
	assert.Equal(t, "Managed by Pulumi", out["description"].StringValue())
	assert.Contains(t, defaultsOf(out), "description")
}

func TestNormalizeNamesAResourceByItsLogicalNameAndSevenDigits(t *testing.T) {
	for token, pattern := range map[string]string{
		"aws:sqs/queue:Queue":            `^Jobs-[0-9a-f]{7}$`,
		"aws:iam/role:Role":              `^Jobs-[0-9a-f]{7}$`,
		"aws:s3/bucketV2:BucketV2":       `^jobs-[0-9a-f]{7}$`,
		"aws:kms/alias:Alias":            `^alias/Jobs-[0-9a-f]{7}$`,
		"aws:lb/targetGroup:TargetGroup": `^Jobs-[0-9a-f]{7}$`,
	} {
		r := lookup(t, token)
		out := normalize(t, token, nil, map[string]any{}, "Jobs")
		assert.Regexp(t, pattern, out[resource.PropertyKey(r.AutoName.Property)].StringValue(), token)
		assert.Contains(t, defaultsOf(out), r.AutoName.Property)
	}
}

func TestNormalizeGivesAnObjectItsLogicalNameForAKey(t *testing.T) {
	const object = "aws:s3/bucketObjectv2:BucketObjectv2"
	out := normalize(t, object, nil, map[string]any{"bucket": "files"}, "ca.pem")
	assert.Equal(t, "ca.pem", out["key"].StringValue())
	assert.Contains(t, defaultsOf(out), "key")
	old, fixed := properties(map[string]any{"bucket": "a", "key": "k"}), properties(map[string]any{"bucket": "b", "key": "k", "__defaults": []any{}})
	diff := lookup(t, object).Diff(old, old, fixed, nil)
	assert.True(t, diff.Replaces())
	assert.False(t, diff.DeleteBeforeReplace, "the bridge does not count a key as a name")
}

func TestNormalizeLeavesTheAddressCheckToAGivenInterface(t *testing.T) {
	const instance = "aws:ec2/instance:Instance"
	box := map[string]any{"ami": "ami-0123456789abcdef0", "instanceType": "t4g.nano"}
	assert.True(t, normalize(t, instance, nil, box, "box")["sourceDestCheck"].BoolValue())
	box["networkInterfaces"] = []any{map[string]any{"deviceIndex": 0, "networkInterfaceId": "eni-0123456789abcdef0"}}
	assert.NotContains(t, normalize(t, instance, nil, box, "box"), resource.PropertyKey("sourceDestCheck"))
}

func TestNormalizeEndsTheNamesOfFIFOQueuesAndTopics(t *testing.T) {
	queue := normalize(t, "aws:sqs/queue:Queue", nil, map[string]any{"fifoQueue": true}, "jobs")
	assert.Regexp(t, `^jobs-[0-9a-f]{7}\.fifo$`, queue["name"].StringValue())
	topic := normalize(t, "aws:sns/topic:Topic", nil, map[string]any{"fifoTopic": true}, "events")
	assert.Regexp(t, `^events-[0-9a-f]{7}\.fifo$`, topic["name"].StringValue())
}

func TestNormalizeMakesTheSameNameOfTheSameSeedAndKeepsItOverUpdates(t *testing.T) {
	queue := lookup(t, "aws:sqs/queue:Queue")
	first, err := queue.Normalize(nil, resource.PropertyMap{}, "jobs", []byte("one"))
	require.NoError(t, err)
	again, err := queue.Normalize(nil, resource.PropertyMap{}, "jobs", []byte("one"))
	require.NoError(t, err)
	other, err := queue.Normalize(nil, resource.PropertyMap{}, "jobs", []byte("two"))
	require.NoError(t, err)
	assert.Equal(t, first["name"], again["name"])
	assert.NotEqual(t, first["name"], other["name"])

	updated, err := queue.Normalize(first, properties(map[string]any{"delaySeconds": 3}), "jobs", []byte("two"))
	require.NoError(t, err)
	assert.Equal(t, first["name"], updated["name"])
	assert.Contains(t, defaultsOf(updated), "name")
}

func TestNormalizeGivesNoNameBesideTheProgramsOwnOrItsPrefix(t *testing.T) {
	own := normalize(t, "aws:sqs/queue:Queue", nil, map[string]any{"name": "mine"}, "jobs")
	assert.Equal(t, "mine", own["name"].StringValue())
	assert.NotContains(t, defaultsOf(own), "name")
	prefixed := normalize(t, "aws:sqs/queue:Queue", nil, map[string]any{"namePrefix": "mine-"}, "jobs")
	assert.NotContains(t, prefixed, resource.PropertyKey("name"))
	cluster := normalize(t, "aws:rds/cluster:Cluster", nil, map[string]any{"engine": "aurora-postgresql"}, "db")
	assert.NotContains(t, cluster, resource.PropertyKey("clusterIdentifier"), "the provider, not the bridge, names clusters")
	record := normalize(t, "aws:route53/record:Record", nil, map[string]any{"zoneId": "Z1", "type": "A"}, "www")
	assert.NotContains(t, record, resource.PropertyKey("name"), "a record's name is a domain name")
}

func TestNormalizeRefusesALogicalNameThatLeavesNoRoomForTheDigits(t *testing.T) {
	_, err := lookup(t, "aws:lb/targetGroup:TargetGroup").Normalize(nil, resource.PropertyMap{}, strings.Repeat("a", 25), []byte("seed"))
	require.EqualError(t, err, `name a aws:lb/targetGroup:TargetGroup: the logical name "aaaaaaaaaaaaaaaaaaaaaaaaa" is too long for name, which has room for 32 characters, 8 of them for the separator and random digits; shorten the logical name or set name`)
}

func TestNormalizeMarksNestedObjectsAndKeepsMapsAsTheyAre(t *testing.T) {
	out := normalize(t, "aws:lb/targetGroup:TargetGroup", nil, map[string]any{
		"port": 80, "healthCheck": map[string]any{"path": "/health"}, "tags": map[string]any{"team": "a"},
	}, "web")
	check := out["healthCheck"].ObjectValue()
	assert.Contains(t, check, resource.PropertyKey("__defaults"))
	assert.Contains(t, defaultsOf(check), "interval")
	assert.NotContains(t, out["tags"].ObjectValue(), resource.PropertyKey("__defaults"))
}

func TestNormalizeWritesTheTagsOfTheProviderBesideThoseOfTheResource(t *testing.T) {
	queue := lookup(t, "aws:sqs/queue:Queue")
	out := normalize(t, "aws:sqs/queue:Queue", nil, map[string]any{"tags": map[string]any{"team": "a"}}, "jobs")
	assert.Equal(t, out["tags"], out["tagsAll"])
	with := queue.WithTags(out, properties(map[string]any{"team": "all", "stack": "dev"}))
	assert.Equal(t, properties(map[string]any{"team": "a", "stack": "dev"}), with["tagsAll"].ObjectValue())
	unknownTags := queue.WithTags(properties(map[string]any{"tags": unknown()}), nil)
	assert.True(t, unknownTags["tagsAll"].ContainsUnknowns())
	policy := normalize(t, "aws:sqs/queuePolicy:QueuePolicy", nil, map[string]any{}, "jobs")
	assert.NotContains(t, policy, resource.PropertyKey("tagsAll"))
}

func TestNormalizeLeavesDefaultsOfTheNewFrameworkOutOfTheInputs(t *testing.T) {
	rule := lookup(t, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
	require.True(t, rule.Framework)
	out := normalize(t, rule.Token, nil, map[string]any{"securityGroupId": "sg-1"}, "in")
	assert.Empty(t, defaultsOf(out))
}

func TestNormalizeWritesDocumentsGivenAsObjectsAsText(t *testing.T) {
	out := normalize(t, "aws:iam/policy:Policy", nil, map[string]any{"policy": map[string]any{"Version": "2012-10-17"}}, "p")
	assert.JSONEq(t, `{"Version":"2012-10-17"}`, out["policy"].StringValue())
}

func TestNormalizeDoesNotChangeItsArguments(t *testing.T) {
	inputs := properties(map[string]any{"healthCheck": map[string]any{"path": "/"}})
	before := inputs.Copy()
	_, err := lookup(t, "aws:lb/targetGroup:TargetGroup").Normalize(nil, inputs, "web", nil)
	require.NoError(t, err)
	assert.Equal(t, before, inputs)
	assert.NotContains(t, inputs["healthCheck"].ObjectValue(), resource.PropertyKey("__defaults"))
}
