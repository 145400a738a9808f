package project

import (
	"encoding/json"
	"fmt"

	"gopkg.in/yaml.v3"
)

// Values returns the stack's configuration as a Pulumi program receives it: by
// full key, plain values as text and structured ones as JSON, with the defaults
// of Pulumi.yaml for keys the settings file leaves out. An encrypted value is
// the Placeholder.
func (s *Stack) Values() (map[string]string, error) {
	values := map[string]string{}
	var failed error
	add := func(key string, value *yaml.Node) {
		text, err := valueText(value)
		if err != nil && failed == nil {
			failed = fmt.Errorf("the value of %s in the settings of stack %q: %w", key, s.Name, err)
		}
		values[key] = text
	}
	eachPair(lookup(s.project.document, "config"), func(key, declared *yaml.Node) {
		if value := lookup(declared, "default"); value != nil {
			add(key.Value, value)
		}
	})
	settings := clone(lookup(s.document, "config"))
	replaceEncrypted(settings)
	eachPair(settings, func(key, value *yaml.Node) { add(key.Value, value) })
	return values, failed
}

func valueText(node *yaml.Node) (string, error) {
	if node.Kind == yaml.ScalarNode {
		return node.Value, nil
	}
	var value any
	if err := node.Decode(&value); err != nil {
		return "", err
	}
	text, err := json.Marshal(value)
	return string(text), err
}

// ProjectName is the name of the project the stack belongs to.
func (s *Stack) ProjectName() string { return s.project.Name }
