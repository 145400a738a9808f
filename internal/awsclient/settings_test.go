package awsclient

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func read(values map[string]string) (Target, error) {
	return TargetOf(func(key string) string { return values[key] })
}

func TestTheProvidersConfigurationSaysWhichAccountIsMeant(t *testing.T) {
	found, err := read(map[string]string{
		"aws:region": "eu-west-1", "aws:profile": "work", "aws:allowedAccountIds": `["123456789012", 12345678901]`, "aws:forbiddenAccountIds": `[111122223333]`,
		"aws:sharedConfigFiles": `["~/.aws/company"]`, "aws:sharedCredentialsFiles": `["/etc/aws"]`,
		"aws:assumeRole": `{"roleArn": "arn:aws:iam::123456789012:role/deploy", "externalId": "x", "sessionName": "s", "duration": "1h", "policy": "{}",
			"policyArns": ["p"], "sourceIdentity": "i", "tags": {"a": "b"}, "transitiveTagKeys": ["a"]}`,
	})
	require.NoError(t, err)
	assert.Equal(t, Target{
		Region: "eu-west-1", Profile: "work", ConfigFiles: []string{"~/.aws/company"}, CredentialsFiles: []string{"/etc/aws"},
		AllowedAccounts: []string{"123456789012", "012345678901"}, ForbiddenAccounts: []string{"111122223333"},
		Role: Role{
			ARN: deploy, ExternalID: "x", Session: "s", Duration: "1h", Policy: "{}", PolicyARNs: []string{"p"}, SourceIdentity: "i",
			Tags: map[string]string{"a": "b"}, TransitiveTags: []string{"a"},
		},
	}, found)

	found, err = read(map[string]string{"aws:assumeRoleWithWebIdentity": `{"roleArn": "arn:aws:iam::123456789012:role/deploy", "sessionName": "s", "duration": "1h",
		"policy": "{}", "policyArns": ["p"], "webIdentityTokenFile": "/run/token"}`})
	require.NoError(t, err)
	assert.Equal(t, Target{WebIdentity: WebIdentity{ARN: deploy, Session: "s", Duration: "1h", Policy: "{}", PolicyARNs: []string{"p"}, TokenFile: "/run/token"}}, found)

	found, err = read(map[string]string{"aws:region": "us-east-1"})
	require.NoError(t, err)
	assert.Equal(t, Target{Region: "us-east-1"}, found)
}

func TestARoleMayStandInAList(t *testing.T) {
	found, err := read(map[string]string{"aws:assumeRole": `[{"roleArn": "arn:aws:iam::123456789012:role/deploy"}]`})
	require.NoError(t, err)
	assert.Equal(t, Role{ARN: deploy}, found.Role)
	_, err = read(map[string]string{"aws:assumeRole": `[{"roleArn": "arn:aws:iam::123456789012:role/one"}, {"roleArn": "arn:aws:iam::123456789012:role/two"}]`})
	assert.EqualError(t, err, `aws:assumeRole is a list of 2 roles, and one is assumed; write {"roleArn": "arn:aws:iam::123456789012:role/deploy"}`)
}

func TestEveryValueThatCannotBeReadIsNamed(t *testing.T) {
	const (
		example  = `{"roleArn": "arn:aws:iam::123456789012:role/deploy"}`
		identity = `{"roleArn": "arn:aws:iam::123456789012:role/deploy", "webIdentityTokenFile": "/run/token"}`
		relative = "holds a relative path, which depends on the folder of a command; begin it with / or ~/"
	)
	_, err := read(map[string]string{"aws:sharedConfigFiles": "~/.aws/company", "aws:allowedAccountIds": "5", "aws:forbiddenAccountIds": "[{}]", "aws:assumeRole": "[1]"})
	assert.EqualError(t, err, `aws:sharedConfigFiles is not a list; write it like ["~/.aws/company"]`+"\n"+
		`aws:allowedAccountIds is not a list; write it like ["123456789012"]`+"\n"+
		`aws:forbiddenAccountIds holds something other than account ids; write it like ["123456789012"]`+"\n"+
		`aws:assumeRole is not a role; write `+example)

	for _, c := range []struct{ key, value, want string }{
		{"aws:sharedCredentialsFiles", `["/etc/aws", "aws"]`, relative},
		{"aws:assumeRole", `[]`, "is a list of 0 roles, and one is assumed; write " + example},
		{"aws:assumeRole", `{}`, "is not a role; write " + example},
		{"aws:assumeRole", `{"roleArn": "sandbox"}`, "is not a role; write " + example},
		{"aws:assumeRole", `{"roleArn": "arn:aws:iam::123456789012:role/deploy", "tags": {"a": 1}}`, "is not a role; write " + example},
		{"aws:assumeRole", `{"roleArn": "arn:aws:iam::123456789012:role/deploy", "durationSeconds": 900}`, `has a member "durationSeconds" that the provider does not know; take it out`},
		{"aws:assumeRole", `{"roleArn": "arn:aws:iam::123456789012:role/deploy", "duration": "14m59s"}`, "has a duration that is not between 15m and 12h; write it like 1h"},
		{"aws:assumeRole", `{"roleArn": "arn:aws:iam::123456789012:role/deploy", "duration": "12h1s"}`, "has a duration that is not between 15m and 12h; write it like 1h"},
		{"aws:assumeRoleWithWebIdentity", `7`, "is not a role; write " + identity},
		{"aws:assumeRoleWithWebIdentity", `{"roleArn": "arn:aws:iam::123456789012:role/deploy", "duration": "1", "webIdentityTokenFile": "/run/token"}`,
			"has a duration that is not between 15m and 12h; write it like 1h"},
		{"aws:assumeRoleWithWebIdentity", `{"roleArn": "arn:aws:iam::123456789012:role/deploy", "webIdentityTokenFile": "token"}`,
			"names no token, or one by a relative path, which depends on the folder of a command; set webIdentityTokenFile to a path that begins with / or ~/"},
		{"aws:assumeRoleWithWebIdentity", `{"roleArn": "arn:aws:iam::123456789012:role/deploy", "webIdentityToken": "planted", "webIdentityTokenFile": "/run/token"}`,
			"holds a token, which does not belong in a stack's file; take webIdentityToken out and name a file in webIdentityTokenFile"},
	} {
		_, err := read(map[string]string{c.key: c.value})
		assert.EqualError(t, err, c.key+" "+c.want, c.value)
	}
	for _, duration := range []string{"15m", "12h"} {
		_, err := read(map[string]string{"aws:assumeRole": `{"roleArn": "arn:aws:iam::123456789012:role/deploy", "duration": "` + duration + `"}`})
		assert.NoError(t, err)
	}
	_, err = read(map[string]string{"aws:assumeRole": example, "aws:assumeRoleWithWebIdentity": identity})
	assert.EqualError(t, err, "aws:assumeRoleWithWebIdentity is set beside aws:assumeRole; keep one of them")
}

