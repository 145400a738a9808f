// Package node runs the tests of the Node recipe against a real database.
package node

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

func TestNodeRecipeKeepsTenantsApart(t *testing.T) {
	_, err := exec.LookPath("node")
	require.NoError(t, err, "this test needs Node.js 20 or newer with npm; install them (Debian, Ubuntu: apt-get install nodejs npm)")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()

	// npm takes the exact packages of the lock file, from its cache when it can.
	install := exec.CommandContext(ctx, "npm", "ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts")
	out, err := install.CombinedOutput()
	require.NoError(t, err, "npm ci: %s", out)

	db := recipetest.New(t)
	app, err := url.Parse(db.App)
	require.NoError(t, err)
	owner, err := url.Parse(db.Owner)
	require.NoError(t, err)
	run := exec.CommandContext(ctx, "node", "--test", "--test-reporter=tap")
	run.Env = append(os.Environ(),
		"PGHOST="+app.Query().Get("host"), "PGDATABASE="+app.Path[1:],
		"APP_USER="+app.Query().Get("user"), "OWNER_USER="+owner.Query().Get("user"),
		"TENANT_A="+recipetest.TenantA, "TENANT_B="+recipetest.TenantB)
	out, err = run.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "# pass 5", "the tests did not run")
	require.Contains(t, string(out), "# fail 0")
}
