package registry_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/registry"
)

const component = "tenfold:registry:Registry"

func build(t *testing.T, args registry.Args, opts ...pulumi.ResourceOption) (*componenttest.Inventory, *registry.Registry) {
	t.Helper()
	var r *registry.Registry
	inv := componenttest.Run(t, func(ctx *pulumi.Context) error {
		var err error
		r, err = registry.New(ctx, "api", args, opts...)
		return err
	})
	return inv, r
}

func TestTheDefaultRepositoryIsSafeForProduction(t *testing.T) {
	inv, r := build(t, registry.Args{}, pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("old")}}))
	componenttest.AssertHouse(t, inv, component, "api")
	componenttest.Golden(t, "default.golden", inv.Detailed())
	assert.Equal(t, "tenfold/api", r.Name, "the name holds no stack: environments share images")
}

func TestOtherAccountsMayPullAndNothingElse(t *testing.T) {
	inv, _ := build(t, registry.Args{PullAccounts: []string{"123456789012"}})
	policy, ok := inv.One(t, "aws:ecr/repositoryPolicy:RepositoryPolicy", "api").Input("policy").(string)
	require.True(t, ok)
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Sid":"Pull","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},
		"Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"]}]}`, policy)
	alone, _ := build(t, registry.Args{})
	assert.Empty(t, alone.ByType("aws:ecr/repositoryPolicy:RepositoryPolicy"))
}

func TestADisposableRepositoryWithAKey(t *testing.T) {
	inv, _ := build(t, registry.Args{Disposable: true, KeyARN: pulumi.String("arn:aws:kms:us-east-1:123456789012:key/images")})
	r := inv.One(t, "aws:ecr/repository:Repository", "api")
	assert.False(t, r.Protect)
	assert.Equal(t, true, r.Input("forceDelete"))
	assert.Equal(t, []any{map[string]any{"encryptionType": "KMS", "kmsKey": "arn:aws:kms:us-east-1:123456789012:key/images"}}, r.Input("encryptionConfigurations"))
}

func TestGrantsAllowWhatTheirCommentsSay(t *testing.T) {
	_, r := build(t, registry.Args{})
	for verb, grant := range map[string]access.Grant{"Registry.Pull": r.Pull(), "Registry.Push": r.Push()} {
		componenttest.AssertDocumented(t, verb, grant)
		require.NoError(t, access.Validate([]access.Grant{grant}))
	}
}

func TestAllProblemsAreReportedBeforeAnythingIsRegistered(t *testing.T) {
	inv, err := componenttest.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := registry.New(ctx, "my api", registry.Args{KeepImages: 1, UntaggedDays: 400, PullAccounts: []string{"1234", "1234"}})
		return err
	})
	for _, want := range []string{
		"the name must be at most 32 lower-case letters", `ECR repository name "tenfold/my api" holds a character AWS refuses`,
		"KeepImages must be 10 to 10000, got 1", "UntaggedDays must be 1 to 365, got 400",
		`PullAccounts holds "1234"; an account id has twelve digits`, `PullAccounts holds "1234" twice`,
	} {
		assert.ErrorContains(t, err, `registry "my api": `+want)
	}
	assert.Empty(t, inv.Resources)
}
