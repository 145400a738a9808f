package schema

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
)

// changesOf renders a diff as "add|update|delete path [replace]" lines.
func changesOf(d Diff) []string {
	out := []string{}
	for _, c := range d.Changes {
		line := fmt.Sprintf("%s %s", map[ChangeKind]string{Add: "add", Update: "update", Delete: "delete"}[c.Kind], c.Path)
		if c.Replace {
			line += " replace"
		}
		out = append(out, line)
	}
	return out
}

func diffOf(t *testing.T, token string, old, desired map[string]any, ignore ...string) []string {
	t.Helper()
	state := properties(old)
	return changesOf(lookup(t, token).Diff(state, state, properties(desired), ignore))
}

func TestDiffFindsNoChangeWhereTheProviderFindsNone(t *testing.T) {
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*"},{"Sid":"","Effect":"Deny","Action":["sqs:*"],"Resource":["a","b"]}]}`
	rewritten := "{\n \"Statement\": [{\"Effect\":\"Deny\",\"Action\":\"sqs:*\",\"Resource\":[\"b\",\"a\"]},{\"Effect\":\"Allow\",\"Action\":[\"sqs:SendMessage\"],\"Resource\":\"*\"}],\n \"Version\": \"2012-10-17\"}"
	cases := map[string]struct {
		token    string
		old, new map[string]any
	}{
		"an equivalent policy":             {"aws:sqs/queuePolicy:QueuePolicy", map[string]any{"policy": policy}, map[string]any{"policy": rewritten}},
		"an equal number given as text":    {"aws:sqs/queue:Queue", map[string]any{"delaySeconds": 5}, map[string]any{"delaySeconds": "5"}},
		"a set in another order":           {"aws:ecs/service:Service", map[string]any{"networkConfiguration": map[string]any{"subnets": []any{"a", "b"}}}, map[string]any{"networkConfiguration": map[string]any{"subnets": []any{"b", "a"}}}},
		"what the cloud decided":           {"aws:sqs/queue:Queue", map[string]any{"kmsDataKeyReusePeriodSeconds": 300, "sqsManagedSseEnabled": true}, map[string]any{}},
		"zero for what was never set":      {"aws:ecs/service:Service", map[string]any{}, map[string]any{"enableExecuteCommand": false, "healthCheckGracePeriodSeconds": 0}},
		"a health check removed":           {"aws:lb/targetGroup:TargetGroup", map[string]any{"healthCheck": map[string]any{"path": "/a"}}, map[string]any{}},
		"a record's trailing dot and case": {"aws:route53/record:Record", map[string]any{"name": "www.example.com"}, map[string]any{"name": "WWW.example.com."}},
		"the bridge's own keys":            {"aws:lb/targetGroup:TargetGroup", map[string]any{"stickiness": map[string]any{"type": "lb_cookie"}}, map[string]any{"stickiness": map[string]any{"type": "lb_cookie", "__defaults": []any{}}, "__defaults": []any{}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { assert.Empty(t, diffOf(t, c.token, c.old, c.new)) })
	}
}

func TestDiffNamesEachChange(t *testing.T) {
	cases := map[string]struct {
		token    string
		old, new map[string]any
		want     []string
	}{
		"a value": {"aws:sqs/queue:Queue", map[string]any{"delaySeconds": 5}, map[string]any{"delaySeconds": 6}, []string{"update delaySeconds"}},
		"tags": {"aws:sqs/queue:Queue", map[string]any{"tags": map[string]any{"a": "1", "b": "2"}}, map[string]any{"tags": map[string]any{"b": "3", "c.d": "4"}},
			[]string{"delete tags.a", "update tags.b", `add tags["c.d"]`}},
		"a removed value": {"aws:ecs/cluster:Cluster", map[string]any{"configuration": map[string]any{"executeCommandConfiguration": map[string]any{"kmsKeyId": "a"}}}, map[string]any{}, []string{"delete configuration"}},
		"items of a list": {"aws:lb/listenerRule:ListenerRule", map[string]any{"actions": []any{map[string]any{"type": "forward", "targetGroupArn": "a"}}}, map[string]any{"actions": []any{map[string]any{"type": "forward", "targetGroupArn": "b"}, map[string]any{"type": "forward", "targetGroupArn": "c"}}},
			[]string{"update actions[0].targetGroupArn", "add actions[1]"}},
		"items of a set": {"aws:ecs/service:Service", map[string]any{"networkConfiguration": map[string]any{"subnets": []any{"a", "b"}}}, map[string]any{"networkConfiguration": map[string]any{"subnets": []any{"b", "c", "d"}}},
			[]string{"add networkConfiguration.subnets[1]", "add networkConfiguration.subnets[2]", "delete networkConfiguration.subnets[0]"}},
		"a replaced name":          {"aws:sqs/queue:Queue", map[string]any{"name": "a"}, map[string]any{"name": "b"}, []string{"update name replace"}},
		"a changed FIFO flag":      {"aws:sqs/queue:Queue", map[string]any{"fifoQueue": false}, map[string]any{"fifoQueue": true}, []string{"update fifoQueue replace"}},
		"a value decided at apply": {"aws:lb/listenerCertificate:ListenerCertificate", map[string]any{"certificateArn": "a"}, map[string]any{"certificateArn": unknown()}, []string{"update certificateArn replace"}},
		"a task's container":       {"aws:ecs/taskDefinition:TaskDefinition", map[string]any{"containerDefinitions": `[{"name":"a","image":"b:1"}]`}, map[string]any{"containerDefinitions": `[{"name":"a","image":"b:2"}]`}, []string{"update containerDefinitions replace"}},
		"an encryption of a registry": {"aws:ecr/repository:Repository", map[string]any{"encryptionConfigurations": []any{map[string]any{"encryptionType": "AES256"}}}, map[string]any{"encryptionConfigurations": []any{map[string]any{"encryptionType": "KMS"}}},
			[]string{"update encryptionConfigurations[0].encryptionType replace"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { assert.ElementsMatch(t, c.want, diffOf(t, c.token, c.old, c.new)) })
	}
}

func TestDiffReplacesAServiceForItsCapacityStrategyUnlessItMayRedeploy(t *testing.T) {
	const service = "aws:ecs/service:Service"
	spot := []any{map[string]any{"capacityProvider": "FARGATE_SPOT", "weight": 1}}
	fargate := []any{map[string]any{"capacityProvider": "FARGATE", "weight": 1}}
	replaces := func(old, desired map[string]any) bool {
		return lookup(t, service).Diff(properties(old), properties(old), properties(desired), nil).Replaces()
	}
	assert.True(t, replaces(map[string]any{"capacityProviderStrategies": fargate}, map[string]any{"capacityProviderStrategies": spot}))
	assert.False(t, replaces(map[string]any{"capacityProviderStrategies": fargate}, map[string]any{"capacityProviderStrategies": spot, "forceNewDeployment": true}))
	assert.True(t, replaces(map[string]any{}, map[string]any{"capacityProviderStrategies": spot, "forceNewDeployment": true}))
	assert.True(t, replaces(map[string]any{"capacityProviderStrategies": fargate}, map[string]any{"forceNewDeployment": true}))
}

func TestDiffSeesAServicesTriggersOnlyWhenItMayRedeploy(t *testing.T) {
	const service = "aws:ecs/service:Service"
	old := map[string]any{"triggers": map[string]any{"image": "1"}}
	assert.Empty(t, diffOf(t, service, old, map[string]any{"triggers": map[string]any{"image": "2"}}))
	old["forceNewDeployment"] = true
	assert.Equal(t, []string{"update triggers.image"}, diffOf(t, service, old, map[string]any{"triggers": map[string]any{"image": "2"}, "forceNewDeployment": true}))
}

func TestDiffSeesAValueGoBackToItsDefault(t *testing.T) {
	const role = "aws:iam/role:Role"
	assert.Equal(t, []string{"update maxSessionDuration"}, diffOf(t, role, map[string]any{"maxSessionDuration": 7200}, map[string]any{}))
	assert.Empty(t, diffOf(t, role, map[string]any{"maxSessionDuration": 3600}, map[string]any{}))
	assert.Equal(t, []string{"update kmsDataKeyReusePeriodSeconds"}, diffOf(t, "aws:sqs/queue:Queue", map[string]any{"kmsDataKeyReusePeriodSeconds": 300}, map[string]any{"kmsDataKeyReusePeriodSeconds": 600}))
}

func TestDiffReplacesAClusterForItsStorageTypeOnlyOutsideAurora(t *testing.T) {
	replaces := func(engine string) bool {
		old := properties(map[string]any{"engine": engine, "storageType": "io1"})
		return lookup(t, "aws:rds/cluster:Cluster").Diff(old, old, properties(map[string]any{"engine": engine, "storageType": "io2"}), nil).Replaces()
	}
	assert.False(t, replaces("aurora-postgresql"))
	assert.True(t, replaces("postgres"))
}

func TestDiffLeavesTheAddressCheckOfAGivenInterfaceAlone(t *testing.T) {
	const instance = "aws:ec2/instance:Instance"
	given := []any{map[string]any{"deviceIndex": 0, "networkInterfaceId": "eni-0123456789abcdef0"}}
	assert.Empty(t, diffOf(t, instance, map[string]any{"networkInterfaces": given, "sourceDestCheck": false}, map[string]any{"networkInterfaces": given}))
	assert.Equal(t, []string{"update sourceDestCheck"}, diffOf(t, instance, map[string]any{"sourceDestCheck": false}, map[string]any{}))
}

func TestDiffReplacesALogDestinationOnlyForATargetOfAnotherService(t *testing.T) {
	const destination = "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination"
	to := func(arn any) resource.PropertyMap {
		return properties(map[string]any{"name": "logs", "deliveryDestinationConfiguration": properties(map[string]any{"destinationResourceArn": arn})})
	}
	replaces := func(arn any) bool {
		old := to("arn:aws:s3:::one")
		return lookup(t, destination).Diff(old, old, to(arn), nil).Replaces()
	}
	assert.False(t, replaces("arn:aws:s3:::two"))
	assert.True(t, replaces("arn:aws:logs:eu-west-1:123456789012:log-group:logs"))
	assert.True(t, replaces(unknown()), "what is not known yet counts as another service")
}

func TestDiffIgnoresARemovedSnapshotButNotAnotherOne(t *testing.T) {
	const cluster = "aws:rds/cluster:Cluster"
	assert.Empty(t, diffOf(t, cluster, map[string]any{"snapshotIdentifier": "a"}, map[string]any{}))
	assert.Equal(t, []string{"update snapshotIdentifier replace"}, diffOf(t, cluster, map[string]any{"snapshotIdentifier": "a"}, map[string]any{"snapshotIdentifier": "b"}))
}

func TestDiffLeavesIgnoredPathsOut(t *testing.T) {
	const service = "aws:ecs/service:Service"
	old := map[string]any{"desiredCount": 2, "loadBalancers": []any{map[string]any{"containerName": "a", "containerPort": 80}}, "tags": map[string]any{"a.b": "1", "c": "1"}}
	desired := map[string]any{"desiredCount": 3, "loadBalancers": []any{map[string]any{"containerName": "a", "containerPort": 81}}, "tags": map[string]any{"a.b": "2", "c": "2"}}
	assert.Len(t, diffOf(t, service, old, desired), 4)
	assert.NotContains(t, diffOf(t, service, old, desired, "desiredCount"), "update desiredCount")
	assert.Len(t, diffOf(t, service, old, desired, "desiredCount", "loadBalancers[*].containerPort"), 2)
	assert.Len(t, diffOf(t, service, old, desired, "desiredCount", "loadBalancers", `tags["a.b"]`), 1)
	assert.Empty(t, diffOf(t, service, old, desired, "desiredCount", "loadBalancers[0]", "tags"))
	assert.Len(t, diffOf(t, service, old, desired, "desired", "[bad"), 4)
}

func TestDiffTellsTheProgramsChangesFromDrift(t *testing.T) {
	queue := lookup(t, "aws:sqs/queue:Queue")
	inputs := properties(map[string]any{"delaySeconds": 5, "maxMessageSize": 2048})
	state := properties(map[string]any{"delaySeconds": 9, "maxMessageSize": 2048})
	diff := queue.Diff(inputs, state, properties(map[string]any{"delaySeconds": 5, "maxMessageSize": 4096}), nil)
	assert.Equal(t, []PropertyChange{
		{Path: "delaySeconds", Kind: Update},
		{Path: "maxMessageSize", Kind: Update, InputDiff: true},
	}, diff.Changes)
}

func TestDiffComparesSecretsByWhatTheyHold(t *testing.T) {
	version := lookup(t, "aws:secretsmanager/secretVersion:SecretVersion")
	secret := func(text string) resource.PropertyMap {
		return properties(map[string]any{"secretId": "s", "secretString": resource.MakeSecret(resource.NewProperty(text))})
	}
	assert.Empty(t, version.Diff(secret("a"), secret("a"), secret("a"), nil).Changes)
	assert.Empty(t, version.Diff(secret("a"), secret("a"), properties(map[string]any{"secretId": "s", "secretString": "a"}), nil).Changes)
	assert.Equal(t, []string{"update secretString replace"}, changesOf(version.Diff(secret("a"), secret("a"), secret("b"), nil)))
}

func TestAReplacementDeletesFirstOnlyWhenTheProgramFixedTheName(t *testing.T) {
	role := lookup(t, "aws:iam/role:Role")
	old := properties(map[string]any{"name": "web", "path": "/a/"})
	fixed := properties(map[string]any{"name": "web", "path": "/b/", "__defaults": []any{}})
	automatic := properties(map[string]any{"name": "web", "path": "/b/", "__defaults": []any{"name"}})
	untracked := properties(map[string]any{"name": "web", "path": "/b/"})
	inPlace := properties(map[string]any{"name": "web", "path": "/a/", "description": "x", "__defaults": []any{}})
	assert.True(t, role.Diff(old, old, fixed, nil).DeleteBeforeReplace)
	assert.False(t, role.Diff(old, old, automatic, nil).DeleteBeforeReplace)
	assert.False(t, role.Diff(old, old, untracked, nil).DeleteBeforeReplace)
	assert.False(t, role.Diff(old, old, inPlace, nil).DeleteBeforeReplace)

	attachment := lookup(t, "aws:iam/rolePolicyAttachment:RolePolicyAttachment")
	before := properties(map[string]any{"role": "web", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"})
	after := properties(map[string]any{"role": "other", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"})
	assert.True(t, attachment.Diff(before, before, after, nil).DeleteBeforeReplace)
}

func TestAnUnchangedResourceHasNoDiffAfterNormalize(t *testing.T) {
	for _, token := range Tokens() {
		r, _ := Lookup(token)
		inputs, err := r.Normalize(nil, resource.PropertyMap{}, "a", []byte("seed"))
		if !assert.NoError(t, err, token) {
			continue
		}
		again, err := r.Normalize(inputs, resource.PropertyMap{}, "a", []byte("other"))
		assert.NoError(t, err, token)
		assert.Empty(t, r.Diff(inputs, inputs, again, nil).Changes, token)
	}
}
