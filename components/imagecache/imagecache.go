// Package imagecache keeps images of a registry elsewhere in ECR: an ECR
// pull-through cache. What was pulled once is there when that registry is slow,
// gone, or counts pulls.
//
// ECR fetches an image when somebody pulls it by its tag, not by a digest that it
// does not hold yet, and the first pull of an image needs a way to the internet.
// Tasks name digests and may have no such way. So pull the tag once, where images
// are built for example, and deploy the digest that this shows:
//
//	docker pull 123456789012.dkr.ecr.us-east-1.amazonaws.com/tenfold/public/nginx/nginx:1.29
//
// A cache belongs to an account and a region and not to an environment, so its
// name does not hold the stack's. One stack makes it for all that are in there.
package imagecache

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/account"
	"github.com/tenfold-iac/tenfold/components/internal/output"
	"github.com/tenfold-iac/tenfold/components/registry"
)

// Upstream is a registry that ECR can keep images of.
type Upstream int

// The upstreams. The first three let everybody in; the others need CredentialARN.
const (
	// ECRPublic is public.ecr.aws, which also has the official images of Docker
	// Hub, below docker/library.
	ECRPublic Upstream = iota + 1
	// Kubernetes is registry.k8s.io.
	Kubernetes
	// Quay is quay.io.
	Quay
	// DockerHub is registry-1.docker.io. Its official images are below library.
	DockerHub
	// GitHub is ghcr.io.
	GitHub
	// GitLab is registry.gitlab.com, not a GitLab of your own.
	GitLab
	// Azure is a registry in Azure, named by AzureHost.
	Azure
)

// Args configures a cache. Upstream is required.
type Args struct {
	// Upstream is the registry whose images are kept. Changing it makes the rule
	// anew; the images kept so far stay. Required.
	Upstream Upstream
	// AzureHost is the host of the registry in Azure, such as example.azurecr.io.
	// Required with Azure. Default: none, the other upstreams have one host.
	AzureHost string
	// CredentialARN is the Secrets Manager secret that ECR logs in with: a JSON
	// object of username and accessToken. Its name begins with
	// ecr-pullthroughcache/, it is in this account and region, and it is encrypted
	// with the account's aws/secretsmanager key; ECR reads no other. Required with
	// DockerHub, GitHub, GitLab and Azure. Default: nil, ECR does not log in.
	CredentialARN pulumi.StringInput
	// KeyARN is the KMS key that encrypts the images of repositories made from now
	// on. Default: nil, S3's own encryption.
	KeyARN pulumi.StringInput
	// Tags are put on repositories made from now on: the provider's default tags
	// do not reach what ECR makes. ECR wants that whoever pulls may tag, so
	// [Cache.Pull] then allows it. Default: none.
	Tags map[string]string
	// KeepImages is how many images a repository keeps, the newest first: 10 to
	// 10000. The image of each architecture counts. Default: 1000.
	KeepImages int
	// UntaggedDays is how many days an image without a tag is kept, 1 to 3650. An
	// image loses its tag when ECR fetches a newer one, which it looks for once a
	// day while the tag is pulled; a task that names the digest does not start once
	// the image is deleted. Default: 365.
	UntaggedDays int
}

// Cache is an ECR pull-through cache.
type Cache struct {
	pulumi.ResourceState

	// Prefix is what the names of the repositories begin with, known while the
	// program runs.
	Prefix string
	// URL is what comes before the path of an image at the upstream, known while
	// the program runs: URL + "/nginx/nginx@sha256:...".
	URL string

	name string
	tags bool
	here account.Account
	rule *ecr.PullThroughCacheRule
}

// New makes a cache.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Cache, error) {
	args = args.withDefaults()
	prefix, err := args.check(ctx, name)
	if err != nil {
		return nil, err
	}
	c := &Cache{Prefix: prefix, name: name, tags: len(args.Tags) > 0}
	if err := ctx.RegisterComponentResource("tenfold:imagecache:Cache", name, c, opts...); err != nil {
		return nil, err
	}
	if c.here, err = account.Current(ctx, c); err != nil {
		return nil, err
	}
	c.URL = c.here.ID + ".dkr.ecr." + c.here.Region + ".amazonaws.com/" + prefix
	template, err := c.template(ctx, args)
	if err != nil {
		return nil, err
	}
	if err := c.pullThrough(ctx, args, template); err != nil {
		return nil, err
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"prefix": pulumi.String(c.Prefix), "url": pulumi.String(c.URL)})
}

