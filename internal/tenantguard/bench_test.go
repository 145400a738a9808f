package tenantguard

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// The benchmarks report ratios and medians of single executions that alternate
// within one run, so that a busy machine slows both sides alike. Run them with
//
//	go test -run '^$' -bench . ./internal/tenantguard
const (
	benchTenants = 50
	benchRows    = 500_000
	benchTables  = 300
)

// benchmarked returns a database with half a million rows of fifty tenants.
func benchmarked(b *testing.B) fixture {
	b.Helper()
	f := guarded(b)
	template := f.server.Template(b, "bench", func(dsn string) {
		ctx := context.Background()
		conn, err := pgx.Connect(ctx, dsn)
		require.NoError(b, err)
		require.NoError(b, Install(ctx, conn))
		for _, sql := range []string{
			`set role tenfold_owner; create schema app;
			 create table app.item (tenant_id uuid not null, id uuid not null, made timestamptz not null, v int not null, note text not null, primary key (tenant_id, id));
			 create index on app.item (tenant_id, made); reset role`,
			fmt.Sprintf("select tenancy.register_tenant(md5(n::text)::uuid, 'tenant ' || n) from generate_series(1, %d) n", benchTenants),
			fmt.Sprintf(`insert into app.item select md5((n %% %d + 1)::text)::uuid, md5('row' || n)::uuid, '2026-01-01'::timestamptz + n * interval '1 second', n %% 1000, repeat('x', 60)
				from generate_series(1, %d) n`, benchTenants, benchRows),
			"vacuum (analyze) app.item",
		} {
			_, err := conn.Exec(ctx, sql)
			require.NoError(b, err, sql)
		}
		require.NoError(b, conn.Close(ctx))
	})
	copied := fixture{server: f.server, dsn: f.server.Clone(b, template)}
	require.NoError(b, Install(context.Background(), copied.admin(b)))
	mustExec(b, copied.admin(b), "vacuum (analyze) app.item")
	return copied
}

// side is one of two things that are compared: it runs once and reports whether
// that worked.
type side func() error

// compare alternates two sides b.N times and returns the median of each.
func compare(b *testing.B, one, other side) (time.Duration, time.Duration) {
	b.Helper()
	var times [2][]time.Duration
	for range 10 { // plans, caches
		require.NoError(b, one())
		require.NoError(b, other())
	}
	b.ResetTimer()
	for range b.N {
		for i, s := range []side{one, other} {
			start := time.Now()
			err := s()
			times[i] = append(times[i], time.Since(start))
			require.NoError(b, err)
		}
	}
	b.StopTimer()
	slices.Sort(times[0])
	slices.Sort(times[1])
	return times[0][len(times[0])/2], times[1][len(times[1])/2]
}

func report(b *testing.B, guardedTime, plainTime time.Duration) {
	b.ReportMetric(float64(guardedTime)/float64(plainTime), "guarded/plain")
	b.ReportMetric(float64(guardedTime.Nanoseconds())/1e3, "guarded-us")
	b.ReportMetric(float64(plainTime.Nanoseconds())/1e3, "plain-us")
	b.ReportMetric(0, "ns/op") // the sum of both sides says nothing
}

var benchQueries = []struct{ name, guarded, plain string }{
	{"point", "select v from app.item where id = $1", "select v from app.item where tenant_id = $2 and id = $1"},
	{"page", "select id, v from app.item where made > '2026-01-03' order by made limit 50", "select id, v from app.item where tenant_id = $1 and made > '2026-01-03' order by made limit 50"},
	{"sum", "select sum(v) from app.item", "select sum(v) from app.item where tenant_id = $1"},
}

// BenchmarkQuery compares queries of the application, whose tenant the policy
// supplies, with the same queries of a superuser, for whom no policy holds and
// who names the tenant himself.
func BenchmarkQuery(b *testing.B) {
	f := benchmarked(b)
	ctx := context.Background()
	tenant := scan[string](b, f.admin(b), "select md5('7')::uuid::text")
	id := scan[string](b, f.admin(b), "select id::text from app.item where tenant_id = $1 limit 1", tenant)
	for _, q := range benchQueries {
		b.Run(q.name, func(b *testing.B) {
			app, admin := f.app(b), f.admin(b)
			appTx, err := app.Begin(ctx)
			require.NoError(b, err)
			adminTx, err := admin.Begin(ctx)
			require.NoError(b, err)
			mustExec(b, appTx, "select tenancy.enter($1)", tenant)
			guardedArgs, plainArgs := []any{}, []any{tenant}
			if strings.Contains(q.guarded, "$1") {
				guardedArgs, plainArgs = []any{id}, []any{id, tenant}
			}
			g, p := compare(b,
				func() error { return drain(appTx, q.guarded, guardedArgs) },
				func() error { return drain(adminTx, q.plain, plainArgs) })
			report(b, g, p)
			require.NoError(b, appTx.Rollback(ctx))
			require.NoError(b, adminTx.Rollback(ctx))
		})
	}
}

