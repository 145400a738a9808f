package schema

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// same tells whether the provider sees no difference between a value of the
// state and a desired one.
func (d *differ) same(p *Property, old, desired resource.PropertyValue) bool {
	old, oldKnown := unwrap(old)
	desired, known := unwrap(desired)
	if !known || !oldKnown {
		return false
	}
	if p == nil {
		return old.DeepEquals(desired)
	}
	if desired.IsNull() {
		return p.Computed || d.zero(p, old) || p.fallback != nil && d.same(p, old, resource.NewPropertyValue(p.fallback))
	}
	if old.IsNull() {
		return d.zero(p, desired) || p.fallback != nil && d.same(p, resource.NewPropertyValue(p.fallback), desired)
	}
	switch p.Kind {
	case String:
		return d.sameText(p, old, desired)
	case Int, Number:
		a, aOK := numberOf(old)
		b, bOK := numberOf(desired)
		if p.Kind == Int {
			a, b = math.Trunc(a), math.Trunc(b)
		}
		return aOK && bOK && a == b
	case Bool:
		a, aOK := flagOf(old)
		b, bOK := flagOf(desired)
		return aOK && bOK && a == b
	case Object:
		if !old.IsObject() || !desired.IsObject() {
			return false
		}
		for _, name := range p.names {
			key := resource.PropertyKey(name)
			if field := p.Fields[name]; field.Input() && !d.same(field, old.ObjectValue()[key], desired.ObjectValue()[key]) {
				return false
			}
		}
		return true
	case List, Set:
		return old.IsArray() && desired.IsArray() && d.sameItems(p, old.ArrayValue(), desired.ArrayValue())
	case Map:
		return old.IsObject() && desired.IsObject() && d.sameEntries(p, old.ObjectValue(), desired.ObjectValue())
	}
	return old.DeepEquals(desired)
}

func (d *differ) sameItems(p *Property, old, desired []resource.PropertyValue) bool {
	if len(old) != len(desired) {
		return false
	}
	if p.Kind == List {
		for i := range old {
			if !d.same(p.Element, old[i], desired[i]) {
				return false
			}
		}
		return true
	}
	taken := make([]bool, len(old))
next:
	for _, item := range desired {
		for j, candidate := range old {
			if !taken[j] && d.same(p.Element, candidate, item) {
				taken[j] = true
				continue next
			}
		}
		return false
	}
	return true
}

func (d *differ) sameEntries(p *Property, old, desired resource.PropertyMap) bool {
	count := 0
	for key, item := range desired {
		if internal(key) {
			continue
		}
		count++
		before, ok := old[key]
		if !ok || !d.same(p.Element, before, item) {
			return false
		}
	}
	for key := range old {
		if !internal(key) {
			count--
		}
	}
	return count == 0
}

func flagOf(v resource.PropertyValue) (value, ok bool) {
	if v.IsBool() {
		return v.BoolValue(), true
	}
	if v.IsString() {
		b, err := strconv.ParseBool(v.StringValue())
		return b, err == nil
	}
	return false, false
}

// sameText compares texts and, where the provider does, their meaning.
func (d *differ) sameText(p *Property, old, desired resource.PropertyValue) bool {
	a, aOK := textOf(p, old)
	b, bOK := textOf(p, desired)
	if !aOK || !bOK || a == b {
		return aOK && bOK
	}
	if x, y := spelled(p, a), spelled(p, b); x == y {
		return true
	}
	for _, rewriting := range p.Equivalent {
		switch rewriting {
		case "monitorType": // Datadog takes the two for one
			if isMetricMonitor(a) && isMetricMonitor(b) {
				return true
			}
		case "json":
			if sameJSON(a, b) {
				return true
			}
		case "policy":
			if samePolicy(a, b) {
				return true
			}
		case "containers":
			if sameContainers(a, b, d.awsvpc()) {
				return true
			}
		}
	}
	return false
}

// spelled brings a text to the form the provider compares it in.
func spelled(p *Property, text string) string {
	for _, rewriting := range p.Equivalent {
		switch rewriting {
		case "case":
			text = strings.ToLower(text)
		case "dot":
			text = strings.TrimSuffix(text, ".")
		case "space":
			text = strings.TrimSpace(text)
		}
	}
	return text
}

func isMetricMonitor(kind string) bool { return kind == "metric alert" || kind == "query alert" }

// sameJSON compares documents without regard to white space and key order.
func sameJSON(a, b string) bool {
	x, err := canonicalJSON(a)
	if err != nil {
		return false
	}
	y, err := canonicalJSON(b)
	return err == nil && bytes.Equal(x, y)
}

func canonicalJSON(text string) ([]byte, error) {
	var v any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}
