// Package recipetest makes the database the recipes are tried against: a real
// PostgreSQL with the guard, the example migration and two tenants.
package recipetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/dbcommand/dbaction"
	"github.com/tenfold-iac/tenfold/internal/dbconnect"
	"github.com/tenfold-iac/tenfold/internal/postgrestest"
)

// ProjectsOfEach is how many projects each tenant has.
const ProjectsOfEach = 3

// The two tenants.
const (
	TenantA = "aaaaaaaa-0000-4000-8000-000000000001"
	TenantB = "bbbbbbbb-0000-4000-8000-000000000002"
)

// Database is a bootstrapped and migrated database.
type Database struct {
	// App is the connection string of the application's login.
	App string

	// Owner is the connection string of a login that an application must not use.
	Owner string
}

// New makes the database; it goes away with the test.
func New(t *testing.T) Database {
	t.Helper()
	server := postgrestest.Start(t)
	admin := server.Database(t)
	migrator := postgrestest.As(t, admin, "tenfold_migrator_login")
	run(t, admin, dbaction.Bootstrap)
	run(t, migrator, dbaction.Migrate)

	conn := server.Connect(t, admin)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, tenant := range []string{TenantA, TenantB} {
		_, err := conn.Exec(ctx, "SELECT tenancy.register_tenant($1, $2)", tenant, "tenant "+tenant[:1])
		require.NoError(t, err)
	}
	db := Database{App: postgrestest.As(t, admin, "tenfold_app_login"), Owner: migrator}
	app := server.Connect(t, db.App)
	for _, tenant := range []string{TenantA, TenantB} {
		require.NoError(t, pgx.BeginFunc(ctx, app, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "SELECT tenancy.enter($1)", tenant); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "INSERT INTO project (name) SELECT format('%s %s', left($1, 1), n) FROM generate_series(1, $2) n", tenant, ProjectsOfEach)
			return err
		}))
	}
	return db
}

// Root is the root of the repository.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..")
}

func run(t *testing.T, url, action string) {
	t.Helper()
	connector, err := dbconnect.New(dbconnect.Target{URL: url}, nil)
	require.NoError(t, err)
	runner := dbaction.Runner{Connector: connector, Files: os.DirFS(filepath.Join(Root(), "migrations"))}
	_, err = runner.Run(t.Context(), dbaction.Request{Action: action})
	require.NoError(t, err, fmt.Sprintf("tenfold db %s", action))
}
