package project

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestValuesAreWhatAProgramReceives(t *testing.T) {
	root := t.TempDir()
	for name, content := range map[string]string{
		"Pulumi.yaml": "name: shop\nruntime: go\nconfig:\n  shop:production: {type: boolean, default: true}\n  shop:size: {type: string, default: small}\n  shop:domain: {type: string}\n",
		"Pulumi.dev.yaml": `config:
  aws:region: us-east-1
  shop:size: large
  shop:zones: [a, b]
  shop:database: {minACU: 0.5, readers: 2}
  shop:token: {secure: AAAB}
`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(content), 0o644))
	}
	p, err := Load(root)
	require.NoError(t, err)
	stack, err := p.Stack("dev")
	require.NoError(t, err)
	values, err := stack.Values()
	require.NoError(t, err)
	assert.Equal(t, map[string]string{
		"aws:region": "us-east-1", "shop:production": "true", "shop:size": "large", "shop:zones": `["a","b"]`,
		"shop:database": `{"minACU":0.5,"readers":2}`, "shop:token": Placeholder,
	}, values)
}
