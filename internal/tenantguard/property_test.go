package tenantguard

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Sizes of the property test: small enough for two busy cores, large enough for
// dozens of commits and more than a hundred refusals.
const (
	propertySeeds        = 3
	propertyTransactions = 60
)

// author writes random migrations, most of them careless.
type author struct {
	*rand.Rand
	tables []string // those that exist, as of the last commit, and those of this migration
	n      int
}

func (a *author) pick(of ...string) string { return of[a.IntN(len(of))] }

func (a *author) name(kind string) string {
	a.n++
	return fmt.Sprintf("app.%s_%d", kind, a.n)
}

func (a *author) table() string {
	if len(a.tables) == 0 {
		return "app.project"
	}
	return a.pick(a.tables...)
}

// statement returns one random statement.
func (a *author) statement() string {
	switch a.IntN(16) {
	case 0, 1, 2:
		name := a.name("t")
		a.tables = append(a.tables, name)
		tenant := a.pick("tenant_id uuid not null", "tenant_id uuid not null", "tenant_id uuid not null", "tenant_id uuid", "tenant_id text not null", "other uuid")
		key := a.pick("primary key (tenant_id, id)", "primary key (tenant_id, id)", "primary key (tenant_id, id)", "primary key (id)", "unique (v)")
		return fmt.Sprintf("create table %s (%s, id uuid not null default gen_random_uuid(), v int default 1, %s)", name, tenant, key)
	case 3:
		name := a.name("t")
		a.tables = append(a.tables, name)
		return fmt.Sprintf("create table %s %s", name, a.pick("(like "+a.table()+" including all)", "(like "+a.table()+")",
			"as select * from "+a.table(), "() inherits ("+a.table()+")", "(primary key (tenant_id, id)) inherits ("+a.table()+")"))
	case 4:
		name := a.name("p")
		a.tables = append(a.tables, name, name+"_1")
		return fmt.Sprintf("create table %s (tenant_id uuid not null, id uuid not null default gen_random_uuid(), v int default 1, primary key (tenant_id, id)) partition by hash (tenant_id); "+
			"create table %s_1 partition of %s for values with (modulus 1, remainder 0)", name, name, name)
	case 5, 6:
		name := a.name("v")
		return fmt.Sprintf("create view %s %s as select * from %s", name, a.pick("", "with (security_invoker = true)", "with (security_invoker = true)", "with (security_barrier = true)"), a.table())
	case 7:
		return fmt.Sprintf("create materialized view %s as select * from %s", a.name("m"), a.table())
	case 8:
		name := a.name("f")
		return fmt.Sprintf("create function %s() returns setof uuid language sql %s as 'select tenant_id from %s'", name, a.pick("", "", "security definer"), a.table())
	case 9:
		return fmt.Sprintf("create policy extra_%d on %s %s", a.n, a.table(), a.pick("using (true)", "as restrictive using (true)", "for select to tenfold_app using (true)", "to tenfold_platform using (true)"))
	case 10:
		return fmt.Sprintf("alter table %s %s row level security", a.table(), a.pick("disable", "enable", "no force", "force"))
	case 11:
		return fmt.Sprintf("alter policy tenancy_tenant on %s %s", a.table(), a.pick("using (true)", "with check (true)", "to public", "to tenfold_app, tenfold_owner", "rename to renamed"))
	case 12:
		return fmt.Sprintf("%s on %s to %s", a.pick("grant select", "grant all", "grant truncate", "revoke insert"), a.table(), a.pick("tenfold_app", "tenfold_app", "tenfold_platform", "public"))
	case 13:
		return fmt.Sprintf("create %s on %s (%s)", a.pick("index", "unique index"), a.table(), a.pick("v", "tenant_id, v", "v, tenant_id"))
	case 14:
		return fmt.Sprintf("alter table %s %s", a.table(), a.pick("add extra text", "alter tenant_id drop not null", "alter tenant_id type text", "rename tenant_id to t",
			"add foreign key (tenant_id, id) references "+a.table()+" (tenant_id, id)", "add foreign key (id) references app.project (id)", "owner to tenfold_migrator", "disable trigger all", "disable trigger user", "inherit "+a.table()))
	default:
		return fmt.Sprintf("drop %s on %s", a.pick("policy tenancy_tenant", `policy "!tenancy_first"`, "trigger zz_tenancy_immutable"), a.table())
	}
}

// migration returns one or two statements; some repair what others broke.
func (a *author) migration() string {
	var parts []string
	for range 1 + a.IntN(2) {
		parts = append(parts, a.statement())
	}
	if a.IntN(4) == 0 {
		parts = append(parts, "select tenancy.protect('"+a.table()+"')")
	}
	return strings.Join(parts, "; ")
}

// TestWhatCommitsIsIsolated lets random migrations through the gate and judges
// the outcome by behaviour, not by the definition: rows of two tenants go into
// every table, and one tenant then looks for the other's by every path there is.
func TestWhatCommitsIsIsolated(t *testing.T) {
	ctx := context.Background()
	committed, refused, looked := 0, 0, 0
	for seed := range uint64(propertySeeds) {
		f := guarded(t)
		migrator, app, admin := f.migrator(t), f.app(t), f.admin(t)
		a := &author{Rand: rand.New(rand.NewPCG(seed, 54))}
		for range propertyTransactions {
			sql := a.migration()
			pg := attempt(t, migrator, "begin; "+sql+"; commit")
			a.tables = relations(t, admin, "'r', 'p'")
			switch {
			case pg == nil:
				committed++
			case pg.Code == SQLStateRefused && strings.HasPrefix(pg.Message, "tenant isolation"):
				refused++
			}
		}
		found, err := Verify(ctx, admin)
		require.NoError(t, err)
		require.Empty(t, found, "seed %d", seed)
		leaks, paths := lookForTheOther(t, admin, app)
		require.Empty(t, leaks, "seed %d", seed)
		looked += paths
	}
	t.Logf("%d migrations committed, %d refused by the gate, %d paths tried", committed, refused, looked)
	assert.Greater(t, committed, 30, "too few migrations commit to say anything")
	assert.Greater(t, refused, 60, "too few migrations are refused to say anything")
	assert.Greater(t, looked, 40, "too few paths were tried to say anything")
}

