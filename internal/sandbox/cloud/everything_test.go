package cloud

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// everything makes one resource of every type.
func everything(t *testing.T, w *world) []string {
	t.Helper()
	content, err := os.ReadFile("testdata/everything.yaml")
	require.NoError(t, err)
	var rows [][]any
	require.NoError(t, yaml.Unmarshal(content, &rows))
	var names []string
	for _, row := range rows {
		w.create(row[0].(string), row[1].(string), row[2].(map[string]any))
		names = append(names, row[1].(string))
	}
	return names
}

func TestEveryTypeLivesThroughItsWholeLife(t *testing.T) {
	w := newWorld(t)
	names := everything(t, w)

	covered := map[string]bool{}
	var listing strings.Builder
	for _, name := range names {
		r := w.made[name]
		covered[r.token] = true
		fmt.Fprintf(&listing, "%s %s\n  id  %s\n", r.token, name, r.ID)
		if arn := r.text("arn"); arn != "" && arn != r.ID {
			fmt.Fprintf(&listing, "  arn %s\n", arn)
		}
	}
	types, err := Types()
	require.NoError(t, err)
	for _, token := range types {
		assert.True(t, covered[token], "%s is not among testdata/everything.yaml", token)
	}
	golden(t, "testdata/everything.golden", listing.String())

	for _, name := range names {
		found := w.read(name)
		require.NotNil(t, found, name)
		assert.Equal(t, w.made[name].ID, found.ID, name)
	}
	for _, name := range slices.Backward(names) {
		require.NoError(t, w.remove(name), name)
		assert.Nil(t, w.read(name), "%s is still there", name)
	}
	assert.True(t, w.account.Empty(), "left: %v", w.account.List().Resources)
}

// golden compares with a file, or writes it when TENFOLD_UPDATE_GOLDEN is set.
func golden(t *testing.T, path, actual string) {
	t.Helper()
	if os.Getenv("TENFOLD_UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(path, []byte(actual), 0o600))
	}
	expected, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(expected), actual, "run with TENFOLD_UPDATE_GOLDEN=1 when the change is meant")
}
