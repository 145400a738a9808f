package environment

import (
	"encoding/json"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/tenfold-iac/tenfold/internal/awsclient"
)

// target is the account that the stack's provider reaches.
func target(ctx *pulumi.Context) (awsclient.Target, error) {
	return awsclient.TargetOf(func(key string) string { return config.Get(ctx, key) })
}

// sdk is how the hooks of deployments reach AWS: as the provider does.
func sdk(ctx *pulumi.Context) (*awssdk.Config, error) {
	t, err := target(ctx)
	if err != nil {
		return nil, err
	}
	loaded, err := t.Load(ctx.Context())
	return &loaded, err
}

// cdnRegion is where CloudFront's certificate, firewall and logs are.
const cdnRegion = "us-east-1"

// global is the stack's provider in CloudFront's region, nil for a stack that is
// there. A provider of a program's own takes no settings from the stack.
func (e *environment) global() (pulumi.ProviderResource, error) {
	if e.config.region == cdnRegion {
		return nil, nil
	}
	t, err := target(e.ctx)
	if err != nil {
		return nil, err
	}
	args := &aws.ProviderArgs{Region: pulumi.String(cdnRegion), AllowedAccountIds: pulumi.ToStringArray(t.AllowedAccounts)}
	if t.Profile != "" {
		args.Profile = pulumi.String(t.Profile)
	}
	if t.Role.ARN != "" {
		args.AssumeRole = aws.ProviderAssumeRoleArgs{
			RoleArn: pulumi.String(t.Role.ARN), ExternalId: optional(t.Role.ExternalID), SessionName: optional(t.Role.Session),
		}
	}
	var tags aws.ProviderDefaultTags
	// The engine has checked it for the stack's own provider.
	if text := config.Get(e.ctx, "aws:defaultTags"); text != "" && json.Unmarshal([]byte(text), &tags) == nil {
		args.DefaultTags = aws.ProviderDefaultTagsArgs{Tags: pulumi.ToStringMap(tags.Tags)}
	}
	return aws.NewProvider(e.ctx, cdnRegion, args)
}

// optional is a text that may be left out.
func optional(text string) pulumi.StringPtrInput {
	if text == "" {
		return nil
	}
	return pulumi.String(text)
}
