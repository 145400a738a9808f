package project

import (
	"fmt"
	"os"

	"gopkg.in/yaml.v3"
)

// readMapping reads a YAML file whose top level is a mapping; an empty file is
// an empty mapping.
func readMapping(path string) (*yaml.Node, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(content, &document); err != nil {
		return nil, fmt.Errorf("%s is not valid YAML: %w", path, err)
	}
	if len(document.Content) == 0 || document.Content[0].Tag == "!!null" {
		return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}, nil
	}
	top := document.Content[0]
	if top.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s must hold keys and values at its top level", path)
	}
	return top, nil
}

func eachPair(mapping *yaml.Node, visit func(key, value *yaml.Node)) {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		visit(mapping.Content[i], mapping.Content[i+1])
	}
}

func lookup(mapping *yaml.Node, key string) *yaml.Node {
	var found *yaml.Node
	eachPair(mapping, func(k, v *yaml.Node) {
		if k.Value == key {
			found = v
		}
	})
	return found
}

func scalar(mapping *yaml.Node, key string) string {
	if value := lookup(mapping, key); value != nil && value.Kind == yaml.ScalarNode {
		return value.Value
	}
	return ""
}

func set(mapping *yaml.Node, key, value string) {
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			mapping.Content[i+1] = node
			return
		}
	}
	mapping.Content = append(mapping.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, node)
}

func remove(mapping *yaml.Node, key string) {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			mapping.Content = append(mapping.Content[:i], mapping.Content[i+2:]...)
			return
		}
	}
}

// clone copies a node with all it holds; an alias keeps pointing at its anchor,
// which is copied with the document.
func clone(n *yaml.Node) *yaml.Node {
	if n == nil {
		return nil
	}
	copied := *n
	copied.Content = make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		copied.Content[i] = clone(child)
	}
	return &copied
}
