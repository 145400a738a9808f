package imagecache_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/cluster"
	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/imagecache"
	"github.com/tenfold-iac/tenfold/components/network"
	"github.com/tenfold-iac/tenfold/components/service"
)

const (
	component  = "tenfold:imagecache:Cache"
	ruleToken  = "aws:ecr/pullThroughCacheRule:PullThroughCacheRule"
	template   = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"
	rolePolicy = "aws:iam/rolePolicy:RolePolicy"
	key        = pulumi.String("arn:aws:kms:us-east-1:123456789012:key/images")
	login      = pulumi.String("arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/hub-AbCdEf")
)

func build(t *testing.T, args imagecache.Args, opts ...pulumi.ResourceOption) (*componenttest.Inventory, *imagecache.Cache) {
	t.Helper()
	var c *imagecache.Cache
	inv := componenttest.Run(t, func(ctx *pulumi.Context) error {
		var err error
		c, err = imagecache.New(ctx, "public", args, opts...)
		return err
	})
	return inv, c
}

func text(t *testing.T, r componenttest.Resource, input string) string {
	t.Helper()
	s, ok := r.Input(input).(string)
	require.True(t, ok, "%s of %s is no text", input, r.Name)
	return s
}

func TestACacheOfAPublicRegistryNeedsNoRoleAndNoSecret(t *testing.T) {
	inv, c := build(t, imagecache.Args{Upstream: imagecache.ECRPublic}, pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("old")}}))
	componenttest.AssertHouse(t, inv, component, "public")
	componenttest.Golden(t, "default.golden", inv.Detailed())
	assert.Equal(t, "tenfold/public", c.Prefix, "the name holds no stack: environments share a cache")
	assert.Equal(t, "123456789012.dkr.ecr.us-east-1.amazonaws.com/tenfold/public", c.URL)
}

func TestEveryUpstreamIsWhereAWSDocumentsIt(t *testing.T) {
	for want, args := range map[string]imagecache.Args{
		"public.ecr.aws":       {Upstream: imagecache.ECRPublic},
		"registry.k8s.io":      {Upstream: imagecache.Kubernetes},
		"quay.io":              {Upstream: imagecache.Quay},
		"registry-1.docker.io": {Upstream: imagecache.DockerHub, CredentialARN: login},
		"ghcr.io":              {Upstream: imagecache.GitHub, CredentialARN: login},
		"registry.gitlab.com":  {Upstream: imagecache.GitLab, CredentialARN: login},
		"example.azurecr.io":   {Upstream: imagecache.Azure, AzureHost: "example.azurecr.io", CredentialARN: login},
	} {
		inv, _ := build(t, args)
		rule := inv.One(t, ruleToken, "public")
		assert.Equal(t, want, rule.Input("upstreamRegistryUrl"))
		assert.Equal(t, "Images of "+want, inv.One(t, template, "public").Input("description"))
		if args.CredentialARN == nil {
			assert.Nil(t, rule.Input("credentialArn"))
		} else {
			assert.Equal(t, string(login), rule.Input("credentialArn"))
		}
	}
}

func TestNothingCanBePulledBeforeItIsSaidHowRepositoriesAreMade(t *testing.T) {
	inv, _ := build(t, imagecache.Args{Upstream: imagecache.Quay, KeyARN: key})
	assert.Contains(t, inv.One(t, ruleToken, "public").DependsOn, inv.One(t, template, "public").URN)
	assert.Contains(t, inv.One(t, template, "public").DependsOn, inv.One(t, rolePolicy, "public-repositories").URN)
}

