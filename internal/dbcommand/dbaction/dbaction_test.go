package dbaction

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/dbconnect"
	"github.com/tenfold-iac/tenfold/internal/dbmigrate"
	"github.com/tenfold-iac/tenfold/internal/postgrestest"
)

// database is an empty database and the two ways into it.
type database struct {
	t        *testing.T
	server   *postgrestest.Server
	admin    string
	migrator string
}

func newDatabase(t *testing.T) *database {
	t.Helper()
	s := postgrestest.Start(t)
	url := s.Database(t)
	return &database{t: t, server: s, admin: url, migrator: postgrestest.As(t, url, "tenfold_migrator_login")}
}

func (d *database) context() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	d.t.Cleanup(cancel)
	return ctx
}

func (d *database) run(url string, files fs.FS, q Request) (any, error) {
	d.t.Helper()
	connector, err := dbconnect.New(dbconnect.Target{URL: url}, nil)
	require.NoError(d.t, err)
	return Runner{Connector: connector, Files: files}.Run(d.context(), q)
}

func (d *database) bootstrap() Bootstrapped {
	d.t.Helper()
	result, err := d.run(d.admin, nil, Request{Action: Bootstrap})
	require.NoError(d.t, err)
	return result.(Bootstrapped)
}

func (d *database) migrate(files fs.FS) (*dbmigrate.Report, error) {
	d.t.Helper()
	result, err := d.run(d.migrator, files, Request{Action: Migrate, RequestID: "r-1"})
	if result == nil {
		return nil, err
	}
	return result.(*dbmigrate.Report), err
}

// example is the directory every project starts with.
func example() fs.FS { return os.DirFS("../../../migrations") }

func exampleAnd(t *testing.T, name, text string) fs.FS {
	t.Helper()
	first, err := fs.ReadFile(example(), "0001_projects.sql")
	require.NoError(t, err)
	return fstest.MapFS{"0001_projects.sql": {Data: first}, name: {Data: []byte(text)}}
}

func TestBootstrapAndTheExampleMigrationAreIsolatedAndRepeatable(t *testing.T) {
	d := newDatabase(t)
	first := d.bootstrap()
	assert.True(t, first.Changed)
	assert.Empty(t, first.Violations)
	assert.False(t, first.IAM)
	assert.True(t, first.Capabilities.EventTrigger)
	again := d.bootstrap()
	assert.False(t, again.Changed)
	assert.Equal(t, first.CatalogHash, again.CatalogHash)

	report, err := d.migrate(example())
	require.NoError(t, err)
	assert.Len(t, report.Applied, 1)
	assert.Empty(t, report.Violations)
	second, err := d.migrate(example())
	require.NoError(t, err)
	assert.Empty(t, second.Applied)
	assert.Equal(t, report.CatalogHash, second.CatalogHash)
	assert.False(t, d.bootstrap().Changed)

	for _, action := range []string{Verify, Report} {
		result, err := d.run(d.migrator, example(), Request{Action: action})
		require.NoError(t, err)
		assert.Empty(t, result.(*dbmigrate.Report).Problems)
	}
}

func TestTableWithoutTenantIsRefusedByTheGuardWithItsRule(t *testing.T) {
	d := newDatabase(t)
	d.bootstrap()
	_, err := d.migrate(exampleAnd(t, "0002_loose.sql", "CREATE TABLE loose (id uuid);"))
	assert.ErrorContains(t, err, "0002_loose.sql: tenants are not isolated (")
	assert.ErrorContains(t, err, "tenant-column: public.loose has no plain column tenant_id uuid not null")
	_, err = d.migrate(example())
	require.NoError(t, err)
}

func TestConcurrentIndexPassesTheGuardAndAUniqueOneWithoutTenantDoesNot(t *testing.T) {
	d := newDatabase(t)
	d.bootstrap()
	_, err := d.migrate(exampleAnd(t, "0002_index.sql", "-- tenfold:no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY project_name ON project (name);"))
	require.Error(t, err)
	var left int
	require.NoError(t, d.server.Connect(t, d.admin).QueryRow(d.context(), "SELECT count(*) FROM pg_class WHERE relname = 'project_name'").Scan(&left))
	assert.Zero(t, left)
	_, err = d.migrate(exampleAnd(t, "0002_index.sql", "-- tenfold:no-transaction\nCREATE INDEX CONCURRENTLY project_name ON project (tenant_id, name);"))
	require.NoError(t, err)
}

func TestMigrationsOfTwoRunnersAtOnceConvergeUnderTheGuard(t *testing.T) {
	d := newDatabase(t)
	d.bootstrap()
	var wg sync.WaitGroup
	errs := make([]error, 2)
	applied := make([]int, 2)
	for i := range errs {
		wg.Go(func() {
			report, err := d.migrate(example())
			if errs[i] = err; err == nil {
				applied[i] = len(report.Applied)
			}
		})
	}
	wg.Wait()
	require.NoError(t, errs[0])
	require.NoError(t, errs[1])
	assert.Equal(t, 1, applied[0]+applied[1])
}

