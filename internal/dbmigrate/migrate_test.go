package dbmigrate

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func quick(o *Options) { o.LockTimeout, o.LockWait = 400*time.Millisecond, 400*time.Millisecond }

var twoFiles = map[string]string{
	"0001_invoices.sql": "CREATE TABLE invoice (tenant_id uuid NOT NULL, id uuid NOT NULL);\nCREATE INDEX ON invoice (tenant_id);",
	"0002_total.sql":    "ALTER TABLE invoice ADD COLUMN total bigint;",
	"README.md":         "not a migration",
}

func TestMigrateAppliesTheFilesInOrderAsTheOwner(t *testing.T) {
	d := newDatabase(t)
	var progress lines
	report := d.mustMigrate(twoFiles, func(o *Options) { o.Progress = progress.add })

	require.Len(t, report.Applied, 2)
	assert.Equal(t, "0001_invoices.sql", report.Applied[0].Name)
	assert.Equal(t, "0002_total.sql", report.Applied[1].Name)
	assert.Equal(t, 2, report.Applied[0].Statements)
	assert.Empty(t, report.Pending)
	assert.Equal(t, "tenfold_owner", one[string](d, "SELECT tableowner FROM pg_tables WHERE tablename = 'invoice'"))
	assert.Equal(t, []string{"0001_invoices.sql 2/2 finished", "0002_total.sql 1/1 finished"}, d.ledger())
	assert.Equal(t, "test/"+login+"/test", one[string](d, "SELECT guard_version||'/'||applied_by||'/'||request_id FROM migration.ledger WHERE seq = 1"))
	assert.Contains(t, progress.String(), "applying 0001_invoices.sql\napplied 0001_invoices.sql in ")
}

func TestSecondRunChangesNothing(t *testing.T) {
	d := newDatabase(t)
	first := d.mustMigrate(twoFiles)
	before := one[string](d, "SELECT array_agg(m ORDER BY seq)::text FROM migration.ledger m")
	second := d.mustMigrate(twoFiles)

	assert.Empty(t, second.Applied)
	assert.Equal(t, []string{"0001_invoices.sql", "0002_total.sql"}, second.Skipped)
	assert.Equal(t, first.CatalogHash, second.CatalogHash)
	assert.Equal(t, before, one[string](d, "SELECT array_agg(m ORDER BY seq)::text FROM migration.ledger m"))
}

func TestReportIsJSONWithoutMissingFields(t *testing.T) {
	d := newDatabase(t)
	text, err := json.Marshal(d.mustMigrate(map[string]string{}))
	require.NoError(t, err)
	var fields map[string]any
	require.NoError(t, json.Unmarshal(text, &fields))
	for _, name := range []string{"applied", "skipped", "pending", "violations", "problems", "roles"} {
		assert.IsType(t, []any{}, fields[name], name)
	}
	assert.NotEmpty(t, fields["catalogHash"])
	assert.Contains(t, string(text), `"name":"tenfold_migrator","login":false,"inherit":false`)
}

func TestEveryMisfitIsRefusedTogetherBeforeAnythingIsTouched(t *testing.T) {
	d := newDatabase(t)
	report := d.mustMigrate(map[string]string{
		"0001_a.sql": "CREATE TABLE a (tenant_id uuid)",
		"0002_b.sql": "CREATE TABLE b (tenant_id uuid)",
		"0004_d.sql": "CREATE TABLE d (tenant_id uuid)",
		"0005_e.sql": "CREATE TABLE e (tenant_id uuid)",
	})
	_, err := d.migrate(map[string]string{
		"0001_a.sql":       "CREATE TABLE a (tenant_id uuid, more int)",
		"0003_c.sql":       "CREATE TABLE c (tenant_id uuid)",
		"0004_renamed.sql": "CREATE TABLE d (tenant_id uuid)",
		"0005_e.sql":       "CREATE TABLE e (tenant_id uuid)",
		"0006_f.sql":       "CREATE TABLE f (tenant_id uuid)",
	})
	require.Error(t, err)
	assert.ErrorContains(t, err, "0001_a.sql was changed after it was applied (sha256 ")
	assert.ErrorContains(t, err, "0002_b.sql was applied to this database but is missing from the files; restore it from version control")
	assert.ErrorContains(t, err, "0003_c.sql is new but comes before 0005_e.sql, which is already applied; give it a number above 0005")
	assert.ErrorContains(t, err, "0004_renamed.sql was applied as 0004_d.sql; restore the name")

	after, err := Describe(d.context(), options(d.url, files(nil)))
	require.NoError(t, err)
	assert.Equal(t, report.CatalogHash, after.CatalogHash)
}

