package probe

import (
	"strconv"
	"strings"

	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/tfschema"
)

// leaf is one argument of a resource, at any depth.
type leaf struct {
	path  []string // names from the resource down, without indices
	block []tfschema.Nested
	attr  tfschema.Attribute
	kind  tfschema.Type
}

func (l leaf) key() string { return strings.Join(l.path, ".") }

// Shape identifies a block by its content, so that recursive blocks (a
// firewall statement inside a statement) are probed once.
func Shape(b tfschema.Block) string {
	var out strings.Builder
	for _, name := range tfschema.Keys(b.Attributes) {
		a := b.Attributes[name]
		out.WriteString(name + string(a.Type) + strconv.FormatBool(a.Required) + ";")
	}
	for _, name := range tfschema.Keys(b.Blocks) {
		nested := b.Blocks[name]
		out.WriteString(name + "{" + Shape(nested.Block) + "}")
	}
	return out.String()
}

// leaves lists the settable arguments of a resource and the blocks that hold
// them. Blocks of a shape already seen are left out.
func leaves(b tfschema.Block) (arguments []leaf, blocks []leaf) {
	seen := map[string]bool{}
	var walk func(b tfschema.Block, path []string, chain []tfschema.Nested)
	walk = func(b tfschema.Block, path []string, chain []tfschema.Nested) {
		for _, name := range tfschema.Keys(b.Attributes) {
			a := b.Attributes[name]
			if !a.Required && !a.Optional || len(path) == 0 && name == "id" || name == "tags_all" {
				continue
			}
			t, err := a.ParseType()
			if err != nil {
				continue
			}
			arguments = append(arguments, leaf{path: join(path, name), block: chain, attr: a, kind: t})
		}
		for _, name := range tfschema.Keys(b.Blocks) {
			nested := b.Blocks[name]
			if len(path) == 0 && name == "timeouts" {
				continue
			}
			at := join(path, name)
			below := append(append([]tfschema.Nested(nil), chain...), nested)
			blocks = append(blocks, leaf{path: at, block: below})
			key := name + Shape(nested.Block)
			if len(path) > 0 && seen[key] {
				continue
			}
			seen[key] = true
			walk(nested.Block, at, below)
		}
	}
	walk(b, nil, nil)
	return arguments, blocks
}

func join(path []string, name string) []string {
	return append(append([]string(nil), path...), name)
}

// with returns the configuration with a value at a path; blocks on the way are
// created with their minimal content. The first item of a block is used.
func with(base map[string]any, l leaf, value any) map[string]any {
	out, _ := clone(base).(map[string]any)
	at := out
	for i, name := range l.path[:len(l.path)-1] {
		at = enter(at, name, l.block[i])
	}
	name := l.path[len(l.path)-1]
	if len(l.block) == len(l.path) { // the leaf is a block
		if value == nil {
			at[name] = []any{}
			if l.block[len(l.block)-1].Mode == "single" {
				at[name] = nil
			}
			return out
		}
		enter(at, name, l.block[len(l.block)-1])
		return out
	}
	at[name] = value
	return out
}

// enter returns the first item of a block, made when there is none.
func enter(at map[string]any, name string, nested tfschema.Nested) map[string]any {
	if nested.Mode == "single" {
		inner, ok := at[name].(map[string]any)
		if !ok {
			inner = minimal(nested.Block)
			at[name] = inner
		}
		return inner
	}
	items, _ := at[name].([]any)
	if len(items) == 0 {
		items = []any{minimal(nested.Block)}
		at[name] = items
	}
	inner, _ := items[0].(map[string]any)
	return inner
}

// get returns the value at a path, following the first item of each block.
func get(config map[string]any, path []string) any {
	var at any = config
	for _, name := range path {
		if items, ok := at.([]any); ok {
			if len(items) == 0 {
				return nil
			}
			at = items[0]
		}
		object, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = object[name]
	}
	return at
}

// plain drops the indices of a diagnostic's path: "rule.0.name" is "rule.name".
func plain(path string) string {
	var out []string
	for _, step := range strings.Split(path, ".") {
		if _, err := strconv.Atoi(step); err != nil {
			out = append(out, step)
		}
	}
	return strings.Join(out, ".")
}
