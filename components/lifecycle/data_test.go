package lifecycle

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/backup"
	"github.com/tenfold-iac/tenfold/components/cache"
	"github.com/tenfold-iac/tenfold/components/encryption"
	"github.com/tenfold-iac/tenfold/components/eventbus"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/monitor/cloudwatch"
	"github.com/tenfold-iac/tenfold/components/postgres"
	"github.com/tenfold-iac/tenfold/components/queue"
	"github.com/tenfold-iac/tenfold/components/secret"
)

const (
	cluster  = "aws:rds/cluster:Cluster db"
	instance = "aws:rds/clusterInstance:ClusterInstance db-"
)

// place is a network without anything that this package does not test.
func place(ctx *pulumi.Context) (vpcID pulumi.StringOutput, subnetIDs pulumi.StringArray, err error) {
	vpc, err := ec2.NewVpc(ctx, "net", &ec2.VpcArgs{CidrBlock: pulumi.String("10.0.0.0/16")})
	if err != nil {
		return pulumi.StringOutput{}, nil, err
	}
	for i, zone := range []string{"us-east-1a", "us-east-1b", "us-east-1c"} {
		subnet, err := ec2.NewSubnet(ctx, fmt.Sprintf("net-%d", i), &ec2.SubnetArgs{
			VpcId: vpc.ID(), CidrBlock: pulumi.Sprintf("10.0.%d.0/24", i), AvailabilityZone: pulumi.String(zone),
		})
		if err != nil {
			return pulumi.StringOutput{}, nil, err
		}
		subnetIDs = append(subnetIDs, subnet.ID())
	}
	return vpc.ID().ToStringOutput(), subnetIDs, nil
}

// database is a program with a cluster and its key.
func database(args postgres.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		vpcID, subnetIDs, err := place(ctx)
		if err != nil {
			return err
		}
		key, err := encryption.New(ctx, "data", encryption.Args{Purpose: "a test", Disposable: true})
		if err != nil {
			return err
		}
		args.VPCID, args.SubnetIDs, args.KeyARN = vpcID, subnetIDs, key.ARN
		args.Monitors = monitor.Off{Reason: "a test of the database"}
		_, err = postgres.New(ctx, "db", args)
		return err
	}
}

func TestADatabaseGrowsWithoutReplacingAnything(t *testing.T) {
	e := newEnvironment(t)
	first := e.settle(database(postgres.Args{AutoPause: time.Hour}))
	assert.Equal(t, []string{"create"}, first.ops())

	for _, step := range []struct {
		what string
		args postgres.Args
		want map[string][]string
	}{
		{"a range without a pause", postgres.Args{MinACU: 1, MaxACU: 8}, map[string][]string{cluster: {"update"}}},
		{"readers that follow the load", postgres.Args{MinACU: 1, MaxACU: 8, Readers: 1, MaxReaders: 3, IOOptimized: true, BackupRetentionDays: 14}, map[string][]string{
			cluster: {"update"}, instance + "1": {"create"},
			"aws:appautoscaling/target:Target db-readers": {"create"}, "aws:appautoscaling/policy:Policy db-readers": {"create"},
		}},
		{"a provisioned instance beside them, and standard storage again", postgres.Args{
			MinACU: 1, MaxACU: 8, BackupRetentionDays: 14, Instances: []postgres.Instance{{Name: "0"}, {Name: "1"}, {Name: "2", Class: "db.r8g.large"}},
		}, map[string][]string{
			cluster: {"update"}, instance + "2": {"create"},
			"aws:appautoscaling/target:Target db-readers": {"delete"}, "aws:appautoscaling/policy:Policy db-readers": {"delete"},
		}},
		{"the provisioned one first", postgres.Args{
			MinACU: 1, MaxACU: 8, BackupRetentionDays: 14, Instances: []postgres.Instance{{Name: "2", Class: "db.r8g.large"}, {Name: "0"}, {Name: "1"}},
		}, map[string][]string{instance + "0": {"update"}, instance + "1": {"update"}, instance + "2": {"update"}}},
		{"the others changed and removed", postgres.Args{
			MinACU: 1, MaxACU: 8, BackupRetentionDays: 14, Instances: []postgres.Instance{{Name: "2", Class: "db.r8g.large"}, {Name: "0", Class: "db.r8g.large"}},
		}, map[string][]string{instance + "0": {"update"}, instance + "1": {"delete"}}},
		{"a major version", postgres.Args{
			MinACU: 1, MaxACU: 8, BackupRetentionDays: 14, EngineVersion: "18.1", MajorUpgrade: true,
			Instances: []postgres.Instance{{Name: "2", Class: "db.r8g.large"}, {Name: "0", Class: "db.r8g.large"}},
		}, map[string][]string{
			cluster: {"update"}, "aws:rds/clusterParameterGroup:ClusterParameterGroup db-aurora-postgresql18": {"create"},
			"aws:rds/clusterParameterGroup:ClusterParameterGroup db-aurora-postgresql17": {"delete"}, // from the state; it stays in the account
		}},
		{"a master password of one's own", postgres.Args{
			MinACU: 1, MaxACU: 8, BackupRetentionDays: 14, EngineVersion: "18.1", MasterPassword: pulumi.String("a-password-of-a-test"),
			Instances: []postgres.Instance{{Name: "2", Class: "db.r8g.large"}, {Name: "0", Class: "db.r8g.large"}},
		}, map[string][]string{cluster: {"update"}}},
	} {
		r := e.settle(database(step.args))
		assert.Equal(t, step.want, r.did, step.what)
	}
	assert.Contains(t, e.stack.State(), `"masterPassword"`)
	assert.False(t, strings.Contains(e.stack.State(), "a-password-of-a-test"), "the password is encrypted in the state")
}

