package cloud

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox/schema"
)

func (w *world) invoke(token string, arguments map[string]any) resource.PropertyMap {
	w.t.Helper()
	result, err := w.cloud.Invoke(token, w.region, resource.NewPropertyMapFromMap(w.expand(arguments).(map[string]any)))
	require.NoError(w.t, err)
	return result
}

func (w *world) invokeFails(text, token string, arguments map[string]any) {
	w.t.Helper()
	_, err := w.cloud.Invoke(token, w.region, resource.NewPropertyMapFromMap(arguments))
	assert.ErrorContains(w.t, err, text)
}

func TestFunctionsAnswerWithWhatTheSchemaPromises(t *testing.T) {
	w := newWorld(t)
	_, err := w.account.EnsureHostedZone("example.com")
	require.NoError(t, err)
	w.create(repositoryType, "app", map[string]any{"name": "app"})
	w.create(secretType, "token", map[string]any{"name": "token"})
	w.create(secretVersionType, "value", map[string]any{"secretId": "$(token)", "secretString": "planted"})
	w.create("aws:ssm/parameter:Parameter", "colour", map[string]any{"name": "colour", "type": "String", "value": "blue"})
	arguments := map[string]map[string]any{
		"aws:route53/getZone:getZone":                            {"name": "example.com"},
		"aws:ec2/getManagedPrefixList:getManagedPrefixList":      {"name": "com.amazonaws.global.cloudfront.origin-facing"},
		"aws:ec2/getPrefixList:getPrefixList":                    {"name": "com.amazonaws.eu-west-1.s3"},
		"aws:ecr/getImage:getImage":                              {"repositoryName": "app", "imageTag": "latest"},
		"aws:rds/getEngineVersion:getEngineVersion":              {"engine": "aurora-postgresql"},
		"aws:secretsmanager/getSecret:getSecret":                 {"name": "token"},
		"aws:secretsmanager/getSecretVersion:getSecretVersion":   {"secretId": "token"},
		"aws:secretsmanager/getSecretVersions:getSecretVersions": {"secretId": "token"},
		"aws:ssm/getParameter:getParameter":                      {"name": "colour"},
		"aws:iam/getPolicyDocument:getPolicyDocument":            {"statements": []any{map[string]any{"actions": []any{"s3:GetObject"}, "resources": []any{"*"}}}},
	}
	for token := range functions {
		result := w.invoke(token, arguments[token])
		facts, ok := schema.LookupFunction(token)
		if !assert.True(t, ok, token) {
			continue
		}
		for name := range result {
			_, input := facts.Inputs[string(name)]
			_, output := facts.Outputs[string(name)]
			assert.True(t, input || output, "%s answers %s, which it does not have", token, name)
		}
	}
	for _, token := range schema.FunctionTokens() {
		assert.Contains(t, functions, token)
	}
}

func TestZonesAreFoundByNameOrIDAndVisibility(t *testing.T) {
	w := newWorld(t)
	id, err := w.account.EnsureHostedZone("example.com")
	require.NoError(t, err)
	w.network()
	w.create("aws:route53/zone:Zone", "private", map[string]any{"name": "example.com", "vpcs": []any{map[string]any{"vpcId": "$(vpc)"}}})

	assert.Equal(t, id, textAt(w.invoke("aws:route53/getZone:getZone", map[string]any{"name": "example.com."}), "zoneId"))
	assert.Equal(t, "example.com", textAt(w.invoke("aws:route53/getZone:getZone", map[string]any{"zoneId": id}), "name"))
	assert.Equal(t, w.made["private"].ID, textAt(w.invoke("aws:route53/getZone:getZone", map[string]any{"name": "example.com", "privateZone": true}), "id"))
	w.invokeFails("no matching Route 53 Hosted Zone found", "aws:route53/getZone:getZone", map[string]any{"name": "example.org"})
	w.invokeFails("either name or zone_id must be set", "aws:route53/getZone:getZone", nil)
}

