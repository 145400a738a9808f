package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/dbcommand/dbaction"
	"github.com/tenfold-iac/tenfold/internal/dbconnect"
	"github.com/tenfold-iac/tenfold/internal/dbmigrate"
	"github.com/tenfold-iac/tenfold/internal/postgrestest"
)

// function is the handler as Lambda would run it, with its package unpacked.
type function struct {
	handler
	env map[string]string
	log bytes.Buffer
}

func newFunction(t *testing.T, url string, migrations map[string]string) *function {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "migrations"), 0o755))
	for name, text := range migrations {
		require.NoError(t, os.WriteFile(filepath.Join(root, "migrations", name), []byte(text), 0o644))
	}
	f := &function{env: map[string]string{taskRoot: root, dbconnect.EnvURL: url}}
	f.handler = handler{getenv: func(name string) string { return f.env[name] }, log: slog.New(slog.NewJSONHandler(&f.log, nil))}
	return f
}

const table = "CREATE TABLE t (tenant_id uuid NOT NULL, id uuid NOT NULL, PRIMARY KEY (tenant_id, id));"

func TestFunctionBootstrapsAndMigratesAndReturnsTheReport(t *testing.T) {
	url := postgrestest.Start(t).Database(t)
	admin := newFunction(t, url, nil)
	result, err := admin.handle(t.Context(), json.RawMessage(`{"action": "bootstrap", "tf": {"action": "create", "prev_input": null}}`))
	require.NoError(t, err)
	assert.True(t, result.(dbaction.Bootstrapped).Changed)

	migrator := newFunction(t, postgrestest.As(t, url, "tenfold_migrator_login"), map[string]string{"0001_t.sql": table})
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "request-1"})
	result, err = migrator.handle(ctx, json.RawMessage(`{"action": "migrate"}`))
	require.NoError(t, err)
	report := result.(*dbmigrate.Report)
	assert.Len(t, report.Applied, 1)
	assert.Equal(t, "request-1", report.RequestID)
	assert.Contains(t, migrator.log.String(), `"msg":"applied 0001_t.sql in `)
	assert.Contains(t, migrator.log.String(), `"msg":"done","action":"migrate","requestId":"request-1"`)
}

func TestFailingActionFailsTheInvocationAndLogsHowFarItCame(t *testing.T) {
	url := postgrestest.Start(t).Database(t)
	_, err := newFunction(t, url, nil).handle(t.Context(), json.RawMessage(`{"action": "bootstrap"}`))
	require.NoError(t, err)
	f := newFunction(t, postgrestest.As(t, url, "tenfold_migrator_login"), map[string]string{"0001_t.sql": table, "0002_bad.sql": "SELECT wrong"})
	result, err := f.handle(t.Context(), json.RawMessage(`{"action": "migrate"}`))
	assert.Nil(t, result)
	assert.ErrorContains(t, err, "0002_bad.sql:1: ")
	assert.Contains(t, f.log.String(), `"level":"ERROR","msg":"failed"`)
	assert.Contains(t, f.log.String(), `"pending":["0002_bad.sql"]`)
}

func TestEventIsCheckedStrictly(t *testing.T) {
	f := newFunction(t, "host=/nowhere", nil)
	for event, want := range map[string]string{
		`{"action": "migrat"}`:                                `action must be one of bootstrap, migrate, verify, arm, disarm, probe, report, got "migrat"`,
		`{"action": "migrate", "endpoint": "db.example.com"}`: `the event must be an object such as {"action": "migrate"}: json: unknown field "endpoint"`,
		`"migrate"`:            `the event must be an object such as {"action": "migrate"}`,
		`{"action": "disarm"}`: "disarm needs a reason",
	} {
		_, err := f.handle(t.Context(), json.RawMessage(event))
		assert.ErrorContains(t, err, want)
	}
}

func TestDeletedInvocationChangesNothing(t *testing.T) {
	f := newFunction(t, "host=/nowhere", nil)
	result, err := f.handle(t.Context(), json.RawMessage(`{"action": "migrate", "tf": {"action": "delete", "prev_input": {"action": "migrate"}}}`))
	require.NoError(t, err)
	assert.Equal(t, "none", result.(nothing).Action)
}

func TestRunStopsBeforeTheFunctionsTimeIsOver(t *testing.T) {
	url := postgrestest.Start(t).Database(t)
	_, err := newFunction(t, url, nil).handle(t.Context(), json.RawMessage(`{"action": "bootstrap"}`))
	require.NoError(t, err)
	f := newFunction(t, postgrestest.As(t, url, "tenfold_migrator_login"), map[string]string{"0001_t.sql": table + "SELECT pg_sleep(600)"})
	ctx, cancel := context.WithTimeout(t.Context(), reserve+2*time.Second)
	defer cancel()
	_, err = f.handle(ctx, json.RawMessage(`{"action": "migrate"}`))
	require.ErrorIs(t, err, errTime)
	assert.ErrorContains(t, err, "nothing of this file was applied")
	assert.NoError(t, ctx.Err(), "the time for the report was used up")
}

func TestBundledAuthoritiesAreUsedUnlessOthersAreNamed(t *testing.T) {
	f := newFunction(t, "", nil)
	f.env[dbconnect.EnvEndpoint], f.env[dbconnect.EnvDatabase] = "db.example.com", "app"
	f.cloud = noCloud{}
	require.NoError(t, os.WriteFile(filepath.Join(f.env[taskRoot], caFile), []byte("no certificate"), 0o644))
	_, err := f.handle(t.Context(), json.RawMessage(`{"action": "verify"}`))
	assert.ErrorContains(t, err, caFile+" holds no certificate in PEM form")
	f.env[dbconnect.EnvCAFile] = "/nowhere.pem"
	_, err = f.handle(t.Context(), json.RawMessage(`{"action": "verify"}`))
	assert.ErrorContains(t, err, "open /nowhere.pem")
}

type noCloud struct{}

func (noCloud) Token(context.Context, string, string, string) (string, error) { return "t", nil }

func (noCloud) Secret(context.Context, string) (string, string, error) { return "u", "p", nil }

// The audit is this event, by the clock. A failed invocation is what its monitor
// counts.
func TestAuditPassesAnIsolatedDatabaseAndFailsWhileTheGuardIsDisarmed(t *testing.T) {
	url := postgrestest.Start(t).Database(t)
	admin := newFunction(t, url, nil)
	_, err := admin.handle(t.Context(), json.RawMessage(`{"action": "bootstrap"}`))
	require.NoError(t, err)
	audit := newFunction(t, postgrestest.As(t, url, "tenfold_migrator_login"), map[string]string{"0001_t.sql": table})
	verify := json.RawMessage(`{"action": "verify"}`)
	_, err = audit.handle(t.Context(), verify)
	require.ErrorContains(t, err, "0001_t.sql is not applied", "a missing migration fails it too")
	_, err = audit.handle(t.Context(), json.RawMessage(`{"action": "migrate"}`))
	require.NoError(t, err)
	_, err = audit.handle(t.Context(), verify)
	require.NoError(t, err)

	_, err = admin.handle(t.Context(), json.RawMessage(`{"action": "disarm", "reason": "an upgrade"}`))
	require.NoError(t, err)
	_, err = audit.handle(t.Context(), verify)
	assert.ErrorContains(t, err, "armed")
	_, err = admin.handle(t.Context(), json.RawMessage(`{"action": "arm", "reason": "upgraded"}`))
	require.NoError(t, err)
	_, err = audit.handle(t.Context(), verify)
	assert.NoError(t, err)
}
