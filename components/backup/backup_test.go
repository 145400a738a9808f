package backup_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/backup"
	ct "github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

const (
	component  = "tenfold:backup:Backup"
	vault      = "aws:backup/vault:Vault"
	lock       = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
	plan       = "aws:backup/plan:Plan"
	keyARN     = "arn:aws:kms:us-east-1:123456789012:key/backup"
	otherKey   = "arn:aws:kms:us-west-2:123456789012:key/backup"
	clusterARN = "arn:aws:rds:us-east-1:123456789012:cluster:tenfold-test-db"
	vaultARN   = "arn:aws:backup:us-east-1:123456789012:vault/tenfold-test-safe"
)

func run(t *testing.T, change func(ctx *pulumi.Context, a *backup.Args) error, opts ...pulumi.ResourceOption) (*ct.Inventory, *backup.Backup) {
	t.Helper()
	var made *backup.Backup
	inv := ct.Run(t, func(ctx *pulumi.Context) error {
		args := backup.Args{
			Resources: []pulumi.StringInput{pulumi.String(clusterARN)}, KeyARN: pulumi.String(keyARN), Monitors: &ct.Monitors{},
		}
		if change != nil {
			if err := change(ctx, &args); err != nil {
				return err
			}
		}
		var err error
		made, err = backup.New(ctx, "safe", args, opts...)
		return err
	})
	return inv.Of(t, component, "safe"), made
}

func copied(ctx *pulumi.Context, a *backup.Args) error {
	other, err := aws.NewProvider(ctx, "west", &aws.ProviderArgs{Region: pulumi.String("us-west-2")})
	a.Copy = backup.Copy{Provider: other, KeyARN: pulumi.String(otherKey)}
	return err
}

func TestAVaultIsLockedKeptAndFilledByAPlan(t *testing.T) {
	inv, b := run(t, nil)
	ct.Golden(t, "production.txt", inv.Detailed())
	assert.Equal(t, "tenfold-test-safe", b.VaultName)
	v := inv.One(t, vault, "safe")
	assert.Equal(t, keyARN, v.Input("kmsKeyArn"))
	assert.Equal(t, false, v.Input("forceDestroy"))
	assert.True(t, v.Protect && v.Retain)
}

func TestTheLockIsInGovernanceMode(t *testing.T) {
	inv, _ := run(t, nil)
	l := inv.One(t, lock, "safe")
	assert.Equal(t, 7.0, l.Input("minRetentionDays"))
	assert.True(t, l.Retain, "deleting it after a replacement would leave the vault without one")
	assert.Nil(t, l.Input("changeableForDays"), "it would turn the lock into one that nobody can take back")
	assert.Nil(t, l.Input("maxRetentionDays"))
}

func rules(t *testing.T, inv *ct.Inventory) map[string]map[string]any {
	t.Helper()
	found := map[string]map[string]any{}
	for _, r := range inv.One(t, plan, "safe").Input("rules").([]any) {
		rule := r.(map[string]any)
		found[rule["ruleName"].(string)] = rule
	}
	return found
}

func TestSnapshotsAreTakenDailyAndMonthlyAndNeverContinuously(t *testing.T) {
	inv, _ := run(t, func(_ *pulumi.Context, a *backup.Args) error {
		a.HourUTC, a.DailyRetentionDays, a.MonthlyRetentionDays = 6, 14, 400
		return nil
	})
	found := rules(t, inv)
	assert.Equal(t, "cron(0 6 ? * * *)", found["daily"]["schedule"])
	assert.Equal(t, "cron(0 6 1 * ? *)", found["monthly"]["schedule"])
	assert.Equal(t, map[string]any{"deleteAfter": 14.0}, found["daily"]["lifecycle"])
	assert.Equal(t, map[string]any{"deleteAfter": 400.0}, found["monthly"]["lifecycle"])
	for _, rule := range found {
		assert.Equal(t, false, rule["enableContinuousBackup"])
		assert.Nil(t, rule["copyActions"])
		assert.Equal(t, "tenfold-test-safe", rule["targetVaultName"])
	}
	assert.Equal(t, []any{clusterARN}, inv.One(t, "aws:backup/selection:Selection", "safe").Input("resources"))
}

func TestCopiesGoToALockedVaultOfAnotherRegion(t *testing.T) {
	inv, _ := run(t, copied)
	other := inv.One(t, vault, "safe-copy")
	assert.Equal(t, otherKey, other.Input("kmsKeyArn"))
	assert.Equal(t, "tenfold-test-safe", other.Input("name"))
	assert.True(t, other.Protect && other.Retain)
	assert.Equal(t, 7.0, inv.One(t, lock, "safe-copy").Input("minRetentionDays"))
	for name, days := range map[string]float64{"daily": 35, "monthly": 365} {
		assert.Equal(t, []any{map[string]any{"destinationVaultArn": vaultARN, "lifecycle": map[string]any{"deleteAfter": days}}},
			rules(t, inv)[name]["copyActions"])
	}
	inv, _ = run(t, func(ctx *pulumi.Context, a *backup.Args) error {
		err := copied(ctx, a)
		a.Copy.RetentionDays = 90
		return err
	})
	assert.Equal(t, map[string]any{"deleteAfter": 90.0}, rules(t, inv)["monthly"]["copyActions"].([]any)[0].(map[string]any)["lifecycle"])
}

