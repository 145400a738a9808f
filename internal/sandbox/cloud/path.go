package cloud

import (
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// valuesAt returns every value at a path such as "subnets[]" or
// "actions[].forward.targetGroups[].arn". A property that is a single object
// here and a list there is followed either way.
func valuesAt(properties resource.PropertyMap, path string) []resource.PropertyValue {
	values := []resource.PropertyValue{resource.NewProperty(properties)}
	for _, step := range strings.Split(path, ".") {
		values = descend(values, step)
	}
	return values
}

func descend(values []resource.PropertyValue, step string) []resource.PropertyValue {
	name, selector, indexed := strings.Cut(strings.TrimSuffix(step, "]"), "[")
	var found []resource.PropertyValue
	for _, value := range values {
		if !value.IsObject() {
			continue
		}
		next, ok := value.ObjectValue()[resource.PropertyKey(name)]
		if !ok || next.IsNull() {
			continue
		}
		switch {
		case !indexed || !next.IsArray():
			found = append(found, next)
		case selector == "":
			found = append(found, next.ArrayValue()...)
		default:
			index, err := strconv.Atoi(selector)
			if err == nil && index < len(next.ArrayValue()) {
				found = append(found, next.ArrayValue()[index])
			}
		}
	}
	return found
}

// textsAt returns the non-empty texts at a path.
func textsAt(properties resource.PropertyMap, path string) []string {
	var texts []string
	for _, value := range valuesAt(properties, path) {
		if text := textOf(value); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

func firstAt(properties resource.PropertyMap, path string) (resource.PropertyValue, bool) {
	values := valuesAt(properties, path)
	if len(values) == 0 {
		return resource.PropertyValue{}, false
	}
	return values[0], true
}

// textAt returns the first text at a path, or "".
func textAt(properties resource.PropertyMap, path string) string {
	value, ok := firstAt(properties, path)
	if !ok {
		return ""
	}
	return textOf(value)
}

// flagAt returns the first boolean at a path, or false.
func flagAt(properties resource.PropertyMap, path string) bool {
	value, ok := firstAt(properties, path)
	return ok && (value.IsBool() && value.BoolValue() || value.IsString() && value.StringValue() == "true")
}

// numberAt returns the first number at a path; numbers written as text count.
func numberAt(properties resource.PropertyMap, path string) (float64, bool) {
	value, ok := firstAt(properties, path)
	if !ok {
		return 0, false
	}
	if value.IsNumber() {
		return value.NumberValue(), true
	}
	number, err := strconv.ParseFloat(textOf(value), 64)
	return number, err == nil
}
