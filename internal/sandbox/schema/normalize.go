package schema

import (
	"fmt"
	"sort"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// defaultsKey lists, in each object of the inputs, the properties the provider
// filled in. It is how a later update tells a default from a program's choice.
const defaultsKey = resource.PropertyKey("__defaults")

// Normalize returns the inputs with the provider's defaults applied, and with
// a name made from the logical name and the seed when the program gives none.
// A default filled in earlier (listed under __defaults in the old inputs) is
// kept, so that names stay stable across updates. The inputs are not changed.
func (r *Resource) Normalize(old, inputs resource.PropertyMap, logicalName string, randomSeed []byte) (resource.PropertyMap, error) {
	n := &normalizer{framework: r.Framework}
	out, added := n.object(r.Properties, r.names, old, inputs, r.excluded(inputs))
	if r.AutoName != nil {
		named, err := r.name(old, out, logicalName, randomSeed)
		if err != nil {
			return nil, err
		}
		if named {
			added = append(added, r.AutoName.Property)
		}
	}
	out[defaultsKey] = listOf(added)
	return out, nil
}

// excluded are the properties that get no default because the program set one
// they cannot stand beside.
func (r *Resource) excluded(inputs resource.PropertyMap) map[string]bool {
	out := map[string]bool{}
	for _, rule := range r.Rules {
		if rule.Kind != "conflicts" && rule.Kind != "exactlyOne" {
			continue
		}
		for _, name := range rule.Names {
			if strings.Contains(name, ".") || absent(inputs, name) {
				continue
			}
			for _, other := range rule.Names {
				if other != name {
					out[other] = true
				}
			}
		}
	}
	return out
}

// normalizer applies defaults through the levels of one resource.
type normalizer struct {
	framework bool // the provider's own defaults stay out of the inputs
}

// object returns a copy of an object with defaults, and the names filled in.
func (n *normalizer) object(properties map[string]*Property, names []string, old, values resource.PropertyMap, excluded map[string]bool) (resource.PropertyMap, []string) {
	out := make(resource.PropertyMap, len(values)+1)
	for key, v := range values {
		if p := properties[string(key)]; p != nil && !internal(key) {
			v = n.value(p, old[key], v)
		}
		out[key] = v
	}
	delete(out, defaultsKey)
	var added []string
	for _, name := range names {
		p := properties[name]
		key := resource.PropertyKey(name)
		if p.fallback == nil || !p.Input() || p.Deprecated || excluded[name] || !absent(values, name) {
			continue
		}
		if n.framework && !p.SDKDefault {
			continue
		}
		if kept, ok := old[key]; ok && wasDefault(old, name) {
			out[key] = kept
		} else {
			out[key] = resource.NewPropertyValue(p.fallback)
		}
		added = append(added, name)
	}
	return out, added
}

// value normalizes what is inside a value.
func (n *normalizer) value(p *Property, old, v resource.PropertyValue) resource.PropertyValue {
	switch {
	case v.IsSecret():
		if old.IsSecret() {
			old = old.SecretValue().Element
		}
		return resource.MakeSecret(n.value(p, old, v.SecretValue().Element))
	case v.IsOutput() && v.OutputValue().Known:
		output := v.OutputValue()
		output.Element = n.value(p, old, output.Element)
		return resource.NewProperty(output)
	case v.IsArray() && p.Element != nil:
		items := v.ArrayValue()
		out := make([]resource.PropertyValue, len(items))
		for i, item := range items {
			var before resource.PropertyValue
			if old.IsArray() && i < len(old.ArrayValue()) {
				before = old.ArrayValue()[i]
			}
			out[i] = n.value(p.Element, before, item)
		}
		return resource.NewProperty(out)
	case v.IsObject() && p.Kind == Object:
		var before resource.PropertyMap
		if old.IsObject() {
			before = old.ObjectValue()
		}
		out, added := n.object(p.Fields, p.names, before, v.ObjectValue(), nil)
		if !n.framework {
			out[defaultsKey] = listOf(added)
		}
		return resource.NewProperty(out)
	case p.Document && (v.IsObject() || v.IsArray()) && !v.ContainsUnknowns():
		// The provider writes a document given as an object as JSON text.
		if text, ok := textOf(p, v); ok {
			if v.ContainsSecrets() {
				return resource.MakeSecret(resource.NewProperty(text))
			}
			return resource.NewProperty(text)
		}
	}
	return v
}

// name fills in the automatic name; false when the program gives one, or one
// of the properties that stand for a name.
func (r *Resource) name(old, out resource.PropertyMap, logicalName string, randomSeed []byte) (bool, error) {
	auto := r.AutoName
	key := resource.PropertyKey(auto.Property)
	if !absent(out, auto.Property) || r.excluded(out)[auto.Property] {
		return false, nil
	}
	if kept, ok := old[key]; ok && !kept.IsNull() && wasDefault(old, auto.Property) {
		out[key] = kept
		return true, nil
	}
	suffix := ""
	if auto.SuffixWhen != "" {
		if on, _ := boolOf(out, auto.SuffixWhen); on {
			suffix = auto.Suffix
		}
	}
	base := logicalName
	if auto.Lower {
		base = strings.ToLower(base)
	}
	random := 7
	if auto.Plain {
		out[key] = resource.NewProperty(auto.Prefix + base + suffix)
		return true, nil
	}
	limit := auto.MaxLength
	if limit > 0 {
		limit -= len(suffix)
	}
	name, err := resource.NewUniqueName(randomSeed, auto.Prefix+base+auto.Separator, random, limit, nil)
	if err != nil {
		return false, fmt.Errorf("name a %s: the logical name %q is too long for the limit of %d characters, %d of which are random; shorten it or set %s", r.Token, logicalName, auto.MaxLength, random, auto.Property)
	}
	out[key] = resource.NewProperty(name + suffix)
	return true, nil
}

// wasDefault tells whether an old input came from the provider. Inputs from
// before the list of defaults existed all count.
func wasDefault(old resource.PropertyMap, name string) bool {
	list, ok := old[defaultsKey]
	if !ok || !list.IsArray() {
		return true
	}
	for _, item := range list.ArrayValue() {
		if item.IsString() && item.StringValue() == name {
			return true
		}
	}
	return false
}

func listOf(names []string) resource.PropertyValue {
	sort.Strings(names)
	out := make([]resource.PropertyValue, len(names))
	for i, name := range names {
		out[i] = resource.NewProperty(name)
	}
	return resource.NewProperty(out)
}
