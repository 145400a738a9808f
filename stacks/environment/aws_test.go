package environment

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/cluster"
	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/encryption"
	"github.com/tenfold-iac/tenfold/components/network"
	"github.com/tenfold-iac/tenfold/internal/awsclient"
)

// providerOf makes the provider of CloudFront's region in a stack of another one.
func providerOf(t *testing.T, config map[string]string) componenttest.Resource {
	t.Helper()
	return componenttest.Run(t, func(ctx *pulumi.Context) error {
		e := &environment{ctx: ctx, config: &Config{region: "eu-west-1"}}
		_, err := e.global()
		return err
	}, componenttest.WithConfig(config)).One(t, "pulumi:providers:aws", "us-east-1")
}

// followed are values of the provider's keys that go to hooks, to commands or to the
// provider of CloudFront's region, with what the latter gets.
var followed = map[string]struct {
	value string
	want  any
}{
	"aws:endpoints":                 {`[{"ecs":"http://127.0.0.1:4566","s3":"http://127.0.0.1:4567"}]`, []any{map[string]any{"ecs": "http://127.0.0.1:4566", "s3": "http://127.0.0.1:4567"}}},
	"aws:allowedAccountIds":         {`["123456789012"]`, []any{"123456789012"}},
	"aws:defaultTags":               {`{"tags":{"environment":"prod"}}`, map[string]any{"tags": map[string]any{"environment": "prod"}}},
	"aws:forbiddenAccountIds":       {`["111122223333"]`, []any{"111122223333"}},
	"aws:ignoreTags":                {`{"keys":["a"],"keyPrefixes":["b"]}`, map[string]any{"keys": []any{"a"}, "keyPrefixes": []any{"b"}}},
	"aws:maxRetries":                {"7", 7.0},
	"aws:profile":                   {"work", "work"},
	"aws:retryMode":                 {"adaptive", "adaptive"},
	"aws:sharedConfigFiles":         {`["~/.aws/company"]`, []any{"~/.aws/company"}},
	"aws:sharedCredentialsFiles":    {`["/etc/aws"]`, []any{"/etc/aws"}},
	"aws:skipCredentialsValidation": {"true", true},
	"aws:skipMetadataApiCheck":      {"false", false},
	"aws:skipRegionValidation":      {"false", false},
	"aws:skipRequestingAccountId":   {"true", true},
	"aws:assumeRole": {
		`{"roleArn":"arn:aws:iam::123456789012:role/deploy","externalId":"x","sessionName":"s","duration":"1h","policy":"{}","policyArns":["p"],"sourceIdentity":"i","tags":{"a":"b"},"transitiveTagKeys":["a"]}`,
		map[string]any{
			"roleArn": "arn:aws:iam::123456789012:role/deploy", "externalId": "x", "sessionName": "s", "duration": "1h", "policy": "{}", "policyArns": []any{"p"},
			"sourceIdentity": "i", "tags": map[string]any{"a": "b"}, "transitiveTagKeys": []any{"a"},
		},
	},
	"aws:assumeRoleWithWebIdentity": {
		`{"roleArn":"arn:aws:iam::123456789012:role/deploy","sessionName":"s","duration":"1h","policy":"{}","policyArns":["p"],"webIdentityTokenFile":"~/token"}`,
		map[string]any{
			"roleArn": "arn:aws:iam::123456789012:role/deploy", "sessionName": "s", "duration": "1h", "policy": "{}", "policyArns": []any{"p"}, "webIdentityTokenFile": "~/token",
		},
	},
}

// needless are the keys that are left out on purpose.
var needless = []string{"aws:s3UsEast1RegionalEndpoint", "aws:s3UsePathStyle", "aws:tokenBucketRateLimiterCapacity"}

// A provider with one more key makes this fail until somebody decides what it means.
func TestEachKeyOfTheProviderIsFollowedRefusedOrNeedless(t *testing.T) {
	args := reflect.TypeFor[aws.ProviderArgs]()
	for i := range args.NumField() {
		name := args.Field(i).Name
		key := "aws:" + strings.ToLower(name[:1]) + name[1:]
		if slices.Contains([]string{"aws:region", "aws:accessKey", "aws:secretKey", "aws:token"}, key) {
			continue // the region is another one, and the keys come together
		}
		_, found := awsclient.Read(func(asked string) string {
			if asked == key {
				return "true"
			}
			return ""
		})
		one, known := followed[key]
		switch {
		case known:
			made := providerOf(t, map[string]string{key: one.value})
			assert.Equal(t, one.want, made.Input(strings.TrimPrefix(key, "aws:")), key)
		case len(found) == 0:
			assert.Contains(t, needless, key)
		default:
			assert.Equal(t, key, found[0].Key)
		}
	}
}

