//go:build django

// Package django runs the tests of the Django recipe against a real database.
// It needs Python 3 with Django and psycopg2, which the other tests do not, so
// it is only built with -tags django.
package django

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/examples/recipes/recipetest"
)

func TestDjangoRecipeKeepsTenantsApart(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "python3", "-c", "import django, psycopg2").CombinedOutput()
	require.NoError(t, err, "this test needs Python 3 with Django and psycopg2; install them "+
		"(Debian, Ubuntu: apt-get install python3-django python3-psycopg2; elsewhere: pip install -r requirements.txt)\n%s", out)

	db := recipetest.New(t)
	app, err := url.Parse(db.App)
	require.NoError(t, err)
	owner, err := url.Parse(db.Owner)
	require.NoError(t, err)
	run := exec.CommandContext(ctx, "python3", "-B", "-m", "unittest", "-v", "test_tenants")
	run.Env = append(os.Environ(),
		"PGHOST="+app.Query().Get("host"), "PGDATABASE="+app.Path[1:],
		"APP_USER="+app.Query().Get("user"), "OWNER_USER="+owner.Query().Get("user"),
		"TENANT_A="+recipetest.TenantA, "TENANT_B="+recipetest.TenantB)
	out, err = run.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Regexp(t, `Ran 8 tests in .*\n\nOK\n`, string(out))
}
