package awsclient

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func target(t *testing.T, values map[string]string) Target {
	t.Helper()
	found, err := TargetOf(func(key string) string { return values[key] })
	require.NoError(t, err)
	return found
}

func TestTheProvidersConfigurationSaysWhichAccountIsMeant(t *testing.T) {
	assert.Equal(t, Target{
		Region: "eu-west-1", Profile: "work", AllowedAccounts: []string{"123456789012", "012345678901"},
		Role: Role{ARN: "arn:aws:iam::123456789012:role/deploy", ExternalID: "x", Session: "s"},
	}, target(t, map[string]string{
		"aws:region": "eu-west-1", "aws:profile": "work", "aws:allowedAccountIds": `["123456789012", 12345678901]`,
		"aws:assumeRole": `{"roleArn": "arn:aws:iam::123456789012:role/deploy", "externalId": "x", "sessionName": "s"}`,
	}))
	assert.Equal(t, Target{Region: "us-east-1"}, target(t, map[string]string{"aws:region": "us-east-1"}))
}

func TestEveryValueThatCannotBeReadIsNamed(t *testing.T) {
	values := map[string]string{"aws:allowedAccountIds": "5", "aws:assumeRole": "[1]"}
	_, err := TargetOf(func(key string) string { return values[key] })
	assert.EqualError(t, err, `aws:allowedAccountIds is not a list; write it like ["123456789012"]`+"\n"+
		`aws:assumeRole is not a role; write {"roleArn": "arn:aws:iam::123456789012:role/deploy"}`)
}

// alone keeps the configuration of whoever runs the test out of it.
func alone(t *testing.T) {
	t.Helper()
	for _, name := range []string{"AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
		t.Setenv(name, "")
	}
	path := filepath.Join(t.TempDir(), "config")
	require.NoError(t, os.WriteFile(path, []byte("[profile work]\naws_access_key_id = planted-work\naws_secret_access_key = planted\n"), 0o600))
	t.Setenv("AWS_CONFIG_FILE", path)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", path)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

func TestTheProfileOfTheStackDecidesTheCredentials(t *testing.T) {
	alone(t)
	loaded, err := Target{Region: "us-east-1", Profile: "work"}.Load(t.Context())
	require.NoError(t, err)
	credentials, err := loaded.Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "planted-work", credentials.AccessKeyID)
	_, err = Target{Region: "us-east-1", Profile: "nowhere"}.Load(t.Context())
	assert.ErrorContains(t, err, "nowhere")
}

func TestAnEmulatorGetsNoRealCredentials(t *testing.T) {
	alone(t)
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
	t.Setenv("AWS_ACCESS_KEY_ID", "offline")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "offline")
	loaded, err := Target{Region: "us-east-1", Profile: "work", Role: Role{ARN: "arn:aws:iam::123456789012:role/deploy"}}.Load(t.Context())
	require.NoError(t, err)
	credentials, err := loaded.Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "offline", credentials.AccessKeyID)
	assert.Equal(t, "http://127.0.0.1:9", *loaded.BaseEndpoint)
}
