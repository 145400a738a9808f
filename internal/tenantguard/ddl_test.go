package tenantguard

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// good is a table that breaks no rule.
const good = "create table app.good (tenant_id uuid not null, id uuid not null default gen_random_uuid(), v text, primary key (tenant_id, id)); "

// TestMigrationsThatBreakIsolationCannotCommit runs hostile or careless
// migrations as the owner. Each must fail at commit and name its rule.
func TestMigrationsThatBreakIsolationCannotCommit(t *testing.T) {
	f := guarded(t)
	conn := f.migrator(t)
	before, err := CatalogHash(context.Background(), f.admin(t))
	require.NoError(t, err)
	for _, c := range []struct{ name, rule, sql string }{
		{"table without tenant_id", "tenant-column", "create table app.bad (id uuid primary key)"},
		{"table as a copy", "tenant-index", "create table app.bad as select * from app.task"},
		{"table as a copy without the tenant", "tenant-column", "create table app.bad as select id, title from app.task"},
		{"select into", "tenant-index", "select * into app.bad from app.task"},
		{"table like another without its keys", "tenant-index", "create table app.bad (like app.task)"},
		{"table in another schema", "tenant-column", "create table public.bad (id int)"},
		{"schema with a table", "tenant-column", "create schema extra create table bad (id int)"},
		{"table of a composite type", "tenant-column", "create type app.pair as (a int, b int); create table app.bad of app.pair"},
		{"table from a DO block", "tenant-column", "do $$ begin execute 'create table app.bad (id int)'; end $$"},
		{"table from a function", "tenant-column", "create function app.f() returns void language plpgsql as $$ begin create table app.bad (id int); end $$; select app.f()"},
		{"tenant_id that may be null", "tenant-column", "create table app.bad (tenant_id uuid, id uuid); create index on app.bad (tenant_id)"},
		{"tenant_id of another type", "tenant-column", "create table app.bad (tenant_id text not null)"},
		{"tenant_id that is generated", "tenant-column", "create table app.bad (source uuid not null, tenant_id uuid generated always as (source) stored not null); create index on app.bad (tenant_id)"},
		{"not null dropped", "tenant-column", "alter table app.event alter tenant_id drop not null"},
		{"tenant_id dropped", "tenant-column", "drop table app.task cascade; alter table app.project drop tenant_id cascade"},
		{"tenant_id renamed", "tenant-column", "alter table app.project rename tenant_id to tenant"},
		{"no index led by tenant", "tenant-index", "create table app.bad (tenant_id uuid not null, v text)"},
		{"index led by another column", "tenant-index", "create table app.bad (tenant_id uuid not null, v text, primary key (v, tenant_id))"},
		{"partial index only", "tenant-index", "create table app.bad (tenant_id uuid not null, v text); create index on app.bad (tenant_id) where v is not null"},
		{"the index dropped", "tenant-index", "alter table app.task drop constraint task_pkey"},
		{"unique over all tenants", "unique-key", good + "alter table app.good add unique (v)"},
		{"unique index over all tenants", "unique-key", good + "create unique index on app.good (lower(v))"},
		{"unique with the tenant only included", "unique-key", good + "create unique index on app.good (v) include (tenant_id)"},
		{"unique on an expression of the tenant", "unique-key", good + "create unique index on app.good ((tenant_id::text), v)"},
		{"partial unique over all tenants", "unique-key", good + "create unique index on app.good (v) where v <> ''"},
		{"exclusion over all tenants", "exclusion-key", good + "alter table app.good add exclude using btree (v with =)"},
		{"foreign key without the tenant", "foreign-key", good + "create table app.more (tenant_id uuid not null, id uuid not null, good_tenant uuid, good_id uuid, primary key (tenant_id, id), foreign key (good_tenant, good_id) references app.good)"},
		{"foreign key with the tenant in the wrong place", "foreign-key", "create table app.good (tenant_id uuid not null, id uuid not null, primary key (tenant_id, id)); create table app.more (tenant_id uuid not null, x uuid not null, primary key (tenant_id, x), foreign key (x, tenant_id) references app.good)"},
		{"foreign key from the global table", "foreign-key-from-global", "alter table app.currency add t uuid, add p uuid, add foreign key (t, p) references app.project"},
		{"row-level security disabled", "row-security", "alter table app.task disable row level security"},
		{"row-level security not forced", "forced-row-security", "alter table app.task no force row level security"},
		{"row-level security of a partition disabled", "row-security", "alter table app.event_2026 disable row level security"},
		{"tenant policy dropped", "tenant-policy", "drop policy tenancy_tenant on app.task"},
		{"tenant policy renamed", "tenant-policy", "alter policy tenancy_tenant on app.task rename to other"},
		{"tenant policy opened", "tenant-policy", "alter policy tenancy_tenant on app.task using (true)"},
		{"tenant policy checks nothing", "tenant-policy", "alter policy tenancy_tenant on app.task with check (true)"},
		{"tenant policy for everybody", "tenant-policy", "alter policy tenancy_tenant on app.task to public"},
		{"tenant policy calls another function", "tenant-policy", "create function app.current_tenant() returns uuid language sql as 'select null::uuid'; alter policy tenancy_tenant on app.task using (tenant_id = (select app.current_tenant()))"},
		{"tenant policy made to read per row", "tenant-policy", "alter policy tenancy_tenant on app.task using (tenant_id = tenancy.current_tenant()) with check (tenant_id = tenancy.current_tenant())"},
		{"another permissive policy", "permissive-policy", "create policy extra on app.task using (true)"},
		{"another permissive policy for reading only", "permissive-policy", "create policy extra on app.task for select to tenfold_app using (true)"},
		{"platform policy that writes", "permissive-policy", "drop policy tenancy_platform on app.task; create policy tenancy_platform on app.task to tenfold_platform using (true)"},
		{"platform policy for the application", "permissive-policy", "alter policy tenancy_platform on app.task to tenfold_app"},
		{"trigger of the tenant dropped", "immutable-tenant", "drop trigger zz_tenancy_immutable on app.task"},
		{"trigger of the tenant disabled", "immutable-tenant", "alter table app.task disable trigger zz_tenancy_immutable"},
		{"all triggers of the user disabled", "immutable-tenant", "alter table app.task disable trigger user"},
		{"trigger of the tenant replaced", "immutable-tenant", "create or replace trigger zz_tenancy_immutable before update on app.task for each row when (false) execute function tenancy.refuse_moved_row()"},
		{"a trigger that runs later", "trigger-order", "create function app.f() returns trigger language plpgsql as 'begin return new; end'; create trigger zzz before update on app.task for each row execute function app.f()"},
		{"view that reads as its owner", "view", "create view app.bad as select * from app.task"},
		{"view switched to its owner", "view", "alter view app.open_task reset (security_invoker)"},
		{"view switched off explicitly", "view", "alter view app.open_task set (security_invoker = false)"},
		{"materialized view", "materialized-view", "create materialized view app.bad as select * from app.task"},
		{"rewrite rule", "rewrite-rule", "create rule r as on delete to app.task do instead nothing"},
		{"rewrite rule on a view", "rewrite-rule", "create rule r as on insert to app.open_task do instead delete from app.task"},
		{"security definer function", "definer-function", "create function app.f() returns bigint language sql security definer as 'select count(*) from app.task'"},
		{"security definer procedure", "definer-function", "create procedure app.f() language sql security definer as 'delete from app.task'"},
		{"function switched to its owner", "definer-function", "create function app.f() returns int language sql as 'select 1'; alter function app.f() security definer"},
		{"unknown extension", "extension", "create extension tcn"},
		{"publication", "publication", "create publication leak for table app.task"},
		{"grant to everybody", "grantee", "grant select on app.task to public"},
		{"grant to a single login", "grantee", "grant select on app.task to " + appLogin},
		{"grant of a column to everybody", "grantee", "grant select (title) on app.task to public"},
		{"grant of truncate", "privilege", "grant truncate on app.task to tenfold_app"},
		{"grant of references", "privilege", "grant references on app.task to tenfold_app"},
		{"grant of references to a column", "privilege", "grant references (id) on app.task to tenfold_app"},
		{"grant of trigger", "privilege", "grant trigger on app.task to tenfold_app"},
		{"grant of everything", "privilege", "grant all on app.task to tenfold_app"},
		{"grant with grant option", "grant-option", "grant select on app.task to tenfold_app with grant option"},
		{"platform that writes", "platform-writes", "grant update on app.task to tenfold_platform"},
		{"platform that writes a column", "platform-writes", "grant update (title) on app.task to tenfold_platform"},
		{"serial column", "shared-sequence", "create table app.bad (tenant_id uuid not null, id bigserial, primary key (tenant_id, id))"},
		{"identity column", "shared-sequence", "create table app.bad (tenant_id uuid not null, id bigint generated always as identity, primary key (tenant_id, id))"},
		{"sequence for the application", "sequence-privilege", "create sequence app.s; grant usage on sequence app.s to tenfold_app"},
		{"global table the application writes", "global-table-writable", "grant insert on app.currency to tenfold_app"},
		{"global table with a tenant", "global-table-with-tenant", "alter table app.currency add tenant_id uuid"},
		{"inheritance from a global table", "tenant-column", "create table app.parent (tenant_id uuid); create table app.child () inherits (app.parent)"},
		{"schema everybody may create in", "schema-create", "grant create on schema app to public"},
		{"schema the application may create in", "schema-create", "grant create on schema app to tenfold_app"},
		{"default privileges that open the next table", "grantee", "alter default privileges in schema app grant select on tables to public; " + good},
	} {
		t.Run(c.name, func(t *testing.T) {
			pg := requireRefused(t, conn, SQLStateRefused, "begin; "+c.sql+"; commit")
			assert.Contains(t, pg.Detail, c.rule+": ")
			assert.Contains(t, pg.Message, "tenant isolation: ")
			mustExec(t, conn, "set role tenfold_owner")
		})
	}
	after, err := CatalogHash(context.Background(), f.admin(t))
	require.NoError(t, err)
	assert.Equal(t, before, after, "a refused migration left something behind")
}

