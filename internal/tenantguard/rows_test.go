package tenantguard

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRowsOfAnotherTenantCannotBeWritten attacks as tenant A and then counts as
// the superuser, for whom no policy holds, that tenant B lost and gained nothing.
func TestRowsOfAnotherTenantCannotBeWritten(t *testing.T) {
	f := guarded(t)
	conn, admin := f.app(t), f.admin(t)
	before := victim(t, admin)
	for _, c := range []struct{ name, code, sql string }{
		{"insert with the other tenant's id", "42501", "insert into app.project (tenant_id, name) values ('" + tenantB + "', 'planted')"},
		{"insert without a tenant", "42501", "insert into app.project (tenant_id, name) values (null, 'orphan')"},
		{"insert into a partition with the other tenant's id", "42501", "insert into app.event_2026 values ('" + tenantB + "', '2026-03-01', 'planted')"},
		{"move a row to the other tenant", "42501", "update app.project set tenant_id = '" + tenantB + "' where id = '" + projectA + "'"},
		{"make a row an orphan", "42501", "update app.project set tenant_id = null where id = '" + projectA + "'"},
		{"reference the other tenant's row", "23503", "insert into app.task (project_id, title) values ('" + projectB + "', 'reach over')"},
		{"reference a row that does not exist", "23503", "insert into app.task (project_id, title) values ('" + absent + "', 'reach over')"},
		{"take over the other tenant's row by key and tenant", "42501", "insert into app.project (tenant_id, id, name) values ('" + tenantB + "', '" + projectB + "', 'taken') on conflict (tenant_id, id) do update set name = 'taken'"},
		{"do nothing on the other tenant's key", "42501", "insert into app.project (tenant_id, id, name) values ('" + tenantB + "', '" + projectB + "', 'taken') on conflict do nothing"},
		{"truncate", "42501", "truncate app.project cascade"},
		{"truncate a partition", "42501", "truncate app.event_2026"},
		{"copy from", "0A000", "copy app.project from stdin"},
		{"switch row security off", "42501", "set local row_security = off; select * from app.project"},
		{"disable row-level security", "42501", "alter table app.project disable row level security"},
		{"drop the policy", "42501", "drop policy tenancy_tenant on app.project"},
		{"disable the trigger", "42501", "alter table app.project disable trigger zz_tenancy_immutable"},
		{"add a policy", "42501", "create policy mine on app.project using (true)"},
		{"become the owner", "42501", "set role tenfold_owner"},
		{"become the platform", "42501", "set role tenfold_platform"},
		{"become the guard", "42501", "set role tenfold_guard"},
		{"switch triggers off", "42501", "set session_replication_role = replica"},
		{"write the global table", "42501", "insert into app.currency values ('XXX')"},
		{"exempt oneself", "42501", "select tenancy.exempt('row-security', 'app.project', '', 'because I say so', 'me')"},
		{"add a table", "42501", "create table public.mine (id int)"},
		{"add a function in front of the guard's", "42501", "create function public.enter(uuid) returns void language sql as ''"},
		{"read files of the server", "42501", "select pg_read_file('PG_VERSION')"},
		{"run a program", "42501", "copy app.task to program 'cat'"},
		{"publish the tables", "42501", "create publication leak for table app.task"},
	} {
		t.Run(c.name, func(t *testing.T) {
			requireRefused(t, conn, c.code, "begin; select tenancy.enter('"+tenantA+"'); "+c.sql+"; commit")
		})
	}
	for _, c := range []struct{ name, sql string }{
		{"update the other tenant's row by key", "update app.project set name = 'taken' where id = '" + projectB + "'"},
		{"delete the other tenant's row by key", "delete from app.project where id = '" + projectB + "'"},
		{"update through a view", "update app.open_task set title = 'taken' where tenant_id = '" + tenantB + "'"},
		{"delete through a partition", "delete from app.event_2026 where tenant_id = '" + tenantB + "'"},
		{"lock the other tenant's row", "select from app.project where id = '" + projectB + "' for update"},
		{"merge onto the other tenant's row", "merge into app.project p using (values ('" + projectB + "'::uuid)) v(id) on p.id = v.id when matched then update set name = 'taken'"},
		{"delete using a join", "delete from app.task t using app.project p where p.tenant_id <> '" + tenantA + "'"},
	} {
		t.Run(c.name, func(t *testing.T) {
			asTenant(t, conn, tenantA, func(tx pgx.Tx) {
				tag, err := tx.Exec(context.Background(), c.sql)
				require.NoError(t, err)
				require.Zero(t, tag.RowsAffected())
			})
		})
	}
	t.Run("delete without a condition", func(t *testing.T) {
		mustExec(t, conn, "begin; select tenancy.enter('"+tenantA+"'); delete from app.project; delete from app.event; commit")
		require.Zero(t, count(t, admin, "select from app.project where tenant_id = '"+tenantA+"'"))
	})
	assert.Equal(t, before, victim(t, admin))
}

