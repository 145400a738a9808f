package schema

import (
	"sort"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// ChangeKind is what happens to a property.
type ChangeKind int

// The kinds of changes.
const (
	Add ChangeKind = iota + 1
	Update
	Delete
)

// PropertyChange is one difference between the state and the new inputs.
type PropertyChange struct {
	// Path is the property's path, such as "tags.team" or "rules[0].priority".
	Path string
	Kind ChangeKind
	// Replace tells that the change replaces the resource.
	Replace bool
	// InputDiff tells that the program's inputs changed here; without it the
	// state drifted.
	InputDiff bool
}

// Diff is what an update would do.
type Diff struct {
	// Changes are in the order of their paths.
	Changes []PropertyChange
	// DeleteBeforeReplace tells that a replacement deletes first, since the
	// program fixed the physical name.
	DeleteBeforeReplace bool
}

// Replaces tells whether any change replaces the resource.
func (d Diff) Replaces() bool {
	for _, c := range d.Changes {
		if c.Replace {
			return true
		}
	}
	return false
}

// Diff compares the state (old outputs, and old inputs where the state says
// nothing) with new inputs as the provider does. Paths in ignoreChanges, which
// may hold [*] and name a whole branch, are left out.
func (r *Resource) Diff(oldInputs, oldOutputs, newInputs resource.PropertyMap, ignoreChanges []string) Diff {
	newInputs = reset(oldInputs, oldOutputs, newInputs, ignoring(ignoreChanges))
	d := &differ{resource: r, oldInputs: oldInputs, newInputs: newInputs, ignored: ignoring(ignoreChanges)}
	for _, name := range r.names {
		p := r.Properties[name]
		if !p.Input() {
			continue
		}
		key := resource.PropertyKey(name)
		old, recorded := oldOutputs[key]
		if !recorded {
			old = oldInputs[key]
		}
		d.value(step{name: name}, p, old, newInputs[key])
	}
	for _, adjust := range adjustments[r.Token] {
		adjust(d, oldInputs, oldOutputs, newInputs)
	}
	sort.SliceStable(d.changes, func(i, j int) bool { return d.changes[i].Path < d.changes[j].Path })
	out := Diff{Changes: d.changes}
	out.DeleteBeforeReplace = out.Replaces() && (r.DeleteFirst || r.fixedName(newInputs))
	return out
}

// fixedName tells whether the program gives the physical name itself. The
// bridge then deletes before it creates, because two resources cannot have the
// name at once. Inputs without a list of defaults count as named
// automatically, and neither types of the newer framework nor exact names have
// such a rule.
func (r *Resource) fixedName(inputs resource.PropertyMap) bool {
	if r.AutoName == nil || r.AutoName.Exact || r.Framework || absent(inputs, r.AutoName.Property) {
		return false
	}
	if list, ok := inputs[defaultsKey]; !ok || !list.IsArray() {
		return false
	}
	return !wasDefault(inputs, r.AutoName.Property)
}

// differ collects changes.
type differ struct {
	resource             *Resource
	oldInputs, newInputs resource.PropertyMap
	ignored              []resource.PropertyPath
	changes              []PropertyChange
}

// change records a difference unless its path is ignored.
func (d *differ) change(at step, kind ChangeKind, replace bool) {
	path := at.String()
	if len(d.ignored) > 0 && d.ignores(path) {
		return
	}
	d.changes = append(d.changes, PropertyChange{Path: path, Kind: kind, Replace: replace, InputDiff: d.inputChanged(path)})
}

// inputChanged compares old and new inputs at a path.
func (d *differ) inputChanged(path string) bool {
	parsed, err := resource.ParsePropertyPath(path)
	if err != nil {
		return true
	}
	before, had := parsed.Get(resource.NewProperty(d.oldInputs))
	after, has := parsed.Get(resource.NewProperty(d.newInputs))
	if had != has {
		return true
	}
	return had && !before.DeepEquals(after)
}

// value compares one property. An absent new value means: keep what the cloud
// decided, or remove what was set.
func (d *differ) value(at step, p *Property, old, desired resource.PropertyValue) {
	old, _ = unwrap(old)
	desired, known := unwrap(desired)
	if !known {
		d.pending(at, p, old)
		return
	}
	if desired.IsNull() {
		d.removed(at, p, old)
		return
	}
	if old.IsNull() || old.IsComputed() || old.IsOutput() {
		d.added(at, p, desired)
		return
	}
	switch p.Kind {
	case Object:
		if old.IsObject() && desired.IsObject() {
			here := at
			d.fields(&here, p, old.ObjectValue(), desired.ObjectValue())
			return
		}
	case List:
		if old.IsArray() && desired.IsArray() {
			here := at
			d.list(&here, p, old.ArrayValue(), desired.ArrayValue())
			return
		}
	case Set:
		if old.IsArray() && desired.IsArray() {
			here := at
			d.set(&here, p, old.ArrayValue(), desired.ArrayValue())
			return
		}
	case Map:
		if old.IsObject() && desired.IsObject() {
			here := at
			d.entries(&here, p, old.ObjectValue(), desired.ObjectValue())
			return
		}
	}
	if !d.same(p, old, desired) {
		d.change(at, Update, p.Replace)
	}
}

// pending is a new value known only at apply: the provider plans a change.
func (d *differ) pending(at step, p *Property, old resource.PropertyValue) {
	kind := Update
	if old.IsNull() {
		kind = Add
	}
	d.change(at, kind, p.Replace || kind == Add && p.ReplaceAdded)
}

func (d *differ) added(at step, p *Property, desired resource.PropertyValue) {
	if p.IgnoreAdded || d.zero(p, desired) || p.fallback != nil && d.same(p, resource.NewPropertyValue(p.fallback), desired) {
		return
	}
	d.change(at, Add, p.ReplaceAdded || d.replacing(p, desired))
}

func (d *differ) removed(at step, p *Property, old resource.PropertyValue) {
	if p.Computed || p.IgnoreRemoval || d.zero(p, old) {
		return
	}
	if p.fallback != nil {
		if !d.same(p, old, resource.NewPropertyValue(p.fallback)) { // back to the default
			d.change(at, Update, p.Replace)
		}
		return
	}
	d.change(at, Delete, p.ReplaceRemoved || d.replacing(p, old))
}

// zero tells whether a value equals "not set": the provider's older types do
// not tell null from the zero value.
func (d *differ) zero(p *Property, v resource.PropertyValue) bool {
	switch {
	case v.IsNull():
		return true
	case v.IsArray():
		return len(v.ArrayValue()) == 0
	case v.IsObject() && p.Kind == Map:
		return len(v.ObjectValue()) == 0
	case d.resource.Framework:
		return false
	case v.IsString():
		return v.StringValue() == "" && p.fallback == nil
	case v.IsBool():
		return !v.BoolValue() && p.fallback == nil
	case v.IsNumber():
		return v.NumberValue() == 0 && p.fallback == nil
	}
	return false
}

// replacing tells whether a value that comes or goes as a whole holds a
// property whose change replaces the resource.
func (d *differ) replacing(p *Property, v resource.PropertyValue) bool {
	v, known := unwrap(v)
	switch {
	case !known:
		return p.Replace
	case v.IsObject() && p.Kind == Object:
		for key, item := range v.ObjectValue() {
			field := p.Fields[string(key)]
			if field == nil || internal(key) || d.zero(field, item) {
				continue
			}
			if (field.Replace || field.ReplaceAdded) && field.Input() || d.replacing(field, item) {
				return true
			}
		}
	case v.IsArray() && p.Element != nil:
		for _, item := range v.ArrayValue() {
			if d.replacing(p.Element, item) {
				return true
			}
		}
	}
	return false
}
