package tenantguard

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func testKey(id string, fill byte) SealKey {
	return SealKey{ID: id, Secret: bytes.Repeat([]byte{fill}, 32)}
}

func token(t testing.TB, k SealKey, c Claims) string {
	t.Helper()
	s, err := k.Token(c)
	require.NoError(t, err)
	return s
}

// sealed returns a database with the sealed entry and the key its tokens need.
func sealed(t testing.TB) (fixture, SealKey) {
	t.Helper()
	f, key := guarded(t), testKey("k1", 7)
	admin := f.admin(t)
	require.NoError(t, AddSealKey(context.Background(), admin, key))
	require.NoError(t, SetEntry(context.Background(), admin, EntrySealed))
	return f, key
}

func later() time.Time { return time.Now().Add(time.Hour) }

func TestSealedEntryAcceptsATokenAndNothingElse(t *testing.T) {
	f, key := sealed(t)
	conn := f.app(t)
	ours := token(t, key, Claims{Tenant: tenantA, Expires: later()})

	t.Run("a token enters its tenant", func(t *testing.T) {
		inTx(t, conn, func(tx pgx.Tx) {
			mustExec(t, tx, "select tenancy.enter_sealed($1)", ours)
			requireOnly(t, tx, tenantA)
		})
	})
	t.Run("without a context nothing is seen", func(t *testing.T) { requireNothing(t, conn) })

	tampered := strings.Replace(ours, tenantA, tenantB, 1)
	forged := token(t, testKey("k1", 8), Claims{Tenant: tenantB, Expires: later()})
	for _, c := range []struct{ name, sql string }{
		{"the tenant replaced", "select tenancy.enter_sealed('" + tampered + "')"},
		{"another secret", "select tenancy.enter_sealed('" + forged + "')"},
		{"an unknown key", "select tenancy.enter_sealed('" + token(t, testKey("k9", 7), Claims{Tenant: tenantB, Expires: later()}) + "')"},
		{"an expired token", "select tenancy.enter_sealed('" + token(t, key, Claims{Tenant: tenantA, Expires: time.Now().Add(-time.Minute)}) + "')"},
		{"an expiry moved", "select tenancy.enter_sealed('" + strings.Replace(ours, "."+strings.Split(ours, ".")[4]+".", ".9999999999.", 1) + "')"},
		{"a part too few", "select tenancy.enter_sealed('tf1.k1')"},
		{"nothing", "select tenancy.enter_sealed(null)"},
		{"an empty signature", "select tenancy.enter_sealed('tf1.k1." + tenantB + "..9999999999.')"},
		{"the plain way in", "select tenancy.enter('" + tenantB + "')"},
		{"the way in by principal", "select tenancy.enter('" + tenantB + "', '" + absent + "')"},
		{"reading the keys", "select * from tenancy.seal_key"},
		{"reading the context key", "select * from tenancy.context_key"},
		{"computing a seal", "select tenancy.context_seal('" + tenantB + "', '', '', 'off')"},
	} {
		t.Run(c.name, func(t *testing.T) { requireRefused(t, conn, SQLStateRefused, c.sql) })
	}
}

