package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// queues is a program that declares queues, by resource name.
func queues(physical map[string]string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for name, is := range physical {
			if err := ctx.RegisterResource("aws:sqs/queue:Queue", name, pulumi.Map{"name": pulumi.String(is)}, &plainResource{}); err != nil {
				return err
			}
		}
		return nil
	}
}

func queueNames(t *testing.T, root string) (names []string) {
	t.Helper()
	for _, r := range accountOf(t, root).List().Resources {
		names = append(names, r.Name)
	}
	return names
}

const jobsURN = "urn:pulumi:dev::shop::aws:sqs/queue:Queue::jobs"

func TestAnUpThatLosesStateIsRefusedUntilItIsNamed(t *testing.T) {
	a, root := smallCheckout(t)
	a.program = queues(map[string]string{"jobs": "jobs", "mail": "mail"})
	require.Zero(t, upSmall(t, a).code)

	a.program = queues(map[string]string{"jobs": "other", "mail": "mail"}) // a queue cannot be renamed
	for _, verb := range []string{"up", "preview"} {
		got := a.runFor(t, "sandbox", verb, "dev", "--policy-pack", "none")
		assert.Equal(t, exitFailure, got.code)
		assert.Contains(t, got.stderr, "replace aws:sqs/queue:Queue jobs, forced by name\n    loses the messages that wait")
		assert.Contains(t, got.stderr, "--allow-replace '"+jobsURN+"'")
		assert.ElementsMatch(t, []string{"jobs", "mail"}, queueNames(t, root))
	}
	require.Zero(t, upSmall(t, a, "--allow-replace", jobsURN).code)
	assert.ElementsMatch(t, []string{"other", "mail"}, queueNames(t, root))

	got := upSmall(t, a, "--allow-replace", jobsURN)
	assert.Equal(t, exitFailure, got.code, "a permission that outlives its reason")
	assert.Contains(t, got.stderr, "names nothing that the plan would replace")

	a.program = queues(map[string]string{"mail": "mail"})
	assert.Contains(t, upSmall(t, a).stderr, "delete aws:sqs/queue:Queue jobs")
	require.Zero(t, upSmall(t, a, "--allow-delete", jobsURN).code)
	assert.ElementsMatch(t, []string{"mail"}, queueNames(t, root))
}

func TestAPlainPulumiIsGuardedAlike(t *testing.T) {
	a, root := smallCheckout(t)
	tenfold, err := os.Executable()
	require.NoError(t, err)
	program, err := filepath.Abs(filepath.Join("testdata", "guarded"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(root, "Pulumi.yaml"), []byte("name: shop\nruntime: go\nmain: "+program+"\n"), 0o644))
	t.Setenv("TENFOLD_TEST_CHECKOUT", root)
	guarded := func(verb string, flags ...string) result {
		args := append([]string{"sandbox", "exec", "-s", "dev", "--", "sh", "-c", `cd "$0" && exec "$@"`, root, tenfold, "guard"}, flags...)
		args = append(args, "--", "pulumi", verb, "--non-interactive")
		if verb == "up" {
			args = append(args, "--yes", "--skip-preview")
		}
		return a.runFor(t, args...)
	}
	t.Setenv("TENFOLD_TEST_QUEUES", "jobs=jobs")
	got := guarded("up")
	require.Zero(t, got.code, got.stdout+got.stderr)
	assert.Equal(t, []string{"jobs"}, queueNames(t, root))

	t.Setenv("TENFOLD_TEST_QUEUES", "jobs=other")
	for _, verb := range []string{"preview", "up"} {
		got = guarded(verb)
		assert.Equal(t, exitFailure, got.code, got.stdout+got.stderr)
		assert.Contains(t, got.stderr, "replace aws:sqs/queue:Queue jobs, forced by name")
		assert.Equal(t, []string{"jobs"}, queueNames(t, root))
	}
	got = guarded("up", "--allow-replace", jobsURN)
	require.Zero(t, got.code, got.stdout+got.stderr)
	assert.Equal(t, []string{"other"}, queueNames(t, root))

	t.Setenv("TENFOLD_TEST_QUEUES", "jobs=other!")
	require.Zero(t, guarded("up").code)
	t.Setenv("TENFOLD_TEST_QUEUES", "")
	got = guarded("up", "--allow-delete", jobsURN)
	assert.NotZero(t, got.code)
	assert.NotEqual(t, exitUsage, got.code)
	assert.Contains(t, got.stdout+got.stderr, "protected", "the engine refuses what is protected, named or not")
	assert.Equal(t, []string{"other"}, queueNames(t, root))
}
