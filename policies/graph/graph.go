// Package graph indexes the resources of a stack so that a rule can follow one resource to those that belong to it: a
// queue to its policy, a bucket to its encryption, a cluster to its parameter group.
//
// Most physical ids are unknown during a preview, so links are read first from the dependencies the engine records for
// each property, which exist from the first preview on, and only then from known ids and names.
package graph

import (
	"slices"
	"strings"

	"github.com/tenfold-iac/tenfold/policies/value"
)

// Resource is one resource as the engine described it.
type Resource struct {
	URN  string
	Type string
	Name string
	// Props are the inputs the program gave. A stack analysed without its program has only outputs, and then these are
	// the outputs.
	Props value.Value
	// Outputs are what the provider answered; absent while one resource is judged on its own.
	Outputs value.Value
	// Provider holds the properties of the resource's provider, such as the default tags.
	Provider value.Value
	Protect  bool
	// PropDeps lists, for each top-level property, the URNs of the resources its value was made from.
	PropDeps map[string][]string
}

// StackName is the stack's name, as its URN carries it; empty when the URN does not have the usual form.
func (r *Resource) StackName() string {
	rest, ok := strings.CutPrefix(r.URN, "urn:pulumi:")
	if !ok {
		return ""
	}
	name, _, ok := strings.Cut(rest, "::")
	if !ok {
		return ""
	}
	return name
}

// Answer reads a property as the provider answered it, or as the program gave it when there is no answer yet.
func (r *Resource) Answer(property string) value.Value {
	if v := r.Outputs.Field(property); v.State() == value.Known {
		return v
	}
	return r.Props.Field(property)
}

// Stack is every resource of a stack, indexed by type and URN.
type Stack struct {
	byType map[string][]*Resource
	byURN  map[string]*Resource
}

// New indexes the resources.
func New(resources []*Resource) *Stack {
	s := &Stack{
		byType: map[string][]*Resource{},
		byURN:  make(map[string]*Resource, len(resources)),
	}
	for _, r := range resources {
		s.byType[r.Type] = append(s.byType[r.Type], r)
		s.byURN[r.URN] = r
	}
	return s
}

// OfType returns the resources of any of the types, in the engine's order within each type.
func (s *Stack) OfType(types ...string) []*Resource {
	var found []*Resource
	for _, t := range types {
		found = append(found, s.byType[t]...)
	}
	return found
}

// identity lists the outputs by which AWS arguments name another resource.
var identity = []string{"id", "arn", "name", "url", "bucket", "keyId", "clusterIdentifier"}

// Linked answers which resources of a type point at target through one of their top-level properties. The State is
// Known when the answer is complete, and Unknown when some resource of that type points at something that cannot be
// told yet, so that a missing link is not proof of anything.
func (s *Stack) Linked(target *Resource, sourceType, property string) ([]*Resource, value.State) {
	var found []*Resource
	state := value.Known
	for _, source := range s.byType[sourceType] {
		switch s.points(source, property, target) {
		case value.Known:
			found = append(found, source)
		case value.Unknown:
			state = value.Unknown
		}
	}
	return found, state
}

// points reports whether source's property refers to target: Known for yes, Absent for no, Unknown for cannot tell.
func (s *Stack) points(source *Resource, property string, target *Resource) value.State {
	deps := source.PropDeps[property]
	if slices.Contains(deps, target.URN) {
		return value.Known
	}
	held := source.Props.Get(property)
	items, state := held.Items()
	if state == value.Absent {
		return value.Absent
	}
	answer := value.Absent
	for _, item := range items {
		text, state := item.Text()
		if state == value.Known {
			state = names(target, text)
		}
		switch state {
		case value.Known:
			return value.Known
		case value.Unknown:
			answer = value.Unknown
		}
	}
	if state == value.Unknown {
		answer = value.Unknown
	}
	// An unknown value that was made from other resources of the target's type does not point at the target.
	if answer == value.Unknown && slices.ContainsFunc(deps, func(urn string) bool {
		return s.byURN[urn] != nil && s.byURN[urn].Type == target.Type
	}) {
		return value.Absent
	}
	return answer
}

// names reports whether text is one of the ids AWS knows the resource by: Known for yes, Absent for no, and Unknown when
// some of its ids are not known yet.
func names(r *Resource, text string) value.State {
	if text == "" {
		return value.Absent
	}
	answer := value.Absent
	for _, property := range identity {
		for _, side := range []value.Value{r.Outputs, r.Props} {
			switch id, state := side.Field(property).Text(); {
			case state == value.Known && id == text:
				return value.Known
			case state == value.Unknown:
				answer = value.Unknown
			}
		}
	}
	return answer
}

// Target answers which resources of a type the source's property points at. The State is Absent when the property is
// not set, Known when everything it names was found in the stack, and Unknown when some of it lies outside the stack or
// is not known yet.
func (s *Stack) Target(source *Resource, property, targetType string) ([]*Resource, value.State) {
	held := source.Props.Get(property)
	items, state := held.Items()
	if state == value.Absent && len(source.PropDeps[property]) == 0 {
		return nil, value.Absent
	}
	var found []*Resource
	add := func(r *Resource) {
		if !slices.Contains(found, r) {
			found = append(found, r)
		}
	}
	for _, urn := range source.PropDeps[property] {
		if r := s.byURN[urn]; r != nil && r.Type == targetType {
			add(r)
		}
	}
	byDependency := len(found) > 0
	complete := value.Known
	for _, item := range items {
		text, state := item.Text()
		if state != value.Known {
			if !byDependency {
				complete = value.Unknown
			}
			continue
		}
		matched := false
		for _, r := range s.byType[targetType] {
			if names(r, text) == value.Known {
				add(r)
				matched = true
			}
		}
		if !matched && !byDependency {
			complete = value.Unknown
		}
	}
	if state == value.Unknown && !byDependency {
		complete = value.Unknown
	}
	if len(found) == 0 {
		complete = value.Unknown
	}
	return found, complete
}
