package cache_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/cache"
	ct "github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

const (
	component  = "tenfold:cache:Cache"
	serverless = "aws:elasticache/serverlessCache:ServerlessCache"
	keyARN     = "arn:aws:kms:us-east-1:123456789012:key/data"
)

func run(t *testing.T, args cache.Args, opts ...pulumi.ResourceOption) (*ct.Inventory, *cache.Cache) {
	t.Helper()
	args.VPCID, args.KeyARN = pulumi.String("vpc-1"), pulumi.String(keyARN)
	args.SubnetIDs = pulumi.ToStringArray([]string{"subnet-a", "subnet-b", "subnet-c"})
	if args.Monitors == nil {
		args.Monitors = &ct.Monitors{}
	}
	var made *cache.Cache
	inv := ct.Run(t, func(ctx *pulumi.Context) error {
		var err error
		made, err = cache.New(ctx, "sessions", args, opts...)
		return err
	})
	return inv, made
}

func TestACacheIsEncryptedBoundedAndSignedInToByIAM(t *testing.T) {
	inv, c := run(t, cache.Args{})
	ct.AssertHouse(t, inv, component, "sessions")
	ct.Golden(t, "production.txt", inv.Detailed())
	assert.Equal(t, "tenfold-test-sessions", c.Name)
	made := inv.One(t, serverless, "sessions")
	assert.Equal(t, keyARN, made.Input("kmsKeyId"))
	assert.True(t, made.Protect)
	assert.Equal(t, map[string]any{
		"dataStorage": map[string]any{"maximum": 1.0, "unit": "GB"}, "ecpuPerSeconds": []any{map[string]any{"maximum": 5000.0}},
	}, made.Input("cacheUsageLimits"))
	user := inv.One(t, "aws:elasticache/user:User", "sessions")
	assert.Equal(t, map[string]any{"type": "iam"}, user.Input("authenticationMode"))
	assert.Equal(t, user.Input("userId"), user.Input("userName"), "IAM wants the two to be equal")
	assert.Contains(t, user.Input("accessString"), "-@dangerous")
	sg := inv.One(t, "aws:ec2/securityGroup:SecurityGroup", "sessions")
	assert.Nil(t, sg.Input("ingress"))
	assert.Nil(t, sg.Input("egress"))
}

func TestSnapshotsAndProtectionAreChoices(t *testing.T) {
	inv, _ := run(t, cache.Args{SnapshotDays: 3, Disposable: true, MaxGiB: 10, MaxECPU: 20000})
	made := inv.One(t, serverless, "sessions")
	assert.Equal(t, 3.0, made.Input("snapshotRetentionLimit"))
	assert.Equal(t, "02:00", made.Input("dailySnapshotTime"))
	assert.False(t, made.Protect)
	inv, _ = run(t, cache.Args{})
	assert.Nil(t, inv.One(t, serverless, "sessions").Input("dailySnapshotTime"))
}

func TestGrowingChangesNothingThatIsFrozen(t *testing.T) {
	small, _ := run(t, cache.Args{})
	large, _ := run(t, cache.Args{MaxGiB: 500, MaxECPU: 1_000_000, SnapshotDays: 7})
	for _, input := range []string{"name", "engine", "majorEngineVersion", "kmsKeyId", "subnetIds", "userGroupId"} {
		assert.Equal(t, small.One(t, serverless, "sessions").Input(input), large.One(t, serverless, "sessions").Input(input), input)
	}
}

func await(t *testing.T, in pulumi.StringInput) string {
	t.Helper()
	result, err := internals.UnsafeAwaitOutput(t.Context(), in.ToStringOutput())
	require.NoError(t, err)
	return result.Value.(string)
}

func TestConnectHoldsExactlyTheDocumentedAction(t *testing.T) {
	inv, c := run(t, cache.Args{})
	g := c.Connect()
	require.NoError(t, access.Validate([]access.Grant{g}))
	ct.AssertDocumented(t, "Cache.Connect", g)
	require.Len(t, g.Allow[0].Resources, 2)
	assert.Equal(t, await(t, c.ARN), await(t, g.Allow[0].Resources[0]))
	assert.Contains(t, await(t, g.Allow[0].Resources[1]), ":user/")
	assert.Equal(t, 6379, g.Reach[0].Port)
	assert.Equal(t, inv.One(t, serverless, "sessions").Input("securityGroupIds"), []any{await(t, g.Reach[0].SecurityGroupID)})
	assert.Equal(t, "tenfold-test-sessions", await(t, g.Env["SESSIONS_USER"]))
	assert.Equal(t, "6379", await(t, g.Env["SESSIONS_PORT"]))
	assert.Equal(t, await(t, c.Endpoint), await(t, g.Env["SESSIONS_HOST"]))
}

func TestThresholdsComeFromTheArgs(t *testing.T) {
	got := &ct.Monitors{}
	run(t, cache.Args{MaxGiB: 2, Monitors: got})
	specs := got.ByKey("sessions")
	require.Len(t, specs, 3)
	assert.InDelta(t, 0.9*2*(1<<30), specs["vk-mem"].Levels.Critical.Alert, 200)
	assert.Equal(t, monitor.Alert(0), specs["vk-throttle"].Levels.Critical)
	assert.Equal(t, "tenfold-test-sessions", specs["vk-evict"].Query.Series()[0].Of[0].Value)
}

func TestTheCallersOptionsReachTheComponentOnly(t *testing.T) {
	inv, _ := run(t, cache.Args{}, pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("old")}}))
	ct.AssertHouse(t, inv, component, "sessions")
}

func TestEveryProblemIsReportedBeforeAnythingIsRegistered(t *testing.T) {
	inv, err := ct.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := cache.New(ctx, "Sessions", cache.Args{
			SubnetIDs: pulumi.ToStringArray([]string{"subnet-a"}), MaxGiB: 6000, MaxECPU: 10, SnapshotDays: 36,
			MonitorsOff: map[string]string{"sqs-age": "no"},
		})
		return err
	})
	for _, want := range []string{
		"the name must be 1 to 40 lower-case letters", "VPCID must be set; pass the network the cache stands in",
		"SubnetIDs must be in two or three zones, got 1 subnets", "KeyARN must be set; pass the ARN of an encryption key",
		"MaxGiB must be 1 to 5000, got 6000", "MaxECPU must be 1000 to 15000000, got 10", "SnapshotDays must be 0 to 35, got 36",
		"Monitors must be set; pass a sink", `there is no monitor "sqs-age" here to switch off`,
	} {
		assert.ErrorContains(t, err, `cache "Sessions": `+want)
	}
	assert.Empty(t, inv.ByType(component))
}
