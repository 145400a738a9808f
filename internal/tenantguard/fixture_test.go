package tenantguard

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/postgrestest"
)

// Tenants and rows of the fixture. Tenant A attacks, tenant B is the victim.
const (
	tenantA = "aaaaaaaa-0000-4000-8000-000000000001"
	tenantB = "bbbbbbbb-0000-4000-8000-000000000002"

	projectA = "aaaaaaaa-0000-4000-8000-0000000000f1"
	projectB = "bbbbbbbb-0000-4000-8000-0000000000f2"
	absent   = "00000000-0000-4000-8000-00000000dead"
)

// Logins of the fixture, one for each group.
const (
	appLogin      = "login_app"
	platformLogin = "login_platform"
	migratorLogin = "login_migrator"
)

// schema is an application as a migration would write it.
const schema = `
	set role tenfold_owner;
	create schema app;
	create table app.project (
		tenant_id uuid not null,
		id        uuid not null default gen_random_uuid(),
		name      text not null,
		primary key (tenant_id, id),
		unique (tenant_id, name)
	);
	create table app.task (
		tenant_id  uuid not null,
		id         uuid not null default gen_random_uuid(),
		project_id uuid not null,
		title      text not null,
		primary key (tenant_id, id),
		foreign key (tenant_id, project_id) references app.project on delete cascade
	);
	create table app.event (
		tenant_id uuid not null,
		at        date not null,
		note      text not null
	) partition by range (at);
	create index on app.event (tenant_id, at);
	create table app.event_2026 partition of app.event for values from ('2026-01-01') to ('2027-01-01');
	create view app.open_task with (security_invoker = true) as select tenant_id, id, title from app.task;
	grant select on app.project, app.task, app.event, app.event_2026 to tenfold_platform;
	create table app.currency (code text primary key);
	reset role;
	insert into app.currency values ('EUR'), ('USD');
	insert into app.project values
		('` + tenantA + `', '` + projectA + `', 'alpha'), ('` + tenantA + `', default, 'second'),
		('` + tenantB + `', '` + projectB + `', 'beta'), ('` + tenantB + `', default, 'hidden'), ('` + tenantB + `', default, 'more');
	insert into app.task (tenant_id, project_id, title) values
		('` + tenantA + `', '` + projectA + `', 'ours'),
		('` + tenantB + `', '` + projectB + `', 'theirs'), ('` + tenantB + `', '` + projectB + `', 'theirs too');
	insert into app.event values ('` + tenantA + `', '2026-02-01', 'ours'), ('` + tenantB + `', '2026-02-01', 'theirs');`

// fixture is a database with the guard, an application and rows of two tenants.
type fixture struct {
	server *postgrestest.Server
	dsn    string
}

// guarded returns a database of its own for the test.
func guarded(t testing.TB) fixture {
	t.Helper()
	s := postgrestest.Start(t)
	template := s.Template(t, "guarded", func(dsn string) {
		ctx := context.Background()
		conn, err := pgx.Connect(ctx, dsn)
		require.NoError(t, err)
		require.NoError(t, Install(ctx, conn))
		require.NoError(t, Exempt(ctx, conn, Exemption{
			Rule: "tenant-column", Object: "app.currency", Reason: "the same list for every tenant", Approver: "test"}))
		for _, sql := range []string{
			"create role " + appLogin + " login in role tenfold_app",
			"create role " + platformLogin + " login in role tenfold_platform",
			"create role " + migratorLogin + " login in role tenfold_migrator",
			"select tenancy.register_tenant('" + tenantA + "', 'tenant A'), tenancy.register_tenant('" + tenantB + "', 'tenant B')",
			schema,
		} {
			_, err := conn.Exec(ctx, sql)
			require.NoError(t, err, sql)
		}
		require.NoError(t, conn.Close(ctx))
	})
	f := fixture{server: s, dsn: s.Clone(t, template)}
	conn, err := pgx.Connect(context.Background(), f.dsn)
	require.NoError(t, err)
	require.NoError(t, Install(context.Background(), conn)) // a copy lacks the privileges of the database
	require.NoError(t, conn.Close(context.Background()))
	return f
}

func (f fixture) admin(t testing.TB) *pgx.Conn    { return f.server.Connect(t, f.dsn) }
func (f fixture) app(t testing.TB) *pgx.Conn      { return f.server.ConnectAs(t, f.dsn, appLogin) }
func (f fixture) platform(t testing.TB) *pgx.Conn { return f.server.ConnectAs(t, f.dsn, platformLogin) }

