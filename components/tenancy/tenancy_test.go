package tenancy_test

import (
	"archive/zip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/network"
	"github.com/tenfold-iac/tenfold/components/postgres"
	"github.com/tenfold-iac/tenfold/components/tenancy"
)

const (
	component       = "tenfold:tenancy:Tenancy"
	functionToken   = "aws:lambda/function:Function"
	invocationToken = "aws:lambda/invocation:Invocation"
	policyToken     = "aws:iam/rolePolicy:RolePolicy"
	egressToken     = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	ingressToken    = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
)

// archive writes a package with the given files, in this order.
func archive(t *testing.T, files ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dbmigrate.zip")
	file, err := os.Create(path)
	require.NoError(t, err)
	writer := zip.NewWriter(file)
	for _, f := range files {
		name, content, _ := strings.Cut(f, "=")
		entry, err := writer.Create(name)
		require.NoError(t, err)
		_, err = entry.Write([]byte(content))
		require.NoError(t, err)
	}
	require.NoError(t, writer.Close())
	require.NoError(t, file.Close())
	return path
}

func program(args tenancy.Args, database postgres.Args, made **tenancy.Tenancy) func(*pulumi.Context) error {
	return func(ctx *pulumi.Context) error {
		database.VPCID, database.SubnetIDs = pulumi.String("vpc-1"), pulumi.ToStringArray([]string{"subnet-1", "subnet-2"})
		database.KeyARN = pulumi.String("arn:aws:kms:us-east-1:123456789012:key/data")
		database.Monitors = &componenttest.Monitors{}
		db, err := postgres.New(ctx, "db", database)
		if err != nil {
			return err
		}
		args.Database = db
		args.Network.VPCID, args.Network.SubnetIDs = pulumi.String("vpc-1"), pulumi.ToStringArray([]string{"subnet-1", "subnet-2"})
		if args.Monitors == nil {
			args.Monitors = &componenttest.Monitors{}
		}
		t, err := tenancy.New(ctx, "tenancy", args)
		if made != nil {
			*made = t
		}
		return err
	}
}

func build(t *testing.T, args tenancy.Args) *componenttest.Inventory {
	t.Helper()
	if args.Archive == "" {
		args.Archive = archive(t, "bootstrap=program", "migrations/0001_a.sql=SELECT 1")
	}
	return componenttest.Run(t, program(args, postgres.Args{}, nil))
}

func TestTheHouseRulesHold(t *testing.T) {
	inventory := build(t, tenancy.Args{})
	componenttest.AssertHouse(t, inventory, component, "tenancy")
	componenttest.Golden(t, "default.golden", inventory.Of(t, component, "tenancy").Text())
}

func TestEachFunctionRunsTheOnePackageInTheVPCForAtMostAQuarterOfAnHour(t *testing.T) {
	inventory := build(t, tenancy.Args{})
	for _, name := range []string{"tenancy-bootstrap", "tenancy-migrate", "tenancy-audit"} {
		f := inventory.One(t, functionToken, name)
		assert.Equal(t, "provided.al2023", f.Input("runtime"))
		assert.Equal(t, "bootstrap", f.Input("handler"))
		assert.Equal(t, []any{"arm64"}, f.Input("architectures"))
		assert.Equal(t, 900.0, f.Input("timeout"))
		assert.Equal(t, []any{"subnet-1", "subnet-2"}, f.Input("vpcConfig.subnetIds"))
		log := inventory.One(t, "aws:cloudwatch/logGroup:LogGroup", name)
		assert.Equal(t, "/aws/lambda/tenfold-test-"+name, log.Input("name"))
		assert.Contains(t, f.DependsOn, log.URN)
		assert.Contains(t, f.DependsOn, inventory.One(t, policyToken, name).URN)
	}
	assert.Equal(t, 1.0, inventory.One(t, functionToken, "tenancy-migrate").Input("reservedConcurrentExecutions"))
	assert.Nil(t, inventory.One(t, functionToken, "tenancy-audit").Input("reservedConcurrentExecutions"))
	shared := build(t, tenancy.Args{SharedConcurrency: true})
	assert.Nil(t, shared.One(t, functionToken, "tenancy-migrate").Input("reservedConcurrentExecutions"))
}

