package sdk

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const lookupSource = `package zone

type LookupZoneArgs struct {
	Name    *string           ` + "`pulumi:\"name\"`" + `
	Tags    map[string]string ` + "`pulumi:\"tags\"`" + `
	ZoneId  string            ` + "`pulumi:\"zoneId\"`" + `
}

type LookupZoneResult struct {
	Arn    string   ` + "`pulumi:\"arn\"`" + `
	Policy interface{} ` + "`pulumi:\"policy\"`" + `
	Code   pulumi.Archive ` + "`pulumi:\"code\"`" + `
	Sizes  []float64 ` + "`pulumi:\"sizes\"`" + `
}

type LookupZoneOutputArgs struct {
	Name pulumi.StringPtrInput ` + "`pulumi:\"name\"`" + `
}
`

func TestFunctionReadsPlainArgumentsAndResults(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "getZone.go"), []byte(lookupSource), 0o600))
	m, err := Open(dir)
	require.NoError(t, err)
	args, result, err := m.Function("getZone")
	require.NoError(t, err)
	assert.Equal(t, Struct{
		{Name: "name", Type: Type{Kind: "string"}, Optional: true},
		{Name: "tags", Type: Type{Kind: "map", Element: &Type{Kind: "string"}}, Optional: true},
		{Name: "zoneId", Type: Type{Kind: "string"}},
	}, args)
	kinds := []string{}
	for _, f := range result {
		kinds = append(kinds, f.Type.Kind)
	}
	assert.Equal(t, []string{"string", "any", "asset", "array"}, kinds)
}

func TestMissingFilesAndTypesAreNamed(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.go"), []byte("package a\n"), 0o600))
	m, err := Open(dir)
	require.NoError(t, err)
	_, err = m.Resource("b", "B")
	assert.ErrorContains(t, err, "the SDK has no file")
	_, err = m.Resource("a", "A")
	assert.ErrorContains(t, err, "holds no state of A")
	_, _, err = m.Function("a")
	assert.ErrorContains(t, err, "holds no result")
}
