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

// randomDigits is the number of random hexadecimal digits of an automatic name.
const randomDigits = 7

// Normalize returns the inputs with the provider's defaults applied, and with
// a name made from the logical name and the seed when the program gives none.
// A default filled in earlier (listed under __defaults in the old inputs) is
// kept, so that names stay stable across updates. The inputs are not changed.
func (r *Resource) Normalize(old, inputs resource.PropertyMap, logicalName string, randomSeed []byte) (resource.PropertyMap, error) {
	n := &normalizer{framework: r.Framework, logicalName: logicalName, seed: randomSeed}
	out, added := n.object(r.Properties, r.names, old, inputs, r.excluded(inputs))
	if r.AutoName != nil && !r.excluded(out)[r.AutoName.Property] && n.name(r.AutoName, old, out) {
		added = append(added, r.AutoName.Property)
	}
	if n.problem != nil {
		return nil, fmt.Errorf("name a %s: %w", r.Token, n.problem)
	}
	out[defaultsKey] = listOf(added)
	return r.WithTags(out, nil), nil
}

// WithTags returns inputs that also hold tagsAll: the resource's tags over the
// default tags of the provider. Types without tags are returned as they are.
func (r *Resource) WithTags(inputs, defaultTags resource.PropertyMap) resource.PropertyMap {
	if p := r.Properties["tagsAll"]; p == nil || !p.Input() {
		return inputs
	}
	out := make(resource.PropertyMap, len(inputs)+1)
	for key, v := range inputs {
		out[key] = v
	}
	tags := inputs["tags"]
	if tags.ContainsUnknowns() {
		out["tagsAll"] = resource.NewProperty(resource.Output{})
		return out
	}
	all := defaultTags.Copy()
	if plain, _ := unwrap(tags); plain.IsObject() {
		for key, v := range plain.ObjectValue() {
			if !internal(key) {
				all[key], _ = unwrap(v)
			}
		}
	}
	out["tagsAll"] = resource.NewProperty(all)
	return out
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
	framework   bool // the provider's own defaults stay out of the inputs
	logicalName string
	seed        []byte
	problem     error // the first name that could not be made
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
		if p.AutoName != nil && n.name(p.AutoName, before, out) {
			added = append(added, p.AutoName.Property)
		}
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

// name fills in an automatic name; false when the program gives one.
func (n *normalizer) name(auto *AutoName, old, out resource.PropertyMap) bool {
	key := resource.PropertyKey(auto.Property)
	if !absent(out, auto.Property) {
		return false
	}
	if kept, ok := old[key]; ok && !kept.IsNull() && wasDefault(old, auto.Property) {
		out[key] = kept
		return true
	}
	base := n.logicalName
	if auto.Exact {
		out[key] = resource.NewProperty(base)
		return true
	}
	if auto.Lower {
		base = strings.ToLower(base)
	}
	name, err := resource.NewUniqueName(n.seed, base+auto.Separator, randomDigits, auto.MaxLength, nil)
	if err != nil {
		if n.problem == nil {
			n.problem = fmt.Errorf("the logical name %q is too long for %s, which has room for %d characters, %d of them for the separator and random digits; shorten the logical name or set %s",
				n.logicalName, auto.Property, auto.MaxLength, randomDigits+len(auto.Separator), auto.Property)
		}
		return false
	}
	if !strings.HasPrefix(name, auto.Prefix) {
		name = auto.Prefix + name
	}
	if on, _ := boolOf(out, auto.SuffixWhen); on {
		name += auto.Suffix
	}
	out[key] = resource.NewProperty(name)
	return true
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
