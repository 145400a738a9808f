package postgres_test

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	ct "github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/postgres"
)

const (
	target = "aws:appautoscaling/target:Target"
	policy = "aws:appautoscaling/policy:Policy"
	global = "aws:rds/globalCluster:GlobalCluster"
)

// frozen are the inputs that AWS can change only by making another cluster.
var frozen = []string{
	"clusterIdentifier", "engine", "engineMode", "databaseName", "masterUsername", "kmsKeyId", "storageEncrypted",
	"dbSubnetGroupName", "engineLifecycleSupport", "availabilityZones",
}

func TestGrowingChangesNothingThatIsFrozen(t *testing.T) {
	steps := []postgres.Args{
		{AutoPause: time.Hour},
		{MinACU: 0.5, MaxACU: 4},
		{MinACU: 1, MaxACU: 16, Readers: 1, BackupRetentionDays: 14},
		{MinACU: 1, MaxACU: 16, Readers: 1, MaxReaders: 4, IOOptimized: true, AdvancedInsights: true, BackupRetentionDays: 35},
		{Instances: []postgres.Instance{{Name: "0"}, {Name: "1"}, {Name: "2", Class: "db.r8g.xlarge"}}},
		{Instances: []postgres.Instance{{Name: "2", Class: "db.r8g.xlarge"}, {Name: "1", Class: "db.r8g.xlarge"}}, EngineVersion: "18.1", MajorUpgrade: true},
		{Instances: []postgres.Instance{{Name: "2", Class: "db.r8g.xlarge"}}, MasterPassword: pulumi.String("from a secret store"), Global: true},
	}
	first, _ := run(t, steps[0])
	for i, args := range steps {
		inv, _ := run(t, args)
		for _, input := range frozen {
			assert.Equal(t, first.One(t, cluster, "db").Input(input), inv.One(t, cluster, "db").Input(input), "step %d: %s", i, input)
		}
		for _, r := range inv.ByType(instance) {
			assert.Equal(t, "tenfold-test-"+r.Name, r.Input("identifier"), "an instance keeps its name")
			assert.Nil(t, r.Input("availabilityZone"))
		}
		assert.Equal(t, first.One(t, "aws:rds/subnetGroup:SubnetGroup", "db").Input("name"), inv.One(t, "aws:rds/subnetGroup:SubnetGroup", "db").Input("name"))
	}
}

func TestServerlessAndProvisionedInstancesStandSideBySide(t *testing.T) {
	inv, c := run(t, postgres.Args{Instances: []postgres.Instance{{Name: "big", Class: "db.r8g.large"}, {Name: "0"}}})
	assert.Equal(t, []string{"tenfold-test-db-big", "tenfold-test-db-0"}, c.Instances)
	big, small := inv.One(t, instance, "db-big"), inv.One(t, instance, "db-0")
	assert.Equal(t, "db.r8g.large", big.Input("instanceClass"))
	assert.Equal(t, "db.serverless", small.Input("instanceClass"))
	assert.Equal(t, 0.0, big.Input("promotionTier"))
	assert.Equal(t, 1.0, small.Input("promotionTier"))
	assert.True(t, big.Protect && big.Retain, "the first in the list stays with the cluster")
	assert.False(t, small.Protect || small.Retain)
	assert.NotNil(t, inv.One(t, cluster, "db").Input("serverlessv2ScalingConfiguration"))
}

func TestTheScalingRangeStaysWhenNoInstanceIsServerless(t *testing.T) {
	inv, _ := run(t, postgres.Args{Instances: []postgres.Instance{{Name: "0", Class: "db.r8g.large"}}})
	assert.NotNil(t, inv.One(t, cluster, "db").Input("serverlessv2ScalingConfiguration"), "AWS cannot take it back")
}

func TestProvisionedInstancesAreWatchedByTheirSize(t *testing.T) {
	got := &ct.Monitors{}
	run(t, postgres.Args{MaxACU: 4, Monitors: got, Instances: []postgres.Instance{{Name: "big", Class: "db.r8g.large"}, {Name: "0"}}})
	specs := got.ByKey("db")
	const gib = 1 << 30
	assert.InDelta(t, 0.05*16*gib, specs["aur-mem-big"].Levels.Critical.Alert, 10)
	assert.Equal(t, monitor.AlertAndWarn(3, 2), specs["aur-dbload-big"].Levels.Critical)
	assert.Equal(t, "tenfold-test-db-big", specs["aur-mem-big"].Query.Series()[0].Of[0].Value)
	assert.Equal(t, monitor.AlertAndWarn(658, 576), specs["aur-conn"].Levels.Critical, "the smallest instance counts: 823 connections")
	assert.Contains(t, specs, "aur-acu")

	got = &ct.Monitors{}
	run(t, postgres.Args{Monitors: got, Instances: []postgres.Instance{{Name: "big", Class: "db.r8g.large"}}})
	assert.NotContains(t, got.ByKey("db"), "aur-acu")
	assert.NotContains(t, got.ByKey("db"), "aur-acu-cost")
	assert.Equal(t, monitor.AlertAndWarn(1335, 1168), got.ByKey("db")["aur-conn"].Levels.Critical, "1669 on 16 GiB")
}

