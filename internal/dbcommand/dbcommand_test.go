package dbcommand

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/postgrestest"
)

// tenfold runs `tenfold db` with these arguments.
func tenfold(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	cmd := Command()
	var out, errs bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	cmd.SetArgs(args)
	err = cmd.ExecuteContext(t.Context())
	return out.String(), errs.String(), err
}

func TestCommandBootstrapsMigratesAndVerifies(t *testing.T) {
	url := postgrestest.Start(t).Database(t)
	migrator := postgrestest.As(t, url, "tenfold_migrator_login")
	const migrations = "../../migrations"

	stdout, stderr, err := tenfold(t, "bootstrap", "--url", url)
	require.NoError(t, err)
	assert.Contains(t, stderr, "installing tenant guard ")
	assert.True(t, field[bool](t, stdout, "changed"))

	stdout, _, err = tenfold(t, "verify", "--url", migrator, "--migrations", migrations)
	require.ErrorContains(t, err, "0001_projects.sql is not applied; run `tenfold db migrate`")
	assert.Len(t, field[[]any](t, stdout, "pending"), 1)

	// The environment names the database when no flag does.
	t.Setenv("TENFOLD_DATABASE_URL", migrator)
	stdout, stderr, err = tenfold(t, "migrate", "--migrations", migrations)
	require.NoError(t, err)
	assert.Contains(t, stderr, "applied 0001_projects.sql in ")
	assert.Len(t, field[[]any](t, stdout, "applied"), 1)
	hash := field[string](t, stdout, "catalogHash")

	for _, action := range []string{"migrate", "verify", "report"} {
		stdout, _, err = tenfold(t, action, "--migrations", migrations)
		require.NoError(t, err)
		assert.Equal(t, hash, field[string](t, stdout, "catalogHash"))
		assert.Empty(t, field[[]any](t, stdout, "problems"))
	}

	stdout, _, err = tenfold(t, "probe", "--url", url)
	require.NoError(t, err)
	assert.True(t, field[bool](t, stdout, "security_invoker"))
	stdout, _, err = tenfold(t, "disarm", "--url", url, "--reason", "upgrade to 16")
	require.NoError(t, err)
	assert.NotEmpty(t, field[[]any](t, stdout, "violations"))
	stdout, _, err = tenfold(t, "arm", "--url", url, "--reason", "upgrade done")
	require.NoError(t, err)
	assert.Empty(t, field[[]any](t, stdout, "violations"))
}

func field[T any](t *testing.T, text, name string) T {
	t.Helper()
	var all map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &all))
	value, ok := all[name].(T)
	require.True(t, ok, "%s in %s", name, text)
	return value
}

func TestMistakesOfUseSayWhatToGive(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no database": {[]string{"migrate"}, "the database is not named; give --endpoint"},
		"no reason":   {[]string{"disarm", "--url", "host=/tmp"}, "disarm needs a reason, which is recorded; say why"},
		"no secret":   {[]string{"bootstrap", "--endpoint", "db.example.com", "--database", "app"}, "no secret is named; give --secret-arn"},
		"weak TLS":    {[]string{"migrate", "--url", "postgres://db.example.com/app?sslmode=require"}, "without TLS that verifies"},
		"argument":    {[]string{"migrate", "now"}, `unknown command "now" for "db migrate"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := tenfold(t, c.args...)
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestBundleRefusesFilesThatCouldNotBeApplied(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "0001_a.sql"), []byte("COMMIT"), 0o644))
	_, _, err := tenfold(t, "bundle", "--migrations", dir, "--output", filepath.Join(dir, "x.zip"))
	assert.ErrorContains(t, err, "the migration files cannot be used:\n0001_a.sql:1: COMMIT: the file already runs in a transaction")
	assert.NoFileExists(t, filepath.Join(dir, "x.zip"))
}

func TestBundleHoldsTheMigrationsWithOneKindOfLineEndAndTheAuthorities(t *testing.T) {
	ca := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(ca, []byte("pem"), 0o600))
	files, err := bundled(fstest.MapFS{"0001_a.sql": {Data: []byte("SELECT\r\n1")}, "README.md": {Data: []byte("x")}}, ca)
	require.NoError(t, err)
	assert.Equal(t, map[string][]byte{"migrations/0001_a.sql": []byte("SELECT\n1"), "rds-ca.pem": []byte("pem")}, files)
	_, err = bundled(fstest.MapFS{}, "/nowhere.pem")
	assert.ErrorContains(t, err, "read the certificate authorities: open /nowhere.pem")
}

func TestBundleOfTheFunctionIsTheSameTwice(t *testing.T) {
	dir := t.TempDir()
	a, err := Bundle(t.Context(), "../..", "../../migrations", "", filepath.Join(dir, "a.zip"))
	require.NoError(t, err)
	b, err := Bundle(t.Context(), ".", "../../migrations", "", filepath.Join(dir, "b.zip"))
	require.NoError(t, err)
	assert.Equal(t, a.SHA256, b.SHA256)
}
