package environment

import (
	"encoding/json"
	"reflect"
	"strconv"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/internal/awsclient"
)

// setting returns a value of the stack by its full key. Unlike the functions of
// package config it does not warn about one that is encrypted: what is read here
// goes to AWS, or into the state as a secret.
func setting(ctx *pulumi.Context) func(key string) string {
	return func(key string) string {
		value, _ := ctx.GetConfig(key)
		return value
	}
}

// checkProvider notes each key of the stack's AWS provider that hooks and the
// second provider cannot follow, and so what they would do in another account, or
// as somebody else, than the stack's provider.
func checkProvider(get func(key string) string, p *problems) {
	_, found := awsclient.Read(get)
	for _, problem := range found {
		p.add(problem.Key, "%s", problem.Text)
	}
}

// target is the account that the stack's provider reaches.
func target(ctx *pulumi.Context) (awsclient.Target, error) {
	return awsclient.TargetOf(setting(ctx))
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
// there. A provider of a program's own takes no settings from the stack, so it is
// given all that package awsclient follows, the tags, the retries and the keys that
// begin with skip. It is not given tokenBucketRateLimiterCapacity,
// s3UsEast1RegionalEndpoint and s3UsePathStyle: what is made through it works
// without. What is encrypted in the file is a secret in the state, but for the
// retries and the keys that are true or false.
func (e *environment) global() (pulumi.ProviderResource, error) {
	if e.config.region == cdnRegion {
		return nil, nil
	}
	t, err := target(e.ctx)
	if err != nil {
		return nil, err
	}
	args := &aws.ProviderArgs{
		Region:                    pulumi.String(cdnRegion),
		AccessKey:                 sealed(e.ctx, "aws:accessKey", optional(t.Keys.Access)),
		SecretKey:                 sealed(e.ctx, "aws:secretKey", optional(t.Keys.Secret)),
		Token:                     sealed(e.ctx, "aws:token", optional(t.Keys.Token)),
		Endpoints:                 sealed(e.ctx, "aws:endpoints", endpoints(t.Endpoints)),
		Profile:                   sealed(e.ctx, "aws:profile", optional(t.Profile)),
		SharedConfigFiles:         sealed(e.ctx, "aws:sharedConfigFiles", optionals(t.ConfigFiles)),
		SharedCredentialsFiles:    sealed(e.ctx, "aws:sharedCredentialsFiles", optionals(t.CredentialsFiles)),
		AssumeRole:                sealed(e.ctx, "aws:assumeRole", role(t.Role)),
		AssumeRoleWithWebIdentity: sealed(e.ctx, "aws:assumeRoleWithWebIdentity", webIdentity(t.WebIdentity)),
		AllowedAccountIds:         sealed[pulumi.StringArrayInput](e.ctx, "aws:allowedAccountIds", pulumi.ToStringArray(t.AllowedAccounts)),
		ForbiddenAccountIds:       sealed(e.ctx, "aws:forbiddenAccountIds", optionals(t.ForbiddenAccounts)),
		RetryMode:                 optional(setting(e.ctx)("aws:retryMode")),
		SkipCredentialsValidation: e.flag("aws:skipCredentialsValidation"),
		SkipMetadataApiCheck:      e.flag("aws:skipMetadataApiCheck"),
		SkipRegionValidation:      e.flag("aws:skipRegionValidation"),
		SkipRequestingAccountId:   e.flag("aws:skipRequestingAccountId"),
	}
	if retries, err := strconv.Atoi(setting(e.ctx)("aws:maxRetries")); err == nil {
		args.MaxRetries = pulumi.Int(retries)
	}
	e.tags(args)
	return aws.NewProvider(e.ctx, cdnRegion, args)
}

// tags gives a provider the tags that the stack's own adds and those it leaves
// alone. The engine has checked both for the stack's own.
func (e *environment) tags(args *aws.ProviderArgs) {
	var added aws.ProviderDefaultTags
	if text := setting(e.ctx)("aws:defaultTags"); text != "" && json.Unmarshal([]byte(text), &added) == nil {
		args.DefaultTags = sealed[aws.ProviderDefaultTagsPtrInput](e.ctx, "aws:defaultTags", aws.ProviderDefaultTagsArgs{Tags: pulumi.ToStringMap(added.Tags)})
	}
	var ignored aws.ProviderIgnoreTags
	if text := setting(e.ctx)("aws:ignoreTags"); text != "" && json.Unmarshal([]byte(text), &ignored) == nil {
		args.IgnoreTags = sealed[aws.ProviderIgnoreTagsPtrInput](e.ctx, "aws:ignoreTags",
			aws.ProviderIgnoreTagsArgs{Keys: optionals(ignored.Keys), KeyPrefixes: optionals(ignored.KeyPrefixes)})
	}
}

// flag is a setting that is true or false, nil for one that is not set.
func (e *environment) flag(key string) pulumi.BoolPtrInput {
	on, err := strconv.ParseBool(setting(e.ctx)(key))
	if err != nil {
		return nil
	}
	return pulumi.Bool(on)
}

// endpoints are addresses by the provider's names of services, which the engine has
// checked for the stack's own provider.
func endpoints(all []map[string]string) aws.ProviderEndpointArrayInput {
	if len(all) == 0 {
		return nil
	}
	var list aws.ProviderEndpointArray
	for _, given := range all {
		var one aws.ProviderEndpointArgs
		fields := reflect.ValueOf(&one).Elem()
		for i := range fields.NumField() {
			if address, ok := given[fields.Type().Field(i).Tag.Get("pulumi")]; ok {
				fields.Field(i).Set(reflect.ValueOf(pulumi.String(address)))
			}
		}
		list = append(list, one)
	}
	return list
}

func role(r awsclient.Role) aws.ProviderAssumeRolePtrInput {
	if r.ARN == "" {
		return nil
	}
	args := aws.ProviderAssumeRoleArgs{
		RoleArn: pulumi.String(r.ARN), ExternalId: optional(r.ExternalID), SessionName: optional(r.Session), Duration: optional(r.Duration),
		Policy: optional(r.Policy), PolicyArns: optionals(r.PolicyARNs), SourceIdentity: optional(r.SourceIdentity), TransitiveTagKeys: optionals(r.TransitiveTags),
	}
	if len(r.Tags) > 0 {
		args.Tags = pulumi.ToStringMap(r.Tags)
	}
	return args
}

func webIdentity(w awsclient.WebIdentity) aws.ProviderAssumeRoleWithWebIdentityPtrInput {
	if w.ARN == "" {
		return nil
	}
	return aws.ProviderAssumeRoleWithWebIdentityArgs{
		RoleArn: pulumi.String(w.ARN), SessionName: optional(w.Session), Duration: optional(w.Duration),
		Policy: optional(w.Policy), PolicyArns: optionals(w.PolicyARNs), WebIdentityTokenFile: optional(w.TokenFile),
	}
}

// sealed keeps what was encrypted in the stack's file a secret.
func sealed[T pulumi.Input](ctx *pulumi.Context, key string, value T) T {
	if any(value) == nil || !ctx.IsConfigSecret(key) {
		return value
	}
	return pulumi.ToSecret(value).(T)
}

// optional is a text that may be left out.
func optional(text string) pulumi.StringPtrInput {
	if text == "" {
		return nil
	}
	return pulumi.String(text)
}

// optionals are texts that may be left out.
func optionals(texts []string) pulumi.StringArrayInput {
	if len(texts) == 0 {
		return nil
	}
	return pulumi.ToStringArray(texts)
}
