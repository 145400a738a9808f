package tenantguard

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestContextDecidesWhichRowsAreSeen(t *testing.T) {
	f := guarded(t)
	conn := f.app(t)

	t.Run("without a context nothing is seen", func(t *testing.T) { requireNothing(t, conn) })

	t.Run("in a context only the tenant's rows are seen in every relation", func(t *testing.T) {
		asTenant(t, conn, tenantA, func(tx pgx.Tx) { requireOnly(t, tx, tenantA) })
		asTenant(t, conn, tenantB, func(tx pgx.Tx) { requireOnly(t, tx, tenantB) })
	})

	t.Run("the owner without a context sees nothing", func(t *testing.T) {
		migrator := f.migrator(t)
		requireNothing(t, migrator)
	})

	t.Run("the owner in a context sees only that tenant", func(t *testing.T) {
		inTx(t, f.migrator(t), func(tx pgx.Tx) {
			mustExec(t, tx, "select tenancy.enter_any_state($1)", tenantA)
			requireOnly(t, tx, tenantA)
		})
	})

	t.Run("the context of one transaction is gone in the next", func(t *testing.T) {
		mustExec(t, conn, "begin; select tenancy.enter('"+tenantA+"'); commit")
		requireNothing(t, conn)
	})

	t.Run("entering outside of a transaction has no effect on the next statement", func(t *testing.T) {
		mustExec(t, conn, "select tenancy.enter('"+tenantA+"')")
		requireNothing(t, conn)
	})

	t.Run("leave ends the context", func(t *testing.T) {
		asTenant(t, conn, tenantA, func(tx pgx.Tx) {
			mustExec(t, tx, "select tenancy.leave()")
			requireNothing(t, tx)
		})
	})

	t.Run("rolling back to a savepoint restores the tenant before it", func(t *testing.T) {
		asTenant(t, conn, tenantA, func(tx pgx.Tx) {
			mustExec(t, tx, "savepoint s")
			mustExec(t, tx, "select tenancy.enter($1)", tenantB)
			requireOnly(t, tx, tenantB)
			mustExec(t, tx, "rollback to savepoint s")
			requireOnly(t, tx, tenantA)
		})
	})
}

func TestLeftoverSessionSettingsYieldNothing(t *testing.T) {
	f := guarded(t)
	for _, leftover := range []struct{ name, sql string }{
		{"the tenant alone", "set tenancy.tenant = '" + tenantB + "'"},
		{"an empty tenant", "set tenancy.tenant = ''; set tenancy.bound = ''"},
		{"tenant and time of an earlier transaction", "do $$ begin perform set_config('tenancy.bound', extract(epoch from transaction_timestamp())::text, false), set_config('tenancy.tenant', '" + tenantB + "', false); end $$"},
		{"a malformed tenant without a time", "set tenancy.tenant = 'not a uuid'"},
		{"a local setting outside of a transaction", "select set_config('tenancy.tenant', '" + tenantB + "', true)"},
		{"a setting of the role", "set tenancy.bound = 'infinity'; set tenancy.tenant = '" + tenantB + "'"},
	} {
		t.Run(leftover.name, func(t *testing.T) {
			conn := f.app(t)
			mustExec(t, conn, leftover.sql)
			requireNothing(t, conn)
			asTenant(t, conn, tenantA, func(tx pgx.Tx) { requireOnly(t, tx, tenantA) })
			requireNothing(t, conn)
		})
	}
}

func TestEnterRefuses(t *testing.T) {
	f := guarded(t)
	conn := f.app(t)
	for _, c := range []struct{ name, code, sql string }{
		{"an unknown tenant", "42501", "select tenancy.enter('" + absent + "')"},
		{"no tenant", "42501", "select tenancy.enter(null)"},
		{"a malformed tenant", "22P02", "select tenancy.enter('1; drop table app.task')"},
		{"writing the context directly", "42501", "select tenancy.bind('" + tenantB + "', null)"},
		{"the owner's way in", "42501", "select tenancy.enter_any_state('" + tenantB + "')"},
		{"listing the tenants", "42501", "select * from tenancy.tenant_ids()"},
		{"reading the registry", "42501", "select * from tenancy.tenant"},
		{"changing the state of a tenant", "42501", "select tenancy.set_tenant_state('" + tenantB + "', 'suspended', 'attack')"},
		{"registering a tenant", "42501", "select tenancy.register_tenant(gen_random_uuid(), 'mine')"},
		{"each_tenant", "42501", "select tenancy.each_tenant('delete from app.task')"},
		{"erase_tenant", "42501", "select tenancy.erase_tenant('" + tenantB + "', 'attack')"},
	} {
		t.Run(c.name, func(t *testing.T) { requireRefused(t, conn, c.code, c.sql) })
	}
}

func TestObjectsOfTheSearchPathCannotReplaceTheGuards(t *testing.T) {
	f := guarded(t)
	mustExec(t, f.migrator(t), `
		create schema shadow;
		create function shadow.current_tenant() returns uuid language sql as $$ select '`+tenantB+`'::uuid $$;
		create function shadow.always(uuid, uuid) returns boolean language sql as $$ select true $$;
		create operator shadow.= (leftarg = uuid, rightarg = uuid, function = shadow.always)`)
	conn := f.app(t)
	mustExec(t, conn, "set search_path = shadow, app, pg_catalog")
	requireNothing(t, conn)
	inTx(t, conn, func(tx pgx.Tx) {
		mustExec(t, tx, "select tenancy.enter($1)", tenantA)
		require.Zero(t, count(t, tx, "select from app.project where tenant_id operator(pg_catalog.<>) '"+tenantA+"'"))
		require.Equal(t, 2, count(t, tx, "select from app.project"))
	})
}

