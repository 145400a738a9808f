package rules_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"
	"gopkg.in/yaml.v3"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"

	"github.com/tenfold-iac/tenfold/policies/graph"
	"github.com/tenfold-iac/tenfold/policies/value"
)

// fixture is how testdata describes one rule's behaviour: a stack that is in order, and changes to it. The first
// resource is the one the rule judges. Each change sets some properties and leads to the outcome it is listed under.
type fixture struct {
	Good    []item   `yaml:"good"`
	Fail    []change `yaml:"fail"`
	Unknown []change `yaml:"unknown"`
	Pass    []change `yaml:"pass"`
	NA      []change `yaml:"na"`
	// Certain says why nothing the rule reads can be unknown.
	Certain string `yaml:"certain"`
}

// item is one resource. Deps are property dependencies by resource name.
type item struct {
	Type     string              `yaml:"type"`
	Name     string              `yaml:"name"`
	Props    tree                `yaml:"props"`
	Outputs  tree                `yaml:"outputs"`
	Provider tree                `yaml:"provider"`
	Deps     map[string][]string `yaml:"deps"`
	Protect  bool                `yaml:"protect"`
}

// change sets properties: a path of the judged resource, or @name.path of another one. @name alone can only be dropped.
// The key "says" is a text that the finding must hold; without it the finding must name the first path's last part.
// The keys protect and params set what their names say, and "cut" lists properties that lose their dependencies.
type change struct {
	set     map[string]any
	order   []string
	says    string
	cut     []any
	protect *bool
	params  map[string]any
}

// tree is a property tree with the marks !unknown, !secret, !drop and !json, the last for a JSON document in a string.
type tree struct{ value any }

type (
	unknown struct{}
	drop    struct{}
	secret  struct{ inner any }
	text    struct{ inner any }
)

func (t *tree) UnmarshalYAML(node *yaml.Node) error {
	v, err := convert(node)
	t.value = v
	return err
}

func (c *change) UnmarshalYAML(node *yaml.Node) error {
	v, err := convert(node)
	if err != nil {
		return err
	}
	fields, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("line %d: a change must be a map", node.Line)
	}
	for i := 0; i < len(node.Content); i += 2 {
		c.order = append(c.order, node.Content[i].Value)
	}
	if says, ok := fields["says"].(string); ok {
		c.says = says
	}
	if on, ok := fields["protect"].(bool); ok {
		c.protect = &on
	}
	if cut, ok := fields["cut"].([]any); ok {
		c.cut = cut
	}
	if params, ok := fields["params"].(map[string]any); ok {
		c.params = params
	}
	for _, key := range []string{"says", "cut", "protect", "params"} {
		delete(fields, key)
		c.order = slices.DeleteFunc(c.order, func(s string) bool { return s == key })
	}
	c.set = fields
	return nil
}

// convert reads a YAML node with its marks.
func convert(node *yaml.Node) (any, error) {
	switch node.Tag {
	case "!unknown":
		return unknown{}, nil
	case "!drop":
		return drop{}, nil
	case "!secret", "!json":
		plain := *node
		plain.Tag = ""
		inner, err := convert(&plain)
		if node.Tag == "!json" {
			return text{inner}, err
		}
		return secret{inner}, err
	}
	switch node.Kind {
	case yaml.AliasNode:
		return convert(node.Alias)
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(node.Content); i += 2 {
			v, err := convert(node.Content[i+1])
			if err != nil {
				return nil, err
			}
			if node.Content[i].Value == "<<" {
				maps.Copy(m, v.(map[string]any))
				continue
			}
			m[node.Content[i].Value] = v
		}
		return m, nil
	case yaml.SequenceNode:
		list := []any{}
		for _, child := range node.Content {
			v, err := convert(child)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	var v any
	err := node.Decode(&v)
	return v, err
}

// with returns the tree with the value at a path replaced.
func with(t any, path []string, v any) any {
	if len(path) == 0 {
		return v
	}
	switch t := t.(type) {
	case text:
		return text{with(t.inner, path, v)}
	case secret:
		return secret{with(t.inner, path, v)}
	case []any:
		index, err := strconv.Atoi(path[0])
		if err != nil {
			return t
		}
		list := slices.Clone(t)
		if index == len(list) {
			list = append(list, map[string]any{})
		}
		list[index] = with(list[index], path[1:], v)
		return slices.DeleteFunc(list, isDrop)
	}
	m, _ := t.(map[string]any)
	m = maps.Clone(m)
	if m == nil {
		m = map[string]any{}
	}
	m[path[0]] = with(m[path[0]], path[1:], v)
	if isDrop(m[path[0]]) {
		delete(m, path[0])
	}
	return m
}

func isDrop(v any) bool { _, ok := v.(drop); return ok }

const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

// wire turns a tree into what the engine sends.
func wire(v any) any {
	switch v := v.(type) {
	case unknown:
		return unknownText
	case secret:
		return map[string]any{sig.Key: sig.Secret, "value": wire(v.inner)}
	case text:
		if holdsUnknown(v.inner) {
			return unknownText
		}
		encoded, err := json.Marshal(v.inner)
		if err != nil {
			return err.Error()
		}
		return string(encoded)
	case map[string]any:
		m := map[string]any{}
		for key, field := range v {
			m[key] = wire(field)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = wire(item)
		}
		return list
	}
	return v
}

func holdsUnknown(v any) bool {
	switch v := v.(type) {
	case unknown:
		return true
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), holdsUnknown)
	case []any:
		return slices.ContainsFunc(v, holdsUnknown)
	}
	return false
}

