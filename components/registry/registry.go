// Package registry is an ECR repository: where a container image is pushed once
// and pulled from by every environment.
//
// A tag, once pushed, never means another image. Environments deploy digests, so
// what was tested is what runs; the repository therefore belongs to no
// environment, and its name does not hold the stack's.
package registry

import (
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/account"
	"github.com/tenfold-iac/tenfold/components/internal/iampolicy"
	"github.com/tenfold-iac/tenfold/components/internal/naming"
	"github.com/tenfold-iac/tenfold/components/internal/output"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
)

// Args configures a repository. The zero value is a production repository.
type Args struct {
	// KeyARN is the KMS key that encrypts the images. It can never change:
	// another key replaces the repository with all its images. Default: nil, S3's
	// own encryption.
	KeyARN pulumi.StringInput
	// KeepImages is how many images are kept, the newest first: 10 to 10000. ECR
	// does not know which are running; keep many more than can be in use.
	// Default: 500.
	KeepImages int
	// UntaggedDays is how many days an image without a tag is kept, 1 to 365.
	// Default: 14.
	UntaggedDays int
	// PullAccounts are other AWS accounts whose roles may pull, for example the
	// one of production. Default: none.
	PullAccounts []string
	// Disposable lets the repository be destroyed with its images. Default:
	// false, it is protected.
	Disposable bool
}

// Registry is an ECR repository.
type Registry struct {
	pulumi.ResourceState

	// Name is the repository's name, known while the program runs.
	Name string
	// URL is what comes before the digest in an image's name.
	URL pulumi.StringOutput `pulumi:"url"`
	// ARN is the repository's ARN.
	ARN pulumi.StringOutput `pulumi:"arn"`

	name string
}

