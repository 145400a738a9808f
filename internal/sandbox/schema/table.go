package schema

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// tableKeys wants the attributes of a DynamoDB table to be exactly those its
// keys and indexes name.
func tableKeys(c *checker, inputs resource.PropertyMap) {
	attributes, known := textsBelow(inputs, "attributes", "name")
	keys, keysKnown := textsBelow(resource.PropertyMap{"keys": listOfOne(inputs)}, "keys", "hashKey", "rangeKey")
	global, globalKnown := textsBelow(inputs, "globalSecondaryIndexes", "hashKey", "rangeKey")
	local, localKnown := textsBelow(inputs, "localSecondaryIndexes", "rangeKey")
	if !known || !keysKnown || !globalKnown || !localKnown {
		return
	}
	used := slices.Concat(keys, global, local)
	if unused := without(attributes, used); len(unused) > 0 {
		c.add(&step{name: "attributes"}, "all attributes must be indexed, unused: %s; name only what hashKey, rangeKey or an index uses", strings.Join(unused, ", "))
	}
	// A restored table has the attributes of its source.
	restored := !absent(inputs, "restoreSourceName") || !absent(inputs, "restoreSourceTableArn")
	if unmatched := without(used, attributes); len(unmatched) > 0 && !restored {
		c.add(&step{name: "attributes"}, "all keys and indexes must match a defined attribute, unmatched: %s", strings.Join(unmatched, ", "))
	}
}

func listOfOne(object resource.PropertyMap) resource.PropertyValue {
	return resource.NewProperty([]resource.PropertyValue{resource.NewProperty(object)})
}

// textsBelow collects texts of the objects in a list; known is false when one is
// decided at apply.
func textsBelow(values resource.PropertyMap, list string, names ...string) (texts []string, known bool) {
	v, known := unwrap(values[resource.PropertyKey(list)])
	if !known || !v.IsArray() {
		return nil, known
	}
	for _, item := range v.ArrayValue() {
		item, known := unwrap(item)
		if !known {
			return nil, false
		}
		if !item.IsObject() {
			continue
		}
		for _, name := range names {
			text, known := stringOf(item.ObjectValue(), name)
			if !known {
				return nil, false
			}
			if text != "" && !slices.Contains(texts, text) {
				texts = append(texts, text)
			}
		}
	}
	return texts, true
}

// without returns the texts that are not among others, sorted.
func without(texts, others []string) []string {
	out := slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return slices.Contains(others, text) })
	slices.Sort(out)
	return slices.Compact(out)
}

// tableCapacity wants capacity units for provisioned tables and none for others.
func tableCapacity(c *checker, inputs resource.PropertyMap) {
	mode, known := stringOf(inputs, "billingMode")
	if !known {
		return
	}
	for _, name := range []string{"readCapacity", "writeCapacity"} {
		v, known := unwrap(inputs[resource.PropertyKey(name)])
		units, _ := numberOf(v)
		switch {
		case !known:
		case mode == "PAY_PER_REQUEST" && units > 0:
			c.add(&step{name: name}, "can not be set when billingMode is PAY_PER_REQUEST, got %v; remove it", units)
		case mode != "PAY_PER_REQUEST" && units < 1:
			c.add(&step{name: name}, "must be at least 1 when billingMode is PROVISIONED, got %v; set it, or set billingMode to PAY_PER_REQUEST", units)
		}
	}
}

// tableStream wants a view type for a table's stream.
func tableStream(c *checker, inputs resource.PropertyMap) {
	on, known := boolOf(inputs, "streamEnabled")
	view, viewKnown := stringOf(inputs, "streamViewType")
	if known && on && viewKnown && view == "" {
		c.add(&step{name: "streamViewType"}, "is required when streamEnabled is true")
	}
}
