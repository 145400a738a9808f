package environment

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"
	"time"
)

var durationType = reflect.TypeFor[time.Duration]()

// decode fills the struct from the top-level keys that get returns. Pulumi
// passes a plain value as text and a structured one as JSON.
func decode(get func(string) string, into any, p *problems) {
	target := reflect.ValueOf(into).Elem()
	for i := range target.NumField() {
		name := target.Type().Field(i).Tag.Get("yaml")
		if name == "" {
			continue
		}
		text := get(name)
		if text == "" {
			continue
		}
		key := namespace + ":" + name
		field := target.Field(i)
		var value any = text
		if field.Kind() != reflect.String {
			if err := json.Unmarshal([]byte(text), &value); err != nil {
				p.add(key, "%q is not %s", text, describe(field.Type()))
				continue
			}
		}
		assign(key, value, field, p)
	}
}

// assign stores a decoded JSON value in a field and notes every key it does not
// know and every value of another type.
func assign(key string, value any, field reflect.Value, p *problems) {
	if value == nil {
		return
	}
	if field.Type() == durationType {
		assignDuration(key, value, field, p)
		return
	}
	switch field.Kind() {
	case reflect.Pointer:
		element := reflect.New(field.Type().Elem())
		before := len(p.list)
		assign(key, value, element.Elem(), p)
		if len(p.list) == before {
			field.Set(element)
		}
	case reflect.Struct:
		if text, ok := value.(string); ok {
			if only, ok := alone(field); ok {
				only.SetString(text)
				return
			}
		}
		assignStruct(key, value, field, p)
	case reflect.Map:
		assignMap(key, value, field, p)
	case reflect.Slice:
		list, ok := value.([]any)
		if !ok {
			wrongType(key, value, field, p)
			return
		}
		slice := reflect.MakeSlice(field.Type(), len(list), len(list))
		for i, element := range list {
			assign(fmt.Sprintf("%s[%d]", key, i), element, slice.Index(i), p)
		}
		field.Set(slice)
	default:
		assignScalar(key, value, field, p)
	}
}

func assignScalar(key string, value any, field reflect.Value, p *problems) {
	switch v := value.(type) {
	case string:
		if field.Kind() == reflect.String {
			field.SetString(v)
			return
		}
	case bool:
		if field.Kind() == reflect.Bool {
			field.SetBool(v)
			return
		}
	case float64:
		switch {
		case field.Kind() == reflect.Float64:
			field.SetFloat(v)
			p.zero(key, v == 0)
			return
		case field.Kind() == reflect.Int && v == float64(int(v)):
			field.SetInt(int64(v))
			p.zero(key, v == 0)
			return
		}
	}
	wrongType(key, value, field, p)
}

func assignDuration(key string, value any, field reflect.Value, p *problems) {
	if text, ok := value.(string); ok {
		if d, err := time.ParseDuration(text); err == nil {
			field.SetInt(int64(d))
			p.zero(key, d == 0)
			return
		}
	}
	wrongType(key, value, field, p)
}

func assignStruct(key string, value any, field reflect.Value, p *problems) {
	object, ok := value.(map[string]any)
	if !ok {
		wrongType(key, value, field, p)
		return
	}
	known := map[string]reflect.Value{}
	fields(field, known)
	for _, name := range sorted(object) {
		target, ok := known[name]
		if !ok {
			p.add(key+"."+name, "is not known; allowed are %s", strings.Join(sorted(known), ", "))
			continue
		}
		assign(key+"."+name, object[name], target, p)
	}
}

// alone finds the field of a struct that a text in the struct's place sets.
func alone(value reflect.Value) (reflect.Value, bool) {
	for i := range value.NumField() {
		if value.Type().Field(i).Tag.Get("alone") == "true" {
			return value.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// tags lists the keys of the struct that into points to, in order.
func tags(into any) []string {
	known := map[string]reflect.Value{}
	fields(reflect.ValueOf(into).Elem(), known)
	return sorted(known)
}

// fields finds the fields of a struct by their keys, with those of the structs
// it embeds.
func fields(value reflect.Value, known map[string]reflect.Value) {
	for i := range value.NumField() {
		if value.Type().Field(i).Anonymous {
			fields(value.Field(i), known)
		} else if name := value.Type().Field(i).Tag.Get("yaml"); name != "" {
			known[name] = value.Field(i)
		}
	}
}

func assignMap(key string, value any, field reflect.Value, p *problems) {
	object, ok := value.(map[string]any)
	if !ok {
		wrongType(key, value, field, p)
		return
	}
	m := reflect.MakeMap(field.Type())
	for _, name := range sorted(object) {
		element := reflect.New(field.Type().Elem()).Elem()
		assign(key+"."+name, object[name], element, p)
		m.SetMapIndex(reflect.ValueOf(name), element)
	}
	field.Set(m)
}

func wrongType(key string, value any, field reflect.Value, p *problems) {
	shown, err := json.Marshal(value)
	if err != nil {
		shown = fmt.Append(nil, value)
	}
	p.add(key, "%s is not %s", shown, describe(field.Type()))
}

// describe says what a value of the type looks like in YAML.
func describe(t reflect.Type) string {
	if t == durationType {
		return `a duration such as "90s" or "5m"`
	}
	switch t.Kind() {
	case reflect.Pointer:
		return describe(t.Elem())
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.String:
		return "text; put it in quotes"
	case reflect.Slice:
		return "a list"
	case reflect.Struct:
		if _, ok := alone(reflect.New(t).Elem()); ok {
			return "text, or a mapping of keys to values"
		}
		fallthrough
	default:
		return "a mapping of keys to values"
	}
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
