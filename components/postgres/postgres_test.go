package postgres_test

import (
	"slices"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/access"
	ct "github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/postgres"
)

const (
	component = "tenfold:postgres:Cluster"
	cluster   = "aws:rds/cluster:Cluster"
	instance  = "aws:rds/clusterInstance:ClusterInstance"
	group     = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
	keyARN    = "arn:aws:kms:us-east-1:123456789012:key/data"
)

// complete fills in what every cluster needs.
func complete(args postgres.Args) postgres.Args {
	args.VPCID = pulumi.String("vpc-1")
	args.SubnetIDs = pulumi.ToStringArray([]string{"subnet-a", "subnet-b", "subnet-c"})
	args.KeyARN = pulumi.String(keyARN)
	if args.Monitors == nil {
		args.Monitors = &ct.Monitors{}
	}
	return args
}

func run(t *testing.T, args postgres.Args, opts ...pulumi.ResourceOption) (*ct.Inventory, *postgres.Cluster) {
	t.Helper()
	var made *postgres.Cluster
	inv := ct.Run(t, func(ctx *pulumi.Context) error {
		var err error
		made, err = postgres.New(ctx, "db", complete(args), opts...)
		return err
	})
	return inv, made
}

func TestAProductionClusterIsProtectedAndKeptWithWhatItStandsOn(t *testing.T) {
	inv, c := run(t, postgres.Args{Readers: 1})
	ct.AssertHouse(t, inv, component, "db")
	ct.Golden(t, "production.txt", inv.Text())
	assert.Equal(t, "tenfold-test-db", c.Identifier)
	assert.Equal(t, []string{"tenfold-test-db-0", "tenfold-test-db-1"}, c.Instances)
}

func TestEveryInputOfAProductionCluster(t *testing.T) {
	inv, _ := run(t, postgres.Args{Readers: 1})
	ct.Golden(t, "production-inputs.txt", inv.Detailed())
}

func TestTheClusterIsEncryptedBackedUpAndReachedByIAMOverTLS(t *testing.T) {
	inv, _ := run(t, postgres.Args{})
	c := inv.One(t, cluster, "db")
	for input, want := range map[string]any{
		"storageEncrypted": true, "kmsKeyId": keyARN, "masterUserSecretKmsKeyId": keyARN, "manageMasterUserPassword": true,
		"iamDatabaseAuthenticationEnabled": true, "deletionProtection": true, "skipFinalSnapshot": false,
		"finalSnapshotIdentifier": "tenfold-test-db-final", "deleteAutomatedBackups": false, "copyTagsToSnapshot": true,
		"backupRetentionPeriod": 7.0, "engineVersion": "17.9", "masterUsername": "tenfold_master", "databaseName": "app",
		"engineLifecycleSupport": "open-source-rds-extended-support-disabled", "applyImmediately": true,
		"allowMajorVersionUpgrade":     false,
		"enabledCloudwatchLogsExports": []any{"postgresql", "iam-db-auth-error"},
		"availabilityZones":            nil, "masterPassword": nil, "snapshotIdentifier": nil,
	} {
		assert.Equal(t, want, c.Input(input), input)
	}
	assert.ElementsMatch(t, []string{"availabilityZones", "globalClusterIdentifier", "snapshotIdentifier"}, c.IgnoreChange)
	i := inv.One(t, instance, "db-0")
	for input, want := range map[string]any{
		"publiclyAccessible": false, "instanceClass": "db.serverless", "autoMinorVersionUpgrade": true,
		"caCertIdentifier": "rds-ca-rsa2048-g1", "performanceInsightsEnabled": true, "performanceInsightsKmsKeyId": keyARN,
		"monitoringInterval": 60.0, "availabilityZone": nil,
	} {
		assert.Equal(t, want, i.Input(input), input)
	}
	sg := inv.One(t, "aws:ec2/securityGroup:SecurityGroup", "db")
	assert.Nil(t, sg.Input("ingress"))
	assert.Nil(t, sg.Input("egress"))
}

func parameters(t *testing.T, inv *ct.Inventory, name string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, p := range inv.One(t, group, name).Input("parameters").([]any) {
		m := p.(map[string]any)
		found[m["name"].(string)] = m["value"].(string) + " " + m["applyMethod"].(string)
	}
	return found
}

func TestParametersForceTLSEndIdleTransactionsAndServeDatabaseMonitoring(t *testing.T) {
	inv, _ := run(t, postgres.Args{SlowStatement: 250 * time.Millisecond, IdleInTransaction: 2 * time.Minute})
	assert.Equal(t, map[string]string{
		"rds.force_ssl": "1 immediate", "log_min_duration_statement": "250 immediate", "log_lock_waits": "1 immediate",
		"idle_in_transaction_session_timeout": "120000 immediate",
		"shared_preload_libraries":            "pg_stat_statements pending-reboot",
		"pg_stat_statements.track":            "all immediate", "pg_stat_statements.track_utility": "0 immediate",
		"pg_stat_statements.max": "10000 pending-reboot", "track_activity_query_size": "4096 pending-reboot",
		"track_io_timing": "1 immediate",
	}, parameters(t, inv, "db-aurora-postgresql17"))
}

