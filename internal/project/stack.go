package project

import (
	"sort"

	"gopkg.in/yaml.v3"
)

// Stack is the settings file of one stack.
type Stack struct {
	// Name is the stack's name, such as dev.
	Name string

	project  *Project
	document *yaml.Node
}

// Config returns a configuration value that is one word or number, such as
// tenfold:domain: from the settings file, or else the default of Pulumi.yaml.
// It is empty when there is neither, and when the value is encrypted.
func (s *Stack) Config(key string) string {
	if value := lookup(lookup(s.document, "config"), key); value != nil {
		return value.Value
	}
	return scalar(lookup(lookup(s.project.document, "config"), key), "default")
}

// HostedZone is the DNS name of the hosted zone the stack expects to find in
// its account, empty when the stack names no domain.
func (s *Stack) HostedZone() string {
	if zone := s.Config(s.project.Name + ":hostedZone"); zone != "" {
		return zone
	}
	return s.Config(s.project.Name + ":domain")
}

// Encrypted lists the configuration keys whose value is encrypted, wholly or in
// part, in alphabetical order.
func (s *Stack) Encrypted() []string {
	var keys []string
	eachPair(lookup(s.document, "config"), func(key, value *yaml.Node) {
		if replaceEncrypted(clone(value)) {
			keys = append(keys, key.Value)
		}
	})
	sort.Strings(keys)
	return keys
}

// Imports reports whether the settings import environments of a service that
// holds configuration, which an offline run cannot reach.
func (s *Stack) Imports() bool { return lookup(s.document, "environment") != nil }
