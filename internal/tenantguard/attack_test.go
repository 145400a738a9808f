package tenantguard

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Parts of hostile migrations.
const (
	blind    = "create function app.f() returns trigger language plpgsql as 'begin return coalesce(new, old); end'; "
	counting = "create function app.g(text) returns text language plpgsql immutable as $f$ begin return (select count(*) from app.task); end $f$; "
	child    = "create table app.child (tenant_id uuid not null, id uuid not null, x uuid, v text, primary key (tenant_id, id), foreign key (tenant_id, x) references app.project on delete set null (x)); "
	// A trigger that looks right as text.
	late = "create or replace trigger zz_tenancy_immutable before update on app.task for each row when "
)

// TestMigrationsThatHideTheirLeakCannotCommit holds attacks that look isolated to
// a reader of names, texts and policies.
func TestMigrationsThatHideTheirLeakCannotCommit(t *testing.T) {
	f := guarded(t)
	for _, c := range []struct{ name, rule, sql string }{
		{"restrictive policy evaluated before all others", "policy-order", `create policy "!a" on app.task as restrictive to tenfold_app using (title <> '')`},
		{"first policy opened", "tenant-policy", `alter policy "!tenancy_first" on app.task using (true)`},
		{"first policy dropped", "tenant-policy", `drop policy "!tenancy_first" on app.task`},
		{"restrictive policy that hides rows from erasing", "policy-on-owner", "create policy narrow on app.task as restrictive using (title <> 'kept')"},
		{"policy with another operator of the same name", "tenant-policy", "create function app.yes(uuid, uuid) returns boolean language sql as 'select true'; create operator app.= (leftarg = uuid, rightarg = uuid, function = app.yes); set local search_path = app, pg_catalog; alter policy tenancy_tenant on app.task using (tenant_id = (select tenancy.current_tenant()))"},
		{"trigger with another operator of the same name", "immutable-tenant", "create function app.yes(uuid, uuid) returns boolean language sql as 'select true'; create operator app.= (leftarg = uuid, rightarg = uuid, function = app.yes); set local search_path = app, pg_catalog; " + late + "(old.tenant_id is distinct from new.tenant_id) execute function tenancy.refuse_moved_row(); alter table app.task enable always trigger zz_tenancy_immutable"},
		{"trigger that quotes the right condition", "immutable-tenant", late + "(' WHEN ((old.tenant_id IS DISTINCT FROM new.tenant_id)) EXECUTE ' = '') execute function tenancy.refuse_moved_row(); alter table app.task enable always trigger zz_tenancy_immutable"},
		{"trigger before a cascading delete", "cascade-trigger", blind + "create trigger t before delete on app.task for each row execute function app.f()"},
		{"statement trigger before a cascading delete", "cascade-trigger", blind + "create trigger t before delete on app.task for each statement execute function app.f()"},
		{"cascade onto a table with a trigger", "cascade-trigger", blind + good + "create trigger t before delete on app.good for each row execute function app.f(); alter table app.good add foreign key (tenant_id, id) references app.project on delete cascade"},
		{"trigger before an update by a foreign key", "cascade-trigger", blind + child + "create trigger t before update on app.child for each row execute function app.f()"},
		{"trigger on a partition below a cascade", "cascade-trigger", blind + "create table app.part (tenant_id uuid not null, id uuid not null, primary key (tenant_id, id), foreign key (tenant_id, id) references app.project on delete cascade) partition by hash (tenant_id); create table app.part_1 partition of app.part for values with (modulus 1, remainder 0); create trigger t before delete on app.part_1 for each row execute function app.f()"},
		{"check of a row a foreign key updates", "owner-code", counting + child + "alter table app.child add check (app.g(v) is not null)"},
		{"generated column of a row a foreign key updates", "owner-code", counting + child + "alter table app.child add w text generated always as (app.g(v)) stored"},
		{"domain of a row a foreign key updates", "owner-code", counting + "create domain app.d as text check (app.g(value) <> ''); " + child + "alter table app.child add w app.d"},
		{"default a foreign key sets", "owner-code", "create function app.h() returns uuid language sql as 'select gen_random_uuid()'; create table app.child (tenant_id uuid not null, x uuid default app.h(), primary key (tenant_id), foreign key (tenant_id, x) references app.project on delete set default (x))"},
		{"index on a function of the migration", "owner-code", counting + good + "create index on app.good (tenant_id, app.g(v))"},
		{"index on a condition of the migration", "owner-code", counting + good + "create index on app.good (tenant_id) where app.g(v) <> ''"},
		{"statistics on a function of the migration", "owner-code", counting + good + "create statistics app.s on (app.g(v)) from app.good"},
		{"partition key by a function of the migration", "owner-code", counting + "create table app.p (tenant_id uuid not null, v text) partition by list (app.g(v)); create index on app.p (tenant_id)"},
		{"function of the migration hidden in an extension", "owner-code", "create extension hstore; " + counting + "alter extension hstore add function app.g(text); " + good + "create index on app.good (tenant_id, app.g(v))"},
		{"definer function in the schema for temporary objects", "definer-function", "create function pg_temp.f() returns setof app.task language sql security definer as 'select * from app.task'; create view app.v with (security_invoker = true) as select * from pg_temp.f()"},
		{"temporary function made definer later", "definer-function", "create function pg_temp.f() returns int language sql as 'select 1'; commit; begin; alter function pg_temp.f() security definer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			pg := requireRefused(t, f.migrator(t), SQLStateRefused, "begin; "+c.sql+"; commit")
			assert.Contains(t, pg.Detail, c.rule+": ")
		})
	}
	found, err := Verify(context.Background(), f.admin(t))
	require.NoError(t, err)
	assert.Empty(t, found)
}

