package tenantguard

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const bad = "create table app.bad (id int); "

func TestGateCannotBeSkipped(t *testing.T) {
	f := guarded(t)
	for _, c := range []struct{ name, sql string }{
		{"constraints made immediate", "begin; set constraints all immediate; " + bad + "commit"},
		{"constraints made immediate after the fact", "begin; " + bad + "set constraints all immediate; commit"},
		{"constraints made immediate and deferred again", "begin; set constraints all immediate; set constraints all deferred; " + bad + "commit"},
		{"a harmless change checked first", "begin; " + good + "set constraints all immediate; set constraints all deferred; " + bad + "commit"},
		{"a released savepoint", "begin; savepoint s; " + bad + "release s; commit"},
		{"a savepoint rolled back before", "begin; savepoint s; " + good + "rollback to s; " + bad + "commit"},
		{"an exception block", "begin; do $$ begin begin create table app.bad (id int); exception when others then null; end; end $$; commit"},
		{"no explicit transaction", bad},
		{"guard variables forged", "begin; set local tenancy.repairing = on; set local tenancy.bound = 'x'; " + bad + "commit"},
		{"a deferred trigger that changes the schema at commit", "begin; " + good + `
			create function app.late() returns trigger language plpgsql as $f$ begin create table app.bad (id int); return null; end $f$;
			create constraint trigger late after insert on app.good deferrable initially deferred for each row execute function app.late();
			select tenancy.enter_any_state('` + tenantA + `'); insert into app.good default values; commit`},
		{"an object hidden in an extension", "begin; create extension hstore; create view app.bad as select * from app.task; alter extension hstore add view app.bad; commit"},
		{"a function hidden in an extension", "begin; create extension hstore; create function app.bad() returns bigint language sql security definer as 'select count(*) from app.task'; alter extension hstore add function app.bad(); commit"},
		{"a prepared transaction", "begin; " + bad + "prepare transaction 'skip'"},
	} {
		t.Run(c.name, func(t *testing.T) {
			requireRefused(t, f.migrator(t), SQLStateRefused, c.sql)
			require.Nil(t, scan[*string](t, f.admin(t), "select to_regclass('app.bad')::text"))
		})
	}
}

func TestGateHoldsWithPlainTriggersSwitchedOff(t *testing.T) {
	f := guarded(t)
	requireRefused(t, f.admin(t), SQLStateRefused, "set session_replication_role = replica; "+bad)
}

func TestGateRefusesASnapshotThatCannotSeeOthers(t *testing.T) {
	f := guarded(t)
	pg := requireRefused(t, f.migrator(t), "0A000", "begin isolation level repeatable read; "+good+"commit")
	assert.Contains(t, pg.Message, "repeatable read")
}

// TestTwoFineTransactionsThatAreAViolationTogether gives a table two indexes led
// by the tenant and lets two transactions drop one each. Whoever commits second
// is refused.
func TestTwoFineTransactionsThatAreAViolationTogether(t *testing.T) {
	f := guarded(t)
	ctx := context.Background()
	first, second := f.migrator(t), f.migrator(t)
	mustExec(t, first, "create table app.left_side (tenant_id uuid not null, a int, primary key (tenant_id)); create index spare on app.left_side (tenant_id, a)")
	mustExec(t, first, "alter table app.left_side drop constraint left_side_pkey; create index other on app.left_side (tenant_id)")

	tx1, err := first.Begin(ctx)
	require.NoError(t, err)
	tx2, err := second.Begin(ctx)
	require.NoError(t, err)
	defer func() { _ = tx2.Rollback(ctx) }()
	mustExec(t, tx1, "drop index app.spare") // app.other still leads with the tenant
	done := make(chan error, 1)
	go func() {
		if _, err := tx2.Exec(ctx, "drop index app.other"); err != nil { // waits for the lock of the first
			done <- err
			return
		}
		done <- tx2.Commit(ctx)
	}()
	waitForLock(t, f.admin(t))
	require.NoError(t, tx1.Commit(ctx))
	require.ErrorContains(t, <-done, "tenant-index")
	assert.Equal(t, 1, count(t, f.admin(t), "select from pg_indexes where tablename = 'left_side'"))
}