func properties(t *testing.T, v any) value.Value {
	t.Helper()
	m, _ := wire(v).(map[string]any)
	fields, err := structpb.NewStruct(m)
	require.NoError(t, err)
	return value.Properties(fields)
}

// apply builds the stack after a change. The first resource is the one to judge.
func (f fixture) apply(t *testing.T, c change) []*graph.Resource {
	t.Helper()
	var resources []*graph.Resource
	names := map[string]string{}
	for i, it := range f.Good {
		names[it.name(i)] = it.urn(i)
	}
	for i, it := range f.Good {
		props, dropped := it.Props.value, false
		deps := maps.Clone(it.Deps)
		for path, v := range c.set {
			target, rest := f.Good[0].name(0), path
			if named, ok := strings.CutPrefix(path, "@"); ok {
				target, rest, _ = strings.Cut(named, ".")
				require.Contains(t, names, target, "a change names a resource that does not exist")
			}
			if target != it.name(i) {
				continue
			}
			if rest == "" {
				dropped = true
				continue
			}
			props = with(props, strings.Split(rest, "."), v)
			// A property that no longer comes from another resource has no dependency on it either.
			top, _, _ := strings.Cut(rest, ".")
			if !holdsUnknown(v) {
				delete(deps, top)
			}
		}
		for _, path := range c.cut {
			target, property, _ := strings.Cut(strings.TrimPrefix(path.(string), "@"), ".")
			if target == it.name(i) {
				delete(deps, property)
			}
		}
		if dropped {
			continue
		}
		r := &graph.Resource{
			URN: it.urn(i), Type: it.Type, Name: it.name(i), Protect: it.Protect,
			Props: properties(t, props), Outputs: properties(t, it.Outputs.value),
			Provider: properties(t, it.Provider.value), PropDeps: map[string][]string{},
		}
		if i == 0 && c.protect != nil {
			r.Protect = *c.protect
		}
		for property, on := range deps {
			for _, name := range on {
				require.Contains(t, names, name, "a dependency names a resource that does not exist")
				r.PropDeps[property] = append(r.PropDeps[property], names[name])
			}
		}
		resources = append(resources, r)
	}
	return resources
}

func (it item) name(i int) string {
	if it.Name != "" {
		return it.Name
	}
	return fmt.Sprintf("resource%d", i)
}

func (it item) urn(i int) string { return "urn:pulumi:prod::tenfold::" + it.Type + "::" + it.name(i) }

// fixtures reads every rule's fixture.
func fixtures(t *testing.T) map[string]fixture {
	t.Helper()
	files, err := filepath.Glob("testdata/*.yaml")
	require.NoError(t, err)
	all := map[string]fixture{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		var some map[string]fixture
		require.NoError(t, yaml.Unmarshal(content, &some), file)
		for id, f := range some {
			require.NotContains(t, all, id, "two fixtures for one rule")
			require.NotEmpty(t, f.Good, "%s: a fixture needs a stack in order", id)
			all[id] = f
		}
	}
	return all
}