func TestLineEndsOfAnotherSystemAreNoChange(t *testing.T) {
	d := newDatabase(t)
	d.mustMigrate(map[string]string{"0001_a.sql": "CREATE TABLE a (\n tenant_id uuid\n);\n"})
	report := d.mustMigrate(map[string]string{"0001_a.sql": "CREATE TABLE a (\r\n tenant_id uuid\r\n);\r\n"})
	assert.Equal(t, []string{"0001_a.sql"}, report.Skipped)
}

func TestFailingStatementLeavesNothingOfItsFileAndTheNextRunConverges(t *testing.T) {
	d := newDatabase(t)
	content := map[string]string{
		"0001_a.sql": "CREATE TABLE a (tenant_id uuid);",
		"0002_b.sql": "CREATE TABLE b (tenant_id uuid);\nCREATE INDEX\n  ON b (wrong);",
	}
	report, err := d.migrate(content)
	assert.EqualError(t, err, `0002_b.sql:2: column "wrong" does not exist (SQLSTATE 42703); nothing of this file was applied`)
	assert.Equal(t, []string{"0002_b.sql"}, report.Pending)
	assert.Len(t, report.Applied, 1)
	assert.False(t, one[bool](d, "SELECT to_regclass('b') IS NOT NULL"))
	assert.Equal(t, []string{"0001_a.sql 1/1 finished"}, d.ledger())

	content["0002_b.sql"] = "CREATE TABLE b (tenant_id uuid);\nCREATE INDEX ON b (tenant_id);"
	d.mustMigrate(content)
	assert.Equal(t, []string{"0001_a.sql 1/1 finished", "0002_b.sql 2/2 finished"}, d.ledger())
}

func TestServerErrorNamesTheLineInsideAStatement(t *testing.T) {
	d := newDatabase(t)
	_, err := d.migrate(map[string]string{"0001_a.sql": "-- größer\nCREATE TABLE a (\n  tenant_id uuid,\n  x nosuchtype\n);"})
	assert.ErrorContains(t, err, `0001_a.sql:4: type "nosuchtype" does not exist`)
}

func TestViolationRollsTheFileBackAndListsAll(t *testing.T) {
	d := newDatabase(t)
	_, err := d.migrate(map[string]string{"0001_a.sql": "CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE TABLE c (tenant_id uuid);"})
	var violations *ViolationError
	require.ErrorAs(t, err, &violations)
	assert.EqualError(t, err, "0001_a.sql: tenants are not isolated (2 violations); nothing of this file was applied\n"+
		"  column: a has no tenant_id\n  column: b has no tenant_id")
	assert.Empty(t, d.ledger())
	assert.False(t, one[bool](d, "SELECT to_regclass('c') IS NOT NULL"))
}

func TestViolationThatWasThereBeforeIsToldApartAndCanBeRepaired(t *testing.T) {
	d := newDatabase(t)
	d.exec("CREATE TABLE old (id int); ALTER TABLE old OWNER TO tenfold_owner")
	_, err := d.migrate(map[string]string{"0001_a.sql": "CREATE TABLE a (id int);"})
	assert.ErrorContains(t, err, "1 of the violations were there before, the same file has to repair them")
	_, err = d.migrate(map[string]string{})
	assert.ErrorContains(t, err, "tenants are not isolated (1 violations); all files are applied\n  column: old has no tenant_id")
	d.mustMigrate(map[string]string{"0001_a.sql": "ALTER TABLE old ADD COLUMN tenant_id uuid;"})
}

func TestAdoptionLeavesViolationsOnlyWhileTheGuardIsDisarmed(t *testing.T) {
	d := newDatabase(t)
	content := map[string]string{"0001_a.sql": "CREATE TABLE a (id int);"}
	var progress lines
	adopting := func(o *Options) { o.Adopting, o.Progress = true, progress.add }
	_, err := d.migrate(content, adopting)
	assert.EqualError(t, err, "the guard is armed, so the database is adopted already; run without --adopting")
	assert.Empty(t, d.ledger())

	d.exec("CREATE SCHEMA disarmed")
	report := d.mustMigrate(content, adopting)
	assert.Contains(t, progress.String(), "0001_a.sql: 1 violations are left until the guard is armed")
	assert.Len(t, report.Violations, 2)
	_, err = d.migrate(with(content, "0002_b.sql", "CREATE TABLE b (id int);"))
	assert.ErrorContains(t, err, "0002_b.sql: tenants are not isolated (2 violations)")
}

