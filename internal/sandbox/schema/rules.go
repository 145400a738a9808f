package schema

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// presence is how a property counts in a rule.
type presence int

const (
	missing presence = iota
	present
	undecided // unknown until apply
)

func presenceOf(values resource.PropertyMap, name string) presence {
	v, ok := values[resource.PropertyKey(name)]
	if !ok {
		return missing
	}
	v, known := unwrap(v)
	switch {
	case !known:
		return undecided
	case v.IsNull(), v.IsArray() && len(v.ArrayValue()) == 0:
		return missing
	}
	return present
}

// rules checks the conditions between properties.
func (c *checker) rules(r *Resource, inputs resource.PropertyMap) {
	for _, rule := range r.Rules {
		parent, ok := rule.parent()
		if !ok {
			continue
		}
		each(nil, inputs, parent, func(at *step, values resource.PropertyMap) { c.rule(at, rule, values) })
	}
}

// parent is the path all names of a rule share; false when they lie in
// different objects.
func (r Rule) parent() (string, bool) {
	head := ""
	for i, name := range r.Names {
		cut := max(strings.LastIndex(name, "."), 0)
		if i > 0 && name[:cut] != head {
			return "", false
		}
		head = name[:cut]
	}
	return head, len(r.Names) > 0
}

// each calls visit with every object a path without indices leads to.
func each(at *step, values resource.PropertyMap, path string, visit func(*step, resource.PropertyMap)) {
	if path == "" {
		visit(at, values)
		return
	}
	name, rest, _ := strings.Cut(path, ".")
	v, known := unwrap(values[resource.PropertyKey(name)])
	if !known {
		return
	}
	here := &step{parent: at, name: name}
	if v.IsObject() {
		each(here, v.ObjectValue(), rest, visit)
		return
	}
	if !v.IsArray() {
		return
	}
	for i, item := range v.ArrayValue() {
		if item, known := unwrap(item); known && item.IsObject() {
			each(&step{parent: here, index: i}, item.ObjectValue(), rest, visit)
		}
	}
}

func (c *checker) rule(at *step, rule Rule, values resource.PropertyMap) {
	var set, names []string
	open := false
	for _, path := range rule.Names {
		name := path[strings.LastIndex(path, ".")+1:]
		names = append(names, name)
		switch presenceOf(values, name) {
		case present:
			set = append(set, name)
		case undecided:
			open = true
		}
	}
	all := strings.Join(names, ", ")
	switch rule.Kind {
	case "conflicts":
		if len(set) > 1 {
			c.add(&step{parent: at, name: set[0]}, "cannot be set together with %s; keep one", strings.Join(set[1:], ", "))
		}
	case "exactlyOne":
		switch {
		case len(set) == 0 && !open:
			c.add(at, "exactly one of %s must be set, got none", all)
		case len(set) > 1:
			c.add(at, "exactly one of %s must be set, got %s", all, strings.Join(set, ", "))
		}
	case "atLeastOne":
		if len(set) == 0 && !open {
			c.add(at, "at least one of %s must be set, got none", all)
		}
	case "together":
		if len(set) > 0 && set[0] == names[0] && len(set) < len(names) && !open {
			c.add(&step{parent: at, name: names[0]}, "needs %s to be set too", strings.Join(names[1:], ", "))
		}
	}
}

// conditions are the checks the provider makes at preview in code of its own,
// over several properties of one type.
var conditions = map[string][]func(*checker, resource.PropertyMap){
	"aws:dynamodb/table:Table":          {tableKeys, tableCapacity, tableStream},
	"aws:sqs/queue:Queue":               {queueName, fifoOnly("contentBasedDeduplication")},
	"aws:sfn/stateMachine:StateMachine": {stateMachine},
	"aws:sns/topic:Topic":               {fifoOnly("contentBasedDeduplication")},
}

// boolOf reads a flag; known is false when it is decided at apply.
func boolOf(values resource.PropertyMap, name string) (value, known bool) {
	v, known := unwrap(values[resource.PropertyKey(name)])
	if !known {
		return false, false
	}
	return v.IsBool() && v.BoolValue() || v.IsString() && v.StringValue() == "true", true
}

// stringOf reads a text; known is false when it is decided at apply, and the
// text is "" when it is not set.
func stringOf(values resource.PropertyMap, name string) (value string, known bool) {
	v, known := unwrap(values[resource.PropertyKey(name)])
	if !known || !v.IsString() {
		return "", known
	}
	return v.StringValue(), true
}

// queueName holds a queue's name against the form its kind wants.
func queueName(c *checker, inputs resource.PropertyMap) {
	name, nameKnown := stringOf(inputs, "name")
	fifo, fifoKnown := boolOf(inputs, "fifoQueue")
	if !nameKnown || !fifoKnown || name == "" {
		return
	}
	bare, suffix, longest := name, "", 80
	if fifo {
		suffix, longest = ".fifo", 75
		bare = strings.TrimSuffix(name, suffix)
		if bare == name {
			c.add(&step{name: "name"}, "must end with .fifo for a FIFO queue, got %q", name)
			return
		}
	}
	if bare == "" || len(bare) > longest || !nameCharacters(bare) {
		c.add(&step{name: "name"}, "must be 1 to %d letters, digits, hyphens or underscores%s, got %q", longest, ending(suffix), name)
	}
}

func nameCharacters(name string) bool {
	for _, r := range name {
		if r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return true
}

func ending(suffix string) string {
	if suffix == "" {
		return ""
	}
	return fmt.Sprintf(" before %s", suffix)
}

// fifoOnly refuses an option of FIFO queues and topics on standard ones.
func fifoOnly(option string) func(*checker, resource.PropertyMap) {
	return func(c *checker, inputs resource.PropertyMap) {
		on, known := boolOf(inputs, option)
		queue, queueKnown := boolOf(inputs, "fifoQueue")
		topic, topicKnown := boolOf(inputs, "fifoTopic")
		if known && on && queueKnown && topicKnown && !queue && !topic {
			c.add(&step{name: option}, "can only be true for a FIFO queue or topic")
		}
	}
}