func TestADatabaseTakesAProxyGoesGlobalAndGivesBothBack(t *testing.T) {
	e := newEnvironment(t)
	with := func(args postgres.Args, pooled bool) pulumi.RunFunc {
		return func(ctx *pulumi.Context) error {
			key, err := encryption.New(ctx, "secrets", encryption.Args{Purpose: "a test", Disposable: true})
			if err != nil {
				return err
			}
			login, err := secret.New(ctx, "db-login", secret.Args{Description: "a test", KeyARN: key.ARN, Disposable: true})
			if err != nil {
				return err
			}
			if pooled {
				args.Proxy = postgres.Proxy{SecretARN: login.ARN, SecretKeyARN: key.ARN}
			}
			return database(args)(ctx)
		}
	}
	plain := postgres.Args{MinACU: 1, Disposable: true}
	e.settle(with(plain, false))
	assert.Equal(t, []string{"create"}, e.settle(with(plain, true)).ops(), "the proxy changes nothing that is there")
	global := plain
	global.MasterPassword, global.Global = pulumi.String("a-password-of-a-test"), true
	assert.Equal(t, map[string][]string{cluster: {"update"}, "aws:rds/globalCluster:GlobalCluster db-global": {"create"}}, e.settle(with(global, true)).did)
	back := e.settle(with(plain, false))
	assert.Equal(t, []string{"delete", "update"}, back.ops())
	assert.Equal(t, []string{"update"}, back.did[cluster])
	gone := e.destroy()
	require.NoError(t, gone.err, gone.output)
}

func TestADatabaseIsDeletedOnlyOnPurposeAndRestoredWithoutACollision(t *testing.T) {
	e := newEnvironment(t)
	e.settle(database(postgres.Args{}))
	refused := e.destroy()
	require.Error(t, refused.err)
	assert.Contains(t, refused.output, "protected")

	e.settle(database(postgres.Args{Retiring: true}))
	gone := e.destroy()
	require.NoError(t, gone.err, gone.output)

	e.settle(database(postgres.Args{Retiring: true, RestoredFrom: "tenfold-test-db-final"}))
	again := e.destroy()
	require.NoError(t, again.err, "the second final snapshot has a name of its own: "+again.output)

	e.settle(database(postgres.Args{Retiring: true}))
	collides := e.destroy()
	require.Error(t, collides.err, "a third life that says nothing of the first takes its name")
	assert.Contains(t, collides.output, "tenfold-test-db-final")
	e.settle(database(postgres.Args{Retiring: true, Generation: 2}))
	last := e.destroy()
	require.NoError(t, last.err, last.output)
}

