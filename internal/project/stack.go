package project

import (
	"slices"
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

// namespace is the prefix of the program's own keys. It stays when the project is
// renamed.
const namespace = "tenfold"

// HostedZone is the DNS name of the hosted zone the stack expects to find in
// its account, empty when the stack names no domain.
func (s *Stack) HostedZone() string {
	if zone := s.Config(namespace + ":hostedZone"); zone != "" {
		return zone
	}
	return s.Config(namespace + ":domain")
}

// CacheCredentials are the ARNs of the secrets that the stack's image caches sign
// in with, and that it expects to find in its account, in alphabetical order.
func (s *Stack) CacheCredentials() []string {
	var arns []string
	eachPair(lookup(lookup(s.document, "config"), namespace+":imageCaches"), func(_, cache *yaml.Node) {
		if arn := scalar(cache, "credential"); arn != "" {
			arns = append(arns, arn)
		}
	})
	sort.Strings(arns)
	return slices.Compact(arns)
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