func TestReadersFollowTheLoadBetweenThoseInTheProgramAndTheMost(t *testing.T) {
	inv, _ := run(t, postgres.Args{Readers: 1, MaxReaders: 5, ReaderCPUPercent: 50})
	made := inv.One(t, target, "db-readers")
	assert.Equal(t, "cluster:tenfold-test-db", made.Input("resourceId"))
	assert.Equal(t, "rds:cluster:ReadReplicaCount", made.Input("scalableDimension"))
	assert.Equal(t, 1.0, made.Input("minCapacity"))
	assert.Equal(t, 5.0, made.Input("maxCapacity"))
	scaling := inv.One(t, policy, "db-readers")
	assert.Equal(t, "tenfold-test-db-readers", scaling.Input("name"))
	assert.Equal(t, map[string]any{
		"predefinedMetricSpecification": map[string]any{"predefinedMetricType": "RDSReaderAverageCPUUtilization"},
		"targetValue":                   50.0, "scaleInCooldown": 900.0, "scaleOutCooldown": 300.0,
	}, scaling.Input("targetTrackingScalingPolicyConfiguration"))
	inv, _ = run(t, postgres.Args{Readers: 1})
	assert.Empty(t, inv.ByType(target))
}

func TestTheStorageTypeIsNamedBothWays(t *testing.T) {
	for optimized, want := range map[bool]string{false: "aurora", true: "aurora-iopt1"} {
		inv, _ := run(t, postgres.Args{IOOptimized: optimized})
		assert.Equal(t, want, inv.One(t, cluster, "db").Input("storageType"))
	}
}

func TestAMasterPasswordOfOnesOwnIsASecretAndEndsTheManagedOne(t *testing.T) {
	inv, made := run(t, postgres.Args{MasterPassword: pulumi.String("from a secret store")})
	assert.Empty(t, await(t, made.MasterSecretARN))
	c := inv.One(t, cluster, "db")
	assert.True(t, c.Inputs["masterPassword"].IsSecret() || c.Inputs["masterPassword"].IsOutput() && c.Inputs["masterPassword"].OutputValue().Secret)
	assert.Nil(t, c.Input("manageMasterUserPassword"), "false would conflict as much as true")
	assert.Nil(t, c.Input("masterUserSecretKmsKeyId"))
}

func TestAGlobalDatabaseStartsFromTheCluster(t *testing.T) {
	inv, _ := run(t, postgres.Args{Global: true, MasterPassword: pulumi.String("from a secret store")})
	made := inv.One(t, global, "db-global")
	assert.Equal(t, "tenfold-test-db-global", made.Input("globalClusterIdentifier"))
	assert.Equal(t, "arn:aws:rds:us-east-1:123456789012:cluster/tenfold-test-db", made.Input("sourceDbClusterIdentifier"))
	assert.Equal(t, true, made.Input("forceDestroy"))
	assert.Equal(t, true, made.Input("deletionProtection"))
	assert.True(t, made.Protect && made.Retain)
	assert.Contains(t, inv.One(t, cluster, "db").IgnoreChange, "globalClusterIdentifier", "or the next update would take the cluster out again")
}

func TestWhatExcludesEachOtherIsRefused(t *testing.T) {
	many := make([]postgres.Instance, 17)
	for want, args := range map[string]postgres.Args{
		"AutoPause must be left out with logical replication (rds.logical_replication)": {
			AutoPause: time.Hour, Parameters: []postgres.Parameter{{Name: "rds.logical_replication", Value: "1", Static: true}},
		},
		"AutoPause must be left out with Global; replication to other regions":                        {AutoPause: time.Hour, Global: true},
		"MasterPassword must be set with Global; AWS has no global databases":                         {Global: true},
		`Instances must not be of a burstable class with Global, got "db.t4g.medium"`:                 {Global: true, Instances: []postgres.Instance{{Name: "0", Class: "db.t4g.medium"}}},
		"Readers must be left out with Instances, got 3 readers and 1 instances":                      {Readers: 3, Instances: []postgres.Instance{{Name: "0"}}},
		"Instances must be at most 16, got 17; Aurora has no room for more":                           {Instances: many},
		`Instances must have names of lower-case letters, digits and single inner hyphens, got "Big"`: {Instances: []postgres.Instance{{Name: "Big"}}},
		`Instances must not repeat the name "0"; it tells them apart for life`:                        {Instances: []postgres.Instance{{Name: "0"}, {Name: "0"}}},
		`Instances must be of the class db.serverless or a memory-optimized`:                          {Instances: []postgres.Instance{{Name: "0", Class: "db.m7g.large"}}},
		"MaxReaders needs a reader to start from; set Readers to at least 1":                          {MaxReaders: 3},
		"MaxReaders must be more than the 2 readers there are and at most 15, got 2":                  {Readers: 2, MaxReaders: 2},
		"ReaderCPUPercent must be 10 to 90, got 95":                                                   {ReaderCPUPercent: 95},
	} {
		_, err := ct.RunErr(t, func(ctx *pulumi.Context) error {
			_, err := postgres.New(ctx, "db", complete(args))
			return err
		})
		assert.ErrorContains(t, err, `postgres cluster "db": `+want)
	}
}

func TestReadersMayBeCountedBesideEqualInstances(t *testing.T) {
	_, c := run(t, postgres.Args{Readers: 1, Instances: []postgres.Instance{{Name: "a"}, {Name: "b"}}})
	require.Len(t, c.Instances, 2)
}