func TestParametersCanBeAddedAndLibrariesExtended(t *testing.T) {
	inv, _ := run(t, postgres.Args{Parameters: []postgres.Parameter{
		{Name: "shared_preload_libraries", Value: "pg_stat_statements,pg_cron", Static: true}, {Name: "random_page_cost", Value: "1.1"},
	}})
	found := parameters(t, inv, "db-aurora-postgresql17")
	assert.Equal(t, "pg_stat_statements,pg_cron pending-reboot", found["shared_preload_libraries"])
	assert.Equal(t, "1.1 immediate", found["random_page_cost"])
	assert.Equal(t, "1 immediate", found["rds.force_ssl"])
}

func TestEachFamilyHasAParameterGroupThatStaysUnlessTheClusterIsDisposable(t *testing.T) {
	for _, disposable := range []bool{false, true} {
		inv, _ := run(t, postgres.Args{EngineVersion: "16.11", Disposable: disposable})
		made := inv.One(t, group, "db-aurora-postgresql16")
		assert.Equal(t, "aurora-postgresql16", made.Input("family"))
		assert.Nil(t, made.Input("name"), "the provider names it, so that two can stand side by side")
		assert.Equal(t, !disposable, made.Retain)
	}
}

func TestCapacityAndPause(t *testing.T) {
	inv, _ := run(t, postgres.Args{MinACU: 2, MaxACU: 16})
	assert.Equal(t, map[string]any{"minCapacity": 2.0, "maxCapacity": 16.0},
		inv.One(t, cluster, "db").Input("serverlessv2ScalingConfiguration"))
	inv, _ = run(t, postgres.Args{AutoPause: 10 * time.Minute})
	assert.Equal(t, map[string]any{"minCapacity": 0.0, "maxCapacity": 4.0, "secondsUntilAutoPause": 600.0},
		inv.One(t, cluster, "db").Input("serverlessv2ScalingConfiguration"))
}

func TestAdvancedInsightsKeepFifteenMonths(t *testing.T) {
	inv, _ := run(t, postgres.Args{AdvancedInsights: true})
	c := inv.One(t, cluster, "db")
	assert.Equal(t, "advanced", c.Input("databaseInsightsMode"))
	assert.Equal(t, 465.0, c.Input("performanceInsightsRetentionPeriod"))
	assert.Equal(t, 465.0, inv.One(t, instance, "db-0").Input("performanceInsightsRetentionPeriod"))
}

func TestARetiringClusterLeavesASnapshotAndADisposableOneNothing(t *testing.T) {
	for _, c := range []struct {
		args                       postgres.Args
		protection, skip, deleteIt bool
	}{
		{postgres.Args{}, true, false, false},
		{postgres.Args{Retiring: true}, false, false, false},
		{postgres.Args{Disposable: true, BackupRetentionDays: 1}, false, true, true},
	} {
		inv, _ := run(t, c.args)
		made := inv.One(t, cluster, "db")
		assert.Equal(t, c.protection, made.Input("deletionProtection"))
		assert.Equal(t, c.skip, made.Input("skipFinalSnapshot"))
		assert.Equal(t, c.deleteIt, made.Input("deleteAutomatedBackups"))
		assert.Equal(t, c.protection, made.Protect)
		for _, r := range inv.Resources {
			if r.Custom && r.Type != group && r.Name != "db-1" {
				assert.Equal(t, c.protection, r.Retain, "%s %s", r.Type, r.Name)
			}
		}
	}
}

func TestAReaderCanBeRemoved(t *testing.T) {
	inv, _ := run(t, postgres.Args{Readers: 1})
	first, reader := inv.One(t, instance, "db-0"), inv.One(t, instance, "db-1")
	assert.True(t, first.Protect && first.Retain)
	assert.False(t, reader.Protect || reader.Retain)
	assert.Equal(t, 0.0, first.Input("promotionTier"))
	assert.Equal(t, 1.0, reader.Input("promotionTier"))
}

func TestTheMonitoringRoleServesTheseInstancesOnly(t *testing.T) {
	inv, _ := run(t, postgres.Args{})
	assert.Equal(t, map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Effect": "Allow", "Action": []any{"sts:AssumeRole"}, "Principal": map[string]any{"Service": []any{"monitoring.rds.amazonaws.com"}},
		"Condition": map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": ct.Account},
			"ArnLike":      map[string]any{"aws:SourceArn": "arn:aws:rds:us-east-1:123456789012:db:tenfold-test-db-*"},
		},
	}}}, inv.One(t, "aws:iam/role:Role", "db-monitoring").JSON(t, "assumeRolePolicy"))
	assert.Equal(t, "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
		inv.One(t, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "db-monitoring").Input("policyArn"))
}

func TestTheCallersOptionsReachTheComponentOnly(t *testing.T) {
	inv, _ := run(t, postgres.Args{Disposable: true}, pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("old")}}))
	ct.AssertHouse(t, inv, component, "db")
}

