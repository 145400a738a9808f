package schema

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Problem is one thing the provider would refuse at preview.
type Problem struct {
	// Property is a path such as "rules[0].priority", "" for the whole
	// resource.
	Property string
	// Reason says what is wrong, the value, and what is allowed.
	Reason string
}

// Check validates inputs as the provider does at preview. Unknown values pass,
// secrets and outputs are unwrapped. All problems are returned at once, in the
// order of their paths.
func (r *Resource) Check(inputs resource.PropertyMap) []Problem {
	c := &checker{}
	c.object(nil, r.Properties, r.names, inputs, r.AutoName)
	c.rules(r, inputs)
	for _, conditional := range conditions[r.Token] {
		conditional(c, inputs)
	}
	sort.SliceStable(c.problems, func(i, j int) bool { return c.problems[i].Property < c.problems[j].Property })
	return c.problems
}

// checker collects problems.
type checker struct {
	problems []Problem
}

// step is one step of a path; paths are rendered only when a problem needs
// one.
type step struct {
	parent *step
	name   string
	index  int // of a list, when name is ""
}

func (s *step) String() string {
	if s == nil {
		return ""
	}
	head := s.parent.String()
	switch {
	case s.name == "":
		return head + "[" + strconv.Itoa(s.index) + "]"
	case strings.ContainsAny(s.name, `.["`):
		return head + "[" + strconv.Quote(s.name) + "]"
	case head == "":
		return s.name
	}
	return head + "." + s.name
}

func (c *checker) add(at *step, format string, args ...any) {
	c.problems = append(c.problems, Problem{at.String(), fmt.Sprintf(format, args...)})
}

// internal tells the keys the bridge keeps in property maps for itself.
func internal(key resource.PropertyKey) bool { return strings.HasPrefix(string(key), "__") }

// unwrap takes secrets and known outputs off a value; known is false for a
// value that is computed at apply.
func unwrap(v resource.PropertyValue) (out resource.PropertyValue, known bool) {
	for {
		switch {
		case v.IsSecret():
			v = v.SecretValue().Element
		case v.IsOutput():
			output := v.OutputValue()
			if !output.Known {
				return v, false
			}
			v = output.Element
		case v.IsComputed():
			return v, false
		default:
			return v, true
		}
	}
}

// absent tells whether a property is not set, which null also means.
func absent(values resource.PropertyMap, name string) bool {
	v, ok := values[resource.PropertyKey(name)]
	if !ok {
		return true
	}
	v, known := unwrap(v)
	return known && v.IsNull()
}

func (c *checker) object(at *step, properties map[string]*Property, names []string, values resource.PropertyMap, auto *AutoName) {
	for key, v := range values {
		if internal(key) {
			continue
		}
		name := string(key)
		p := properties[name]
		here := step{parent: at, name: name}
		switch {
		case p == nil:
			c.unknown(here, name, properties, names)
		case !p.Input():
			if !absent(values, name) {
				c.add(&here, "is decided by the cloud and cannot be set; remove it")
			}
		default:
			c.value(here, p, v)
		}
	}
	for _, name := range names {
		p := properties[name]
		if p.Required && absent(values, name) && (auto == nil || auto.Property != name) {
			c.add(&step{parent: at, name: name}, "is required but not set")
		}
	}
}

// unknown reports a property that does not exist, with the one probably meant.
func (c *checker) unknown(at step, name string, properties map[string]*Property, names []string) {
	var inputs []string
	for _, candidate := range names {
		if properties[candidate].Input() {
			inputs = append(inputs, candidate)
		}
	}
	if near := closest(name, inputs); near != "" {
		c.add(&at, "is no property of this type; did you mean %q", near)
		return
	}
	c.add(&at, "is no property of this type; known are %s", strings.Join(inputs, ", "))
}

// value checks one value against its property.
func (c *checker) value(at step, p *Property, v resource.PropertyValue) {
	v, known := unwrap(v)
	if !known || v.IsNull() {
		return
	}
	switch p.Kind {
	case String:
		c.text(at, p, v)
	case Int, Number:
		c.number(at, p, v)
	case Bool:
		if v.IsString() {
			if _, err := strconv.ParseBool(v.StringValue()); err == nil {
				return
			}
		}
		if !v.IsBool() {
			c.add(&at, "must be true or false, got %s", shown(p, v))
		}
	case List, Set:
		c.list(at, p, v)
	case Map:
		if !v.IsObject() {
			c.add(&at, "must be a map, got %s", shown(p, v))
			return
		}
		here := at
		for key, item := range v.ObjectValue() {
			if !internal(key) {
				c.value(step{parent: &here, name: string(key)}, p.Element, item)
			}
		}
	case Object:
		if !v.IsObject() {
			c.add(&at, "must be an object, got %s", shown(p, v))
			return
		}
		here := at
		c.object(&here, p.Fields, p.names, v.ObjectValue(), nil)
	case Asset:
		if !v.IsAsset() && !v.IsArchive() {
			c.add(&at, "must be an asset or an archive, got %s", shown(p, v))
		}
	}
}

func (c *checker) list(at step, p *Property, v resource.PropertyValue) {
	if !v.IsArray() {
		c.add(&at, "must be a list, got %s", shown(p, v))
		return
	}
	items := v.ArrayValue()
	if p.MinItems != nil && len(items) < *p.MinItems {
		c.add(&at, "must hold at least %d items, got %d", *p.MinItems, len(items))
	}
	if p.MaxItems != nil && len(items) > *p.MaxItems {
		c.add(&at, "must hold at most %d items, got %d", *p.MaxItems, len(items))
	}
	here := at
	for i, item := range items {
		c.value(step{parent: &here, index: i}, p.Element, item)
	}
}
