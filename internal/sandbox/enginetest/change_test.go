package enginetest

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// one registers a single resource.
func one(token, name string, inputs pulumi.Map, options ...pulumi.ResourceOption) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		register(ctx, token, name, inputs, options...)
		return nil
	}
}

const (
	queueType = "aws:sqs/queue:Queue"
	groupType = "aws:ec2/securityGroup:SecurityGroup"
	vpcType   = "aws:ec2/vpc:Vpc"
)

func TestAReplacedResourceIsCreatedFirstUnlessItsNameIsFixed(t *testing.T) {
	p := newProject(t)
	program := func(description string) pulumi.RunFunc {
		return func(ctx *pulumi.Context) error {
			vpc := register(ctx, vpcType, "vpc", pulumi.Map{"cidrBlock": pulumi.String("10.0.0.0/16")})
			register(ctx, groupType, "auto", pulumi.Map{"vpcId": vpc.ID(), "description": pulumi.String(description)})
			register(ctx, groupType, "fixed", pulumi.Map{"vpcId": vpc.ID(), "description": pulumi.String(description), "name": pulumi.String("fixed")})
			return nil
		}
	}
	first := p.up(program("one"))
	require.NoError(t, first.err, first.output)

	second := p.up(program("two"))

	require.NoError(t, second.err, second.output)
	assert.Equal(t, []string{"create-replacement", "replace", "delete-replaced"}, second.steps["auto"])
	assert.Equal(t, []string{"delete-replaced", "replace", "create-replacement"}, second.steps["fixed"])
}

func TestPreviewKnowsWhatIsGivenAndNotWhatAWSDecides(t *testing.T) {
	p := newProject(t)
	known := make(chan bool, 4)
	program := func(ctx *pulumi.Context) error {
		queue := register(ctx, queueType, "jobs", pulumi.Map{"name": pulumi.String("jobs"), "delaySeconds": pulumi.Int(5)})
		queue.Name.ApplyT(func(name string) string {
			known <- name == "jobs"
			return name
		})
		queue.ARN.ApplyT(func(arn string) string {
			known <- arn == "arn:aws:sqs:eu-west-1:123456789012:jobs"
			return arn
		})
		return nil
	}

	preview := p.preview(program)
	require.NoError(t, preview.err, preview.output)
	assert.Equal(t, []string{"create jobs"}, preview.order)
	require.Len(t, known, 1, "the name is known at preview, the ARN is not")
	assert.True(t, <-known)
	assert.True(t, p.account().Empty(), "a preview creates nothing")

	up := p.up(program)
	require.NoError(t, up.err, up.output)
	require.Len(t, known, 2)
	first, second := <-known, <-known
	assert.True(t, first && second)
}

func TestEveryProblemOfAResourceIsReportedAtPreview(t *testing.T) {
	p := newProject(t)
	preview := p.preview(one(queueType, "jobs", pulumi.Map{"delaySeconds": pulumi.Int(9000), "visibilityTimeoutSeconds": pulumi.Int(-1), "fifoQeueu": pulumi.Bool(true)}))
	for _, property := range []string{"delaySeconds", "visibilityTimeoutSeconds", "fifoQeueu"} {
		preview.failed(t, property)
	}
}

func TestAnUnknownTypeNamesTheNearestKnownOne(t *testing.T) {
	p := newProject(t)
	p.preview(one("aws:sqs/queue:Qeue", "jobs", pulumi.Map{})).failed(t, "did you mean aws:sqs/queue:Queue?")
}

func TestWhatIsInUseCannotBeDeleted(t *testing.T) {
	p := newProject(t)
	program := func(withVPC bool) pulumi.RunFunc {
		return func(ctx *pulumi.Context) error {
			if withVPC {
				vpc := register(ctx, vpcType, "vpc", pulumi.Map{"cidrBlock": pulumi.String("10.0.0.0/16")})
				ctx.Export("vpc", vpc.ID())
			}
			return nil
		}
	}
	first := p.up(program(true))
	require.NoError(t, first.err, first.output)
	other := newStack(t, p, "other")
	second := other.up(one("aws:ec2/subnet:Subnet", "subnet", pulumi.Map{"vpcId": pulumi.String(first.Outputs["vpc"].Value.(string)), "cidrBlock": pulumi.String("10.0.0.0/24")}))
	require.NoError(t, second.err, second.output)

	p.up(program(false)).failed(t, "DependencyViolation: The vpc '")

	require.NoError(t, other.destroy().err)
	third := p.up(program(false))
	require.NoError(t, third.err, third.output)
	assert.Equal(t, []string{"delete vpc"}, third.order)
}