// victim describes every row of tenant B.
func victim(t testing.TB, admin querier) string {
	t.Helper()
	var all strings.Builder
	for _, name := range readable(t, admin) {
		all.WriteString(scan[string](t, admin, "select coalesce(string_agg(x::text, ';' order by x::text), '') from "+name+" x where tenant_id = '"+tenantB+"'"))
	}
	return all.String()
}

func TestExistenceOfAnotherTenantsRowCannotBeTold(t *testing.T) {
	f := guarded(t)
	conn := f.app(t)

	t.Run("a foreign key answers alike for a foreign row and no row", func(t *testing.T) {
		asTenant(t, conn, tenantA, func(tx pgx.Tx) {
			answer := func(id string) string {
				pg := requireRefused(t, tx, "23503", "insert into app.task (project_id, title) values ('"+id+"', 'x')")
				return strings.ReplaceAll(pg.Message+pg.Detail, id, "ID")
			}
			assert.Equal(t, answer(absent), answer(projectB))
		})
	})

	t.Run("a unique value another tenant uses can be inserted in every way", func(t *testing.T) {
		for _, sql := range []string{
			"insert into app.project (name) values ('beta')",
			"insert into app.project (id, name) values ('" + projectB + "', 'beta')",
			"insert into app.project (id, name) values ('" + projectB + "', 'beta') on conflict (tenant_id, id) do update set name = 'overwritten'",
			"insert into app.project (id, name) values ('" + projectB + "', 'beta') on conflict do nothing",
			"merge into app.project p using (values ('" + projectB + "'::uuid)) v(id) on p.id = v.id when not matched then insert (id, name) values (v.id, 'beta')",
		} {
			asTenant(t, conn, tenantA, func(tx pgx.Tx) {
				tag, err := tx.Exec(context.Background(), sql)
				require.NoError(t, err, sql)
				assert.EqualValues(t, 1, tag.RowsAffected(), sql)
			})
		}
	})

	t.Run("a cascade does not reach the other tenant", func(t *testing.T) {
		asTenant(t, conn, tenantA, func(tx pgx.Tx) {
			mustExec(t, tx, "delete from app.project")
			mustExec(t, tx, "select tenancy.enter($1)", tenantB)
			assert.Equal(t, 2, count(t, tx, "select from app.task"))
		})
	})
}

func TestCopyToWritesOnlyTheTenantsRows(t *testing.T) {
	f := guarded(t)
	conn := f.app(t)
	for _, query := range []string{"app.project", "(select * from app.project)", "app.event_2026"} {
		asTenant(t, conn, tenantA, func(pgx.Tx) {
			var out strings.Builder
			_, err := conn.PgConn().CopyTo(context.Background(), &out, "copy "+query+" to stdout")
			require.NoError(t, err)
			assert.NotEmpty(t, out.String())
			assert.NotContains(t, out.String(), tenantB)
		})
	}
}

func TestPlatformReadsEveryTenantAndWritesNone(t *testing.T) {
	f := guarded(t)
	platform := f.platform(t)
	assert.Equal(t, 5, count(t, platform, "select from app.project"))
	for _, sql := range []string{
		"insert into app.project (tenant_id, name) values ('" + tenantA + "', 'x')",
		"update app.project set tenant_id = '" + tenantA + "'",
		"delete from app.project",
		"copy app.project from stdin",
		"select tenancy.enter('" + tenantA + "')",
	} {
		requireRefused(t, platform, "42501", sql)
	}
	t.Run("a table that was not granted stays closed", func(t *testing.T) {
		requireRefused(t, platform, "42501", "select * from app.open_task")
	})
}