// allowed returns the actions and the resources a function's policy allows
// beyond what every function in a VPC has.
func allowed(t *testing.T, inventory *componenttest.Inventory, name string) map[string]any {
	t.Helper()
	found := map[string]any{}
	document := inventory.One(t, policyToken, name).JSON(t, "policy").(map[string]any)
	for _, s := range document["Statement"].([]any) {
		statement := s.(map[string]any)
		if statement["Sid"] == nil {
			for _, action := range statement["Action"].([]any) {
				found[action.(string)] = statement["Resource"]
			}
		}
	}
	return found
}

func TestOneFunctionReadsTheMasterPasswordAndTheOthersSignInToMigrate(t *testing.T) {
	inventory := build(t, tenancy.Args{})
	first := allowed(t, inventory, "tenancy-bootstrap")
	assert.Len(t, first, 2)
	assert.Contains(t, first["secretsmanager:GetSecretValue"], "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!cluster-")
	assert.Equal(t, "arn:aws:kms:us-east-1:123456789012:key/data", first["kms:Decrypt"])
	for _, name := range []string{"tenancy-migrate", "tenancy-audit"} {
		other := allowed(t, inventory, name)
		require.Len(t, other, 1)
		assert.Regexp(t, `^arn:aws:rds-db:us-east-1:123456789012:dbuser:cluster-[A-F0-9]+/tenfold_migrator_login$`, other["rds-db:connect"])
	}
}

func TestTheCodeOfAFunctionCannotUseWhatLambdaNeedsToPlaceIt(t *testing.T) {
	document := build(t, tenancy.Args{}).One(t, policyToken, "tenancy-migrate").JSON(t, "policy").(map[string]any)
	place, deny := document["Statement"].([]any)[1].(map[string]any), document["Statement"].([]any)[2].(map[string]any)
	assert.Equal(t, "Deny", deny["Effect"])
	assert.Equal(t, place["Action"], deny["Action"])
	assert.Equal(t, map[string]any{"ArnEquals": map[string]any{
		"lambda:SourceFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:tenfold-test-tenancy-migrate",
	}}, deny["Condition"])
}

func TestTheEnvironmentHoldsNoSecretAndOnlyTheFirstFunctionKnowsWhereOneIs(t *testing.T) {
	inventory := build(t, tenancy.Args{})
	migrate := inventory.One(t, functionToken, "tenancy-migrate").Input("environment.variables").(map[string]any)
	assert.Equal(t, "app", migrate["TENFOLD_DATABASE_NAME"])
	assert.Contains(t, migrate["TENFOLD_DATABASE_ENDPOINT"], ".cluster-c0123456789a.")
	assert.Len(t, migrate, 4)
	first := inventory.One(t, functionToken, "tenancy-bootstrap").Input("environment.variables").(map[string]any)
	assert.Contains(t, first["TENFOLD_DATABASE_SECRET_ARN"], "arn:aws:secretsmanager:")
	assert.Len(t, first, 5)
}

func TestFunctionsReachTheDatabaseAndOnlyTheFirstAnythingElse(t *testing.T) {
	inventory := build(t, tenancy.Args{})
	var out []string
	for _, r := range inventory.ByType(egressToken) {
		out = append(out, r.Name)
	}
	slices.Sort(out)
	assert.Equal(t, []string{"tenancy-audit-to-database", "tenancy-bootstrap-https", "tenancy-bootstrap-to-database", "tenancy-migrate-to-database"}, out)
	assert.Len(t, inventory.ByType(ingressToken), 3)
	for _, r := range inventory.ByType(ingressToken) {
		assert.Equal(t, 5432.0, r.Input("fromPort"), r.Name)
	}
}