func TestACLusterRestoredFromASnapshotSaysSo(t *testing.T) {
	inv, _ := run(t, postgres.Args{RestoredFrom: "tenfold-test-db-final"})
	c := inv.One(t, cluster, "db")
	assert.Equal(t, "tenfold-test-db-final", c.Input("snapshotIdentifier"))
	assert.NotEqual(t, "tenfold-test-db-final", c.Input("finalSnapshotIdentifier"))
}

func await(t *testing.T, in pulumi.StringInput) string {
	t.Helper()
	result, err := internals.UnsafeAwaitOutput(t.Context(), in.ToStringOutput())
	require.NoError(t, err)
	return result.Value.(string)
}

func TestGrantsHoldExactlyTheDocumentedActionAndOneRole(t *testing.T) {
	_, c := run(t, postgres.Args{})
	migrate, err := c.ConnectAs(postgres.MigratorRole)
	require.NoError(t, err)
	resource := "arn:aws:rds-db:us-east-1:123456789012:dbuser:" + await(t, c.ResourceID) + "/"
	for verb, want := range map[string]struct {
		grant    access.Grant
		key      string
		role     string
		variable string
		host     pulumi.StringOutput
	}{
		"Cluster.Connect":         {c.Connect(), "db-connect", "tenfold_app_login", "DB_HOST", c.Endpoint},
		"Cluster.ConnectReadOnly": {c.ConnectReadOnly(), "db-read", "tenfold_app_login", "DB_READER_HOST", c.ReaderEndpoint},
		"Cluster.ConnectAs":       {migrate, "db-connect-tenfold-migrator-login", "tenfold_migrator_login", "DB_HOST", c.Endpoint},
	} {
		g := want.grant
		require.NoError(t, access.Validate([]access.Grant{g}))
		ct.AssertDocumented(t, verb, g)
		assert.Equal(t, want.key, g.Key)
		assert.Equal(t, resource+want.role, await(t, g.Allow[0].Resources[0]))
		require.Len(t, g.Reach, 1)
		assert.Equal(t, 5432, g.Reach[0].Port)
		assert.Equal(t, await(t, c.SecurityGroupID), await(t, g.Reach[0].SecurityGroupID))
		assert.Equal(t, await(t, want.host), await(t, g.Env[want.variable]))
		assert.Equal(t, "5432", await(t, g.Env["DB_PORT"]))
		assert.Equal(t, "app", await(t, g.Env["DB_NAME"]))
		assert.Equal(t, want.role, await(t, g.Env["DB_USER"]))
		assert.Empty(t, g.Secrets)
	}
	assert.NoError(t, access.Validate([]access.Grant{c.Connect(), c.ConnectReadOnly()}), "one service may write and read")
	app, err := c.ConnectAs(postgres.ApplicationRole)
	require.NoError(t, err)
	assert.Equal(t, c.Connect().Key, app.Key)
}

func TestNothingConnectsAsTheMasterUser(t *testing.T) {
	_, c := run(t, postgres.Args{})
	for role, want := range map[string]string{
		"tenfold_master": `nothing connects as "tenfold_master"`, "postgres": `nothing connects as "postgres"`,
		"rds_superuser": `nothing connects as "rds_superuser"`, "*": "the role must be 1 to 63 lower-case", "a/b": "the role must be 1 to 63 lower-case",
	} {
		_, err := c.ConnectAs(role)
		assert.ErrorContains(t, err, want)
	}
}

func TestOnlyItsOwnSecretIsReadToAdministerAndOnlyWhereRDSKeepsThePassword(t *testing.T) {
	_, c := run(t, postgres.Args{})
	g, err := c.Administer()
	require.NoError(t, err)
	require.NoError(t, access.Validate([]access.Grant{g}))
	ct.AssertDocumented(t, "Cluster.Administer", g)
	assert.Equal(t, await(t, c.MasterSecretARN), await(t, g.Allow[0].Resources[0]))
	require.Len(t, g.Allow[1].Conditions, 1)
	assert.Equal(t, "secretsmanager.us-east-1.amazonaws.com", await(t, g.Allow[1].Conditions[0].Values[0]))
	assert.Empty(t, g.Env)

	_, c = run(t, postgres.Args{MasterPassword: pulumi.String("held elsewhere")})
	_, err = c.Administer()
	assert.EqualError(t, err, `postgres cluster "db": its master password is not in the hands of RDS; leave out MasterPassword`)
}

func TestThePrefixOfVariablesFollowsTheNameOrTheArgs(t *testing.T) {
	_, c := run(t, postgres.Args{EnvPrefix: "REPORTS"})
	variables := []string{}
	for v := range c.Connect().Env {
		variables = append(variables, v)
	}
	slices.Sort(variables)
	assert.Equal(t, []string{"REPORTS_HOST", "REPORTS_NAME", "REPORTS_PORT", "REPORTS_USER"}, variables)
}

func TestTheMasterSecretIsAnOutputForPeople(t *testing.T) {
	_, c := run(t, postgres.Args{})
	assert.Contains(t, await(t, c.MasterSecretARN), ":secret:rds!cluster-")
}