func TestMigrationsTheServerRefusesAtOnce(t *testing.T) {
	f := guarded(t)
	conn := f.migrator(t)
	for _, c := range []struct{ name, code, sql string }{
		{"write an exemption", "42501", "insert into tenancy.exemption (rule, object, reason, approver) values ('row-security', 'app.task', 'because I say so', 'me')"},
		{"call exempt", "42501", "select tenancy.exempt('row-security', 'app.task', '', 'because I say so', 'me')"},
		{"disarm", "42501", "select tenancy.disarm('attack')"},
		{"alter the event trigger", "42501", "alter event trigger tenancy_ddl disable"},
		{"drop the event trigger", "42501", "drop event trigger tenancy_ddl"},
		{"drop the guard", "42501", "drop schema tenancy cascade"},
		{"replace a function of the guard", "42501", "create or replace function tenancy.current_tenant() returns uuid language sql as 'select null::uuid'"},
		{"alter a function of the guard", "42501", "alter function tenancy.current_tenant() volatile"},
		{"add a function to the guard", "42501", "create function tenancy.mine() returns int language sql as 'select 1'"},
		{"hide a table in the guard's schema", "42501", "alter table app.task set schema tenancy"},
		{"hide a function in the guard's schema", "42501", "create function app.hidden() returns int language sql as 'select 1'; alter function app.hidden() set schema authz"},
		{"disable the gate", "42501", "alter table tenancy.ddl_pending disable trigger all"},
		{"empty the pending list", "42501", "delete from tenancy.ddl_pending"},
		{"edit the log of DDL", "42501", "delete from tenancy.ddl_log"},
		{"switch triggers off", "42501", "set session_replication_role = replica"},
		{"become the guard", "42501", "set role tenfold_guard"},
		{"create a leakproof function", "42501", "create function app.f(text) returns boolean language sql leakproof as 'select true'"},
		{"publish everything", "42501", "create publication leak for all tables"},
		{"make a role that bypasses", "42501", "create role bypass bypassrls"},
		{"make the application an owner", "42501", "grant tenfold_owner to tenfold_app"},
		{"rewrite the roles a principal has", "42501", "insert into authz.membership (tenant_id, principal_id) values ('" + tenantA + "', '" + absent + "')"},
		{"put a trigger on the members", "42501", "create trigger t before update on authz.membership for each row execute function tenancy.refuse_moved_row()"},
		{"foreign server", "42501", "create server loop foreign data wrapper postgres_fdw"},
		{"untrusted language", "42501", "create function app.f() returns int language c as 'x'"},
	} {
		t.Run(c.name, func(t *testing.T) {
			pg := attempt(t, conn, c.sql)
			require.NotNil(t, pg, "accepted: %s", c.sql)
			// A wrapper that is not installed is refused before privileges are asked.
			assert.Contains(t, []string{c.code, "42704"}, pg.Code, pg.Message)
		})
	}
}

