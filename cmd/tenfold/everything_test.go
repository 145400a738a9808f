package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/tenfold-iac/tenfold/internal/toolchain"
	"github.com/tenfold-iac/tenfold/stacks/environment"
)

// everything is a checkout whose one stack has one of everything, and a function
// that changes its file. A change is by the path of a key, and nil removes it.
func everything(t *testing.T) (a *app, root string, change func(value any, path ...string)) {
	t.Helper()
	repository, err := toolchain.Root()
	require.NoError(t, err)
	root = t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "stacks"), 0o755))
	project, err := os.ReadFile(filepath.Join(repository, "Pulumi.yaml"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(root, "Pulumi.yaml"), project, 0o644))
	content, err := os.ReadFile(filepath.Join("testdata", "everything.yaml"))
	require.NoError(t, err)
	var settings map[string]any
	require.NoError(t, yaml.Unmarshal(content, &settings))
	change = func(value any, path ...string) {
		t.Helper()
		at := settings["config"].(map[string]any)
		for _, key := range path[:len(path)-1] {
			at = at[key].(map[string]any)
		}
		if value == nil {
			delete(at, path[len(path)-1])
		} else {
			at[path[len(path)-1]] = value
		}
		content, err := yaml.Marshal(settings)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(root, "Pulumi.dev.yaml"), content, 0o644))
	}
	change(map[string]any{"archive": filepath.Join(repository, "stacks", "environment", "testdata", "dbmigrate.zip")}, "tenfold:tenancy")
	pack, err := toolchain.Binary(t.Context(), "bin/policies")
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(root, "bin"), 0o755))
	require.NoError(t, os.Symlink(pack, filepath.Join(root, "bin", "policies")))
	return &app{program: environment.Deploy, root: func() (string, error) { return root, nil }}, root, change
}

func TestOneOfEverythingComesUpUnderThePoliciesStaysUnchangedAndGoesButForItsImages(t *testing.T) {
	a, root, change := everything(t)
	deploy := func(step string) {
		t.Helper()
		got := a.runFor(t, "sandbox", "up", "dev")
		require.Zero(t, got.code, "%s: %s", step, got.stdout+got.stderr)
		got = a.runFor(t, "sandbox", "up", "dev", "--expect-no-changes")
		require.Zero(t, got.code, "%s, again: %s", step, got.stdout+got.stderr)
	}
	deploy("first")

	change(map[string]any{"secret": "front", "key": "origin_secret"}, "tenfold:edge", "cdn")
	early := a.runFor(t, "sandbox", "up", "dev")
	assert.NotZero(t, early.code)
	assert.Contains(t, early.stdout+early.stderr, "secret \"front\" has no value yet, and its key \"origin_secret\" is needed now; put the value in with `tenfold secret put dev front` and run `pulumi up` again")

	tenfold, err := os.Executable()
	require.NoError(t, err)
	t.Setenv("TENFOLD_TEST_CHECKOUT", root)
	got := a.runFor(t, "sandbox", "exec", "-s", "dev", "--", "sh", "-c",
		`echo '{"origin_secret":"planted-planted-planted-planted-planted","client_secret":"planted"}' | "$0" secret put dev front`, tenfold)
	require.Zero(t, got.code, got.stdout+got.stderr)
	change(map[string]any{
		"issuer": "https://id.example.com", "authorizationURL": "https://id.example.com/authorize", "tokenURL": "https://id.example.com/token",
		"userInfoURL": "https://id.example.com/userinfo", "clientID": "tools", "secret": "front", "key": "client_secret",
	}, "tenfold:services", "admin", "login")
	deploy("CloudFront and a login")

	change("per-zone", "tenfold:network", "nat")
	deploy("gateways")
	change(nil, "tenfold:edge", "cdn")
	change(nil, "tenfold:services", "admin", "login")
	deploy("neither")

	fresh := a.runFor(t, "sandbox", "refresh", "dev", "--expect-no-changes")
	assert.Zero(t, fresh.code, fresh.stdout+fresh.stderr)
	// Images are protected wherever they are declared.
	gone := a.runFor(t, "sandbox", "destroy", "dev")
	assert.Contains(t, gone.stdout, "Repository::api\" cannot be deleted")
	assert.Contains(t, gone.stdout, "dev still holds: 1 resource\n\n  compute       1  Repository\n")
}