// TestWhatTheServerRunsAsTheOwnerWouldSeeEveryTenant shows what cascade-trigger
// and owner-code stop: without the gate each of these reaches rows of the other.
func TestWhatTheServerRunsAsTheOwnerWouldSeeEveryTenant(t *testing.T) {
	const report = "begin update app.project set name = name || '!'; "
	for _, c := range []struct{ name, sql string }{
		{"a trigger below a cascade", "create function app.f() returns trigger language plpgsql as $$ " + report + "return old; end $$; create trigger t before delete on app.task for each row execute function app.f()"},
		{"a check of a row that is set to null", child + "create function app.f(uuid) returns boolean language plpgsql as $$ " + report + "return true; end $$; alter table app.child add check (app.f(x))"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := guarded(t)
			admin := f.admin(t)
			require.NoError(t, Disarm(context.Background(), admin, "to show what the gate stops"))
			mustExec(t, f.migrator(t), c.sql)
			asTenant(t, f.app(t), tenantA, func(tx pgx.Tx) {
				attempt(t, tx, "insert into app.child (tenant_id, id, x) values ('"+tenantA+"', '"+absent+"', '"+projectA+"')")
				mustExec(t, tx, "delete from app.project where id = '"+projectA+"'")
				require.NoError(t, tx.Commit(context.Background()))
			})
			assert.Positive(t, count(t, admin, "select from app.project where name like '%!' and tenant_id = '"+tenantB+"'"))
		})
	}
}

func TestRestrictivePolicySeesOnlyRowsOfItsTenant(t *testing.T) {
	f := guarded(t)
	mustExec(t, f.migrator(t), `
		create table app.seen (tenant_id uuid not null default tenancy.current_tenant(), title text, primary key (tenant_id, title));
		create function app.spy(text) returns boolean language plpgsql cost 0.0000001 as $$
		begin insert into app.seen (title) values ($1) on conflict do nothing; return true; end $$;
		create policy "0 spy" on app.task as restrictive to tenfold_app using (app.spy(title))`)
	asTenant(t, f.app(t), tenantA, func(tx pgx.Tx) {
		mustExec(t, tx, "set local enable_indexscan = off; set local enable_bitmapscan = off")
		mustExec(t, tx, "select from app.task")
		mustExec(t, tx, "update app.task set title = title")
		mustExec(t, tx, "delete from app.task")
		assert.Equal(t, "ours", scan[string](t, tx, "select string_agg(title, ',') from app.seen"))
	})
}

