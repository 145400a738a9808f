package schema

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
)

// valueOf makes a property value of plain Go data.
func valueOf(v any) resource.PropertyValue { return resource.NewPropertyValue(v) }

// properties makes a property map of plain Go data.
func properties(m map[string]any) resource.PropertyMap {
	out := resource.PropertyMap{}
	for key, v := range m {
		if value, ok := v.(resource.PropertyValue); ok {
			out[resource.PropertyKey(key)] = value
			continue
		}
		out[resource.PropertyKey(key)] = valueOf(v)
	}
	return out
}

// unknown is a value decided at apply.
func unknown() resource.PropertyValue {
	return resource.NewProperty(resource.Computed{Element: resource.NewProperty("")})
}

// lookup returns a type that must exist.
func lookup(t testing.TB, token string) *Resource {
	t.Helper()
	r, ok := Lookup(token)
	require.True(t, ok, token)
	return r
}

// refusals renders problems as "path: reason" lines.
func refusals(problems []Problem) []string {
	out := []string{}
	for _, p := range problems {
		out = append(out, p.Property+": "+p.Reason)
	}
	return out
}
