package sandbox

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/schema"
)

// refreshedInputs are the inputs as they would have to be for the resource to be
// as it is now. As the bridge does, it looks only at what the program gave, so a
// value the cloud decided never turns into an input.
func refreshedInputs(facts *schema.Resource, inputs, state resource.PropertyMap) resource.PropertyMap {
	refreshed := resource.PropertyMap{}
	for key, before := range inputs {
		now, still := state[key]
		switch {
		case key == "__defaults":
			refreshed[key] = before
		case !still:
			// A value the cloud does not report stays as it was given; one it
			// reports was removed.
			if property := facts.Properties[string(key)]; property == nil || before.IsNull() {
				refreshed[key] = before
			}
		default:
			refreshed[key] = refreshedValue(facts.Properties[string(key)], before, now)
		}
	}
	return refreshed
}

func refreshedValue(property *schema.Property, before, now resource.PropertyValue) resource.PropertyValue {
	switch {
	case before.IsObject() && now.IsObject() && property != nil && property.Kind == schema.Object:
		object := resource.PropertyMap{}
		for key, element := range before.ObjectValue() {
			current, still := now.ObjectValue()[key]
			if key == "__defaults" {
				object[key] = element
			} else if still {
				object[key] = refreshedValue(property.Fields[string(key)], element, current)
			}
		}
		return resource.NewProperty(object)
	case before.IsArray() && now.IsArray() && property != nil && len(before.ArrayValue()) == len(now.ArrayValue()):
		list := make([]resource.PropertyValue, 0, len(now.ArrayValue()))
		for index, element := range now.ArrayValue() {
			list = append(list, refreshedValue(property.Element, before.ArrayValue()[index], element))
		}
		return resource.NewProperty(list)
	}
	return now
}

// importedInputs are the inputs a program needs for a resource found in the
// account: whatever can be given and is not empty.
func importedInputs(facts *schema.Resource, state resource.PropertyMap) resource.PropertyMap {
	inputs := resource.PropertyMap{"__defaults": resource.NewProperty([]resource.PropertyValue{})}
	for key, value := range state {
		property := facts.Properties[string(key)]
		if property == nil || !property.Required && !property.Optional {
			continue
		}
		if property.Required || !isEmpty(value) {
			inputs[key] = value
		}
	}
	return inputs
}

func isEmpty(value resource.PropertyValue) bool {
	switch {
	case value.IsNull():
		return true
	case value.IsString():
		return value.StringValue() == ""
	case value.IsNumber():
		return value.NumberValue() == 0
	case value.IsBool():
		return !value.BoolValue()
	case value.IsArray():
		return len(value.ArrayValue()) == 0
	case value.IsObject():
		return len(value.ObjectValue()) == 0
	}
	return false
}