func TestDisarmAndArmAreRecordedAndTheRunFailsWhileDisarmed(t *testing.T) {
	d := newDatabase(t)
	d.bootstrap()
	_, err := d.migrate(example())
	require.NoError(t, err)
	result, err := d.run(d.admin, nil, Request{Action: Disarm, Reason: "upgrade to 16"})
	require.NoError(t, err)
	assert.Contains(t, result.(Armed).Violations[0].String(), "upgrade to 16")
	_, err = d.migrate(example())
	assert.ErrorContains(t, err, "all files are applied\n  armed: ")
	result, err = d.run(d.admin, nil, Request{Action: Arm, Reason: "upgrade done"})
	require.NoError(t, err)
	assert.Empty(t, result.(Armed).Violations)
	_, err = d.migrate(example())
	require.NoError(t, err)
}

func TestProbeSaysWhatTheServerAllowsAsJSON(t *testing.T) {
	d := newDatabase(t)
	result, err := d.run(d.admin, nil, Request{Action: Probe})
	require.NoError(t, err)
	text, err := json.Marshal(result)
	require.NoError(t, err)
	assert.Contains(t, string(text), `"event_trigger":true`)
	assert.Contains(t, string(text), `"security_invoker":true`)
}

func TestAdministratorMayNotMigrateAndTheMigratorMayNotBootstrap(t *testing.T) {
	d := newDatabase(t)
	d.bootstrap()
	_, err := d.run(d.admin, example(), Request{Action: Migrate})
	assert.ErrorContains(t, err, "login postgres is a superuser or bypasses row-level security; connect as a member of tenfold_migrator")
	conn := d.server.Connect(t, d.admin)
	_, err = conn.Exec(d.context(), "UPDATE tenancy.installation SET files_hash = ''", pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	_, err = d.run(d.migrator, nil, Request{Action: Bootstrap})
	assert.ErrorContains(t, err, "SQLSTATE 42501")
}

func TestApplicationLoginIsRefusedToMigrateAndPassesTheGuardsLoginCheck(t *testing.T) {
	d := newDatabase(t)
	d.bootstrap()
	app := postgrestest.As(t, d.admin, "tenfold_app_login")
	_, err := d.run(app, example(), Request{Action: Migrate})
	assert.ErrorContains(t, err, "login tenfold_app_login is not a member of tenfold_migrator; connect as one")
	_, err = d.server.Connect(t, app).Exec(d.context(), "SELECT tenancy.check_login()")
	assert.NoError(t, err)
}

func TestRequestsAreCheckedBeforeAnythingIsConnected(t *testing.T) {
	for name, c := range map[string]struct {
		request Request
		logins  Logins
		want    string
	}{
		"action": {Request{Action: "destroy"}, Logins{}, `action must be one of bootstrap, migrate, verify, arm, disarm, probe, report, got "destroy"`},
		"reason": {Request{Action: Disarm, Reason: " "}, Logins{}, "disarm needs a reason, which is recorded; say why"},
		"wait":   {Request{Action: Migrate, LockWaitSeconds: 1000}, Logins{}, "lock wait must be between 0 and 900 seconds, got 1000"},
		"login":  {Request{Action: Probe}, Logins{App: `x"; DROP`}, `login "x\"; DROP" must be lower-case letters`},
		"same":   {Request{Action: Probe}, Logins{App: "a", Migrator: "a"}, `the migrator and the application must be two logins, both are "a"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Runner{Logins: c.logins}.Run(t.Context(), c.request)
			require.Error(t, err)
			assert.True(t, strings.Contains(err.Error(), c.want), err.Error())
		})
	}
}

// A managed service gives its main user no superuser rights. Event triggers are
// the one thing PostgreSQL itself refuses to such a user, so the guard says that
// it is not armed, and nothing else.
func TestBootstrapAsAMainUserWithoutSuperuserRights(t *testing.T) {
	d := newDatabase(t)
	super := d.server.Connect(t, d.admin)
	exec := func(sql string) {
		t.Helper()
		_, err := super.Exec(d.context(), sql)
		require.NoError(t, err)
	}
	exec("CREATE ROLE dbaction_main LOGIN CREATEROLE CREATEDB")
	t.Cleanup(func() {
		for _, sql := range []string{"REASSIGN OWNED BY dbaction_main TO postgres", "DROP OWNED BY dbaction_main", "DROP ROLE dbaction_main"} {
			_, err := super.Exec(context.Background(), sql)
			assert.NoError(t, err)
		}
	})
	exec("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO dbaction_main', current_database()); END $$")

	url := postgrestest.As(t, d.admin, "dbaction_main")
	for range 2 {
		result, err := d.run(url, nil, Request{Action: Bootstrap})
		require.NoError(t, err)
		assert.False(t, result.(Bootstrapped).Capabilities.EventTrigger)
		for _, v := range result.(Bootstrapped).Violations {
			if v.Object != "postgres" { // the superuser of the test server, who did not install the guard
				assert.Equal(t, "armed", v.Rule, v.String())
			}
		}
	}
	report, err := d.migrate(fstest.MapFS{"0001_t.sql": {Data: []byte(`
		CREATE TABLE t (tenant_id uuid NOT NULL, id uuid NOT NULL, PRIMARY KEY (tenant_id, id));
		SELECT tenancy.protect('t');`)}})
	require.ErrorContains(t, err, "all files are applied\n  ")
	require.NotNil(t, report)
	assert.Len(t, report.Applied, 1)
}