func TestWhereThereIsNoNATSecretsManagerIsReachedThroughAnEndpointForTheOneFunction(t *testing.T) {
	inventory := build(t, tenancy.Args{Network: network.Placement{PublicAddress: true}})
	endpoint := inventory.One(t, "aws:ec2/vpcEndpoint:VpcEndpoint", "tenancy-secrets")
	assert.Equal(t, false, endpoint.Input("privateDnsEnabled"), "every task of the VPC would be led to it")
	assert.Equal(t, []any{"subnet-1"}, endpoint.Input("subnetIds"), "each zone is paid for")
	assert.False(t, inventory.Has(egressToken, "tenancy-bootstrap-https"))
	assert.Equal(t, 443.0, inventory.One(t, ingressToken, "tenancy-bootstrap-secrets-in").Input("fromPort"))
	variables := inventory.One(t, functionToken, "tenancy-bootstrap").Input("environment.variables").(map[string]any)
	assert.Regexp(t, `^https://vpce-`, variables["AWS_ENDPOINT_URL_SECRETS_MANAGER"])
}

func TestTheGuardComesAfterTheWholeClusterAndTheMigrationsAfterTheGuard(t *testing.T) {
	inventory := build(t, tenancy.Args{})
	first, second := inventory.One(t, invocationToken, "tenancy-bootstrap"), inventory.One(t, invocationToken, "tenancy-migrate")
	assert.Equal(t, map[string]any{"action": "bootstrap"}, first.JSON(t, "input"))
	assert.Equal(t, map[string]any{"action": "migrate"}, second.JSON(t, "input"))
	assert.Contains(t, first.DependsOn, inventory.One(t, "aws:rds/clusterInstance:ClusterInstance", "db-0").URN)
	assert.Contains(t, second.DependsOn, first.URN)
	adopting := build(t, tenancy.Args{Adopting: true})
	assert.Equal(t, map[string]any{"action": "migrate", "adopting": true}, adopting.One(t, invocationToken, "tenancy-migrate").JSON(t, "input"))
}

func TestOnlyWhatChangedRunsAgain(t *testing.T) {
	triggers := func(files ...string) (guard, migrations any) {
		inventory := build(t, tenancy.Args{Archive: archive(t, files...)})
		return inventory.One(t, invocationToken, "tenancy-bootstrap").Input("triggers"),
			inventory.One(t, invocationToken, "tenancy-migrate").Input("triggers")
	}
	guard, migrations := triggers("bootstrap=program", "rds-ca.pem=x", "migrations/0001_a.sql=SELECT 1")
	sameGuard, sameMigrations := triggers("migrations/0001_a.sql=SELECT 1", "rds-ca.pem=x", "bootstrap=program")
	assert.Equal(t, guard, sameGuard, "the order in the package does not count")
	assert.Equal(t, migrations, sameMigrations)
	sameGuard, other := triggers("bootstrap=program", "rds-ca.pem=x", "migrations/0001_a.sql=SELECT 2")
	assert.Equal(t, guard, sameGuard)
	assert.NotEqual(t, migrations, other)
	otherGuard, other := triggers("bootstrap=newer", "rds-ca.pem=x", "migrations/0001_a.sql=SELECT 1")
	assert.NotEqual(t, guard, otherGuard)
	assert.NotEqual(t, migrations, other)
	_, moved := triggers("bootstrap=program", "rds-ca.pem=x", "migrations/0001_b.sql=SELECT 1")
	assert.NotEqual(t, migrations, moved, "the name of a file counts")
}

func TestAnAuditIsStartedByTheClockAndWhatDidNotStartIsKept(t *testing.T) {
	inventory := build(t, tenancy.Args{Audit: tenancy.Audit{Schedule: "cron(30 5 * * ? *)", TimeZone: "Europe/Berlin", Within: 48 * time.Hour}})
	schedule := inventory.One(t, "aws:scheduler/schedule:Schedule", "tenancy-audit")
	assert.Equal(t, "cron(30 5 * * ? *)", schedule.Input("scheduleExpression"))
	assert.Equal(t, "Europe/Berlin", schedule.Input("scheduleExpressionTimezone"))
	assert.Equal(t, map[string]any{"action": "verify"}, schedule.JSON(t, "target.input"))
	assert.Equal(t, "arn:aws:sqs:us-east-1:123456789012:tenfold-test-tenancy-audit-failed", schedule.Input("target.deadLetterConfig.arn"))
	assert.Contains(t, schedule.DependsOn, inventory.One(t, invocationToken, "tenancy-migrate").URN)
	scheduler := inventory.One(t, policyToken, "tenancy-scheduler").JSON(t, "policy").(map[string]any)["Statement"].([]any)
	require.Len(t, scheduler, 2)
	assert.Equal(t, []any{"lambda:InvokeFunction"}, scheduler[0].(map[string]any)["Action"])
	assert.Contains(t, scheduler[0].(map[string]any)["Resource"], "tenancy-audit")
}