func TestCloudFrontsRegionIsReachedAsTheStacksOwn(t *testing.T) {
	made := providerOf(t, map[string]string{"aws:accessKey": "planted-1", "aws:secretKey": "planted-2", "aws:token": "planted-3"})
	for key, value := range map[string]string{"accessKey": "planted-1", "secretKey": "planted-2", "token": "planted-3"} {
		assert.Equal(t, &resource.Secret{Element: resource.NewProperty(value)}, made.Input(key))
	}
	assert.Equal(t, "us-east-1", providerOf(t, nil).Input("region"))
	assert.Empty(t, componenttest.Run(t, func(ctx *pulumi.Context) error {
		e := &environment{ctx: ctx, config: &Config{region: "us-east-1"}}
		_, err := e.global()
		return err
	}, componenttest.WithConfig(map[string]string{"aws:profile": "work"})).Resources, "it is the stack's own")
}

// registered keeps the inputs of one resource as they were registered.
type registered struct{ inputs resource.PropertyMap }

func (r *registered) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r.inputs = args.Inputs
	return "id", args.Inputs, nil
}

func (*registered) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) { return nil, nil }

func TestWhatIsEncryptedInTheFileIsASecretInTheState(t *testing.T) {
	secret := func(key string, encrypted ...string) bool {
		var seen registered
		require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
			e := &environment{ctx: ctx, config: &Config{region: "eu-west-1"}}
			_, err := e.global()
			return err
		}, pulumi.WithMocks("tenfold", "test", &seen), func(info *pulumi.RunInfo) {
			info.Config, info.ConfigSecretKeys = map[string]string{key: followed[key].value}, encrypted
		}))
		return seen.inputs[resource.PropertyKey(strings.TrimPrefix(key, "aws:"))].ContainsSecrets()
	}
	for _, key := range []string{
		"aws:allowedAccountIds", "aws:assumeRole", "aws:assumeRoleWithWebIdentity", "aws:defaultTags", "aws:forbiddenAccountIds", "aws:ignoreTags",
		"aws:profile", "aws:sharedConfigFiles", "aws:sharedCredentialsFiles",
	} {
		assert.False(t, secret(key), key)
		assert.True(t, secret(key, key), key)
	}
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

func TestAServicesHooksReachAWSAsTheStackDoes(t *testing.T) {
	hooks := &awssdk.Config{Region: "eu-west-1"}
	componenttest.Run(t, func(ctx *pulumi.Context) error {
		e := &environment{ctx: ctx, config: &Config{}, aws: hooks, net: &network.Network{}, compute: &cluster.Cluster{}, logKey: &encryption.Key{}}
		assert.Same(t, hooks, e.service(Service{}).AWS)
		return nil
	})
	values := stackConfig(t, "dev")
	componenttest.Run(t, func(ctx *pulumi.Context) error {
		config, err := Load(ctx)
		require.NoError(t, err)
		e, err := newEnvironment(ctx, config)
		require.NoError(t, err)
		require.NotNil(t, e.aws, "without it the hooks would take whatever the environment has")
		assert.Equal(t, config.region, e.aws.Region)
		return nil
	}, componenttest.WithStack("dev"), componenttest.WithConfig(values))
}

func TestAProviderThatHooksCannotFollowIsRefusedBeforeAnythingIsMade(t *testing.T) {
	values := maps.Clone(stackConfig(t, "dev"))
	values["aws:secretKey"], values["aws:httpProxy"], values["aws:assumeRole"], values["tenfold:tier"] = "planted", "http://planted", "planted", "planted"
	inventory, err := componenttest.RunErr(t, Deploy, componenttest.WithStack("dev"), componenttest.WithConfig(values))
	require.ErrorContains(t, err, `the configuration of stack "dev" has 4 problems; edit Pulumi.dev.yaml:
  aws:accessKey: and aws:secretKey belong together, with aws:token or without; set both or none
  aws:assumeRole: is not a role; write {"roleArn": "arn:aws:iam::123456789012:role/deploy"}
  aws:httpProxy: would be followed by the provider, and not by hooks and commands; take it out and set HTTP_PROXY in the environment
  tenfold:tier: `)
	assert.Empty(t, inventory.Resources)
}
