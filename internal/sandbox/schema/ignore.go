package schema

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// ignoring parses the paths of ignoreChanges; one that does not parse names
// nothing.
func ignoring(paths []string) []resource.PropertyPath {
	var out []resource.PropertyPath
	for _, text := range paths {
		if path, err := resource.ParsePropertyPath(text); err == nil {
			out = append(out, path)
		}
	}
	return out
}

// reset puts what the state says back at the ignored paths of new inputs.
func reset(oldInputs, oldOutputs, newInputs resource.PropertyMap, ignored []resource.PropertyPath) resource.PropertyMap {
	if len(ignored) == 0 {
		return newInputs
	}
	old := oldInputs.Copy()
	for key, v := range oldOutputs {
		old[key] = v
	}
	out := newInputs
	for _, path := range ignored {
		candidate := copied(resource.NewProperty(out)).ObjectValue()
		if path.Reset(old, candidate) {
			out = candidate
		}
	}
	return out
}

// copied returns a value that shares no map or list with the original.
func copied(v resource.PropertyValue) resource.PropertyValue {
	switch {
	case v.IsObject():
		out := make(resource.PropertyMap, len(v.ObjectValue()))
		for key, item := range v.ObjectValue() {
			out[key] = copied(item)
		}
		return resource.NewProperty(out)
	case v.IsArray():
		out := make([]resource.PropertyValue, len(v.ArrayValue()))
		for i, item := range v.ArrayValue() {
			out[i] = copied(item)
		}
		return resource.NewProperty(out)
	case v.IsSecret():
		return resource.MakeSecret(copied(v.SecretValue().Element))
	case v.IsOutput():
		output := v.OutputValue()
		output.Element = copied(output.Element)
		return resource.NewProperty(output)
	}
	return v
}

// ignores tells whether a path lies at or below an ignored one.
func (d *differ) ignores(text string) bool {
	path, err := resource.ParsePropertyPath(text)
	if err != nil {
		return false
	}
	for _, ignored := range d.ignored {
		if len(ignored) > len(path) {
			continue
		}
		covers := true
		for i, want := range ignored {
			if want != path[i] && want != "*" {
				covers = false
				break
			}
		}
		if covers {
			return true
		}
	}
	return false
}