func TestWhatOutlivesATransactionOnAPooledConnection(t *testing.T) {
	f := guarded(t)

	t.Run("temporary tables are refused", func(t *testing.T) {
		requireRefused(t, f.app(t), "42501", "create temporary table kept (id int)")
	})

	t.Run("a temporary copy of the tenant's rows is refused", func(t *testing.T) {
		requireRefused(t, f.app(t), "42501", "begin; select tenancy.enter('"+tenantA+"'); create temporary table kept as select * from app.task; commit")
	})

	t.Run("a cursor with hold keeps the next client from entering until it is closed", func(t *testing.T) {
		conn := f.app(t)
		mustExec(t, conn, "begin; select tenancy.enter('"+tenantA+"'); declare held cursor with hold for select * from app.task; commit")
		requireRefused(t, conn, "42501", "begin; select tenancy.enter('"+tenantB+"'); commit")
		mustExec(t, conn, "close all")
		asTenant(t, conn, tenantB, func(tx pgx.Tx) { requireOnly(t, tx, tenantB) })
	})

	t.Run("a prepared statement follows the tenant of each execution", func(t *testing.T) {
		conn := f.app(t)
		// Beyond the fifth execution the server may keep one plan for all.
		mustExec(t, conn, "prepare names as select coalesce(string_agg(name, ',' order by name), '') from app.project")
		for i := range 12 {
			tenant, want := tenantA, "alpha,second"
			if i%2 == 1 {
				tenant, want = tenantB, "beta,hidden,more"
			}
			asTenant(t, conn, tenant, func(tx pgx.Tx) {
				assert.Equal(t, want, scan[string](t, tx, "execute names"))
			})
		}
		assert.Empty(t, scan[string](t, conn, "execute names"))
	})
}

func TestThousandRandomSwitchesOnOneConnection(t *testing.T) {
	f := guarded(t)
	conn := f.app(t)
	random := rand.New(rand.NewPCG(1, 2))
	names := map[string]string{tenantA: "alpha,second", tenantB: "beta,hidden,more", "": ""}
	tenants := []string{tenantA, tenantB, ""}
	for i := range 1000 {
		tenant := tenants[random.IntN(len(tenants))]
		enter := "select 1"
		if tenant != "" {
			enter = "select tenancy.enter('" + tenant + "')"
		}
		end := "commit"
		if random.IntN(3) == 0 {
			end = "rollback"
		}
		results, err := conn.PgConn().Exec(context.Background(),
			"begin; "+enter+"; select coalesce(string_agg(name, ',' order by name), '') from app.project; "+end).ReadAll()
		require.NoError(t, err)
		require.Equal(t, names[tenant], string(results[2].Rows[0][0]), "switch %d to %q", i, tenant)
	}
}

func TestConcurrentClientsOfASmallPoolNeverSeeEachOther(t *testing.T) {
	f := guarded(t)
	ctx := context.Background()
	cfg, err := pgxpool.ParseConfig(f.dsn)
	require.NoError(t, err)
	cfg.ConnConfig.User = appLogin
	cfg.MaxConns = 3
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	require.NoError(t, err)
	defer pool.Close()

	want := map[string]string{tenantA: "alpha,second", tenantB: "beta,hidden,more"}
	const clients, rounds = 8, 40
	problems := make(chan error, clients*rounds)
	var wg sync.WaitGroup
	for client := range clients {
		tenant := []string{tenantA, tenantB}[client%2]
		wg.Go(func() {
			for range rounds {
				err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
					if _, err := tx.Exec(ctx, "select tenancy.enter($1)", tenant); err != nil {
						return err
					}
					var got string
					if err := tx.QueryRow(ctx, "select string_agg(name, ',' order by name) from app.project").Scan(&got); err != nil {
						return err
					}
					if got != want[tenant] {
						return fmt.Errorf("tenant %s saw %q", tenant, got)
					}
					return nil
				})
				if err != nil {
					problems <- err
				}
			}
		})
	}
	wg.Wait()
	close(problems)
	for err := range problems {
		t.Error(err)
	}
}

func TestCheckLoginAcceptsOnlyApplicationLogins(t *testing.T) {
	f := guarded(t)
	ctx := context.Background()
	require.NoError(t, CheckLogin(ctx, f.app(t)))
	require.ErrorContains(t, CheckLogin(ctx, f.admin(t)), "is a superuser")
	require.ErrorContains(t, CheckLogin(ctx, f.migrator(t)), "can become the owner")
	require.ErrorContains(t, CheckLogin(ctx, f.platform(t)), "tenfold_platform")
	mustExec(t, f.admin(t), "create role login_stranger login")
	t.Cleanup(func() { mustExec(t, f.admin(t), "drop role login_stranger") })
	require.Error(t, CheckLogin(ctx, f.server.ConnectAs(t, f.dsn, "login_stranger")))
}