// TestGroupsCannotBeStrippedOfTheirRights runs DROP OWNED, which takes a role out
// of every policy and privilege, also of tables that belong to others.
func TestGroupsCannotBeStrippedOfTheirRights(t *testing.T) {
	f := guarded(t)
	requireRefused(t, f.app(t), SQLStateRefused, "drop owned by tenfold_app")
	requireRefused(t, f.platform(t), SQLStateRefused, "drop owned by tenfold_platform")
	requireRefused(t, f.migrator(t), SQLStateRefused, "drop owned by tenfold_owner cascade")
	found, err := Verify(context.Background(), f.admin(t))
	require.NoError(t, err)
	require.Empty(t, found)
	asTenant(t, f.app(t), tenantA, func(tx pgx.Tx) { requireOnly(t, tx, tenantA) })
	require.Equal(t, 5, count(t, f.platform(t), "select from app.project"))

	admin := f.admin(t)
	mustExec(t, admin, "create role login_leaving login in role tenfold_app")
	mustExec(t, admin, "drop owned by login_leaving")
	mustExec(t, admin, "drop role login_leaving")
}

// TestInstallCallsNothingAMigrationPlanted puts overloads into the schema public
// that fit better than the functions of PostgreSQL.
func TestInstallCallsNothingAMigrationPlanted(t *testing.T) {
	f := guarded(t)
	ctx := context.Background()
	mustExec(t, f.migrator(t), `
		create function public.format(text, name) returns text language plpgsql as $$ begin raise 'planted code runs as %', current_user; end $$;
		create function public.format(text, text) returns text language plpgsql as $$ begin raise 'planted code runs as %', current_user; end $$;
		create function public.format(text, text, text) returns text language plpgsql as $$ begin raise 'planted code runs as %', current_user; end $$`)
	admin := f.admin(t)
	require.NoError(t, Install(ctx, admin))
	require.NoError(t, SetEntry(ctx, admin, EntryPrincipal))
	require.NoError(t, Disarm(ctx, admin, "test"))
	require.NoError(t, Arm(ctx, admin, "test"))
	_, err := Probe(ctx, admin)
	require.NoError(t, err)
}

// TestTwoTenantsInOneTransactionShareWhatIsStillOpen shows what a transaction that
// enters a second tenant takes along. The threat model says: one tenant each.
func TestTwoTenantsInOneTransactionShareWhatIsStillOpen(t *testing.T) {
	f := guarded(t)
	mustExec(t, f.migrator(t), `
		create table app.journal (tenant_id uuid not null, id uuid not null default gen_random_uuid(), name text, primary key (tenant_id, id));
		create function app.note() returns trigger language plpgsql as $$ begin insert into app.journal (name) values (new.name); return null; end $$;
		create constraint trigger note after insert on app.project deferrable initially deferred for each row execute function app.note()`)
	asTenant(t, f.app(t), tenantA, func(tx pgx.Tx) {
		mustExec(t, tx, "declare c cursor for select name from app.project order by name")
		require.Equal(t, "alpha", scan[string](t, tx, "fetch 1 from c"))
		mustExec(t, tx, "insert into app.project (name) values ('of A')")
		mustExec(t, tx, "select tenancy.enter($1)", tenantB)
		assert.Equal(t, "second", scan[string](t, tx, "fetch 1 from c"), "an open cursor goes on under its own tenant")
		require.NoError(t, tx.Commit(context.Background()))
	})
	assert.Equal(t, tenantB, scan[string](t, f.admin(t), "select tenant_id::text from app.journal"),
		"a deferred trigger runs under the tenant entered last")
}

