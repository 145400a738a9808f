package tenantguard

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/postgrestest"
)

func TestInstallingAgainChangesNothing(t *testing.T) {
	f := guarded(t)
	ctx := context.Background()
	admin := f.admin(t)
	hash := func() string {
		h, err := CatalogHash(ctx, admin)
		require.NoError(t, err)
		return h
	}
	first, logged := hash(), count(t, admin, "select from tenancy.ddl_log")
	require.NoError(t, Install(ctx, admin))
	assert.Equal(t, first, hash())
	assert.Equal(t, logged, count(t, admin, "select from tenancy.ddl_log"), "an installation that is current ran DDL")

	t.Run("also when every file runs again", func(t *testing.T) {
		mustExec(t, admin, "delete from tenancy.installation")
		require.NoError(t, Install(ctx, admin))
		assert.Equal(t, first, hash())
	})
	t.Run("and brings back what somebody changed", func(t *testing.T) {
		mustExec(t, admin, "alter function tenancy.current_tenant() volatile; grant select on tenancy.tenant to tenfold_app")
		require.NotEqual(t, first, hash())
		require.NoError(t, Install(ctx, admin))
		assert.Equal(t, first, hash())
	})
}

func TestCatalogHashSeesEveryKindOfChange(t *testing.T) {
	f := guarded(t)
	admin := f.admin(t)
	mustExec(t, admin, "begin")
	seen := map[string]string{"": scan[string](t, admin, "select tenancy.catalog_hash()")}
	for _, change := range []string{
		"alter table app.task add extra int",
		"alter table app.task alter extra set default 1",
		"create index on app.task (tenant_id, extra)",
		"alter table app.task add check (extra > 0)",
		"grant select (title) on app.task to tenfold_platform",
		"create policy narrow on app.task as restrictive using (true)",
		"alter policy narrow on app.task using (false)",
		"create function app.f() returns int language sql as 'select 1'",
		"create or replace function app.f() returns int language sql as 'select 2'",
		"alter view app.open_task set (security_barrier = true)",
		"create type app.color as enum ('red')",
		"alter table app.task disable trigger zz_tenancy_immutable",
		"alter event trigger tenancy_drop disable",
		"alter default privileges for role tenfold_owner grant select on tables to tenfold_platform",
		"grant usage on schema app to pg_monitor",
		"create extension citext",
		"alter table app.task no force row level security",
	} {
		mustExec(t, admin, change)
		h := scan[string](t, admin, "select tenancy.catalog_hash()")
		for earlier, other := range seen {
			require.NotEqual(t, other, h, "%q and %q look the same", earlier, change)
		}
		seen[change] = h
	}
	mustExec(t, admin, "rollback")
}

func TestTwoInstallationsAtOnceEndInOne(t *testing.T) {
	s, ctx := postgrestest.Start(t), context.Background()
	dsn := s.Database(t)
	conns := []*pgx.Conn{s.Connect(t, dsn), s.Connect(t, dsn), s.Connect(t, s.Database(t))} // the third in another database
	errs := make([]error, len(conns))
	var wg sync.WaitGroup
	for i, conn := range conns {
		wg.Go(func() { errs[i] = Install(ctx, conn) })
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
	assert.Equal(t, 1, count(t, conns[0], "select from tenancy.installation"))
}

func TestDisarmIsRecordedReportedAndUndoneByArm(t *testing.T) {
	f := guarded(t)
	ctx := context.Background()
	admin, migrator := f.admin(t), f.migrator(t)
	require.ErrorContains(t, Disarm(ctx, admin, ""), "the reason is empty")
	require.Error(t, Disarm(ctx, migrator, "attack"))
	require.NoError(t, Disarm(ctx, admin, "upgrade to 16"))
	assert.Zero(t, count(t, admin, "select from pg_event_trigger"))

	found, err := Verify(ctx, admin)
	require.NoError(t, err)
	require.Len(t, found, 2)
	assert.Equal(t, "armed", found[0].Rule)
	assert.Contains(t, found[0].Detail, "by postgres: upgrade to 16")

	t.Run("policies keep holding", func(t *testing.T) {
		app := f.app(t)
		requireNothing(t, app)
		asTenant(t, app, tenantA, func(tx pgx.Tx) { requireOnly(t, tx, tenantA) })
	})
	t.Run("installing again does not arm it", func(t *testing.T) {
		mustExec(t, admin, "delete from tenancy.installation")
		require.NoError(t, Install(ctx, admin))
		assert.Zero(t, count(t, admin, "select from pg_event_trigger"))
	})
	t.Run("arming refuses while the schema is in violation", func(t *testing.T) {
		mustExec(t, migrator, bad)
		var open *ViolationError
		require.ErrorAs(t, Arm(ctx, admin, "upgraded"), &open)
		require.Len(t, open.Violations, 1)
		assert.Equal(t, "app.bad", open.Violations[0].Object)
		assert.ErrorContains(t, open, "app.bad")
		mustExec(t, migrator, "drop table app.bad")
	})
	require.ErrorContains(t, Arm(ctx, admin, ""), "the reason is empty")
	require.NoError(t, Arm(ctx, admin, "upgraded"))
	require.NoError(t, Arm(ctx, admin, "twice is once"))
	found, err = Verify(ctx, admin)
	require.NoError(t, err)
	assert.Empty(t, found)
	requireRefused(t, migrator, SQLStateRefused, bad)
}

func TestProbeOfASuperuserIsJSONAndLeavesNothingBehind(t *testing.T) {
	f := guarded(t)
	ctx := context.Background()
	admin := f.admin(t)
	before, err := CatalogHash(ctx, admin)
	require.NoError(t, err)
	c, err := Probe(ctx, admin)
	require.NoError(t, err)
	assert.True(t, c.Superuser && c.EventTrigger && c.CreateRole && c.BypassRLSGrantable && c.ReplicationRoleSettable && c.SecurityInvoker && c.LeakproofCreatable)
	assert.Empty(t, c.Refusals)
	assert.GreaterOrEqual(t, c.Version, oldestServer)
	var back Capabilities
	b, err := json.Marshal(c)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &back))
	assert.Equal(t, c.Version, back.Version)
	after, err := CatalogHash(ctx, admin)
	require.NoError(t, err)
	assert.Equal(t, before, after)
	assert.Zero(t, count(t, admin, "select from pg_roles where rolname like 'tenfold_probe%'"))
}

func TestErrorOfAFileNamesFileAndLine(t *testing.T) {
	f := guarded(t)
	inTx(t, f.admin(t), func(tx pgx.Tx) {
		err := run(context.Background(), tx, File{Name: "99_broken.sql", SQL: "select 1;\nselect 2;\nselect oops;"})
		require.ErrorContains(t, err, "99_broken.sql: line 3: ")
	})
}

func TestFilesAreOrderedAndDigestSeesEveryChange(t *testing.T) {
	files, err := Files()
	require.NoError(t, err)
	require.Greater(t, len(files), 20)
	for i := 1; i < len(files); i++ {
		assert.Less(t, files[i-1].Name, files[i].Name)
	}
	changed := append([]File(nil), files...)
	changed[3].SQL += " "
	assert.NotEqual(t, digest(files), digest(changed))
}
