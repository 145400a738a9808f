package facts

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/probe"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/tfschema"
)

const source = `package box

type Box struct {
	pulumi.CustomResourceState
	Arn   pulumi.StringOutput ` + "`pulumi:\"arn\"`" + `
	Lids  BoxLidArrayOutput ` + "`pulumi:\"lids\"`" + `
	Name  pulumi.StringOutput ` + "`pulumi:\"name\"`" + `
	Width pulumi.IntPtrOutput ` + "`pulumi:\"width\"`" + `
}

func NewBox(ctx *pulumi.Context, name string, args *BoxArgs, opts ...pulumi.ResourceOption) (*Box, error) {
	if args.Lids == nil {
		return nil, errors.New("invalid value for required argument 'Lids'")
	}
	if args.Width == nil {
		args.Width = pulumi.IntPtr(7)
	}
	secrets := pulumi.AdditionalSecretOutputs([]string{"arn"})
	return nil, nil
}

type boxState struct {
	Arn   *string  ` + "`pulumi:\"arn\"`" + `
	Lids  []BoxLid ` + "`pulumi:\"lids\"`" + `
	Name  *string  ` + "`pulumi:\"name\"`" + `
	Width *int     ` + "`pulumi:\"width\"`" + `
}

type boxArgs struct {
	Lids  []BoxLid ` + "`pulumi:\"lids\"`" + `
	Name  *string  ` + "`pulumi:\"name\"`" + `
	Width *int     ` + "`pulumi:\"width\"`" + `
}
`

const types = `package box

type BoxLid struct {
	Colour string ` + "`pulumi:\"colour\"`" + `
}
`

// build makes the facts of a small type from all sources.
func build(t *testing.T) (*File, *Builder) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "box"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "box", "box.go"), []byte(source), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "box", "pulumiTypes.go"), []byte(types), 0o644))
	text := tfschema.Attribute{Type: []byte(`"string"`)}
	name, arn, colour, width := text, text, text, tfschema.Attribute{Type: []byte(`"number"`), Optional: true}
	name.Required, arn.Computed, colour.Required = true, true, true
	shortest, longest := 1, 9
	b := &Builder{
		SDK: dir, Source: "a test",
		Schema: &tfschema.Provider{Resources: map[string]tfschema.Block{"x_box": {
			Attributes: map[string]tfschema.Attribute{"id": text, "arn": arn, "name": name, "width_cm": width},
			Blocks:     map[string]tfschema.Nested{"lid": {Mode: "set", MinItems: 1, Block: tfschema.Block{Attributes: map[string]tfschema.Attribute{"colour": colour}}}},
		}}},
		Probed: map[string]*probe.Result{"x_box": {Fields: map[string]*probe.Field{
			"name":       {Limits: probe.Limits{MinLength: &shortest, MaxLength: &longest}, Replace: true},
			"lid.colour": {Limits: probe.Limits{Values: []string{"red", "blue"}}},
		}, Combinations: []probe.Combination{{Kind: "conflicts", Names: []string{"name", "width_cm"}}}}},
		Overlay: Overlay{Resources: map[string]ResourceOverlay{"x:box/box:Box": {
			Names:      map[string]string{"width_cm": "width"},
			Properties: map[string]json.RawMessage{"lids.*.colour": json.RawMessage(`{"maxLength": 4}`)},
		}}},
	}
	files, err := b.Build(ParseSelection("# a comment\nx:box/box:Box x_box\n"))
	require.NoError(t, err)
	require.Contains(t, files, "x/box.json")
	return files["x/box.json"], b
}

func TestFactsJoinSchemaProbesSDKAndOverlay(t *testing.T) {
	file, b := build(t)
	assert.Empty(t, b.Problems)
	box := file.Resources["x:box/box:Box"]
	require.NotNil(t, box)
	assert.Equal(t, "x_box", box.Upstream)

	name := box.Properties["name"]
	assert.True(t, name.Optional, "the SDK does not insist on what the bridge fills in")
	assert.True(t, name.Replace)
	assert.Equal(t, 9, *name.MaxLength)
	assert.Equal(t, "name", box.AutoName.Property)

	assert.True(t, box.Properties["arn"].Computed)
	assert.True(t, box.Properties["arn"].Secret)
	assert.False(t, box.Properties["arn"].Input())

	width := box.Properties["width"]
	assert.Equal(t, "width_cm", width.Upstream)
	assert.JSONEq(t, "7", string(width.Default))

	lids := box.Properties["lids"]
	assert.Equal(t, "set", string(lids.Kind))
	assert.True(t, lids.Required)
	colour := file.Types[lids.Element.Type]["colour"]
	assert.Equal(t, []string{"red", "blue"}, colour.Values)
	assert.Equal(t, 4, *colour.MaxLength)
	assert.Equal(t, []string{"name", "width"}, box.Rules[0].Names)
}

func TestFilesOfFactsAreStableAndHoldOneLineAProperty(t *testing.T) {
	file, _ := build(t)
	first, err := Render(file)
	require.NoError(t, err)
	again, _ := build(t)
	second, err := Render(again)
	require.NoError(t, err)
	assert.Equal(t, string(first), string(second))
	assert.Contains(t, string(first), "\"arn\": {\"computed\":true,\"kind\":\"string\",\"secret\":true},\n")
}

func TestPulumiNamesOfTerraformNames(t *testing.T) {
	assert.Equal(t, "kmsKeyId", camel("kms_key_id"))
	assert.Equal(t, "kms_key_id", snake("kmsKeyId"))
	assert.Contains(t, candidates("policy"), "policies")
	assert.Contains(t, candidates("subnet_ids"), "subnetIds")
}