func TestWhatHooksAndCommandsCannotFollowIsRefusedWithoutItsValue(t *testing.T) {
	values := map[string]string{"aws:insecure": "false", "aws:useFipsEndpoint": "false", "aws:useDualstackEndpoint": "false", "aws:defaultTags": `{"tags":{}}`}
	_, err := read(values)
	require.NoError(t, err, "what is switched off changes nothing")
	for _, p := range refused {
		values[p.Key] = "planted"
	}
	_, found := Read(func(key string) string { return values[key] })
	assert.Equal(t, refused, found)
	for _, p := range found {
		assert.NotContains(t, p.Text, "planted")
	}
	_, err = read(map[string]string{"aws:httpProxy": "planted", "aws:useFipsEndpoint": "true"})
	assert.EqualError(t, err, "aws:httpProxy would be followed by the provider, and not by hooks and commands; take it out and set HTTP_PROXY in the environment\n"+
		"aws:useFipsEndpoint would be followed by the provider, and not by hooks and commands; take it out and set AWS_USE_FIPS_ENDPOINT=true in the environment")
}

func TestTheAllowedAccountsAreReadWithoutTheRest(t *testing.T) {
	values := map[string]string{"aws:allowedAccountIds": "[123456789012]", "aws:accessKey": "planted"}
	get := func(key string) string { return values[key] }
	ids, err := AllowedAccounts(get)
	require.NoError(t, err)
	assert.Equal(t, []string{"123456789012"}, ids)
	values["aws:allowedAccountIds"] = "5"
	_, err = AllowedAccounts(get)
	assert.EqualError(t, err, `aws:allowedAccountIds is not a list; write it like ["123456789012"]`)
}

func TestAccessKeysComeTogether(t *testing.T) {
	found, err := read(map[string]string{"aws:accessKey": "planted-1", "aws:secretKey": "planted-2", "aws:token": "planted-3"})
	require.NoError(t, err)
	assert.Equal(t, Keys{Access: "planted-1", Secret: "planted-2", Token: "planted-3"}, found.Keys)
	for _, alone := range []string{"aws:accessKey", "aws:secretKey", "aws:token"} {
		_, err = read(map[string]string{alone: "planted"})
		assert.EqualError(t, err, "aws:accessKey and aws:secretKey belong together, with aws:token or without; set both or none")
	}
}

func TestAddressesOfServicesAreRead(t *testing.T) {
	found, err := read(map[string]string{"aws:endpoints": `[{"ecs": "http://127.0.0.1:4566"}]`})
	require.NoError(t, err)
	assert.Equal(t, []map[string]string{{"ecs": "http://127.0.0.1:4566"}}, found.Endpoints)
	_, err = read(map[string]string{"aws:endpoints": "http://127.0.0.1:4566"})
	assert.EqualError(t, err, `aws:endpoints is not a list of addresses; write it like [{"ecs": "http://127.0.0.1:4566"}]`)
}

// Each key that fills a part of the target says whose credentials or which AWS is
// meant, and a command cannot do without it.
func TestTheKeysThatAreFollowedAreKnown(t *testing.T) {
	values := map[string]string{
		"aws:region": "x", "aws:accessKey": "x", "aws:secretKey": "x", "aws:token": "x", "aws:profile": "x", "aws:sharedConfigFiles": `["/x"]`,
		"aws:sharedCredentialsFiles": `["/x"]`, "aws:assumeRole": `{"roleArn": "arn:aws:iam::123456789012:role/deploy"}`,
		"aws:assumeRoleWithWebIdentity": `{"roleArn": "arn:aws:iam::123456789012:role/deploy", "webIdentityTokenFile": "/run/token"}`,
		"aws:endpoints":                 `[{"ecs": "x"}]`, "aws:allowedAccountIds": `["1"]`, "aws:forbiddenAccountIds": `["1"]`,
	}
	for key, value := range values {
		assert.True(t, Followed(key), key)
		found, _ := Read(func(asked string) string {
			if asked == key {
				return value
			}
			return ""
		})
		assert.NotEqual(t, Target{}, found, key)
	}
	for _, other := range append(refused, Problem{Key: "aws:defaultTags"}) {
		assert.False(t, Followed(other.Key), other.Key)
	}
}