// TestCheckWaitsForTheTransactionThatIsBeingChecked gives two transactions locks
// on different tables, so that nothing but the gate orders them.
func TestCheckWaitsForTheTransactionThatIsBeingChecked(t *testing.T) {
	f := guarded(t)
	ctx := context.Background()
	admin := f.admin(t)
	holder, err := f.admin(t).Begin(ctx)
	require.NoError(t, err)
	mustExec(t, holder, "lock table tenancy.gate in exclusive mode")
	mustExec(t, holder, "delete from tenancy.exemption where object = 'app.currency'")
	done := make(chan error, 1)
	migrator := f.migrator(t)
	go func() {
		_, err := migrator.Exec(ctx, "create index on app.currency (code)")
		done <- err
	}()
	waitForLock(t, admin)
	require.NoError(t, holder.Commit(ctx))
	require.ErrorContains(t, <-done, "tenant-column", "the check did not see what the transaction before it committed")
}

// TestCheckNeedsNoLockOnTheTablesOfOthers lets a transaction commit while another
// one has changed a table and waits for its turn. Were the check to lock every
// table, the two would wait for each other.
func TestCheckNeedsNoLockOnTheTablesOfOthers(t *testing.T) {
	f := guarded(t)
	ctx := context.Background()
	first, second := f.migrator(t), f.migrator(t)
	mustExec(t, second, "begin; alter table app.task add more text default 'x'; alter table app.event add more text; alter table app.event_2026 alter more set default 'x'")
	mustExec(t, first, "set statement_timeout = '20s'")
	require.Nil(t, attempt(t, first, "begin; alter table app.project add more text; commit"))
	_, err := second.Exec(ctx, "commit")
	require.NoError(t, err)
}

// TestSettingsOfTheSessionDoNotChangeTheVerdict sets what PostgreSQL writes names
// and constants by, which exemptions and fingerprints are made of.
func TestSettingsOfTheSessionDoNotChangeTheVerdict(t *testing.T) {
	f := guarded(t)
	ctx := context.Background()
	admin := f.admin(t)
	view := `create or replace view app.since as select tenant_id, '\x00'::bytea as b, 0.1::float8 as f, '1 day 02:00'::interval as i,
		'a\b'::text as t from app.event where at::timestamptz > '2026-01-01 00:00+00'::timestamptz`
	pg := requireRefused(t, f.migrator(t), SQLStateRefused, view)
	fingerprint := pg.Detail[len(pg.Detail)-33 : len(pg.Detail)-1]
	require.NoError(t, Exempt(ctx, admin, Exemption{Rule: "view", Object: "app.since", Fingerprint: fingerprint, Reason: "a view of the test", Approver: "test"}))
	require.Nil(t, attempt(t, f.migrator(t), view))
	before, err := CatalogHash(ctx, admin)
	require.NoError(t, err)
	for _, setting := range []string{
		"quote_all_identifiers = on", "timezone = 'Asia/Kathmandu'", "datestyle = 'SQL, DMY'", "intervalstyle = 'sql_standard'",
		"extra_float_digits = -10", "bytea_output = 'escape'", "standard_conforming_strings = off",
	} {
		t.Run(setting, func(t *testing.T) {
			conn := f.migrator(t)
			mustExec(t, conn, "set "+setting)
			require.Nil(t, attempt(t, conn, "create index passing on app.task (tenant_id, title); drop index app.passing"))
			require.Nil(t, attempt(t, conn, "create table app.currency_of (code text primary key); drop table app.currency_of"))
			mustExec(t, admin, "set "+setting)
			after, err := CatalogHash(ctx, admin)
			require.NoError(t, err)
			assert.Equal(t, before, after)
			mustExec(t, admin, "reset all")
		})
	}
}