func TestViolationsPageEverywhereAndSilenceIsNoticed(t *testing.T) {
	sink := &componenttest.Monitors{}
	build(t, tenancy.Args{Monitors: sink})
	specs := sink.ByKey("tenancy")
	require.Len(t, specs, 2)
	violations, silent := specs["tenancy-violations"], specs["tenancy-audit-silent"]
	assert.Equal(t, 1, violations.Priority)
	assert.Equal(t, monitor.Everywhere(monitor.Alert(2)), violations.Levels, "two failures are a moment, the third is a state")
	assert.Equal(t, "tenfold-test-tenancy-audit", violations.Query.Series()[0].Of[0].Value)
	assert.Equal(t, monitor.MissingAlerts, silent.Missing)
	assert.Equal(t, 3*time.Hour, silent.Query.Window)
	assert.Equal(t, monitor.Below, silent.Query.Compare)
}

func TestWhoeverComesAfterWaitsForTheMigrations(t *testing.T) {
	var made *tenancy.Tenancy
	path := archive(t, "bootstrap=program")
	inventory := componenttest.Run(t, func(ctx *pulumi.Context) error {
		if err := program(tenancy.Args{Archive: path}, postgres.Args{}, &made)(ctx); err != nil {
			return err
		}
		db, err := postgres.New(ctx, "other", postgres.Args{
			VPCID: pulumi.String("vpc-1"), SubnetIDs: pulumi.ToStringArray([]string{"subnet-1", "subnet-2"}),
			KeyARN: pulumi.String("key"), Monitors: &componenttest.Monitors{},
		})
		if err != nil {
			return err
		}
		grant := db.Connect()
		assert.Empty(t, grant.After)
		assert.Len(t, made.After(grant).After, 1)
		assert.Empty(t, grant.After, "the caller's grant stays as it was")
		return nil
	})
	assert.True(t, inventory.Has(invocationToken, "tenancy-migrate"))
}

func TestEveryProblemIsReportedBeforeAnythingIsMade(t *testing.T) {
	_, err := componenttest.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := tenancy.New(ctx, "tenancy", tenancy.Args{
			Audit: tenancy.Audit{Schedule: "hourly", TimeZone: "CET+1", Within: time.Minute}, LogRetentionDays: 2,
			MonitorsOff: map[string]string{"tenancy-violation": "misspelt"},
		})
		return err
	})
	for _, want := range []string{
		`tenancy "tenancy": Database is missing`, "Network is missing", "Archive is missing", "Monitors is missing",
		"Audit.Schedule must be cron(", "Audit.TimeZone must be the name of a time zone", "Audit.Within must be whole minutes from 10m to 48h, got 1m0s",
		"LogRetentionDays must be one of", `"tenancy-violation"`,
	} {
		assert.ErrorContains(t, err, want)
	}
}

func TestAMissingOrWrongPackageSaysWhatToRun(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.zip")
	require.NoError(t, os.WriteFile(broken, []byte("no zip"), 0o600))
	for path, want := range map[string]string{
		"none.zip":                      `tenancy "tenancy": Archive "none.zip" does not exist; run ` + "`make functions`, which builds it",
		broken:                          "delete it and run `make functions`",
		archive(t, "migrations/0001=x"): "holds no program named bootstrap",
	} {
		inventory, err := componenttest.RunErr(t, program(tenancy.Args{Archive: path}, postgres.Args{}, nil))
		assert.ErrorContains(t, err, want)
		assert.Empty(t, inventory.ByType(component))
	}
}

func TestAClusterWhosePasswordRDSDoesNotKeepIsRefused(t *testing.T) {
	_, err := componenttest.RunErr(t, program(tenancy.Args{Archive: archive(t, "bootstrap=x")}, postgres.Args{MasterPassword: pulumi.String("held elsewhere")}, nil))
	assert.ErrorContains(t, err, "its master password is not in the hands of RDS")
}