// migrator returns a connection that has become the owner, as migrations do.
func (f fixture) migrator(t testing.TB) *pgx.Conn {
	t.Helper()
	conn := f.server.ConnectAs(t, f.dsn, migratorLogin)
	mustExec(t, conn, "set role tenfold_owner")
	return conn
}

func mustExec(t testing.TB, q querier, sql string, args ...any) {
	t.Helper()
	_, err := q.Exec(context.Background(), sql, args...)
	require.NoError(t, err, sql)
}

func scan[T any](t testing.TB, q querier, sql string, args ...any) T {
	t.Helper()
	var v T
	require.NoError(t, q.QueryRow(context.Background(), sql, args...).Scan(&v), sql)
	return v
}

func count(t testing.TB, q querier, sql string, args ...any) int {
	t.Helper()
	return scan[int](t, q, "select count(*) from ("+sql+") x", args...)
}

// inTx runs body in a transaction that is rolled back.
func inTx(t testing.TB, conn *pgx.Conn, body func(tx pgx.Tx)) {
	t.Helper()
	ctx := context.Background()
	tx, err := conn.Begin(ctx)
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(ctx) }()
	body(tx)
}

// asTenant runs body in a transaction of a tenant that is rolled back.
func asTenant(t testing.TB, conn *pgx.Conn, tenant string, body func(tx pgx.Tx)) {
	t.Helper()
	inTx(t, conn, func(tx pgx.Tx) {
		mustExec(t, tx, "select tenancy.enter($1)", tenant)
		body(tx)
	})
}

// attempt runs SQL that may hold several statements and returns the error of the
// server, nil for success. The connection is usable afterwards.
func attempt(t testing.TB, q querier, sql string) *pgconn.PgError {
	t.Helper()
	ctx := context.Background()
	var err error
	switch c := q.(type) {
	case *pgx.Conn:
		_, err = c.PgConn().Exec(ctx, sql).ReadAll()
		if c.PgConn().TxStatus() != 'I' {
			mustExec(t, c, "rollback")
		}
	case pgx.Tx:
		var sub pgx.Tx
		sub, err = c.Begin(ctx)
		require.NoError(t, err)
		if _, err = sub.Exec(ctx, sql); err == nil {
			require.NoError(t, sub.Commit(ctx))
		} else {
			require.NoError(t, sub.Rollback(ctx))
		}
	}
	if err == nil {
		return nil
	}
	var pg *pgconn.PgError
	require.True(t, errors.As(err, &pg), "%v", err)
	return pg
}

// requireRefused demands that SQL fails with a code.
func requireRefused(t testing.TB, q querier, code, sql string) *pgconn.PgError {
	t.Helper()
	pg := attempt(t, q, sql)
	require.NotNil(t, pg, "accepted: %s", sql)
	require.Equal(t, code, pg.Code, "%s: %s", sql, pg.Message)
	return pg
}

// readable lists every table and view of the application that the current role
// may read and that has a tenant_id: discovered, so that none is forgotten.
func readable(t testing.TB, q querier) []string {
	t.Helper()
	rows, err := q.Query(context.Background(), `
		select format('%I.%I', n.nspname, c.relname)
		from pg_class c join pg_namespace n on n.oid = c.relnamespace
		join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
		where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not like 'pg\_%' and n.nspname not in ('information_schema', 'tenancy')
		  and has_table_privilege(c.oid, 'select') and has_schema_privilege(n.oid, 'usage')
		order by 1`)
	require.NoError(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.NotEmpty(t, names)
	return names
}

// requireOnly demands that no readable relation shows a row of anybody else, and
// that it is not empty because nothing is readable at all.
func requireOnly(t testing.TB, q querier, tenant string) {
	t.Helper()
	own := 0
	for _, name := range readable(t, q) {
		require.Zero(t, count(t, q, "select from "+name+" where tenant_id is distinct from $1", tenant), "foreign rows in %s", name)
		own += count(t, q, "select from "+name)
	}
	require.Positive(t, own, "the tenant sees none of its own rows")
}

func requireNothing(t testing.TB, q querier) {
	t.Helper()
	for _, name := range readable(t, q) {
		require.Zero(t, count(t, q, "select from "+name), "rows in %s", name)
	}
}