func TestProtectedResourcesAreNotDeleted(t *testing.T) {
	p := newProject(t)
	require.NoError(t, p.up(one(queueType, "jobs", pulumi.Map{}, pulumi.Protect(true))).err)
	p.destroy().failed(t, "protected")
	assert.False(t, p.account().Empty())
}

func TestIgnoredChangesAreNotMade(t *testing.T) {
	p := newProject(t)
	require.NoError(t, p.up(one(queueType, "jobs", pulumi.Map{"delaySeconds": pulumi.Int(1)})).err)
	ignored := p.up(one(queueType, "jobs", pulumi.Map{"delaySeconds": pulumi.Int(2)}, pulumi.IgnoreChanges([]string{"delaySeconds"})))
	require.NoError(t, ignored.err, ignored.output)
	assert.Empty(t, ignored.order)
}

func TestARegionOfItsOwnForOneResource(t *testing.T) {
	p := newProject(t)
	program := func(ctx *pulumi.Context) error {
		provider := &pulumi.ProviderResourceState{}
		if err := ctx.RegisterResource("pulumi:providers:aws", "virginia", pulumi.Map{"region": pulumi.String("us-east-1"),
			"defaultTags": pulumi.Map{"tags": pulumi.StringMap{"Team": pulumi.String("core")}}}, provider); err != nil {
			return err
		}
		here := register(ctx, queueType, "here", pulumi.Map{})
		there := register(ctx, queueType, "there", pulumi.Map{"tags": pulumi.StringMap{"Own": pulumi.String("yes")}}, pulumi.Provider(provider))
		ctx.Export("here", here.ARN)
		ctx.Export("there", there.ARN)
		return nil
	}
	up := p.up(program)
	require.NoError(t, up.err, up.output)
	assert.Contains(t, up.Outputs["here"].Value, ":eu-west-1:")
	assert.Contains(t, up.Outputs["there"].Value, ":us-east-1:")
	assert.Equal(t, map[string]any{"Own": "yes", "Team": "core"}, p.outputsOf("there")["tagsAll"])

	again := p.up(program)
	require.NoError(t, again.err, again.output)
	assert.Empty(t, again.order)
	_, err := p.account().Drift("there", "tags.Own", "no")
	require.NoError(t, err)
	require.NoError(t, p.refresh().err)
	assert.Equal(t, "no", p.outputsOf("there")["tagsAll"].(map[string]any)["Own"])
	assert.Equal(t, []string{"update there"}, p.up(program).order)
}

func TestAnotherAccountThanAllowedIsRefused(t *testing.T) {
	p := newProject(t)
	p.setConfig("aws:allowedAccountIds", `["000000000001"]`)
	p.up(one(queueType, "jobs", pulumi.Map{})).failed(t, "AWS account ID not allowed: 123456789012")
}

func TestAnUnknownRegionIsRefused(t *testing.T) {
	p := newProject(t)
	p.setConfig("aws:region", "eu-middle-7")
	p.preview(one(queueType, "jobs", pulumi.Map{})).failed(t, "invalid AWS Region: eu-middle-7")
}

func TestFunctionsAnswerFromTheAccount(t *testing.T) {
	p := newProject(t)
	zone, err := p.account().EnsureHostedZone("example.com")
	require.NoError(t, err)
	program := func(domain string) pulumi.RunFunc {
		return func(ctx *pulumi.Context) error {
			var found struct {
				ZoneID string `pulumi:"zoneId"`
			}
			if err := ctx.Invoke("aws:route53/getZone:getZone", map[string]any{"name": domain}, &found); err != nil {
				return err
			}
			var caller struct {
				AccountID string `pulumi:"accountId"`
			}
			if err := ctx.Invoke("aws:index/getCallerIdentity:getCallerIdentity", map[string]any{}, &caller); err != nil {
				return err
			}
			ctx.Export("zone", pulumi.String(found.ZoneID))
			ctx.Export("account", pulumi.String(caller.AccountID))
			return nil
		}
	}
	up := p.up(program("example.com"))
	require.NoError(t, up.err, up.output)
	assert.Equal(t, zone, up.Outputs["zone"].Value)
	assert.Equal(t, "123456789012", up.Outputs["account"].Value)
	p.up(program("example.org")).failed(t, "no matching Route 53 Hosted Zone found")
}
