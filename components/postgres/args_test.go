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

func TestEveryProblemIsReportedBeforeAnythingIsRegistered(t *testing.T) {
	for want, args := range map[string]postgres.Args{
		`DatabaseName must be 1 to 63 lower-case letters, digits and underscores, not starting with a digit, got "my-db"; it can never`: {DatabaseName: "my-db"},
		`MasterUsername must be 1 to 63 lower-case letters, digits and underscores, not starting with a digit, got "Boss"`:              {MasterUsername: "Boss"},
		`MasterUsername must be none of the usual names and no application role, got "postgres"`:                                        {MasterUsername: "postgres"},
		`MasterUsername must be none of the usual names and no application role, got "tenfold_app_login"`:                               {MasterUsername: "tenfold_app_login"},
		`EnvPrefix must be upper-case letters, digits and underscores, not starting with a digit, got "db"`:                             {EnvPrefix: "db"},
		`MinACU must be left out with AutoPause, got 1; a paused instance has no capacity`:                                              {MinACU: 1, AutoPause: time.Hour},
		`AutoPause must be 5m to 24h in whole seconds, got 1m0s`:                                                                        {AutoPause: time.Minute},
		`MinACU must be 0.5 to 256 in steps of 0.5, got 0.7`:                                                                            {MinACU: 0.7},
		`MaxACU must be 1 to 256 in steps of 0.5, got 300`:                                                                              {MaxACU: 300},
		`MinACU must be at most MaxACU (4), got 8`:                                                                                      {MinACU: 8},
		`Readers must be 0 to 15, got 16; Aurora has no room for more`:                                                                  {Readers: 16},
		`BackupRetentionDays must be 7 to 35, got 3; only a Disposable cluster may keep fewer than 7 days`:                              {BackupRetentionDays: 3},
		`BackupWindow must look like 03:00-04:00, got "3-4"`:                                                                            {BackupWindow: "3-4"},
		`LogRetentionDays must be one of [1 3 5`:                                                                                        {LogRetentionDays: 31},
		`SlowStatement must be at least 1ms, got 1µs`:                                                                                   {SlowStatement: time.Microsecond},
		`IdleInTransaction must be 1s to 24h, got 25h0m0s`:                                                                              {IdleInTransaction: 25 * time.Hour},
		`Retiring and Disposable must not both be set; Retiring takes a final snapshot, Disposable takes none`:                          {Retiring: true, Disposable: true},
		`Generation must be 1 to 999, got -1`:                                                                                           {Generation: -1},
		`EngineVersion must be at least 16.10, got "16.9"`:                                                                              {EngineVersion: "16.9"},
		`Parameters must not set "rds.force_ssl", which Tenfold sets to "1"`:                                                            {Parameters: []postgres.Parameter{{Name: "rds.force_ssl", Value: "0"}}},
		`Parameters must have a name and a value, got "work_mem" = ""`:                                                                  {Parameters: []postgres.Parameter{{Name: "work_mem"}}},
		`Parameters must not repeat "work_mem"; name it once`:                                                                           {Parameters: []postgres.Parameter{{Name: "work_mem", Value: "1"}, {Name: "work_mem", Value: "2"}}},
		`Parameters must mark "shared_preload_libraries" as Static`:                                                                     {Parameters: []postgres.Parameter{{Name: "shared_preload_libraries", Value: "pg_cron"}}},
	} {
		args.SubnetIDs = pulumi.ToStringArray([]string{"subnet-a"})
		inv, err := ct.RunErr(t, func(ctx *pulumi.Context) error {
			_, err := postgres.New(ctx, "db", args)
			return err
		})
		for _, w := range []string{
			want, "VPCID must be set", "KeyARN must be set", "Monitors must be set", "SubnetIDs must be in at least two zones, got 1 subnets",
		} {
			assert.ErrorContains(t, err, `postgres cluster "db": `+w)
		}
		assert.Empty(t, inv.ByType(component))
	}
	_, err := ct.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := postgres.New(ctx, "DB", postgres.Args{})
		return err
	})
	assert.ErrorContains(t, err, `postgres cluster "DB": the name must be`)
	for name, want := range map[string]string{
		"sg-db": `postgres cluster "sg-db": the name must not be sg or begin with sg-, got "sg-db"; its security group would be named so, and EC2 keeps that for the ids of groups; rename it`,
		"sga":   "",
	} {
		_, err := ct.Record(func(ctx *pulumi.Context) error {
			_, err := postgres.New(ctx, name, complete(postgres.Args{}))
			return err
		})
		if want == "" {
			assert.NoError(t, err)
		} else {
			assert.ErrorContains(t, err, want)
		}
	}
	assert.ErrorContains(t, err, "SubnetIDs must be set; pass the data subnets of the network")
	_, err = ct.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := postgres.New(ctx, "db", complete(postgres.Args{MonitorsOff: map[string]string{"aur-lag": "no"}}))
		return err
	})
	assert.ErrorContains(t, err, `postgres cluster "db": there is no monitor "aur-lag" here to switch off`)
}

func TestThresholdsComeFromTheArgs(t *testing.T) {
	got := &ct.Monitors{}
	run(t, postgres.Args{MinACU: 1, MaxACU: 8, Readers: 1, Monitors: got})
	specs := got.ByKey("db")
	assert.Len(t, specs, 10)
	assert.Equal(t, monitor.AlertAndWarn(1335, 1168), specs["aur-conn"].Levels.Critical, "80 and 70 percent of 1669")
	assert.Equal(t, monitor.Alert(8), specs["aur-acu-cost"].Levels.Critical)
	assert.Contains(t, specs["aur-acu"].Title, "8 ACU")
	for _, s := range specs {
		for _, series := range s.Query.Series() {
			assert.Equal(t, "tenfold-test-db", series.Of[0].Value)
		}
	}
	alerting := 0
	for _, s := range specs {
		if s.Missing == monitor.MissingAlerts {
			alerting++
		}
	}
	assert.Equal(t, 1, alerting, "one monitor notices silence")
}

func TestAClusterWithoutReadersHasNoLag(t *testing.T) {
	got := &ct.Monitors{}
	run(t, postgres.Args{Monitors: got})
	require.Len(t, got.Of("db"), 9)
	assert.NotContains(t, got.ByKey("db"), "aur-lag")
}

func TestAClusterThatPausesIsSilentAndRestartsOnPurpose(t *testing.T) {
	got := &ct.Monitors{}
	run(t, postgres.Args{AutoPause: time.Hour, Monitors: got})
	assert.Equal(t, monitor.MissingShows, got.ByKey("db")["aur-cpu"].Missing)
	assert.Contains(t, got.ByKey("db")["aur-restart"].Off, "starts its engine whenever it wakes")
}
