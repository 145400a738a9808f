package tfschema

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const sample = `{"provider_schemas": {"example.com/a/b": {
  "provider": {"block": {"attributes": {"region": {"type": "string", "optional": true}}}},
  "resource_schemas": {"b_box": {"block": {
    "attributes": {"name": {"type": "string", "required": true}, "sizes": {"type": ["list", ["object", {"cm": "number"}]], "optional": true}},
    "block_types": {"lid": {"nesting_mode": "set", "min_items": 1, "block": {}}, "label": {"nesting_mode": "single", "block": {}}}}}},
  "data_source_schemas": {"b_found": {"block": {}}}}}}`

func TestLoadReadsTheOnlyProvider(t *testing.T) {
	path := filepath.Join(t.TempDir(), "schema.json")
	require.NoError(t, os.WriteFile(path, []byte(sample), 0o600))
	p, err := Load(path)
	require.NoError(t, err)
	assert.Contains(t, p.Functions, "b_found")
	assert.Contains(t, p.Config.Attributes, "region")
	box := p.Resources["b_box"]
	assert.Equal(t, 1, box.Blocks["lid"].MinItems)
	assert.Equal(t, map[string]any{"name": nil, "sizes": nil, "lid": []any{}, "label": nil}, box.Empty())
	sizes, err := box.Attributes["sizes"].ParseType()
	require.NoError(t, err)
	assert.Equal(t, "list", sizes.Kind)
	assert.Equal(t, "number", sizes.Element.Fields["cm"].Kind)
}

func TestLoadRefusesWhatIsNoSchemaOfOneProvider(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "missing.json"))
	assert.ErrorContains(t, err, "read the provider schema")
	for name, content := range map[string]string{"parse": "{", "holds 0 providers": "{}"} {
		path := filepath.Join(t.TempDir(), "schema.json")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		_, err := Load(path)
		assert.ErrorContains(t, err, name)
	}
	_, err = Attribute{Type: []byte(`{"a": 1}`)}.ParseType()
	assert.ErrorContains(t, err, "is no attribute type")
}
