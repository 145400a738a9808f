package dbaction

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/dbconnect"
	"github.com/tenfold-iac/tenfold/internal/dbmigrate"
	"github.com/tenfold-iac/tenfold/internal/postgrestest"
)

func TestLoginsSignInWithIAMWhereTheServerHasIt(t *testing.T) {
	d := newDatabase(t)
	super := d.server.Connect(t, d.admin)
	_, err := super.Exec(d.context(), "CREATE ROLE rds_iam")
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := super.Exec(context.Background(), "DROP ROLE dbaction_iam_migrator, dbaction_iam_app, rds_iam")
		assert.NoError(t, err)
	})
	connector, err := dbconnect.New(dbconnect.Target{URL: d.admin}, nil)
	require.NoError(t, err)
	runner := Runner{Connector: connector, Logins: Logins{Migrator: "dbaction_iam_migrator", App: "dbaction_iam_app"}}

	first, err := runner.Run(d.context(), Request{Action: Bootstrap})
	require.NoError(t, err)
	assert.True(t, first.(Bootstrapped).IAM)
	assert.Empty(t, first.(Bootstrapped).Violations)
	var members []string
	require.NoError(t, super.QueryRow(d.context(), `SELECT array_agg(member::regrole||' in '||roleid::regrole ORDER BY 1)
		FROM pg_auth_members WHERE member::regrole::text LIKE 'dbaction_iam%'`).Scan(&members))
	assert.ElementsMatch(t, []string{"dbaction_iam_app in rds_iam", "dbaction_iam_app in tenfold_app",
		"dbaction_iam_migrator in rds_iam", "dbaction_iam_migrator in tenfold_migrator"}, members)
	again, err := runner.Run(d.context(), Request{Action: Bootstrap})
	require.NoError(t, err)
	assert.False(t, again.(Bootstrapped).Changed)

	result, err := d.run(postgrestest.As(t, d.admin, "dbaction_iam_migrator"), example(), Request{Action: Migrate})
	require.NoError(t, err)
	assert.Len(t, result.(*dbmigrate.Report).Applied, 1)
}

func TestLoginsHaveNoPasswordAndNoAttributes(t *testing.T) {
	d := newDatabase(t)
	d.bootstrap()
	var ordinary bool
	require.NoError(t, d.server.Connect(t, d.admin).QueryRow(d.context(), `
		SELECT bool_and(rolpassword IS NULL AND rolcanlogin AND NOT rolsuper AND NOT rolcreaterole AND NOT rolcreatedb
			AND NOT rolreplication AND NOT rolbypassrls) AND count(*) = 2
		FROM pg_authid WHERE rolname IN ('tenfold_app_login', 'tenfold_migrator_login')`).Scan(&ordinary))
	assert.True(t, ordinary)
}
