package schema

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// fields compares two objects property by property.
func (d *differ) fields(at *step, p *Property, old, desired resource.PropertyMap) {
	for _, name := range p.names {
		field := p.Fields[name]
		if field.Input() {
			key := resource.PropertyKey(name)
			d.value(step{parent: at, name: name}, field, old[key], desired[key])
		}
	}
}

// list compares item by item; what is over on one side was added or removed.
func (d *differ) list(at *step, p *Property, old, desired []resource.PropertyValue) {
	if len(desired) == 0 && (p.Computed || p.IgnoreRemoval) {
		return
	}
	if len(old) != len(desired) && p.Replace {
		d.change(*at, Update, true)
		return
	}
	for i := range max(len(old), len(desired)) {
		here := step{parent: at, index: i}
		switch {
		case i >= len(old):
			d.change(here, Add, p.ReplaceAdded || p.Replace || d.replacing(p.Element, desired[i]))
		case i >= len(desired):
			d.change(here, Delete, p.ReplaceRemoved || p.Replace || d.replacing(p.Element, old[i]))
		default:
			d.item(here, p, old[i], desired[i])
		}
	}
}

// item compares two items of one list. The replace flag of the list covers its
// items.
func (d *differ) item(at step, p *Property, old, desired resource.PropertyValue) {
	if p.Element.Kind == Object {
		before := len(d.changes)
		d.value(at, p.Element, old, desired)
		if p.Replace {
			for i := range d.changes[before:] {
				d.changes[before+i].Replace = true
			}
		}
		return
	}
	if !d.same(p.Element, old, desired) {
		d.change(at, Update, p.Replace || p.Element.Replace)
	}
}

// set compares without order. Items without a partner on the other side are
// shown at their own index.
func (d *differ) set(at *step, p *Property, old, desired []resource.PropertyValue) {
	if len(desired) == 0 && (p.Computed || p.IgnoreRemoval) {
		return
	}
	taken := make([]bool, len(old))
	var left []int
	for i, item := range desired {
		match := -1
		for j, candidate := range old {
			if !taken[j] && d.same(p.Element, candidate, item) {
				match = j
				break
			}
		}
		if match < 0 {
			left = append(left, i)
			continue
		}
		taken[match] = true
	}
	for _, i := range left {
		kind := Add
		if i < len(old) && !taken[i] { // shown as a changed item
			kind, taken[i] = Update, true
		}
		d.change(step{parent: at, index: i}, kind, p.Replace || p.ReplaceAdded || d.replacing(p.Element, desired[i]))
	}
	for j, item := range old {
		if !taken[j] {
			d.change(step{parent: at, index: j}, Delete, p.Replace || p.ReplaceRemoved || d.replacing(p.Element, item))
		}
	}
}

// entries compares two maps key by key.
func (d *differ) entries(at *step, p *Property, old, desired resource.PropertyMap) {
	for key, item := range desired {
		if internal(key) {
			continue
		}
		here := step{parent: at, name: string(key)}
		before, ok := old[key]
		switch {
		case !ok:
			d.change(here, Add, p.Replace)
		case !d.same(p.Element, before, item):
			d.change(here, Update, p.Replace)
		}
	}
	for key := range old {
		if _, ok := desired[key]; !ok && !internal(key) {
			d.change(step{parent: at, name: string(key)}, Delete, p.Replace)
		}
	}
}
