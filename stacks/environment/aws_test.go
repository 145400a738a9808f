package environment

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/componenttest"
)

func TestCloudFrontsRegionIsReachedAsTheStacksOwn(t *testing.T) {
	global := func(region string, config map[string]string) *componenttest.Inventory {
		return componenttest.Run(t, func(ctx *pulumi.Context) error {
			e := &environment{ctx: ctx, config: &Config{region: region}}
			_, err := e.global()
			return err
		}, componenttest.WithConfig(config))
	}
	config := map[string]string{
		"aws:profile": "work", "aws:allowedAccountIds": `["123456789012"]`, "aws:defaultTags": `{"tags":{"environment":"prod"}}`,
		"aws:assumeRole": `{"roleArn":"arn:aws:iam::123456789012:role/deploy","externalId":"x"}`,
	}
	assert.Empty(t, global("us-east-1", config).Resources, "it is the stack's own")
	made := global("eu-west-1", config).One(t, "pulumi:providers:aws", "us-east-1")
	assert.Equal(t, "us-east-1", made.Input("region"))
	assert.Equal(t, "work", made.Input("profile"))
	assert.Equal(t, map[string]any{"roleArn": "arn:aws:iam::123456789012:role/deploy", "externalId": "x"}, made.Input("assumeRole"))
	assert.Equal(t, map[string]any{"tags": map[string]any{"environment": "prod"}}, made.Input("defaultTags"))
	assert.Equal(t, []any{"123456789012"}, made.Input("allowedAccountIds"))
}

func TestHooksReachAWSWithTheProfileOfTheStack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	require.NoError(t, os.WriteFile(path, []byte("[profile work]\naws_access_key_id = planted-work\naws_secret_access_key = planted\n"), 0o600))
	for name, value := range map[string]string{
		"AWS_CONFIG_FILE": path, "AWS_SHARED_CREDENTIALS_FILE": path, "AWS_PROFILE": "", "AWS_ENDPOINT_URL": "", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "",
	} {
		t.Setenv(name, value)
	}
	componenttest.Run(t, func(ctx *pulumi.Context) error {
		loaded, err := sdk(ctx)
		require.NoError(t, err)
		assert.Equal(t, "eu-west-1", loaded.Region)
		credentials, err := loaded.Credentials.Retrieve(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "planted-work", credentials.AccessKeyID)
		return nil
	}, componenttest.WithConfig(map[string]string{"aws:region": "eu-west-1", "aws:profile": "work"}))
	_, err := componenttest.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := sdk(ctx)
		return err
	}, componenttest.WithConfig(map[string]string{"aws:region": "eu-west-1", "aws:profile": "nowhere"}))
	assert.ErrorContains(t, err, "nowhere")
}
