package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/dbcommand"
	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
	"github.com/tenfold-iac/tenfold/internal/sandboxrun"
	"github.com/tenfold-iac/tenfold/internal/toolchain"
	"github.com/tenfold-iac/tenfold/stacks/environment"
)

// repository is an app over this repository, with sandboxes of its own. It also
// builds the policy pack and the package of the functions, so that both are those
// of the source.
func repository(t *testing.T) *app {
	t.Helper()
	root, err := toolchain.Root()
	require.NoError(t, err)
	pack, err := toolchain.Binary(t.Context(), sandboxrun.DefaultPolicyPack)
	require.NoError(t, err)
	require.FileExists(t, pack)
	_, err = dbcommand.Bundle(t.Context(), root, filepath.Join(root, "migrations"),
		filepath.Join(root, "functions", "dbmigrate", "rds-ca.pem"), filepath.Join(root, "bin", "functions", "dbmigrate.zip"))
	require.NoError(t, err)
	settings := settingsFiles(t, root)
	t.Cleanup(func() { assert.Equal(t, settings, settingsFiles(t, root), "the checkout must not change") })
	return &app{program: environment.Deploy, root: toolchain.Root, sandboxes: t.TempDir()}
}

func settingsFiles(t *testing.T, root string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "Pulumi*.yaml"))
	require.NoError(t, err)
	files := map[string]string{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		files[path] = string(content)
	}
	require.NotEmpty(t, files)
	return files
}

func TestEveryStackOfTheRepositoryComesUpUnderItsPoliciesAndStaysUnchanged(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		t.Run(stack, func(t *testing.T) {
			a := repository(t)
			got := a.runFor(t, "sandbox", "up", stack)
			require.Zero(t, got.code, got.stdout+got.stderr)
			for _, group := range []string{"network", "compute", "data", "messaging", "security", "monitoring"} {
				assert.Regexp(t, `(?m)^  `+group+` +[1-9]`, got.stdout)
			}
			again := a.runFor(t, "sandbox", "up", stack, "--expect-no-changes")
			assert.Zero(t, again.code, again.stdout+again.stderr)
			fresh := a.runFor(t, "sandbox", "refresh", stack, "--expect-no-changes")
			assert.Zero(t, fresh.code, fresh.stdout+fresh.stderr)
		})
	}
}

func TestDestroyOfDevLeavesWhatTheProgramRetainsAndSaysWhatAWSKeeps(t *testing.T) {
	a := repository(t)
	got := a.runFor(t, "sandbox", "up", "dev")
	require.Zero(t, got.code, got.stdout+got.stderr)
	gone := a.runFor(t, "sandbox", "destroy", "dev")
	require.Zero(t, gone.code, gone.stdout+gone.stderr)
	held, err := account.Read(sandboxrun.FoldersOf(a.sandboxes, "dev").Account())
	require.NoError(t, err)
	for _, left := range held.List().Resources {
		assert.Equal(t, "aws:rds/clusterParameterGroup:ClusterParameterGroup", left.Type, "only what the program retains may be left")
	}
	assert.Contains(t, gone.stdout, "what AWS keeps after a delete, and so does the offline account:\n")
	assert.Regexp(t, `(?m)^ +\d+  Key, pending deletion$`, gone.stdout)
}

func TestAPlainPulumiPreviewPlansTheSameAsTheSandboxCommand(t *testing.T) {
	t.Setenv("PULUMI_DEBUG_COMMANDS", "true") // without it the CLI hides --event-log
	a := repository(t)
	dir := t.TempDir()
	compiled, plain := filepath.Join(dir, "compiled.json"), filepath.Join(dir, "plain.json")

	got := a.runFor(t, "sandbox", "preview", "dev", "--event-log", compiled)
	require.Zero(t, got.code, got.stdout+got.stderr)
	got = a.runFor(t, "sandbox", "exec", "--", "pulumi", "preview", "-s", "dev", "--non-interactive", "--event-log", plain)
	require.Zero(t, got.code, got.stdout+got.stderr)

	want, err := os.ReadFile(compiled)
	require.NoError(t, err)
	have, err := os.ReadFile(plain)
	require.NoError(t, err)
	planned := operations(t, want)
	require.Greater(t, len(planned), 50)
	assert.Equal(t, planned, operations(t, have))
}

// shippedSettings is the settings file of a stack of this repository.
func shippedSettings(t *testing.T, stack string) string {
	t.Helper()
	root, err := toolchain.Root()
	require.NoError(t, err)
	content, err := os.ReadFile(filepath.Join(root, "Pulumi."+stack+".yaml"))
	require.NoError(t, err)
	return string(content)
}

func writeSettings(t *testing.T, root, stack, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(root, "Pulumi."+stack+".yaml"), []byte(content), 0o644))
}