// TestSealedContextCannotBeForgedOrCarriedOver does what injected SQL could do:
// it reads and writes every variable of the session.
func TestSealedContextCannotBeForgedOrCarriedOver(t *testing.T) {
	f, key := sealed(t)
	conn := f.app(t)
	const read = "select current_setting('tenancy.tenant') || '|' || current_setting('tenancy.bound') || '|' || current_setting('tenancy.seal')"
	write := func(values, scope string) string {
		v := strings.Split(values, "|")
		return "select set_config('tenancy.tenant', '" + v[0] + "', " + scope + "), set_config('tenancy.bound', '" + v[1] + "', " + scope + "), set_config('tenancy.seal', '" + v[2] + "', " + scope + ")"
	}
	ours := token(t, key, Claims{Tenant: tenantA, Expires: later()})
	theirs := token(t, key, Claims{Tenant: tenantB, Expires: later()})

	t.Run("the tenant changed within the transaction", func(t *testing.T) {
		inTx(t, conn, func(tx pgx.Tx) {
			mustExec(t, tx, "select tenancy.enter_sealed($1)", ours)
			mustExec(t, tx, "select set_config('tenancy.tenant', $1, true)", tenantB)
			requireNothing(t, tx)
		})
	})
	t.Run("everything forged but the seal", func(t *testing.T) {
		inTx(t, conn, func(tx pgx.Tx) {
			mustExec(t, tx, "select set_config('tenancy.tenant', $1, true), set_config('tenancy.bound', extract(epoch from transaction_timestamp())::text, true), set_config('tenancy.seal', '', true)", tenantB)
			requireNothing(t, tx)
		})
	})
	var captured string
	inTx(t, conn, func(tx pgx.Tx) {
		mustExec(t, tx, "select tenancy.enter_sealed($1)", theirs)
		captured = scan[string](t, tx, read)
	})
	t.Run("a sealed context replayed in a later transaction", func(t *testing.T) {
		inTx(t, conn, func(tx pgx.Tx) {
			mustExec(t, tx, write(captured, "true"))
			requireNothing(t, tx)
		})
	})
	t.Run("a seal used with the time of this transaction", func(t *testing.T) {
		inTx(t, conn, func(tx pgx.Tx) {
			mustExec(t, tx, write(captured, "true"))
			mustExec(t, tx, "select set_config('tenancy.bound', extract(epoch from transaction_timestamp())::text, true)")
			requireNothing(t, tx)
		})
	})
	t.Run("a sealed context replayed in another backend within its transaction time", func(t *testing.T) {
		other := f.app(t)
		inTx(t, conn, func(tx pgx.Tx) {
			mustExec(t, tx, "select tenancy.enter_sealed($1)", theirs)
			inTx(t, other, func(tx2 pgx.Tx) {
				mustExec(t, tx2, write(scan[string](t, tx, read), "true"))
				requireNothing(t, tx2)
			})
		})
	})
	t.Run("a read-only seal replayed after the transaction became writable again", func(t *testing.T) {
		setState := func(state string) {
			mustExec(t, f.platform(t), "select tenancy.set_tenant_state($1, $2, 'test')", tenantB, state)
		}
		setState("exporting")
		defer setState("active")
		inTx(t, conn, func(tx pgx.Tx) {
			mustExec(t, tx, "savepoint s")
			mustExec(t, tx, "select tenancy.enter_sealed($1)", theirs)
			readOnly := scan[string](t, tx, read)
			requireOnly(t, tx, tenantB)
			mustExec(t, tx, "rollback to savepoint s")
			mustExec(t, tx, write(readOnly, "true"))
			requireNothing(t, tx)
		})
	})
	t.Run("a transaction that becomes read only keeps its context", func(t *testing.T) {
		inTx(t, conn, func(tx pgx.Tx) {
			mustExec(t, tx, "select tenancy.enter_sealed($1)", ours)
			mustExec(t, tx, "set transaction read only")
			requireOnly(t, tx, tenantA)
		})
	})
	t.Run("the seal covers the backend", func(t *testing.T) {
		admin, second := f.admin(t), f.admin(t)
		const seal = "select tenancy.context_seal('a', 'b', 'c', 'off')"
		assert.NotEqual(t, scan[string](t, admin, seal), scan[string](t, second, seal))
	})
}

func TestRetiredKeyIsRefusedAtOnce(t *testing.T) {
	f, key := sealed(t)
	ctx := context.Background()
	admin := f.admin(t)
	next := testKey("k2", 9)
	require.NoError(t, AddSealKey(ctx, admin, next))
	require.NoError(t, RetireSealKey(ctx, admin, key.ID))
	require.ErrorContains(t, RetireSealKey(ctx, admin, key.ID), "no key in use")
	conn := f.app(t)
	requireRefused(t, conn, SQLStateRefused, "select tenancy.enter_sealed('"+token(t, key, Claims{Tenant: tenantA, Expires: later()})+"')")
	require.Nil(t, attempt(t, conn, "select tenancy.enter_sealed('"+token(t, next, Claims{Tenant: tenantA, Expires: later()})+"')"))
}

func TestSealedEntrySurvivesInstallingAgainAndCanBeTakenBack(t *testing.T) {
	f, _ := sealed(t)
	ctx := context.Background()
	admin := f.admin(t)
	mustExec(t, admin, "delete from tenancy.installation")
	require.NoError(t, Install(ctx, admin))
	requireRefused(t, f.app(t), SQLStateRefused, "select tenancy.enter('"+tenantA+"')")
	found, err := Verify(ctx, admin)
	require.NoError(t, err)
	assert.Empty(t, found)

	require.NoError(t, SetEntry(ctx, admin, EntryTenant))
	asTenant(t, f.app(t), tenantA, func(tx pgx.Tx) { requireOnly(t, tx, tenantA) })
}

func TestOwnerStillWorksOnEveryTenantWhenSealed(t *testing.T) {
	f, _ := sealed(t)
	assert.EqualValues(t, 5, scan[int](t, f.migrator(t), "select tenancy.each_tenant('update app.project set name = upper(name)')"))
}

func TestSealKeyAndEntryAreValidated(t *testing.T) {
	f := guarded(t)
	ctx := context.Background()
	err := AddSealKey(ctx, f.admin(t), SealKey{ID: "Key 1", Secret: []byte("short")})
	require.ErrorContains(t, err, `got "Key 1"`)
	require.ErrorContains(t, err, "32 to 64 bytes, got 5")
	_, err = SealKey{}.Token(Claims{})
	require.Error(t, err)
	require.ErrorContains(t, SetEntry(ctx, f.admin(t), EntrySealed), "no key in use")
	require.ErrorContains(t, SetEntry(ctx, f.admin(t), "open"), `got "open"`)
}
