// Package document reads the JSON documents that AWS arguments carry as strings: IAM policies and container
// definitions. Such a string is unknown as a whole during a preview when any part of it is.
package document

import (
	"strings"

	"github.com/tenfold-iac/tenfold/policies/value"
)

// Policy is an IAM policy document.
type Policy struct {
	Statements []Statement
	// Partial is true when some part of the document is not known yet.
	Partial bool
}

// Statement is one statement of a policy. Lists are as written; a single text is a list of one.
type Statement struct {
	// Path is where the statement stands, for messages.
	Path         string
	Allow        bool
	Actions      []string
	NotActions   []string
	Resources    []string
	NotResources []string
	// Principals holds "*" or the ids below AWS, Service, Federated and CanonicalUser, prefixed with that kind.
	Principals []string
	// NotPrincipal is true when the statement excludes principals instead of naming them.
	NotPrincipal bool
	Conditions   []Condition
}

// Condition is one operator and key of a statement's condition block.
type Condition struct {
	Operator string
	Key      string
	Values   []string
}

// ParsePolicy reads a policy. The State is Absent or Unknown when there is no document to read, and the error says
// that the text is not one.
func ParsePolicy(v value.Value) (Policy, value.State, error) {
	if state := v.State(); state != value.Known {
		return Policy{}, state, nil
	}
	root, err := v.JSON()
	if err != nil {
		return Policy{}, value.Known, err
	}
	policy := Policy{Partial: root.Nested() == value.Unknown}
	statements, _ := fold(root, "Statement").Items()
	for _, s := range statements {
		policy.Statements = append(policy.Statements, parseStatement(s))
	}
	return policy, value.Known, nil
}

func parseStatement(v value.Value) Statement {
	effect, _ := fold(v, "Effect").Text()
	s := Statement{
		Path:         v.Path(),
		Allow:        strings.EqualFold(effect, "Allow"),
		Actions:      texts(fold(v, "Action")),
		NotActions:   texts(fold(v, "NotAction")),
		Resources:    texts(fold(v, "Resource")),
		NotResources: texts(fold(v, "NotResource")),
		Principals:   principals(fold(v, "Principal")),
		NotPrincipal: fold(v, "NotPrincipal").State() == value.Known,
		Conditions:   conditions(fold(v, "Condition")),
	}
	if s.Path == "" {
		s.Path = "policy"
	}
	return s
}

// fold reads an object's field whatever the case of its name, as IAM does.
func fold(v value.Value, name string) value.Value {
	keys, _ := v.Keys()
	for _, key := range keys {
		if strings.EqualFold(key, name) {
			return v.Field(key)
		}
	}
	return value.Value{}
}

func texts(v value.Value) []string {
	items, _ := v.Items()
	list := make([]string, 0, len(items))
	for _, item := range items {
		if text, state := item.Text(); state == value.Known {
			list = append(list, text)
		}
	}
	return list
}

func principals(v value.Value) []string {
	kinds, state := v.Keys()
	if state != value.Known {
		return texts(v)
	}
	var list []string
	for _, kind := range kinds {
		for _, id := range texts(v.Field(kind)) {
			list = append(list, kind+":"+id)
		}
	}
	return list
}

func conditions(v value.Value) []Condition {
	operators, _ := v.Keys()
	var list []Condition
	for _, operator := range operators {
		block := v.Field(operator)
		keys, _ := block.Keys()
		for _, key := range keys {
			list = append(list, Condition{Operator: operator, Key: strings.ToLower(key), Values: texts(block.Field(key))})
		}
	}
	return list
}