// lookForTheOther fills every table for both tenants, acts as tenant A and
// returns what it could see or do of tenant B, and through how many relations
// and functions it tried.
func lookForTheOther(t *testing.T, admin, app *pgx.Conn) (leaks []string, paths int) {
	t.Helper()
	for _, table := range relations(t, admin, "'r', 'p'") {
		for _, tenant := range []string{tenantA, tenantB} {
			// Tables whose other columns have no default stay as they are.
			attempt(t, admin, "insert into "+table+" (tenant_id) values ('"+tenant+"')")
		}
	}
	before := victim(t, admin)
	asTenant(t, app, tenantA, func(tx pgx.Tx) {
		reachable := relations(t, tx, "'r', 'p', 'v', 'm', 'f'")
		for _, relation := range reachable {
			paths++
			if attempt(t, tx, "select from "+relation+" limit 1") == nil && // else no privilege
				count(t, tx, "select from "+relation+" where tenant_id::text is distinct from $1", tenantA) > 0 {
				leaks = append(leaks, "read "+relation)
			}
		}
		for _, function := range functionsOf(t, tx) {
			paths++
			if attempt(t, tx, "select * from "+function+"()") == nil &&
				count(t, tx, "select from "+function+"() f(id) where id::text is distinct from $1", tenantA) > 0 {
				leaks = append(leaks, "call "+function)
			}
		}
		for _, relation := range reachable {
			if attempt(t, tx, "insert into "+relation+" (tenant_id) values ('"+tenantB+"')") == nil {
				leaks = append(leaks, "insert into "+relation)
			}
			attempt(t, tx, "update "+relation+" set tenant_id = '"+tenantB+"'")
		}
		require.NoError(t, tx.Commit(context.Background()))
	})
	for _, relation := range relations(t, app, "'r', 'p', 'v', 'm', 'f'") {
		if attempt(t, app, "select from "+relation+" limit 1") == nil && count(t, app, "select from "+relation) > 0 {
			leaks = append(leaks, "read without a tenant "+relation)
		}
	}
	if victim(t, admin) != before {
		leaks = append(leaks, "rows changed")
	}
	asTenant(t, app, tenantA, func(tx pgx.Tx) {
		for _, relation := range relations(t, tx, "'r', 'p', 'v', 'm', 'f'") {
			attempt(t, tx, "delete from "+relation)
			attempt(t, tx, "truncate "+relation)
		}
		require.NoError(t, tx.Commit(context.Background()))
	})
	if victim(t, admin) != before {
		leaks = append(leaks, "rows removed")
	}
	return leaks, paths
}

// TestTheSearchFindsLeaksWhenTheGateIsOpen shows that the search of the property
// test is able to fail: without the gate each of these is found.
func TestTheSearchFindsLeaksWhenTheGateIsOpen(t *testing.T) {
	for _, c := range []struct{ sql, leak string }{
		{"alter table app.project disable row level security", "read app.project"},
		{"create view app.all_tasks as select * from app.task; alter table app.task no force row level security", "read app.all_tasks"},
		{`drop policy "!tenancy_first" on app.task; create policy extra on app.task using (true)`, "read app.task"},
		{`drop policy "!tenancy_first" on app.event; alter policy tenancy_tenant on app.event with check (true); alter table app.event alter at set default '2026-01-01', alter note set default ''`, "insert into app.event"},
		{"create materialized view app.copy as select * from app.task; grant select on app.copy to tenfold_app", ""},
		{"grant truncate on app.event to tenfold_app", "rows removed"},
		{"create function app.f() returns setof uuid language sql security definer as 'select tenant_id from app.task'; alter table app.task no force row level security", "call app.f"},
		{`drop policy "!tenancy_first" on app.task; drop policy tenancy_tenant on app.task; create policy open on app.task to tenfold_app using (true)`, "read without a tenant app.task"},
		// The first policy alone still holds.
		{"drop policy tenancy_tenant on app.task; create policy open on app.task to tenfold_app using (true)", ""},
	} {
		f := guarded(t)
		admin := f.admin(t)
		require.NoError(t, Disarm(context.Background(), admin, "to show what the gate stops"))
		mustExec(t, f.migrator(t), c.sql)
		leaks, _ := lookForTheOther(t, admin, f.app(t))
		if c.leak == "" {
			assert.Empty(t, leaks, c.sql) // a copy made by the owner without a tenant is empty
			continue
		}
		assert.Contains(t, leaks, c.leak, c.sql)
	}
}

func functionsOf(t testing.TB, q querier) []string {
	t.Helper()
	rows, err := q.Query(context.Background(), `select p.oid::regproc::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
		where n.nspname = 'app' and p.prorettype = 'uuid'::regtype order by 1`)
	require.NoError(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return names
}

func relations(t testing.TB, q querier, kinds string) []string {
	t.Helper()
	rows, err := q.Query(context.Background(), `select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
		join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' where n.nspname = 'app' and c.relkind in (`+kinds+`) order by 1`)
	require.NoError(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return names
}