// Pull lets ECS start tasks from images of the cache. It allows the execution
// role, and not the containers, ecr:BatchCheckLayerAvailability,
// ecr:BatchGetImage, ecr:BatchImportUpstreamImage, ecr:CreateRepository and
// ecr:GetDownloadUrlForLayer on the repositories of the cache, and ecr:TagResource
// when they get Tags.
func (c *Cache) Pull() access.Grant {
	actions := []string{
		"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository", "ecr:GetDownloadUrlForLayer",
	}
	if c.tags {
		actions = append(actions, "ecr:TagResource")
	}
	return access.Grant{
		Key:   c.name + "-pull",
		Start: []access.Statement{{Actions: actions, Resources: []pulumi.StringInput{c.repositories()}}},
		After: []pulumi.Resource{c.rule},
	}
}

// repositories is the ARN of every repository that the cache can come to have.
func (c *Cache) repositories() pulumi.String {
	return pulumi.String(c.here.ARN("ecr", "repository/"+c.Prefix+"/*"))
}

// template says how ECR makes the repositories.
func (c *Cache) template(ctx *pulumi.Context, args Args) (*ecr.RepositoryCreationTemplate, error) {
	encryption := ecr.RepositoryCreationTemplateEncryptionConfigurationArgs{EncryptionType: pulumi.String("AES256")}
	if args.KeyARN != nil {
		encryption = ecr.RepositoryCreationTemplateEncryptionConfigurationArgs{EncryptionType: pulumi.String("KMS"), KmsKey: args.KeyARN.ToStringOutput()}
	}
	template := &ecr.RepositoryCreationTemplateArgs{
		Prefix:                   pulumi.String(c.Prefix),
		Description:              pulumi.String("Images of " + args.host()),
		AppliedFors:              pulumi.ToStringArray([]string{"PULL_THROUGH_CACHE"}),
		EncryptionConfigurations: ecr.RepositoryCreationTemplateEncryptionConfigurationArray{encryption},
		// ECR could not fetch the newer image of a tag that may not move. Who needs
		// one image for good names its digest.
		ImageTagMutability: pulumi.String("MUTABLE"),
		LifecyclePolicy:    registry.LifecyclePolicy(args.UntaggedDays, args.KeepImages),
	}
	if c.tags {
		template.ResourceTags = pulumi.ToStringMap(args.Tags)
	}
	options := []pulumi.ResourceOption{pulumi.Parent(c)}
	if c.tags || args.KeyARN != nil {
		maker, err := c.maker(ctx, args.KeyARN)
		if err != nil {
			return nil, err
		}
		template.CustomRoleArn = maker.role.Arn
		options = append(options, pulumi.DependsOn([]pulumi.Resource{maker.policy}))
	}
	return ecr.NewRepositoryCreationTemplate(ctx, c.name, template, options...)
}

// pullThrough is the rule that makes ECR fetch what is not there. It comes after
// the template: a repository keeps the settings it was made with.
func (c *Cache) pullThrough(ctx *pulumi.Context, args Args, template *ecr.RepositoryCreationTemplate) (err error) {
	rule := &ecr.PullThroughCacheRuleArgs{
		EcrRepositoryPrefix: pulumi.String(c.Prefix),
		UpstreamRegistryUrl: pulumi.String(args.host()),
	}
	if args.CredentialARN != nil {
		rule.CredentialArn = output.MapErr(args.CredentialARN, func(arn string) (string, error) { return arn, checkCredential(arn) })
	}
	c.rule, err = ecr.NewPullThroughCacheRule(ctx, c.name, rule, pulumi.Parent(c), pulumi.DependsOn([]pulumi.Resource{template}))
	return err
}
