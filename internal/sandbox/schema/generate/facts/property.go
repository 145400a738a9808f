package facts

import (
	"encoding/json"
	"strings"

	"github.com/tenfold-iac/tenfold/internal/sandbox/schema"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/probe"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/sdk"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/tfschema"
)

// attribute joins a Terraform attribute and an SDK field.
func (o *object) attribute(a tfschema.Attribute, field sdk.Field, at, pulumi []string) *schema.Property {
	t, err := a.ParseType()
	if err != nil {
		o.b.problem("%s: %s: %v", o.token, strings.Join(at, "."), err)
	}
	p := o.typed(t, field.Type, field)
	p.Required, p.Optional, p.Computed = a.Required, a.Optional, a.Computed
	p.Secret, p.Deprecated = a.Sensitive, a.Deprecated
	o.finish(p, field.Name, at, pulumi)
	return p
}

// typed renders an attribute's type. An SDK type that is no array where the
// provider has a list means the bridge flattens it to one value.
func (o *object) typed(t tfschema.Type, s sdk.Type, field sdk.Field) *schema.Property {
	switch t.Kind {
	case "list", "set":
		if s.Kind != "array" {
			return o.typed(*t.Element, s, field)
		}
		return &schema.Property{Kind: schema.Kind(t.Kind), Element: o.typed(*t.Element, *s.Element, field)}
	case "map":
		if s.Kind == "map" {
			return &schema.Property{Kind: schema.Map, Element: o.typed(*t.Element, *s.Element, field)}
		}
	case "object":
		if fields, ok := o.module.Type(s.Name); ok {
			p := &schema.Property{Kind: schema.Object, Type: s.Name, Fields: map[string]*schema.Property{}}
			for name, f := range byName(fields) {
				inner := tfschema.Type{Kind: "string"}
				for key, known := range t.Fields {
					for _, c := range candidates(key) {
						if c == name {
							inner = known
						}
					}
				}
				p.Fields[name] = o.typed(inner, f.Type, f)
				p.Fields[name].Optional = true
			}
			return p
		}
	}
	p := o.plain(s, field)
	if p.Kind == schema.Any && t.Kind == "string" {
		p.Kind, p.Document = schema.String, true
	}
	if p.Kind == schema.String && t.Kind == "number" {
		p.Kind = schema.Number
	}
	return p
}

// plain renders an SDK type alone.
func (o *object) plain(s sdk.Type, field sdk.Field) *schema.Property {
	p := &schema.Property{Kind: schema.Any, Optional: field.Optional, Required: !field.Optional}
	switch s.Kind {
	case "string", "bool", "int", "number", "asset":
		p.Kind = schema.Kind(s.Kind)
	case "array":
		p.Kind, p.Element = schema.List, o.plain(*s.Element, field)
		p.Required, p.Optional = false, true
	case "map":
		p.Kind, p.Element = schema.Map, o.plain(*s.Element, field)
		p.Required, p.Optional = false, true
	case "struct":
		fields, ok := o.module.Type(s.Name)
		if !ok { // an enumeration or a type of another module: its text form
			p.Kind = schema.String
			break
		}
		if o.open[s.Name] { // a type that holds itself: any depth passes
			break
		}
		o.open[s.Name] = true
		p.Kind, p.Type, p.Fields = schema.Object, s.Name, map[string]*schema.Property{}
		for name, f := range byName(fields) {
			p.Fields[name] = o.plain(f.Type, f)
		}
		delete(o.open, s.Name)
	}
	if p.Element != nil {
		p.Element.Required, p.Element.Optional = false, false
	}
	return p
}

// block joins a nested block and an SDK field.
func (o *object) block(name string, nested tfschema.Nested, field sdk.Field, at, pulumi []string) *schema.Property {
	key := name + probe.Shape(nested.Block)
	probedAt := at
	if _, known := o.alias[key]; !known {
		o.alias[key] = strings.Join(at, ".")
	} else if len(at) > 1 {
		probedAt = strings.Split(o.alias[key], ".")
	}
	s := field.Type
	list := s.Kind == "array"
	if list {
		s = *s.Element
	}
	var content *schema.Property
	if fields, ok := o.module.Type(s.Name); ok {
		content = &schema.Property{Kind: schema.Object, Type: s.Name}
		content.Fields = o.join(nested.Block, byName(fields), probedAt, pulumi, false)
	} else {
		o.b.problem("%s: the SDK has no type %s for the block %s", o.token, s.Name, strings.Join(at, "."))
		content = &schema.Property{Kind: schema.Any}
	}
	p := content
	if list {
		kind := schema.List
		if nested.Mode == "set" {
			kind = schema.Set
		}
		p = &schema.Property{Kind: kind, Element: content}
		if nested.MinItems > 0 {
			p.MinItems = &nested.MinItems
		}
		if nested.MaxItems > 0 {
			p.MaxItems = &nested.MaxItems
		}
	}
	p.Required, p.Optional = nested.MinItems > 0, nested.MinItems == 0
	o.finish(p, field.Name, at, pulumi)
	return p
}

// finish adds names and probed facts.
func (o *object) finish(p *schema.Property, name string, at, pulumi []string) {
	tf := at[len(at)-1]
	if snake(name) != tf {
		p.Upstream = tf
	}
	key := strings.Join(at, ".")
	if _, known := o.names[key]; !known {
		o.names[key] = strings.Join(pulumi, ".")
	}
	f := o.probed.Fields[key]
	if f == nil {
		return
	}
	p.Replace, p.ReplaceAdded, p.ReplaceRemoved = f.Replace, f.ReplaceAdded, f.ReplaceRemoved
	if !f.IgnoreChange && f.Default == nil {
		// What is ignored whatever its value depends on other arguments, and
		// what has a default is compared with it.
		p.IgnoreAdded, p.IgnoreRemoval = f.IgnoreAdded, f.IgnoreRemoval
	}
	p.Equivalent = f.Equivalent
	if f.Default != nil && !p.Required {
		p.Default, _ = json.Marshal(f.Default)
	}
	if f.MinItems != nil && (p.Kind == schema.List || p.Kind == schema.Set) {
		p.MinItems = f.MinItems
	}
	if f.MaxItems != nil && (p.Kind == schema.List || p.Kind == schema.Set) {
		p.MaxItems = f.MaxItems
	}
	leaf := p
	for leaf.Element != nil && leaf.Kind != schema.Map {
		leaf = leaf.Element
	}
	if leaf.Kind == schema.Object || leaf.Kind == schema.Map {
		return
	}
	leaf.Values, leaf.Min, leaf.Max = f.Values, f.Min, f.Max
	leaf.MinLength, leaf.MaxLength, leaf.Pattern, leaf.Format = f.MinLength, f.MaxLength, f.Pattern, f.Format
	leaf.FoldCase, leaf.AllowEmpty, leaf.HostBits = f.FoldCase, f.AllowEmpty, f.HostBits
	if leaf.Format == "policy" || leaf.Format == "json" {
		leaf.MinLength, leaf.Pattern = nil, ""
	}
}
