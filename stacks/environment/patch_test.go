package environment

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// small is the file of an environment with one of everything that others refer
// to: the service one, which answers on a host, and the worker two.
func small(t testing.TB, stack string) map[string]string {
	t.Helper()
	values := maps.Clone(stackConfig(t, stack))
	image := `"image":"` + digestImage + `"`
	values["tenfold:services"] = `{"one":{` + image + `,"port":80,"host":"one"},"two":{` + image + `,"queue":"jobs"}}`
	return values
}

const digestImage = "123456789012.dkr.ecr.us-east-1.amazonaws.com/tenfold/one@sha256:0000000000000000000000000000000000000000000000000000000000000001"

// set puts a value, written as JSON, at a key such as tenfold:services.one.cpu.
func set(t testing.TB, values map[string]string, key, value string) {
	t.Helper()
	top, rest, nested := strings.Cut(key, ".")
	if !nested {
		var text string
		if json.Unmarshal([]byte(value), &text) == nil {
			value = text // Pulumi passes a plain value as it is
		}
		values[top] = value
		return
	}
	var whole any
	if text := values[top]; text != "" {
		require.NoError(t, json.Unmarshal([]byte(text), &whole), top)
	}
	var put any
	require.NoError(t, json.Unmarshal([]byte(value), &put), value)
	encoded, err := json.Marshal(within(whole, strings.Split(rest, "."), put))
	require.NoError(t, err)
	values[top] = string(encoded)
}

// within is the value with another one put at a path. A part such as schedules[0]
// names the first element of a list that is there.
func within(value any, path []string, put any) any {
	if len(path) == 0 {
		return put
	}
	if list, first := strings.CutSuffix(path[0], "[0]"); first {
		elements := slices.Clone(value.(map[string]any)[list].([]any))
		elements[0] = within(elements[0], path[1:], put)
		return within(value, []string{list}, elements)
	}
	object, ok := value.(map[string]any)
	if !ok {
		object = map[string]any{}
	}
	object = maps.Clone(object)
	object[path[0]] = within(object[path[0]], path[1:], put)
	return object
}
