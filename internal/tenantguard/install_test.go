package tenantguard

import (
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
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

// TestMainUserOfAManagedServiceInstalls stands in for such a service as far as
// community PostgreSQL allows: a login that owns the database and may create
// roles, without superuser rights, and therefore without event triggers.
func TestMainUserOfAManagedServiceInstalls(t *testing.T) {
	s, ctx := postgrestest.Start(t), context.Background()
	guarded(t) // the fixture's logins exist
	dsn := s.Database(t)
	admin := s.Connect(t, dsn)
	mustExec(t, admin, "create role main_user login createrole createdb")
	mustExec(t, admin, "do $$ begin execute format('alter database %I owner to main_user', current_database()); end $$")
	t.Cleanup(func() {
		mustExec(t, admin, "reassign owned by main_user to postgres; drop owned by main_user; drop role main_user")
	})
	conn := s.ConnectAs(t, dsn, "main_user")
	mustExec(t, admin, "set role postgres")
	mustExec(t, admin, "grant tenfold_guard to main_user") // the roles of this cluster already exist

	require.NoError(t, Install(ctx, conn))
	c, err := Probe(ctx, conn)
	require.NoError(t, err)
	assert.False(t, c.Superuser || c.EventTrigger || c.BypassRLSGrantable || c.ReplicationRoleSettable || c.LeakproofCreatable, "%+v", c)
	assert.True(t, c.CreateRole && c.SecurityInvoker, "%+v", c)
	assert.Contains(t, c.Refusals["event_trigger"], "42501")

	found, err := Verify(ctx, conn)
	require.NoError(t, err)
	rules := map[string]bool{}
	for _, v := range found {
		rules[v.Rule] = true
		if v.Rule == "armed" {
			assert.Contains(t, v.Detail, "the server lets this login create no event triggers")
		}
	}
	// The superuser of the test cluster is not this login's and is named as well.
	assert.Equal(t, map[string]bool{"armed": true, "role-bypasses": true}, rules, "%v", found)

	t.Run("policies hold without the gate", func(t *testing.T) {
		mustExec(t, conn, "select tenancy.register_tenant($1, 'tenant A'), tenancy.register_tenant($2, 'tenant B')", tenantA, tenantB)
		migrator := s.ConnectAs(t, dsn, migratorLogin)
		mustExec(t, migrator, "set role tenfold_owner; create schema app; grant usage on schema app to tenfold_app; "+good+"select tenancy.protect('app.good')")
		app := s.ConnectAs(t, dsn, appLogin)
		mustExec(t, app, "begin; select tenancy.enter('"+tenantB+"'); insert into app.good (v) values ('theirs'); commit")
		requireNothing(t, app)
		asTenant(t, app, tenantA, func(tx pgx.Tx) { assert.Zero(t, count(t, tx, "select from app.good")) })
	})
	t.Run("the definition still names what a migration broke", func(t *testing.T) {
		mustExec(t, s.ConnectAs(t, dsn, migratorLogin), "set role tenfold_owner; "+bad)
		found, err := Verify(ctx, conn)
		require.NoError(t, err)
		assert.Contains(t, found, Violation{Scope: ScopeSchema, Rule: "tenant-column", Object: "app.bad",
			Detail: "has no plain column tenant_id uuid not null; add it, or have the table exempted as a global one"})
	})
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

// TestAdoptingAnExistingSchema walks the way docs/tenancy/adopt.md describes.
func TestAdoptingAnExistingSchema(t *testing.T) {
	s, ctx := postgrestest.Start(t), context.Background()
	guarded(t)
	dsn := s.Database(t)
	admin := s.Connect(t, dsn)
	mustExec(t, admin, `
		create schema legacy;
		create table legacy.customer (id serial primary key, email text unique);
		create table legacy.invoice (id serial primary key, customer_id int references legacy.customer, total numeric);
		create view legacy.open_invoice as select * from legacy.invoice;
		insert into legacy.customer (email) values ('a@example.com'), ('b@example.com');
		insert into legacy.invoice (customer_id, total) values (1, 10), (2, 20)`)
	require.NoError(t, Install(ctx, admin))
	found, err := Verify(ctx, admin)
	require.NoError(t, err)
	rules := map[string]bool{}
	for _, v := range found {
		rules[v.Rule] = true
	}
	assert.Equal(t, map[string]bool{"armed": true, "owner": true, "tenant-column": true, "view": true}, rules, "%v", found)

	mustExec(t, admin, "select tenancy.register_tenant($1, 'tenant A'), tenancy.register_tenant($2, 'tenant B')", tenantA, tenantB)
	mustExec(t, admin, `
		drop view legacy.open_invoice;
		alter table legacy.customer add tenant_id uuid, add new_id uuid not null default gen_random_uuid();
		update legacy.customer set tenant_id = case id when 1 then '`+tenantA+`'::uuid else '`+tenantB+`'::uuid end;
		alter table legacy.invoice add tenant_id uuid, add new_id uuid not null default gen_random_uuid(), add new_customer_id uuid;
		update legacy.invoice i set tenant_id = c.tenant_id, new_customer_id = c.new_id from legacy.customer c where c.id = i.customer_id;
		alter table legacy.invoice drop id, drop customer_id;
		alter table legacy.customer drop id, drop constraint customer_email_key;
		alter table legacy.customer rename new_id to id;
		alter table legacy.invoice rename new_id to id; alter table legacy.invoice rename new_customer_id to customer_id;
		alter table legacy.customer alter tenant_id set not null; alter table legacy.invoice alter tenant_id set not null;
		select tenancy.create_primary_key('legacy.customer', 'id'), tenancy.create_unique_key('legacy.customer', 'email'),
		       tenancy.create_primary_key('legacy.invoice', 'id'),
		       tenancy.create_foreign_key('legacy.invoice', '{customer_id}', 'legacy.customer', '{id}');
		create view legacy.open_invoice with (security_invoker = true) as select * from legacy.invoice;
		select tenancy.protect('legacy.customer'), tenancy.protect('legacy.invoice');
		grant usage on schema legacy to tenfold_app;
		grant select, insert, update, delete on all tables in schema legacy to tenfold_app;
		alter table legacy.customer owner to tenfold_owner; alter table legacy.invoice owner to tenfold_owner;
		alter view legacy.open_invoice owner to tenfold_owner; alter schema legacy owner to tenfold_owner`)
	require.NoError(t, Arm(ctx, admin, "adopted"))
	found, err = Verify(ctx, admin)
	require.NoError(t, err)
	assert.Empty(t, found)
	asTenant(t, s.ConnectAs(t, dsn, appLogin), tenantA, func(tx pgx.Tx) { requireOnly(t, tx, tenantA) })
}

// TestDumpAndRestoreKeepsTheGuard moves a database with pg_dump, as an upgrade by
// copy does. The dump is loaded as it is, with the guard armed in it.
func TestDumpAndRestoreKeepsTheGuard(t *testing.T) {
	f := guarded(t)
	ctx := context.Background()
	bin, err := exec.LookPath("pg_dump")
	if err != nil {
		found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump")
		require.NotEmpty(t, found, "pg_dump is part of every PostgreSQL installation")
		bin = found[len(found)-1]
	}
	dump := exec.Command(bin, "--dbname="+f.dsn)
	sql, err := dump.Output()
	require.NoError(t, err)

	target := f.server.Database(t)
	restore := exec.Command(filepath.Join(filepath.Dir(bin), "psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname="+target)
	stdin, err := restore.StdinPipe()
	require.NoError(t, err)
	go func() { _, _ = stdin.Write(sql); _ = stdin.Close() }()
	out, err := restore.CombinedOutput()
	require.NoError(t, err, "%s", out)

	restored := fixture{server: f.server, dsn: target}
	admin := restored.admin(t)
	require.NoError(t, Install(ctx, admin)) // the privileges of the database are not in the dump
	want, err := CatalogHash(ctx, f.admin(t))
	require.NoError(t, err)
	got, err := CatalogHash(ctx, admin)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	found, err := Verify(ctx, admin)
	require.NoError(t, err)
	assert.Empty(t, found)
	asTenant(t, restored.app(t), tenantA, func(tx pgx.Tx) { requireOnly(t, tx, tenantA) })
}

func TestDumpAsTheApplicationIsRefused(t *testing.T) {
	f := guarded(t)
	requireRefused(t, f.app(t), SQLStateRefused, "set row_security = off; copy app.project to stdout")
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