func TestZonesOfARegion(t *testing.T) {
	w := newWorld(t)
	all := w.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", map[string]any{"state": "available"})
	assert.Equal(t, []string{"eu-west-1a", "eu-west-1b", "eu-west-1c"}, textsAt(all, "names[]"))
	assert.Equal(t, []string{"euw1-az1", "euw1-az2", "euw1-az3"}, textsAt(all, "zoneIds[]"))
	some := w.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", map[string]any{"excludeNames": []any{"eu-west-1b"}})
	assert.Equal(t, []string{"eu-west-1a", "eu-west-1c"}, textsAt(some, "names[]"))
	for region := range regionCodes {
		assert.Len(t, Zones(region), regionCodes[region].zones, region)
	}
	w.invokeFails("region not found for name: moon-1", "aws:index/getRegion:getRegion", map[string]any{"name": "moon-1"})
}

func TestPartitionsFollowTheRegion(t *testing.T) {
	w := newWorld(t)
	w.region = "cn-north-1"
	answer := w.invoke("aws:index/getPartition:getPartition", nil)
	assert.Equal(t, "aws-cn", textAt(answer, "partition"))
	assert.Equal(t, "amazonaws.com.cn", textAt(answer, "dnsSuffix"))
	assert.Equal(t, "cn.com.amazonaws", textAt(answer, "reverseDnsPrefix"))
}

func TestAPolicyDocumentIsRendered(t *testing.T) {
	w := newWorld(t)
	answer := w.invoke("aws:iam/getPolicyDocument:getPolicyDocument", map[string]any{"statements": []any{map[string]any{
		"sid": "Read", "effect": "Deny", "actions": []any{"s3:GetObject", "s3:ListBucket"}, "resources": []any{"*"},
		"principals": []any{map[string]any{"type": "AWS", "identifiers": []any{"123456789012"}}},
		"conditions": []any{map[string]any{"test": "Bool", "variable": "aws:SecureTransport", "values": []any{"false"}}},
	}}})
	var document any
	require.NoError(t, json.Unmarshal([]byte(textAt(answer, "json")), &document))
	assert.Equal(t, map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{"Sid": "Read", "Effect": "Deny",
		"Action": []any{"s3:GetObject", "s3:ListBucket"}, "Resource": "*", "Principal": map[string]any{"AWS": "123456789012"},
		"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}}}}}, document)
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	w := newWorld(t)
	w.invokeFails("RepositoryNotFoundException", "aws:ecr/getImage:getImage", map[string]any{"repositoryName": "missing"})
	w.invokeFails("couldn't find resource", "aws:secretsmanager/getSecret:getSecret", map[string]any{"name": "missing"})
	w.invokeFails("ParameterNotFound", "aws:ssm/getParameter:getParameter", map[string]any{"name": "missing"})
	w.invokeFails("no matching EC2 Managed Prefix List found", "aws:ec2/getManagedPrefixList:getManagedPrefixList", map[string]any{"name": "missing"})
	w.invokeFails("no RDS engine version matches", "aws:rds/getEngineVersion:getEngineVersion", map[string]any{"engine": "oracle"})
	w.invokeFails("unknown function: the offline cloud answers aws:ecr/getImage:getImage", "aws:ecr/getToken:getToken", nil)
}

func TestLogGroupsAreFoundByTheBeginningOfTheirNames(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"app/one", "app/one-more", "other"} {
		w.create(logGroupType, name, map[string]any{"name": name})
	}
	names := func(prefix string) []string {
		return textsAt(w.invoke("aws:cloudwatch/getLogGroups:getLogGroups", map[string]any{"logGroupNamePrefix": prefix}), "logGroupNames[]")
	}
	assert.Equal(t, []string{"app/one", "app/one-more"}, names("app/one"))
	assert.Empty(t, names("app/two"))
	w.region = "eu-central-1"
	assert.Empty(t, names("app/one"))
}