func TestADisposableVaultCanBeDeletedWithItsSnapshots(t *testing.T) {
	inv, _ := run(t, func(_ *pulumi.Context, a *backup.Args) error { a.Disposable = true; return nil })
	assert.Equal(t, true, inv.One(t, vault, "safe").Input("forceDestroy"))
	assert.Empty(t, inv.ByType(lock))
	assert.NotContains(t, inv.Text(), "[protect]")
	assert.NotContains(t, inv.Text(), "[retain]")
}

func TestFailedJobsOfThisVaultAreKeptAndWatched(t *testing.T) {
	got := &ct.Monitors{}
	inv, _ := run(t, func(_ *pulumi.Context, a *backup.Args) error { a.Monitors = got; return nil })
	assert.Equal(t, map[string]any{
		"source": []any{"aws.backup"}, "detail-type": []any{"Backup Job State Change", "Copy Job State Change"},
		"detail": map[string]any{
			"state": []any{"ABORTED", "EXPIRED", "FAILED"},
			"$or": []any{
				map[string]any{"backupVaultArn": []any{vaultARN}}, map[string]any{"sourceBackupVaultArn": []any{vaultARN}},
			},
		},
	}, inv.One(t, "aws:cloudwatch/eventRule:EventRule", "safe-failed").JSON(t, "eventPattern"))
	const queueARN = "arn:aws:sqs:us-east-1:123456789012:tenfold-test-safe-failed"
	statements := inv.One(t, "aws:sqs/queuePolicy:QueuePolicy", "safe-failed").JSON(t, "policy").(map[string]any)["Statement"].([]any)
	require.Len(t, statements, 2)
	ruleARN := statements[1].(map[string]any)["Condition"].(map[string]any)["ArnEquals"].(map[string]any)["aws:SourceArn"]
	assert.Contains(t, ruleARN, ":eventrule/safe-failed-", "the rule itself, not any rule")
	assert.Equal(t, map[string]any{
		"Sid": "RuleSends", "Effect": "Allow", "Action": []any{"sqs:SendMessage"}, "Resource": queueARN,
		"Principal": map[string]any{"Service": []any{"events.amazonaws.com"}},
		"Condition": map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": ruleARN}},
	}, statements[1])
	spec := got.ByKey("safe")["bak-failed"]
	assert.Equal(t, "tenfold-test-safe-failed", spec.Query.Series()[0].Of[0].Value)
	assert.Equal(t, monitor.Alert(0), spec.Levels.Critical)
}

func TestTheRoleServesAWSBackupForThisAccountOnly(t *testing.T) {
	inv, _ := run(t, nil)
	assert.Equal(t, map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Effect": "Allow", "Action": []any{"sts:AssumeRole"}, "Principal": map[string]any{"Service": []any{"backup.amazonaws.com"}},
		"Condition": map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": ct.Account},
			"ArnLike":      map[string]any{"aws:SourceArn": "arn:aws:backup:us-east-1:123456789012:*"},
		},
	}}}, inv.One(t, "aws:iam/role:Role", "safe").JSON(t, "assumeRolePolicy"))
	assert.Equal(t, "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
		inv.One(t, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "safe").Input("policyArn"))
}

func TestTheCallersOptionsReachTheComponentOnly(t *testing.T) {
	inv, _ := run(t, nil, pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("old")}}))
	ct.AssertHouse(t, inv, component, "safe")
}

func TestEveryProblemIsReportedBeforeAnythingIsRegistered(t *testing.T) {
	inv, err := ct.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := backup.New(ctx, "Safe", backup.Args{
			HourUTC: 24, DailyRetentionDays: 3, MonthlyRetentionDays: 2, Copy: backup.Copy{KeyARN: pulumi.String(otherKey), RetentionDays: 1},
			MonitorsOff: map[string]string{"sqs-age": "no"},
		})
		return err
	})
	for _, want := range []string{
		"the name must be 1 to 40 lower-case letters",
		"Resources must name at least one ARN; there is nothing to back up",
		"KeyARN must be set; pass the ARN of an encryption key, because a vault can never change its key",
		"HourUTC must be 0 to 23, got 24",
		"DailyRetentionDays must be 7 to 3650, got 3",
		"MonthlyRetentionDays must be more than DailyRetentionDays (3) and at most 3650, got 2",
		"Copy must have both Provider and KeyARN, or neither; the key is one of the other region",
		"Copy.RetentionDays must be 7 to 3650, got 1; leave it out to keep copies as long as the originals",
		"Monitors must be set; pass a sink, or monitor.Off with the reason why nothing is watched",
		`there is no monitor "sqs-age" here to switch off; there are bak-failed`,
	} {
		assert.ErrorContains(t, err, `backup "Safe": `+want)
	}
	assert.Empty(t, inv.ByType(component))
}
