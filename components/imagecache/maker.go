package imagecache

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/iampolicy"
)

// maker is the role that ECR makes repositories with. ECR has one of its own,
// which may neither tag a repository nor use a KMS key.
type maker struct {
	role   *iam.Role
	policy *iam.RolePolicy
}

func (c *Cache) maker(ctx *pulumi.Context, key pulumi.StringInput) (maker, error) {
	// AWS does not say whether ECR names the account it acts for. It takes a role of
	// its own account only, so the condition may let a request without one pass.
	trust, err := iampolicy.Trust([]access.Condition{{
		Test: "StringEqualsIfExists", Key: "aws:SourceAccount", Values: []pulumi.StringInput{pulumi.String(c.here.ID)},
	}}, "ecr.amazonaws.com")
	if err != nil {
		return maker{}, err
	}
	document, err := iampolicy.Identity(c.making(key)...)
	if err != nil {
		return maker{}, err
	}
	var m maker
	m.role, err = iam.NewRole(ctx, c.name+"-repositories", &iam.RoleArgs{
		Description: pulumi.String("Makes the repositories of an image cache"), AssumeRolePolicy: trust,
	}, pulumi.Parent(c))
	if err != nil {
		return maker{}, err
	}
	m.policy, err = iam.NewRolePolicy(ctx, c.name+"-repositories", &iam.RolePolicyArgs{Role: m.role.Name, Policy: document}, pulumi.Parent(c))
	return m, err
}

// making is what it takes to make a repository with tags or a key.
func (c *Cache) making(key pulumi.StringInput) []access.Statement {
	actions := []string{"ecr:CreateRepository"}
	if c.tags {
		actions = append(actions, "ecr:TagResource")
	}
	statements := []access.Statement{{Actions: actions, Resources: []pulumi.StringInput{c.repositories()}}}
	if key != nil {
		statements = append(statements, access.Statement{
			Actions: []string{"kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant"}, Resources: []pulumi.StringInput{key},
		})
	}
	return statements
}