func TestMigrationsThatKeepIsolationCommit(t *testing.T) {
	f := guarded(t)
	conn := f.migrator(t)
	for _, c := range []struct{ name, sql string }{
		{"a table of its own", good},
		{"a restrictive policy", "create policy narrow on app.task as restrictive to tenfold_app using (title <> 'secret')"},
		{"a copy that gets its key", "create table app.copied as select * from app.task; alter table app.copied alter tenant_id set not null; select tenancy.create_primary_key('app.copied', 'id')"},
		{"a table like another with its keys", "create table app.alike (like app.task including all)"},
		{"a new partition", "create table app.event_2027 partition of app.event for values from ('2027-01-01') to ('2028-01-01')"},
		{"an attached partition", "create table app.event_2028 (like app.event including all); alter table app.event attach partition app.event_2028 for values from ('2028-01-01') to ('2029-01-01')"},
		{"a detached partition", "alter table app.event detach partition app.event_2027"},
		{"an inheriting table", "create table app.child (primary key (tenant_id, id)) inherits (app.good)"},
		{"keys by the helpers", "create table app.helped (tenant_id uuid not null, id uuid not null, project_id uuid, v text); select tenancy.create_primary_key('app.helped', 'id'), tenancy.create_unique_key('app.helped', 'v'), tenancy.create_index('app.helped', 'project_id', 'v'), tenancy.create_foreign_key('app.helped', '{project_id}', 'app.project', '{id}', 'set null')"},
		{"a foreign key to the global table", "alter table app.good add currency text references app.currency"},
		{"an invoker view", "create view app.seen with (security_invoker = on) as select * from app.good"},
		{"an invoker view by another word for true", "create view app.seen_too with (security_invoker = t, check_option = local) as select * from app.good where v <> ''"},
		{"an aggregate, a range and an operator", "create aggregate app.joined(text) (sfunc = textcat, stype = text, initcond = ''); create type app.text_range as range (subtype = text); create operator app.<@> (leftarg = text, rightarg = text, function = textcat)"},
		{"names that need quotes", `create schema "Ünï ""code"" % $1"; create table "Ünï ""code"" % $1"."Order's" (tenant_id uuid not null, "ID" uuid not null, primary key (tenant_id, "ID")); create table "Ünï ""code"" % $1"."aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" (like "Ünï ""code"" % $1"."Order's" including all)`},
		{"a typed table and an unlogged one", "create type app.pair as (tenant_id uuid, id uuid); create table app.typed of app.pair (primary key (tenant_id, id)); create unlogged table app.fast (like app.good including all)"},
		{"partitions of partitions by tenant", "create table app.deep (tenant_id uuid not null, at date not null, primary key (tenant_id, at)) partition by range (at); create table app.deep_1 partition of app.deep default partition by hash (tenant_id); create table app.deep_1_1 partition of app.deep_1 for values with (modulus 1, remainder 0)"},
		{"a table moved to another schema that is then renamed", "create schema moved; create table app.mover (like app.good including all); alter table app.mover set schema moved; alter schema moved rename to settled"},
		{"a temporary function of the migration", "create function pg_temp.helper() returns int language sql as 'select 1'; select pg_temp.helper()"},
		{"a trigger after a cascade", "create function app.noted() returns trigger language plpgsql as 'begin return null; end'; create trigger noted after delete on app.task for each row execute function app.noted()"},
		{"an index on functions of PostgreSQL", "create index on app.good (tenant_id, lower(v)) where v <> ''"},
		{"a schema of its own", "create schema billing; create table billing.line (tenant_id uuid not null, id uuid not null, primary key (tenant_id, id))"},
		{"a known extension", "create extension pgcrypto"},
		{"an invoker function and a trigger", "create function app.touch() returns trigger language plpgsql as 'begin return new; end'; create trigger touch before update on app.task for each row execute function app.touch()"},
		{"exclusion within a tenant", "create extension btree_gist; create table app.booking (tenant_id uuid not null, room uuid not null, during tstzrange not null, exclude using gist (tenant_id with =, room with =, during with &&)); create index on app.booking (tenant_id)"},
		{"a rename", "alter table app.good rename to better"},
		{"a drop", "drop table app.child, app.better cascade"},
		{"row-level security off and on again", "alter table app.task disable row level security; alter table app.task enable row level security"},
		{"a temporary table", "create temporary table work (id int); drop table work"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Nil(t, attempt(t, conn, "begin; "+c.sql+"; commit"))
		})
	}
	found, err := Verify(context.Background(), f.admin(t))
	require.NoError(t, err)
	assert.Empty(t, found)
}

