package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A product's day, offline and with the shipped development environment: a secret
// is renewed, a task is run by hand, and the release that follows is rolled back.
func TestASecretATaskAndARollbackArePlayedOffline(t *testing.T) {
	a := repository(t)
	root, err := a.root()
	require.NoError(t, err)
	tenfold, err := os.Executable()
	require.NoError(t, err)
	t.Setenv("TENFOLD_TEST_CHECKOUT", root)
	inside := func(script string) result {
		return a.runFor(t, "sandbox", "exec", "-s", "dev", "--", "sh", "-c", `cd "$0" && tenfold="$1" && `+script, root, tenfold)
	}
	got := a.runFor(t, "sandbox", "up", "dev")
	require.Zero(t, got.code, got.stdout+got.stderr)

	got = inside(`"$tenfold" secret list dev`)
	require.Zero(t, got.code, got.stdout+got.stderr)
	assert.Regexp(t, `(?m)^billing +tenfold/dev/billing +no value`, got.stdout)
	got = inside(`echo '{"secret_key":"planted-1","webhook_secret":"planted-2"}' | "$tenfold" secret put dev billing`)
	require.Zero(t, got.code, got.stdout+got.stderr)
	assert.Contains(t, got.stdout, "tenfold/dev/billing in account 123456789012 has a new value")

	require.Zero(t, a.runFor(t, "sandbox", "fail", "dev", "create", "aws:ecs/task:Task", "--exit-code", "3", "--error", "no such report").code)
	got = inside(`"$tenfold" run dev api -- bin/report`)
	assert.Equal(t, 3, got.code, got.stdout+got.stderr)
	assert.Equal(t, "no such report\n", got.stdout)
	assert.Contains(t, got.stderr, "running tenfold-dev-api:1 in cluster tenfold-dev-cluster as task ")

	rolledBack := []string{"sandbox", "fail", "dev", "update", "aws:ecs/service:Service", "--name", "api", "--rollback", "--error", "no such column"}
	require.Zero(t, a.runFor(t, rolledBack...).code)
	got = a.runFor(t, "sandbox", "up", "dev")
	assert.NotZero(t, got.code)
	assert.Contains(t, got.stdout, `service "api" was rolled back: ECS runs tenfold-dev-api:1 again, not tenfold-dev-api:2; ECS says: Service deployment rolled back because the circuit breaker threshold was exceeded`)
	assert.Contains(t, got.stdout, "no such column")
	assert.NotContains(t, got.stdout+got.stderr, "planted")

	got = a.runFor(t, "sandbox", "up", "dev")
	require.Zero(t, got.code, got.stdout+got.stderr)
	got = a.runFor(t, "sandbox", "up", "dev", "--expect-no-changes")
	assert.Zero(t, got.code, got.stdout+got.stderr)
}