func drain(q querier, sql string, args []any) error {
	rows, err := q.Query(context.Background(), sql, args...)
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return rows.Err()
}

// BenchmarkEnter compares entering a tenant with the cheapest statement there
// is, in the same transaction.
func BenchmarkEnter(b *testing.B) {
	plain := guarded(b)
	b.Run("plain", func(b *testing.B) {
		enter(b, plain, "select tenancy.enter($1)", tenantA)
	})
	principal := guarded(b)
	p := staffed(b, principal)
	b.Run("principal", func(b *testing.B) {
		enter(b, principal, "select tenancy.enter('"+tenantA+"', $1)", p.member)
	})
	sealedFixture, key := sealed(b)
	b.Run("sealed", func(b *testing.B) {
		enter(b, sealedFixture, "select tenancy.enter_sealed($1)", token(b, key, Claims{Tenant: tenantA, Expires: later()}))
	})
}

func enter(b *testing.B, f fixture, sql, arg string) {
	b.Helper()
	ctx := context.Background()
	tx, err := f.app(b).Begin(ctx)
	require.NoError(b, err)
	g, p := compare(b,
		func() error { _, err := tx.Exec(ctx, sql, arg); return err },
		func() error { _, err := tx.Exec(ctx, "select $1::text", arg); return err })
	b.ReportMetric(float64((g-p).Nanoseconds())/1e3, "extra-us")
	report(b, g, p)
	require.NoError(b, tx.Rollback(ctx))
}

// BenchmarkReadContext compares one evaluation of the policy's function, plain
// and sealed, with none.
func BenchmarkReadContext(b *testing.B) {
	run := func(b *testing.B, f fixture, enterSQL, arg string) {
		ctx := context.Background()
		tx, err := f.app(b).Begin(ctx)
		require.NoError(b, err)
		mustExec(b, tx, enterSQL, arg)
		g, p := compare(b,
			func() error { return drain(tx, "select (select tenancy.current_tenant())", nil) },
			func() error { return drain(tx, "select (select '"+tenantA+"'::uuid)", nil) })
		b.ReportMetric(float64((g-p).Nanoseconds())/1e3, "extra-us")
		report(b, g, p)
		require.NoError(b, tx.Rollback(ctx))
	}
	plain := guarded(b)
	b.Run("plain", func(b *testing.B) { run(b, plain, "select tenancy.enter($1)", tenantA) })
	f, key := sealed(b)
	b.Run("sealed", func(b *testing.B) {
		run(b, f, "select tenancy.enter_sealed($1)", token(b, key, Claims{Tenant: tenantA, Expires: later()}))
	})
}

// BenchmarkCheck measures the definition and what the gate adds to a transaction
// with one change of the schema, in a database with three hundred tables.
func BenchmarkCheck(b *testing.B) {
	f := guarded(b)
	migrator, admin := f.migrator(b), f.admin(b)
	var all strings.Builder
	for i := range benchTables {
		fmt.Fprintf(&all, "create table app.many_%d (tenant_id uuid not null, id uuid not null, ref uuid, name text, primary key (tenant_id, id), unique (tenant_id, name), foreign key (tenant_id, ref) references app.project);", i)
	}
	start := time.Now()
	mustExec(b, migrator, "begin; "+all.String()+"commit")
	created := time.Since(start)
	mustExec(b, admin, "analyze")

	for _, c := range []*pgx.Conn{migrator, admin} { // nobody may be connected to what is copied
		require.NoError(b, c.Close(context.Background()))
	}
	disarmed := fixture{server: f.server, dsn: f.server.Clone(b, f.dsn)}
	require.NoError(b, Install(context.Background(), disarmed.admin(b)))
	require.NoError(b, Disarm(context.Background(), disarmed.admin(b), "benchmark"))
	armed, without := f.migrator(b), disarmed.migrator(b)

	b.Run("transaction", func(b *testing.B) {
		n := 0
		change := func(q querier) side {
			return func() error {
				n++
				_, err := q.Exec(context.Background(), fmt.Sprintf("alter table app.many_%d alter name set default '%d'", n%benchTables, n))
				return err
			}
		}
		g, p := compare(b, change(armed), change(without))
		b.ReportMetric(float64((g-p).Microseconds())/1e3, "extra-ms")
		report(b, g, p)
	})
	b.Run("definition", func(b *testing.B) {
		g, p := compare(b,
			func() error { return drain(armed, "select * from tenancy.violations(true)", nil) },
			func() error { return drain(armed, "select * from tenancy.violations()", nil) })
		b.ReportMetric(float64(g.Microseconds())/1e3, "gate-ms")
		b.ReportMetric(float64(p.Microseconds())/1e3, "audit-ms")
		b.ReportMetric(float64(created.Milliseconds()), "create-300-tables-ms")
		b.ReportMetric(0, "ns/op")
	})
}