// waitForLock returns when some session of this database waits for a lock.
func waitForLock(t testing.TB, admin *pgx.Conn) {
	t.Helper()
	require.Eventually(t, func() bool {
		return count(t, admin, "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0
	}, time.Minute, 5*time.Millisecond)
}

func TestIndexBuiltConcurrentlyIsChecked(t *testing.T) {
	f := guarded(t)
	conn := f.migrator(t)
	require.Nil(t, attempt(t, conn, "create index concurrently fine on app.task (tenant_id, title)"))
	requireRefused(t, conn, SQLStateRefused, "create unique index concurrently leak on app.task (title)")
	// What stays behind is named until it is dropped, which the gate allows.
	found, err := Verify(context.Background(), f.admin(t))
	require.NoError(t, err)
	require.Len(t, found, 1)
	assert.Equal(t, "unique-key", found[0].Rule)
	require.Nil(t, attempt(t, conn, "drop index concurrently app.leak"))
}

func TestRefusalNamesRuleObjectCauseAndRemedy(t *testing.T) {
	f := guarded(t)
	pg := requireRefused(t, f.migrator(t), SQLStateRefused, "begin; "+bad+"create view app.worse as select 1 as one; commit")
	assert.Equal(t, "tenant isolation: 2 violation(s), first tenant-column: app.bad has no plain column tenant_id uuid not null; add it, or have the table exempted as a global one", pg.Message)
	assert.Regexp(t, `view: app\.worse reads with the rights of its owner; create it WITH \(security_invoker = true\) \[fingerprint [0-9a-f]{32}\]`, pg.Detail)
	assert.NotEmpty(t, pg.Hint)
}

func TestEveryDDLIsLoggedWithLoginAndRole(t *testing.T) {
	f := guarded(t)
	mustExec(t, f.migrator(t), good)
	mustExec(t, f.migrator(t), "drop table app.good")
	admin := f.admin(t)
	where := "select from tenancy.ddl_log where login = '" + migratorLogin + "' and role = 'tenfold_owner' and object = 'app.good' and command = "
	assert.Equal(t, 1, count(t, admin, where+"'CREATE TABLE'"))
	assert.Equal(t, 1, count(t, admin, where+"'DROP TABLE'"))
	assert.Zero(t, count(t, admin, "select from tenancy.ddl_pending"), "a checked transaction is still pending")
}

func TestExemption(t *testing.T) {
	f := guarded(t)
	ctx := context.Background()
	admin, migrator := f.admin(t), f.migrator(t)
	definer := "create or replace function app.total() returns bigint language sql security definer as 'select count(*) from app.task'"
	pg := requireRefused(t, migrator, SQLStateRefused, definer)
	fingerprint := pg.Detail[len(pg.Detail)-33 : len(pg.Detail)-1]
	exemption := Exemption{Rule: "definer-function", Object: "app.total()", Fingerprint: fingerprint, Reason: "counts for the status page", Approver: "test"}

	t.Run("with the fingerprint lets exactly this body in", func(t *testing.T) {
		require.NoError(t, Exempt(ctx, admin, exemption))
		require.Nil(t, attempt(t, migrator, definer))
		requireRefused(t, migrator, SQLStateRefused, "create or replace function app.total() returns bigint language sql security definer as 'select count(*) + 1 from app.task'")
	})
	t.Run("does not extend to another rule or object", func(t *testing.T) {
		requireRefused(t, migrator, SQLStateRefused, "create function app.other() returns bigint language sql security definer as 'select count(*) from app.task'")
	})
	t.Run("of a global table does not move with its name", func(t *testing.T) {
		requireRefused(t, migrator, SQLStateRefused, "alter table app.currency rename to plain")
		requireRefused(t, migrator, SQLStateRefused, "begin; alter table app.currency rename to old; alter table app.task rename to currency; drop table app.old; commit")
	})
	t.Run("withdrawn lets the rule hold again", func(t *testing.T) {
		mustExec(t, admin, "select tenancy.withdraw_exemption('definer-function', 'app.total()', 'no longer needed', 'test')")
		found, err := Verify(ctx, admin)
		require.NoError(t, err)
		require.Len(t, found, 1)
		assert.Equal(t, exemption.Object, found[0].Object)
	})
	t.Run("is recorded with its withdrawal", func(t *testing.T) {
		assert.Equal(t, "exempt,withdraw", scan[string](t, admin, "select string_agg(action, ',' order by id) from tenancy.exemption_event where object = 'app.total()'"))
	})
	t.Run("without reason and approver names every problem", func(t *testing.T) {
		err := Exempt(ctx, admin, Exemption{Reason: "short"})
		for _, part := range []string{"the rule is empty", "the object is empty", `got "short"`, "the approver is empty"} {
			assert.ErrorContains(t, err, part)
		}
	})
}