func TestRepositoriesWithAKeyOrTagsAreMadeByARoleThatMayDoNothingElse(t *testing.T) {
	const making = `{"Effect":"Allow","Action":["ecr:CreateRepository"%s],"Resource":"arn:aws:ecr:us-east-1:123456789012:repository/tenfold/public/*"}`
	const encrypting = `,{"Effect":"Allow","Action":["kms:CreateGrant","kms:DescribeKey","kms:RetireGrant"],"Resource":"arn:aws:kms:us-east-1:123456789012:key/images"}`
	tagged := strings.Replace(making, "%s", `,"ecr:TagResource"`, 1)
	for name, c := range map[string]struct {
		args imagecache.Args
		want string
	}{
		"key":  {imagecache.Args{KeyARN: key}, strings.Replace(making, "%s", "", 1) + encrypting},
		"tags": {imagecache.Args{Tags: map[string]string{"team": "platform"}}, tagged},
		"both": {imagecache.Args{KeyARN: key, Tags: map[string]string{"team": "platform"}}, tagged + encrypting},
	} {
		c.args.Upstream = imagecache.Kubernetes
		inv, _ := build(t, c.args)
		componenttest.AssertHouse(t, inv, component, "public")
		role := inv.One(t, "aws:iam/role:Role", "public-repositories")
		assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole"],"Principal":{"Service":["ecr.amazonaws.com"]},
			"Condition":{"StringEqualsIfExists":{"aws:SourceAccount":"123456789012"}}}]}`, text(t, role, "assumeRolePolicy"), name)
		assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[`+c.want+`]}`, text(t, inv.One(t, rolePolicy, "public-repositories"), "policy"), name)
		made := inv.One(t, template, "public")
		assert.Regexp(t, `^arn:aws:iam::123456789012:role/public-repositories-`, made.Input("customRoleArn"), name)
		if c.args.KeyARN == nil {
			assert.Equal(t, []any{map[string]any{"encryptionType": "AES256"}}, made.Input("encryptionConfigurations"), name)
		} else {
			assert.Equal(t, []any{map[string]any{"encryptionType": "KMS", "kmsKey": string(key)}}, made.Input("encryptionConfigurations"), name)
		}
		if len(c.args.Tags) == 0 {
			assert.Nil(t, made.Input("resourceTags"), name)
		} else {
			assert.Equal(t, map[string]any{"team": "platform"}, made.Input("resourceTags"), name)
		}
	}
}

func TestThePullGrantAllowsWhatItsCommentSaysAndTheContainersNothing(t *testing.T) {
	_, c := build(t, imagecache.Args{Upstream: imagecache.ECRPublic, Tags: map[string]string{"team": "platform"}})
	componenttest.AssertDocumented(t, "Cache.Pull", c.Pull())
	require.NoError(t, access.Validate([]access.Grant{c.Pull()}))
	assert.Empty(t, c.Pull().Allow)
	_, plain := build(t, imagecache.Args{Upstream: imagecache.ECRPublic})
	require.Len(t, plain.Pull().Start, 1)
	assert.Equal(t, access.Statement{
		Actions: []string{
			"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository", "ecr:GetDownloadUrlForLayer",
		},
		Resources: []pulumi.StringInput{pulumi.String("arn:aws:ecr:us-east-1:123456789012:repository/tenfold/public/*")},
	}, plain.Pull().Start[0])
}