// TestWhatIsGivenAwayWithoutAnEventIsAudited runs the one command about objects
// that PostgreSQL shows to no event trigger. It needs the rights of both roles,
// which no login of the guard has.
func TestWhatIsGivenAwayWithoutAnEventIsAudited(t *testing.T) {
	f := guarded(t)
	ctx := context.Background()
	admin := f.admin(t)
	requireRefused(t, f.migrator(t), SQLStateRefused, "reassign owned by tenfold_owner to "+migratorLogin)
	inTx(t, admin, func(tx pgx.Tx) {
		mustExec(t, tx, "reassign owned by tenfold_owner to "+appLogin)
		require.Zero(t, count(t, tx, "select from tenancy.ddl_pending"), "the server has begun to tell event triggers")
		found, err := violations(ctx, tx, true)
		require.NoError(t, err)
		require.NotEmpty(t, found)
		assert.Equal(t, "owner", found[0].Rule)
	})
}

// TestSuspendedMemberEndsWithTheTransaction shows when a suspension takes effect.
func TestSuspendedMemberEndsWithTheTransaction(t *testing.T) {
	f := guarded(t)
	p := staffed(t, f)
	conn := f.app(t)
	asPrincipal(t, conn, tenantA, p.member, func(tx pgx.Tx) {
		inCommitted(t, f.app(t), tenantA, p.admin, "update authz.membership set status = 'suspended' where principal_id = '"+p.member+"'")
		mustExec(t, tx, "select * from app.project")
		requireRefused(t, tx, SQLStateRefused, "select tenancy.enter('"+tenantA+"', '"+p.member+"')")
		require.NoError(t, tx.Commit(context.Background()))
	})
	requireRefused(t, conn, SQLStateRefused, "begin; select tenancy.enter('"+tenantA+"', '"+p.member+"'); commit")
}

// TestMembersCannotGiveThemselvesMore tries every table of the access model as a
// member without access.manage.
func TestMembersCannotGiveThemselvesMore(t *testing.T) {
	f := guarded(t)
	p := staffed(t, f)
	conn := f.app(t)
	mustExec(t, f.platform(t), "select authz.register_principal('idp|more')")
	before := scan[string](t, f.admin(t), "select string_agg(x, ';' order by x) from (select m::text from authz.membership m union all select r::text from authz.role_permission r union all select o::text from authz.membership_role o union all select g::text from authz.resource_grant g) all_of(x)")
	for _, sql := range []string{
		"insert into authz.membership_role (principal_id, role) values ('" + p.member + "', 'administrator')",
		"insert into authz.resource_grant (principal_id, permission, resource_type, resource_id) values ('" + p.member + "', 'project.write', 'project', '" + projectA + "')",
		"insert into authz.role_permission (role, permission) values ('editor', 'access.manage')",
		"insert into authz.role (key) values ('mine')",
		"insert into authz.role_permission (role, permission) values ('editor', 'project.read') on conflict (tenant_id, role, permission) do update set permission = 'access.manage'",
		"merge into authz.role_permission r using (values (1)) v on false when not matched then insert (role, permission) values ('editor', 'access.manage')",
		"with w as (insert into authz.membership_role (principal_id, role) values ('" + p.member + "', 'editor') returning *) select * from w",
		"insert into authz.permission values ('mine', 'mine')",
		"insert into authz.audit (tenant_id, action, relation) values ('" + tenantA + "', 'x', 'x')",
		"select authz.add_first_member('" + tenantA + "', '" + p.member + "')",
		"select * from authz.principal",
	} {
		t.Run(sql, func(t *testing.T) {
			asPrincipal(t, conn, tenantA, p.member, func(tx pgx.Tx) { requireRefused(t, tx, SQLStateRefused, sql) })
		})
	}
	asPrincipal(t, conn, tenantA, p.member, func(tx pgx.Tx) {
		for _, sql := range []string{
			"update authz.membership set status = 'active'", "update authz.membership_role set role = 'administrator'",
			"delete from authz.membership_role", "delete from authz.role",
		} {
			tag, err := tx.Exec(context.Background(), sql)
			require.NoError(t, err, sql)
			require.Zero(t, tag.RowsAffected(), sql)
		}
		require.NoError(t, tx.Commit(context.Background()))
	})
	after := scan[string](t, f.admin(t), "select string_agg(x, ';' order by x) from (select m::text from authz.membership m union all select r::text from authz.role_permission r union all select o::text from authz.membership_role o union all select g::text from authz.resource_grant g) all_of(x)")
	assert.Equal(t, before, after)
}
