package tenantguard

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/postgrestest"
)

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
