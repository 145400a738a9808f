// Package tfschema reads the output of "terraform providers schema -json".
package tfschema

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"
)

// Provider is the schema of one provider.
type Provider struct {
	Config    Block
	Resources map[string]Block
	Functions map[string]Block // data sources
}

// Block is a resource or a nested block.
type Block struct {
	Attributes map[string]Attribute `json:"attributes"`
	Blocks     map[string]Nested    `json:"block_types"`
}

// Attribute is an argument or an exported value.
type Attribute struct {
	Type       json.RawMessage `json:"type"`
	Required   bool            `json:"required"`
	Optional   bool            `json:"optional"`
	Computed   bool            `json:"computed"`
	Sensitive  bool            `json:"sensitive"`
	Deprecated bool            `json:"deprecated"`
	WriteOnly  bool            `json:"write_only"`
}

// Nested is a block type inside a block.
type Nested struct {
	Mode     string `json:"nesting_mode"` // "single", "list" or "set"
	Block    Block  `json:"block"`
	MinItems int    `json:"min_items"`
	MaxItems int    `json:"max_items"`
}

// Load reads the schema file and returns its only provider.
func Load(path string) (*Provider, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the provider schema: %w", err)
	}
	type versioned struct {
		Block Block `json:"block"`
	}
	var file struct {
		Providers map[string]struct {
			Provider  versioned            `json:"provider"`
			Resources map[string]versioned `json:"resource_schemas"`
			Functions map[string]versioned `json:"data_source_schemas"`
		} `json:"provider_schemas"`
	}
	if err := json.Unmarshal(content, &file); err != nil {
		return nil, fmt.Errorf("parse the provider schema %s: %w", path, err)
	}
	if len(file.Providers) != 1 {
		return nil, fmt.Errorf("%s holds %d providers, want exactly one", path, len(file.Providers))
	}
	out := &Provider{Resources: map[string]Block{}, Functions: map[string]Block{}}
	for _, p := range file.Providers {
		out.Config = p.Provider.Block
		for name, r := range p.Resources {
			out.Resources[name] = r.Block
		}
		for name, f := range p.Functions {
			out.Functions[name] = f.Block
		}
	}
	return out, nil
}

// Type is the type of an attribute.
type Type struct {
	Kind    string          // "string", "number", "bool", "list", "set", "map", "object", "tuple" or "dynamic"
	Element *Type           // of list, set and map
	Fields  map[string]Type // of object
}

// ParseType parses the attribute's type.
func (a Attribute) ParseType() (Type, error) { return parseType(a.Type) }

func parseType(raw json.RawMessage) (Type, error) {
	var name string
	if json.Unmarshal(raw, &name) == nil {
		return Type{Kind: name}, nil
	}
	var pair []json.RawMessage
	if err := json.Unmarshal(raw, &pair); err != nil || len(pair) < 2 {
		return Type{}, fmt.Errorf("%s is no attribute type", raw)
	}
	var out Type
	if err := json.Unmarshal(pair[0], &out.Kind); err != nil {
		return Type{}, fmt.Errorf("%s is no attribute type: %w", raw, err)
	}
	if out.Kind != "object" {
		element, err := parseType(pair[1])
		out.Element = &element
		return out, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(pair[1], &fields); err != nil {
		return Type{}, fmt.Errorf("%s is no object type: %w", raw, err)
	}
	out.Fields = map[string]Type{}
	for key, field := range fields {
		t, err := parseType(field)
		if err != nil {
			return Type{}, err
		}
		out.Fields[key] = t
	}
	return out, nil
}

// Empty is the value of a block with nothing set: the form the plugin
// protocol wants, with every attribute present.
func (b Block) Empty() map[string]any {
	out := make(map[string]any, len(b.Attributes)+len(b.Blocks))
	for name := range b.Attributes {
		out[name] = nil
	}
	for name, nested := range b.Blocks {
		if nested.Mode == "single" {
			out[name] = nil
		} else {
			out[name] = []any{}
		}
	}
	return out
}

// Keys returns the sorted keys of a map.
func Keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for key := range m {
		out = append(out, key)
	}
	sort.Strings(out)
	return out
}