func TestProtectGivesBackWhatWasAltered(t *testing.T) {
	f := guarded(t)
	require.Nil(t, attempt(t, f.migrator(t), `begin;
		alter policy tenancy_tenant on app.task using (true);
		drop policy tenancy_platform on app.task; create policy tenancy_platform on app.task using (true);
		create or replace trigger zz_tenancy_immutable before update on app.task for each row when (false) execute function tenancy.refuse_moved_row();
		alter table app.task disable row level security, no force row level security, alter tenant_id drop default;
		select tenancy.protect('app.task');
		commit`))
	asTenant(t, f.app(t), tenantA, func(tx pgx.Tx) { requireOnly(t, tx, tenantA) })
}

func TestNewSchemaAndTableAreUsableByTheApplicationAtOnce(t *testing.T) {
	f := guarded(t)
	mustExec(t, f.migrator(t), "create schema billing; create table billing.line (tenant_id uuid not null, id uuid not null default gen_random_uuid(), primary key (tenant_id, id))")
	conn := f.app(t)
	mustExec(t, conn, "begin; select tenancy.enter('"+tenantA+"'); insert into billing.line default values; commit")
	assert.Equal(t, tenantA, scan[string](t, f.admin(t), "select tenant_id::text from billing.line"))
}

func TestGlobalTableIsReadOnlyForTheApplication(t *testing.T) {
	conn := guarded(t).app(t)
	assert.Equal(t, 2, count(t, conn, "select from app.currency"))
	for _, sql := range []string{"insert into app.currency values ('XXX')", "update app.currency set code = 'X'", "delete from app.currency"} {
		requireRefused(t, conn, "42501", sql)
	}
}
