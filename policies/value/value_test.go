package value_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"github.com/tenfold-iac/tenfold/policies/value"
)

// sent marshals properties as the engine does for an analyzer.
func sent(t testing.TB, props resource.PropertyMap) value.Value {
	t.Helper()
	fields, err := plugin.MarshalProperties(props, plugin.MarshalOptions{
		KeepUnknowns: true, KeepSecrets: true, SkipInternalKeys: true,
	})
	require.NoError(t, err)
	return value.Properties(fields)
}

func computed(of any) resource.PropertyValue {
	return resource.MakeComputed(resource.NewPropertyValue(of))
}

func TestEveryKindOfUnknownTheEngineSendsIsUnknown(t *testing.T) {
	props := sent(t, resource.PropertyMap{
		"text": computed(""), "bool": computed(false), "number": computed(0.0),
		"list": computed([]any{}), "object": computed(map[string]any{}),
		"secret": resource.MakeSecret(computed("")),
		"inside": resource.NewPropertyValue([]any{"a", computed("")}),
	})
	for _, name := range []string{"text", "bool", "number", "list", "object", "secret", "inside.1", "object.field.below"} {
		assert.Equal(t, value.Unknown, props.Get(name).State(), name)
	}
	assert.True(t, props.Get("secret").Secret())
	assert.Equal(t, value.Unknown, props.Get("inside").Nested())
	assert.Equal(t, value.Known, props.Get("inside.0").Nested())
}

func TestUnknownOutputsOfTheWireFormAreUnknown(t *testing.T) {
	fields, err := plugin.MarshalProperties(resource.PropertyMap{
		"known":   resource.NewProperty(resource.Output{Element: resource.NewPropertyValue("x"), Known: true, Secret: true}),
		"unknown": resource.NewProperty(resource.Output{}),
		"ref":     resource.NewProperty(resource.ResourceReference{URN: "urn:pulumi:a::b::c:d/e:F::g", ID: resource.NewPropertyValue("i-1")}),
		"lost":    resource.NewProperty(resource.ResourceReference{URN: "urn:pulumi:a::b::c:d/e:F::g"}),
	}, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, KeepOutputValues: true, KeepResources: true})
	require.NoError(t, err)
	props := value.Properties(fields)

	text, state := props.Get("known").Text()
	assert.Equal(t, value.Known, state)
	assert.Equal(t, "x", text)
	assert.True(t, props.Get("known").Secret())
	assert.Equal(t, value.Unknown, props.Get("unknown").State())
	text, _ = props.Get("ref").Text()
	assert.Equal(t, "i-1", text)
	assert.Equal(t, value.Unknown, props.Get("lost").State())
}

func TestAbsentAndNullAreOne(t *testing.T) {
	props := sent(t, resource.PropertyMap{"null": resource.NewNullProperty()})
	for _, name := range []string{"null", "missing", "null.below", "missing.0.below"} {
		assert.Equal(t, value.Absent, props.Get(name).State(), name)
	}
	assert.Equal(t, value.Absent, value.Value{}.State())
	assert.Equal(t, value.Absent, value.Properties(nil).Get("any").State())
}

func TestValuesAreReadAsProvidersReadThem(t *testing.T) {
	props := sent(t, resource.PropertyMap{
		"on": resource.NewPropertyValue(true), "onText": resource.NewPropertyValue("true"),
		"port": resource.NewPropertyValue(80.0), "portText": resource.NewPropertyValue("80"),
		"word": resource.NewPropertyValue("word"),
		"list": resource.NewPropertyValue([]any{"a", "b"}),
		"one":  resource.NewPropertyValue(map[string]any{"k": "v"}),
	})
	for _, name := range []string{"on", "onText"} {
		on, state := props.Get(name).Bool()
		assert.True(t, on && state == value.Known, name)
	}
	for _, name := range []string{"port", "portText"} {
		n, state := props.Get(name).Number()
		assert.True(t, n == 80 && state == value.Known, name)
		text, _ := props.Get(name).Text()
		assert.Equal(t, "80", text)
	}
	_, state := props.Get("word").Bool()
	assert.Equal(t, value.Unknown, state, "a word is no boolean, so nothing is known about it")
	_, state = props.Get("word").Number()
	assert.Equal(t, value.Unknown, state)
	_, state = props.Get("list").Text()
	assert.Equal(t, value.Unknown, state)
	items, state := props.Get("one").Items()
	assert.Equal(t, value.Known, state)
	assert.Len(t, items, 1, "a single object stands for a list of one")
	assert.Equal(t, "list[1]", props.Get("list.1").Path())
	keys, _ := props.Get("one").Keys()
	assert.Equal(t, []string{"k"}, keys)
}