func TestAServiceThatPullsThroughTheCacheStartsAfterIt(t *testing.T) {
	inv := componenttest.Run(t, func(ctx *pulumi.Context) error {
		tasks, err := cluster.New(ctx, "main", cluster.Args{})
		if err != nil {
			return err
		}
		c, err := imagecache.New(ctx, "public", imagecache.Args{Upstream: imagecache.ECRPublic})
		if err != nil {
			return err
		}
		_, err = service.New(ctx, "proxy", service.Args{
			Cluster: tasks, Monitors: &componenttest.Monitors{}, Uses: []access.Grant{c.Pull()},
			Network: network.Placement{VPCID: pulumi.String("vpc-1"), SubnetIDs: pulumi.ToStringArray([]string{"subnet-1"})},
			Image:   c.URL + "/nginx/nginx@sha256:0000000000000000000000000000000000000000000000000000000000000001",
		})
		return err
	})
	running := inv.One(t, "aws:ecs/service:Service", "proxy")
	assert.Contains(t, running.DependsOn, inv.One(t, ruleToken, "public").URN)
	policy := inv.One(t, rolePolicy, "proxy-execution-public-pull")
	assert.Contains(t, running.DependsOn, policy.URN)
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage",
		"ecr:BatchImportUpstreamImage","ecr:CreateRepository","ecr:GetDownloadUrlForLayer"],
		"Resource":"arn:aws:ecr:us-east-1:123456789012:repository/tenfold/public/*"}]}`, text(t, policy, "policy"))
	assert.Contains(t, text(t, inv.One(t, rolePolicy, "proxy-execution"), "policy"), "repository/tenfold/public/nginx/nginx")
}

func TestASecretThatECRCannotReadIsRefusedWhenItsARNIsKnown(t *testing.T) {
	_, err := componenttest.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := imagecache.New(ctx, "public", imagecache.Args{
			Upstream: imagecache.DockerHub, CredentialARN: pulumi.String("arn:aws:secretsmanager:us-east-1:123456789012:secret:hub").ToStringOutput(),
		})
		return err
	})
	assert.ErrorContains(t, err, `CredentialARN must be the ARN of a secret whose name begins with ecr-pullthroughcache/, got "arn:aws:secretsmanager:us-east-1:123456789012:secret:hub"; ECR reads no other`)
}

func TestAllProblemsAreReportedBeforeAnythingIsRegistered(t *testing.T) {
	for _, c := range []struct {
		name string
		args imagecache.Args
		want []string
	}{
		{"Public", imagecache.Args{KeepImages: 1, UntaggedDays: 4000, Tags: map[string]string{"aws:x": "1", "team": "a|b"}}, []string{
			`the name must be 1 to 40 lower-case letters, digits and single inner hyphens, starting with a letter, got "Public"; rename it`,
			"Upstream must be ECRPublic, Kubernetes, Quay, DockerHub, GitHub, GitLab or Azure, got 0",
			`Tags holds the key "aws:x"; a key is at most 128 letters, digits, spaces and _ . : / = + - @ and does not begin with aws:`,
			`Tags holds "a|b" for team; a value is at most 256 letters, digits, spaces and _ . : / = + - @`,
			"KeepImages must be 10 to 10000, got 1", "UntaggedDays must be 1 to 3650, got 4000",
		}},
		{"images-of-the-world-outside", imagecache.Args{Upstream: imagecache.GitHub, AzureHost: "example.azurecr.io"}, []string{
			`the prefix "tenfold/images-of-the-world-outside" of its repositories has 35 characters and AWS allows 30; shorten the name or the project's`,
			`AzureHost is "example.azurecr.io", but Upstream is not Azure; leave it out`,
			"CredentialARN is missing; GitHub lets ECR in with an account only, so put its username and accessToken into a secret whose name begins with ecr-pullthroughcache/",
		}},
		{"public", imagecache.Args{Upstream: imagecache.Azure, AzureHost: "https://example.azurecr.io", CredentialARN: pulumi.String("hub")}, []string{
			`AzureHost must be the registry's host such as example.azurecr.io, got "https://example.azurecr.io"`,
			`CredentialARN must be the ARN of a secret whose name begins with ecr-pullthroughcache/, got "hub"; ECR reads no other`,
		}},
	} {
		inv, err := componenttest.RunErr(t, func(ctx *pulumi.Context) error {
			_, err := imagecache.New(ctx, c.name, c.args)
			return err
		})
		var want []string
		for _, w := range c.want {
			want = append(want, `imagecache "`+c.name+`": `+w)
		}
		assert.ErrorContains(t, err, strings.Join(want, "\n"))
		assert.Empty(t, inv.Resources)
	}
}
