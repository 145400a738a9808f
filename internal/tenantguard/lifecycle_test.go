package tenantguard

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStateOfATenantDecidesWhoEnters(t *testing.T) {
	f := guarded(t)
	conn, platform := f.app(t), f.platform(t)
	set := func(state string) string {
		return "select tenancy.set_tenant_state('" + tenantA + "', '" + state + "', 'test')"
	}
	require.Nil(t, attempt(t, platform, set("suspended")))
	requireRefused(t, conn, SQLStateRefused, "select tenancy.enter('"+tenantA+"')")

	require.Nil(t, attempt(t, platform, set("exporting")))
	asTenant(t, conn, tenantA, func(tx pgx.Tx) {
		requireOnly(t, tx, tenantA)
		requireRefused(t, tx, "25006", "insert into app.project (name) values ('late')")
		requireRefused(t, tx, "25001", "set transaction read write")
	})
	require.Nil(t, attempt(t, platform, set("active")))
	asTenant(t, conn, tenantA, func(tx pgx.Tx) { mustExec(t, tx, "insert into app.project (name) values ('back')") })

	requireRefused(t, platform, "55000", set("erased"))
	requireRefused(t, platform, "23514", set("asleep"))
	requireRefused(t, platform, SQLStateRefused, "select tenancy.set_tenant_state('"+absent+"', 'active', 'test')")
	assert.Equal(t, "active,suspended,exporting,active", scan[string](t, platform,
		"select string_agg(state, ',' order by id) from tenancy.tenant_event where tenant_id = '"+tenantA+"'"))
}

func TestErasingATenantRemovesItsRowsAndNoOthers(t *testing.T) {
	f := guarded(t)
	p := staffed(t, f)
	admin, migrator, platform := f.admin(t), f.migrator(t), f.platform(t)
	before := victim(t, admin)
	require.NotEmpty(t, p.admin)

	requireRefused(t, migrator, "55000", "select tenancy.erase_tenant('"+tenantA+"', 'asked for')")
	mustExec(t, platform, "select tenancy.set_tenant_state($1, 'suspended', 'asked for')", tenantA)
	removed := scan[int](t, migrator, "select tenancy.erase_tenant('"+tenantA+"', 'asked for')")
	assert.Positive(t, removed)

	for _, name := range readable(t, admin) {
		assert.Zero(t, count(t, admin, "select from "+name+" where tenant_id = '"+tenantA+"'"), name)
	}
	assert.Equal(t, before, victim(t, admin))
	assert.Equal(t, "erased erased", scan[string](t, admin, "select state || ' ' || name from tenancy.tenant where id = '"+tenantA+"'"))

	requireRefused(t, f.app(t), SQLStateRefused, "select tenancy.enter('"+tenantA+"')")
	requireRefused(t, platform, "23505", "select tenancy.register_tenant('"+tenantA+"', 'again')")
	requireRefused(t, platform, "55000", "select tenancy.set_tenant_state('"+tenantA+"', 'active', 'again')")
	requireRefused(t, migrator, SQLStateRefused, "select tenancy.erase_tenant('"+tenantA+"', 'again')")
}

// TestErasingDoesNotLendTheGuardsRights plants a trigger that tries to use the
// rights of whoever deletes.
func TestErasingDoesNotLendTheGuardsRights(t *testing.T) {
	f := guarded(t)
	migrator := f.migrator(t)
	mustExec(t, migrator, `
		create function app.steal() returns trigger language plpgsql as $$
		begin
			insert into tenancy.exemption (rule, object, reason, approver) values ('row-security', 'app.task', 'stolen rights', 'nobody');
			return old;
		end $$;
		create trigger steal after delete on app.task for each row execute function app.steal()`)
	mustExec(t, f.platform(t), "select tenancy.set_tenant_state($1, 'suspended', 'test')", tenantA)
	requireRefused(t, migrator, SQLStateRefused, "select tenancy.erase_tenant('"+tenantA+"', 'test')")
}

// TestErasingWaitsForWhoEnteredBefore erases a tenant while a transaction that
// entered it still writes.
func TestErasingWaitsForWhoEnteredBefore(t *testing.T) {
	f := guarded(t)
	ctx := context.Background()
	admin, migrator := f.admin(t), f.migrator(t)
	tx, err := f.app(t).Begin(ctx)
	require.NoError(t, err)
	mustExec(t, tx, "select tenancy.enter($1)", tenantA)
	mustExec(t, f.platform(t), "select tenancy.set_tenant_state($1, 'suspended', 'test')", tenantA)
	done := make(chan error, 1)
	go func() {
		_, err := migrator.Exec(ctx, "select tenancy.erase_tenant($1, 'test')", tenantA)
		done <- err
	}()
	waitForLock(t, admin)
	asTenant(t, f.app(t), tenantB, func(tx pgx.Tx) { requireOnly(t, tx, tenantB) })
	mustExec(t, tx, "insert into app.project (name) values ('written late')")
	require.NoError(t, tx.Commit(ctx))
	require.NoError(t, <-done)
	assert.Zero(t, count(t, admin, "select from app.project where tenant_id = $1", tenantA))
}

func TestErasingRefusesToLeaveRowsBehind(t *testing.T) {
	f := guarded(t)
	migrator, admin := f.migrator(t), f.admin(t)
	mustExec(t, migrator, `
		create function app.keep() returns trigger language plpgsql as 'begin return null; end';
		create trigger keep before delete on app.event_2026 for each row execute function app.keep()`)
	mustExec(t, f.platform(t), "select tenancy.set_tenant_state($1, 'suspended', 'test')", tenantA)
	pg := requireRefused(t, migrator, "55000", "select tenancy.erase_tenant('"+tenantA+"', 'test')")
	assert.Contains(t, pg.Message, "1 row(s) of tenant "+tenantA+" are still in app.event_2026")
	assert.Equal(t, "suspended", scan[string](t, admin, "select state from tenancy.tenant where id = $1", tenantA))
	assert.Equal(t, 2, count(t, admin, "select from app.project where tenant_id = $1", tenantA))
}

func TestEachTenantReachesEveryRowUnderItsOwnTenant(t *testing.T) {
	f := guarded(t)
	migrator, admin := f.migrator(t), f.admin(t)
	requireNothing(t, migrator)
	assert.Equal(t, 5, scan[int](t, migrator, "select tenancy.each_tenant($$update app.project set name = name || '!'$$)"))
	assert.Equal(t, 5, count(t, admin, "select from app.project where name like '%!'"))
	requireNothing(t, migrator)
}