func TestViolationOfARoleStopsNoFileButFailsTheRun(t *testing.T) {
	d := newDatabase(t)
	d.exec("CREATE ROLE dbmigrate_creator CREATEDB")
	t.Cleanup(func() { d.exec("DROP ROLE dbmigrate_creator") })
	report, err := d.migrate(twoFiles)
	assert.ErrorContains(t, err, "tenants are not isolated (1 violations); all files are applied\n  role: dbmigrate_creator may create databases")
	assert.Len(t, report.Applied, 2)
	assert.Len(t, report.Violations, 1)
}

func TestRefusalAtCommitLeavesNothing(t *testing.T) {
	d := newDatabase(t)
	_, err := d.migrate(map[string]string{"0001_a.sql": `
		CREATE TABLE a (tenant_id uuid, id int, PRIMARY KEY (tenant_id, id));
		ALTER TABLE a ADD COLUMN parent int, ADD FOREIGN KEY (tenant_id, parent) REFERENCES a DEFERRABLE INITIALLY DEFERRED;
		INSERT INTO a VALUES ('00000000-0000-0000-0000-000000000001', 1, 2);`})
	assert.ErrorContains(t, err, "0001_a.sql: refused at commit: ")
	assert.ErrorContains(t, err, "nothing of this file was applied")
	assert.Empty(t, d.ledger())
	assert.False(t, one[bool](d, "SELECT to_regclass('a') IS NOT NULL"))
}

func TestFileCannotLeaveTheOwnersRole(t *testing.T) {
	d := newDatabase(t)
	_, err := d.migrate(map[string]string{"0001_a.sql": "DO $$ BEGIN PERFORM set_config('role', 'none', true); END $$; CREATE TABLE IF NOT EXISTS pg_temp.x (tenant_id uuid)"})
	assert.ErrorContains(t, err, "0001_a.sql: the file ends as role "+login+" and not as tenfold_owner")
	assert.Empty(t, d.ledger())
}

func TestMigrationCannotWriteTheLedger(t *testing.T) {
	d := newDatabase(t)
	d.mustMigrate(twoFiles)
	_, err := d.migrate(with(twoFiles, "0003_cheat.sql", "UPDATE migration.ledger SET sha256 = 'x'"))
	assert.ErrorContains(t, err, "permission denied")
	assert.ErrorContains(t, err, "SQLSTATE 42501")
}

func TestStatementTimeoutIsExplainedAndRolledBack(t *testing.T) {
	d := newDatabase(t)
	content := map[string]string{"0001_a.sql": "-- tenfold:statement-timeout 50ms\nCREATE TABLE a (tenant_id uuid);\nSELECT pg_sleep(60);"}
	_, err := d.migrate(content)
	assert.EqualError(t, err, "0001_a.sql:3: SELECT pg_sleep ( 60 ): ran longer than the statement timeout of 50ms and was cancelled; "+
		"nothing of this file was applied; split the work, or raise the limit of this file with -- tenfold:statement-timeout")
	assert.Empty(t, d.ledger())
}

func TestCancelledRunRollsBackAndGivesTheLockBack(t *testing.T) {
	d := newDatabase(t)
	ctx, cancel := context.WithCancel(d.context())
	o := options(d.url, files(map[string]string{"0001_a.sql": "CREATE TABLE a (tenant_id uuid);\nSELECT pg_sleep(600);"}))
	done := make(chan error, 1)
	go func() {
		_, err := Migrate(ctx, o)
		done <- err
	}()
	d.eventually("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep')")
	cancel()
	err := <-done
	require.ErrorIs(t, err, context.Canceled)
	assert.ErrorContains(t, err, "0001_a.sql:2: stopped: context canceled; nothing of this file was applied")
	assert.Empty(t, d.ledger())
	d.mustMigrate(map[string]string{"0001_a.sql": "CREATE TABLE a (tenant_id uuid);"}, quick)
}
