package environment

import (
	"reflect"
	"slices"
)

// keys lists the top-level keys of a configuration struct.
func keys[T any]() []string {
	var names []string
	t := reflect.TypeFor[T]()
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// leaf is a key that holds no keys of its own that the program knows.
type leaf struct {
	path string // for example services.<name>.scaling.schedules[].min
	kind reflect.Type
}

// leaves lists every key of the configuration, by its full path.
func leaves() []leaf {
	found := leavesOf(reflect.TypeFor[Config](), "")
	slices.SortFunc(found, func(a, b leaf) int {
		if a.path < b.path {
			return -1
		}
		return 1
	})
	return found
}

func leavesOf(t reflect.Type, path string) []leaf {
	switch {
	case t.Kind() == reflect.Pointer:
		return leavesOf(t.Elem(), path)
	case t.Kind() == reflect.Map && t.Elem().Kind() == reflect.Struct:
		return leavesOf(t.Elem(), path+".<name>")
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		return leavesOf(t.Elem(), path+"[]")
	case t.Kind() != reflect.Struct:
		return []leaf{{path, t}}
	}
	var found []leaf
	for i := range t.NumField() {
		field := t.Field(i)
		name := field.Tag.Get("yaml")
		switch {
		case field.Anonymous:
			found = append(found, leavesOf(field.Type, path)...)
		case name != "" && path == "":
			found = append(found, leavesOf(field.Type, name)...)
		case name != "":
			found = append(found, leavesOf(field.Type, path+"."+name)...)
		}
	}
	return found
}