var (
	namePattern    = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$`)
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
)

// New makes a repository.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Registry, error) {
	args = args.withDefaults()
	physical, err := args.check(ctx, name)
	if err != nil {
		return nil, err
	}
	r := &Registry{Name: physical, name: name}
	if err := ctx.RegisterComponentResource("tenfold:registry:Registry", name, r, opts...); err != nil {
		return nil, err
	}
	repository, err := r.repository(ctx, args)
	if err != nil {
		return nil, err
	}
	r.URL, r.ARN = repository.RepositoryUrl, repository.Arn
	_, err = ecr.NewLifecyclePolicy(ctx, name, &ecr.LifecyclePolicyArgs{
		Repository: repository.Name, Policy: LifecyclePolicy(args.UntaggedDays, args.KeepImages),
	}, pulumi.Parent(r))
	if err != nil {
		return nil, err
	}
	if err := r.sharing(ctx, args.PullAccounts, repository); err != nil {
		return nil, err
	}
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{"name": pulumi.String(r.Name), "url": r.URL, "arn": r.ARN})
}

func (a Args) withDefaults() Args {
	if a.KeepImages == 0 {
		a.KeepImages = 500
	}
	if a.UntaggedDays == 0 {
		a.UntaggedDays = 14
	}
	return a
}

// check returns the repository's name and reports everything that is wrong.
func (a Args) check(ctx *pulumi.Context, name string) (string, error) {
	l := problem.Of("registry", name)
	l.Check(namePattern.MatchString(name), "the name must be at most 32 lower-case letters, digits and inner hyphens and start with a letter")
	physical, err := naming.Fit(naming.Repository, "/", ctx.Project(), name)
	l.Add(err)
	l.Check(a.KeepImages >= 10 && a.KeepImages <= 10000, "KeepImages must be 10 to 10000, got %d", a.KeepImages)
	l.Check(a.UntaggedDays >= 1 && a.UntaggedDays <= 365, "UntaggedDays must be 1 to 365, got %d", a.UntaggedDays)
	seen := map[string]bool{}
	for _, id := range a.PullAccounts {
		l.Check(accountPattern.MatchString(id), "PullAccounts holds %q; an account id has twelve digits", id)
		l.Check(!seen[id], "PullAccounts holds %q twice", id)
		seen[id] = true
	}
	return physical, l.Err()
}

func (r *Registry) repository(ctx *pulumi.Context, args Args) (*ecr.Repository, error) {
	encryption := ecr.RepositoryEncryptionConfigurationArgs{EncryptionType: pulumi.String("AES256")}
	if args.KeyARN != nil {
		encryption = ecr.RepositoryEncryptionConfigurationArgs{EncryptionType: pulumi.String("KMS"), KmsKey: args.KeyARN.ToStringOutput()}
	}
	return ecr.NewRepository(ctx, r.name, &ecr.RepositoryArgs{
		Name:                       pulumi.String(r.Name),
		ImageTagMutability:         pulumi.String("IMMUTABLE"),
		ImageScanningConfiguration: ecr.RepositoryImageScanningConfigurationArgs{ScanOnPush: pulumi.Bool(true)},
		EncryptionConfigurations:   ecr.RepositoryEncryptionConfigurationArray{encryption},
		ForceDelete:                pulumi.Bool(args.Disposable),
	}, pulumi.Parent(r), pulumi.Protect(!args.Disposable))
}

// LifecyclePolicy is the policy of a repository that deletes images: those without
// a tag after a time, and the oldest beyond a number. An image cache gives it to
// the repositories that ECR makes. ECR wants the rule for any image last.
func LifecyclePolicy(untaggedDays, keepImages int) pulumi.StringOutput {
	rule := func(priority int, description string, selection map[string]any) map[string]any {
		return map[string]any{
			"rulePriority": priority, "description": description, "selection": selection, "action": map[string]any{"type": "expire"},
		}
	}
	return output.JSON(map[string]any{"rules": []any{
		rule(1, "Images without a tag", map[string]any{
			"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": untaggedDays,
		}),
		rule(2, "The oldest images", map[string]any{
			"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keepImages,
		}),
	}})
}

// sharing lets other accounts pull.
func (r *Registry) sharing(ctx *pulumi.Context, accounts []string, repository *ecr.Repository) error {
	if len(accounts) == 0 {
		return nil
	}
	here, err := account.Current(ctx, r)
	if err != nil {
		return err
	}
	var roots []pulumi.StringInput
	for _, id := range accounts {
		roots = append(roots, pulumi.String("arn:"+here.Partition+":iam::"+id+":root"))
	}
	policy, err := iampolicy.JSON(iampolicy.Statement{
		Sid: "Pull", Principals: iampolicy.Principals{AWS: roots}, Actions: pull,
	})
	if err != nil {
		return err
	}
	_, err = ecr.NewRepositoryPolicy(ctx, r.name, &ecr.RepositoryPolicyArgs{Repository: repository.Name, Policy: policy}, pulumi.Parent(r))
	return err
}

var (
	pull = []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}
	push = []string{"ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"}
)

// Pull lets the receiver pull images. It allows ecr:BatchCheckLayerAvailability,
// ecr:BatchGetImage and ecr:GetDownloadUrlForLayer on the repository, and
// ecr:GetAuthorizationToken. Services need no such grant for their own image.
func (r *Registry) Pull() access.Grant { return r.grant("pull", pull) }

// Push lets the receiver, such as the role of a build, push and pull images. It
// allows ecr:BatchCheckLayerAvailability, ecr:BatchGetImage,
// ecr:CompleteLayerUpload, ecr:GetDownloadUrlForLayer, ecr:InitiateLayerUpload,
// ecr:PutImage and ecr:UploadLayerPart on the repository, and
// ecr:GetAuthorizationToken.
func (r *Registry) Push() access.Grant {
	return r.grant("push", append(append([]string{}, pull...), push...))
}

func (r *Registry) grant(verb string, actions []string) access.Grant {
	return access.Grant{
		Key: r.name + "-" + verb,
		Allow: []access.Statement{
			{Actions: actions, Resources: []pulumi.StringInput{r.ARN}},
			{
				Actions: []string{"ecr:GetAuthorizationToken"}, Resources: []pulumi.StringInput{pulumi.String("*")},
				Reason: "ecr:GetAuthorizationToken has no resource types",
			},
		},
	}
}