func TestASecretIsNeverShown(t *testing.T) {
	props := sent(t, resource.PropertyMap{
		"password": resource.MakeSecret(resource.NewPropertyValue("swordfish")),
		"object":   resource.MakeSecret(resource.NewPropertyValue(map[string]any{"inner": "swordfish", "list": []any{"swordfish"}})),
		"list":     resource.NewPropertyValue([]any{resource.MakeSecret(resource.NewPropertyValue("swordfish"))}),
		"policy":   resource.MakeSecret(resource.NewPropertyValue(`{"Action":"swordfish"}`)),
	})
	parsed, err := props.Get("policy").JSON()
	require.NoError(t, err)
	for _, v := range []value.Value{
		props.Get("password"), props.Get("object"), props.Get("object.inner"), props.Get("object.list"),
		props.Get("object.list.0"), props.Get("list"), props.Get("list.0"), parsed.Get("Action"),
	} {
		assert.NotContains(t, v.Show(), "swordfish", v.Path())
	}
	assert.Contains(t, props.Secrets(), "swordfish")
	assert.Empty(t, sent(t, resource.PropertyMap{"open": resource.NewPropertyValue("x")}).Secrets())
}

func TestARedactedSecretIsUnknownWhateverItsType(t *testing.T) {
	props := sent(t, resource.PropertyMap{"on": resource.NewPropertyValue("[secret]")})
	_, state := props.Get("on").Bool()
	assert.Equal(t, value.Unknown, state)
	assert.True(t, props.Get("on").Secret())
}

func TestShowFitsOnOneLine(t *testing.T) {
	props := sent(t, resource.PropertyMap{
		"long":  resource.NewPropertyValue("line\n" + string(make([]byte, 500))),
		"many":  resource.NewPropertyValue([]any{"a", "b", "c", "d", "e", "f"}),
		"empty": resource.NewPropertyValue([]any{}),
		"deep":  resource.NewPropertyValue([]any{[]any{"a"}, map[string]any{"k": "v"}}),
	})
	assert.NotContains(t, props.Get("long").Show(), "\n")
	assert.Less(t, len(props.Get("long").Show()), 320)
	assert.Equal(t, `["a", "b", "c", "d", ...]`, props.Get("many").Show())
	assert.Equal(t, "empty", props.Get("empty").Show())
	assert.Equal(t, "[a list, an object]", props.Get("deep").Show())
	assert.Equal(t, "not set", props.Get("missing").Show())
}

func TestTextThatIsNoDocumentIsAnErrorWithoutTheText(t *testing.T) {
	props := sent(t, resource.PropertyMap{"policy": resource.NewPropertyValue(`{"Password": swordfish}`)})
	_, err := props.Get("policy").JSON()
	assert.EqualError(t, err, "policy is not a JSON document")
}

func FuzzReadingAnyMessageNeitherPanicsNorShowsASecret(f *testing.F) {
	f.Add([]byte(`{"a":{"4dabf18193072939515e22adb298388d":"1b47061264138c4ac30d75fd1eb44270","value":"swordfish"}}`), "a")
	f.Add([]byte(`{"a":[1,"04da6b54-80e4-46f7-96ec-b56ff0331ba9",{"b":null}]}`), "a.1.b")
	f.Add([]byte(`{"a":"{\"b\":[1,2]}"}`), "a")
	f.Fuzz(func(t *testing.T, message []byte, path string) {
		var fields structpb.Struct
		if protojson.Unmarshal(message, &fields) != nil {
			return
		}
		root := value.Properties(&fields)
		v := root.Get(path)
		for _, read := range []value.Value{root, v} {
			read.Text()
			read.Bool()
			read.Number()
			read.Items()
			read.Keys()
			read.Nested()
			read.Secrets()
			if parsed, err := read.JSON(); err == nil {
				parsed.Get("a.0.b").Show()
			}
		}
		if v.Secret() && v.State() != value.Absent {
			assert.Equal(t, "a secret", v.Show())
		}
	})
}
