package recipe

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/examples/recipes/recipetest"
)

func open(t *testing.T, db recipetest.Database, connections int32) *Tenants {
	t.Helper()
	tenants, err := Open(t.Context(), db.App, func(c *pgxpool.Config) { c.MaxConns = connections })
	require.NoError(t, err)
	t.Cleanup(tenants.Close)
	return tenants
}

func names(ctx context.Context, tx pgx.Tx) ([]string, error) {
	rows, err := tx.Query(ctx, "SELECT name FROM project ORDER BY name")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func TestEachTransactionSeesItsTenantOnly(t *testing.T) {
	tenants := open(t, recipetest.New(t), 1) // one connection: the tenants follow each other on it
	for range 3 {
		for _, tenant := range []string{recipetest.TenantA, recipetest.TenantB} {
			require.NoError(t, tenants.In(t.Context(), tenant, func(tx pgx.Tx) error {
				got, err := names(t.Context(), tx)
				letter := tenant[:1]
				assert.Equal(t, []string{letter + " 1", letter + " 2", letter + " 3"}, got)
				return err
			}))
		}
	}
}

func TestTenantsAtOnceOnFewConnectionsDoNotMix(t *testing.T) {
	tenants := open(t, recipetest.New(t), 4)
	var wg sync.WaitGroup
	foreign := make(chan string, 16*50)
	for worker := range 16 {
		wg.Go(func() {
			for turn := range 50 {
				tenant := []string{recipetest.TenantA, recipetest.TenantB}[(worker+turn)%2]
				err := tenants.In(t.Context(), tenant, func(tx pgx.Tx) error {
					got, err := names(t.Context(), tx)
					for _, name := range got {
						if !strings.HasPrefix(name, tenant[:1]) {
							foreign <- name
						}
					}
					if len(got) != recipetest.ProjectsOfEach {
						return fmt.Errorf("%d projects", len(got))
					}
					return err
				})
				assert.NoError(t, err)
			}
		})
	}
	wg.Wait()
	assert.Empty(t, foreign)
}

func TestFailedWorkIsRolledBackAndTheConnectionComesBackWithoutTenant(t *testing.T) {
	tenants := open(t, recipetest.New(t), 1)
	failure := errors.New("no")
	err := tenants.In(t.Context(), recipetest.TenantA, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), "DELETE FROM project")
		require.NoError(t, err)
		return failure
	})
	require.ErrorIs(t, err, failure)

	var seen int
	require.NoError(t, tenants.pool.QueryRow(t.Context(), "SELECT count(*) FROM project").Scan(&seen))
	assert.Zero(t, seen, "rows are visible without a tenant")
	require.NoError(t, tenants.In(t.Context(), recipetest.TenantA, func(tx pgx.Tx) error {
		got, err := names(t.Context(), tx)
		assert.Len(t, got, recipetest.ProjectsOfEach)
		return err
	}))
}

func TestRowsOfAnotherTenantCannotBeWrittenOrRemoved(t *testing.T) {
	tenants := open(t, recipetest.New(t), 1)
	err := tenants.In(t.Context(), recipetest.TenantA, func(tx pgx.Tx) error {
		tag, err := tx.Exec(t.Context(), "DELETE FROM project WHERE tenant_id = $1", recipetest.TenantB)
		assert.Zero(t, tag.RowsAffected())
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), "INSERT INTO project (tenant_id, name) VALUES ($1, 'x')", recipetest.TenantB)
		return err
	})
	var pg *pgconn.PgError
	require.ErrorAs(t, err, &pg)
	assert.Equal(t, "42501", pg.Code)
}

func TestUnknownTenantAndPrincipalWithoutMembershipAreRefused(t *testing.T) {
	tenants := open(t, recipetest.New(t), 1)
	nobody := "cccccccc-0000-4000-8000-000000000003"
	never := func(pgx.Tx) error { t.Error("the work was started"); return nil }
	assert.ErrorContains(t, tenants.In(t.Context(), nobody, never), "enter the tenant: ")
	assert.ErrorContains(t, tenants.InAs(t.Context(), recipetest.TenantA, nobody, never), "enter the tenant: ")
	assert.ErrorContains(t, tenants.In(t.Context(), "' OR true --", never), "enter the tenant: ")
}

func TestServiceDoesNotStartWithALoginThatSeesMore(t *testing.T) {
	_, err := Open(t.Context(), recipetest.New(t).Owner, nil)
	assert.ErrorContains(t, err, "check the database login: ")
}