func TestTenantIDCannotChangeForAnyRole(t *testing.T) {
	f := guarded(t)
	admin := f.admin(t)
	move := "update app.project set tenant_id = '" + tenantB + "' where id = '" + projectA + "'"

	t.Run("the superuser", func(t *testing.T) { requireRefused(t, admin, "42501", move) })
	t.Run("with plain triggers switched off", func(t *testing.T) {
		requireRefused(t, admin, "42501", "set session_replication_role = replica; "+move)
		mustExec(t, admin, "reset session_replication_role")
	})
	t.Run("by a trigger that rewrites another column's update", func(t *testing.T) {
		mustExec(t, f.migrator(t), `
			create function app.move() returns trigger language plpgsql as $$ begin new.tenant_id := '`+tenantB+`'; return new; end $$;
			create trigger a_move before update on app.project for each row execute function app.move()`)
		requireRefused(t, admin, "42501", "update app.project set name = 'x' where id = '"+projectA+"'")
	})
	t.Run("across partitions by tenant", func(t *testing.T) {
		mustExec(t, f.migrator(t), `
			create table app.bucket (tenant_id uuid not null, v int, primary key (tenant_id)) partition by list (tenant_id);
			create table app.bucket_a partition of app.bucket for values in ('`+tenantA+`');
			create table app.bucket_b partition of app.bucket for values in ('`+tenantB+`')`)
		mustExec(t, admin, "insert into app.bucket values ('"+tenantA+"', 1)")
		requireRefused(t, admin, "42501", "update app.bucket set tenant_id = '"+tenantB+"'")
	})
}

func TestFunctionsOfTheUserSeeNoForeignRows(t *testing.T) {
	f := guarded(t)
	migrator := f.migrator(t)
	mustExec(t, migrator, "create table app.seen (tenant_id uuid not null default tenancy.current_tenant(), title text, primary key (tenant_id, title))")
	// As cheap as a function can be, so that the planner would like to run it first.
	mustExec(t, migrator, `create function app.spy(text) returns boolean language plpgsql cost 0.0000001 as $$
		begin insert into app.seen (title) values ($1) on conflict do nothing; return true; end $$`)
	conn := f.app(t)
	asTenant(t, conn, tenantA, func(tx pgx.Tx) {
		mustExec(t, tx, "select from app.task where app.spy(title)")
		assert.Equal(t, "ours", scan[string](t, tx, "select string_agg(title, ',') from app.seen"))
	})
}

// TestSideChannels holds what the statistics of the server show. The ones that
// stay open are listed in the threat model; a change of them is noticed here.
func TestSideChannels(t *testing.T) {
	f := guarded(t)
	admin, conn := f.admin(t), f.app(t)
	mustExec(t, admin, "analyze app.project")

	t.Run("column statistics are closed", func(t *testing.T) {
		require.Positive(t, count(t, admin, "select from pg_stats where schemaname = 'app'"))
		assert.Zero(t, count(t, conn, "select from pg_stats where schemaname = 'app'"))
	})

	t.Run("explain analyze shows how many rows others have in the scan", func(t *testing.T) {
		asTenant(t, conn, tenantA, func(tx pgx.Tx) {
			mustExec(t, tx, "set local enable_indexscan = off")
			mustExec(t, tx, "set local enable_bitmapscan = off")
			rows, err := tx.Query(context.Background(), "explain (analyze, costs off, timing off) select * from app.project")
			require.NoError(t, err)
			plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
			require.NoError(t, err)
			assert.Contains(t, strings.Join(plan, "\n"), "Rows Removed by Filter: 3")
		})
	})

	t.Run("the text of another session of the same login is visible", func(t *testing.T) {
		other := f.app(t)
		mustExec(t, other, "select 'a literal of the other tenant'")
		assert.Positive(t, count(t, conn, "select from pg_stat_activity where query like '%literal of the other%' and pid <> pg_backend_pid()"))
	})
}

func TestPolicyUsesTheIndexLedByTenant(t *testing.T) {
	f := guarded(t)
	admin := f.admin(t)
	mustExec(t, admin, `insert into app.project (tenant_id, name) select md5(i::text)::uuid, n::text
		from generate_series(1, 20) i, generate_series(1, 500) n`)
	mustExec(t, admin, "analyze app.project")
	conn := f.app(t)
	asTenant(t, conn, tenantA, func(tx pgx.Tx) {
		plan := scan[string](t, tx, "explain (format json) select * from app.project")
		assert.Contains(t, plan, `"Parent Relationship": "InitPlan"`)
		assert.Contains(t, plan, `"Index Cond": "(tenant_id = $0)"`)
		assert.NotContains(t, plan, "Seq Scan")
	})
}