// messages is everything but the database.
func messages(disposable bool) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		key, err := encryption.New(ctx, "messages", encryption.Args{
			Purpose: "a test", Services: []string{"events.amazonaws.com"}, LogGroups: true, Disposable: disposable,
		})
		if err != nil {
			return err
		}
		sink, err := cloudwatch.NewSink(cloudwatch.Args{Environment: "test", Level: monitor.Standard})
		if err != nil {
			return err
		}
		jobs, err := queue.New(ctx, "jobs", queue.Args{
			KeyARN: key.ARN, Senders: []string{"events.amazonaws.com"}, Disposable: disposable, Monitors: sink,
		})
		if err != nil {
			return err
		}
		orders, err := queue.New(ctx, "orders", queue.Args{FIFO: true, HighThroughput: true, Senders: []string{"events.amazonaws.com"}, Disposable: disposable, Monitors: sink})
		if err != nil {
			return err
		}
		_, err = eventbus.New(ctx, "product", eventbus.Args{
			Disposable: disposable, Monitors: sink,
			Rules: []eventbus.Rule{
				{Name: "paid", Pattern: eventbus.Pattern{DetailTypes: []string{"InvoicePaid"}}, Target: eventbus.Target{ARN: jobs.ARN}},
				{Name: "ordered", Pattern: eventbus.Pattern{Sources: []string{"tenfold.orders"}}, Target: eventbus.Target{ARN: orders.ARN, MessageGroup: "orders"}},
			},
		})
		if err != nil {
			return err
		}
		_, err = secret.New(ctx, "billing", secret.Args{Description: "a test", KeyARN: key.ARN, Disposable: disposable})
		if err != nil {
			return err
		}
		_, err = backup.New(ctx, "safe", backup.Args{
			Resources: []pulumi.StringInput{pulumi.String("arn:aws:rds:us-east-1:123456789012:cluster:tenfold-test-db")},
			KeyARN:    key.ARN, Disposable: disposable, Monitors: sink,
		})
		return err
	}
}

func TestDisposableQueuesBusSecretAndVaultAreMadeOnceAndLeaveNothing(t *testing.T) {
	e := newEnvironment(t)
	assert.Equal(t, []string{"create"}, e.settle(messages(true)).ops())
	gone := e.destroy()
	require.NoError(t, gone.err, gone.output)
	assert.True(t, e.cloud.Account().Empty(), "nothing is left behind")

}

func TestACacheGrowsInPlace(t *testing.T) {
	e := newEnvironment(t)
	with := func(args cache.Args) pulumi.RunFunc {
		return func(ctx *pulumi.Context) error {
			vpcID, subnetIDs, err := place(ctx)
			if err != nil {
				return err
			}
			key, err := encryption.New(ctx, "data", encryption.Args{Purpose: "a test", Disposable: true})
			if err != nil {
				return err
			}
			args.VPCID, args.SubnetIDs, args.KeyARN = vpcID, subnetIDs, key.ARN
			args.Disposable, args.Monitors = true, monitor.Off{Reason: "a test of the cache"}
			_, err = cache.New(ctx, "sessions", args)
			return err
		}
	}
	assert.Equal(t, []string{"create"}, e.settle(with(cache.Args{})).ops())
	grown := e.settle(with(cache.Args{MaxGiB: 10, MaxECPU: 20000, SnapshotDays: 3}))
	assert.Equal(t, map[string][]string{"aws:elasticache/serverlessCache:ServerlessCache sessions": {"update"}}, grown.did)
	gone := e.destroy()
	require.NoError(t, gone.err, gone.output)
}

func TestQueuesBusSecretAndVaultAreKept(t *testing.T) {
	e := newEnvironment(t)
	e.settle(messages(false))
	refused := e.destroy()
	require.Error(t, refused.err)
	assert.Contains(t, refused.output, "protected")
}
