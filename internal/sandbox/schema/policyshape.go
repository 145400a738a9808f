package schema

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// DocumentKind is what a policy document is attached to; it decides which
// elements a statement must have.
type DocumentKind int

// The kinds of policy documents.
const (
	// IdentityPolicy is attached to a role or user: a resource, no principal.
	IdentityPolicy DocumentKind = iota + 1
	// ResourcePolicy is attached to a queue, key or bucket: a principal and a
	// resource.
	ResourcePolicy
	// TrustPolicy says who may assume a role: a principal, no resource.
	TrustPolicy
	// RepositoryPolicy is attached to what is its own resource, such as an
	// image repository: a principal, the resource left out.
	RepositoryPolicy
)

var (
	documentKeys  = []string{"Version", "Id", "Statement"}
	statementKeys = []string{"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"}
	principalKeys = []string{"AWS", "Service", "Federated", "CanonicalUser"}
)

// PolicyProblems lists what AWS has against a policy document, in the order of
// the document. The provider itself does not look inside a document.
func PolicyProblems(text string, kind DocumentKind) []string {
	var document map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return []string{"the policy is not a JSON object"}
	}
	var out []string
	for _, key := range keys(document) {
		if !slices.Contains(documentKeys, key) {
			out = append(out, fmt.Sprintf("the policy has the unknown element %q; known are %s", key, strings.Join(documentKeys, ", ")))
		}
	}
	var version string
	if raw, ok := document["Version"]; ok && (json.Unmarshal(raw, &version) != nil || version != "2012-10-17" && version != "2008-10-17") {
		out = append(out, fmt.Sprintf(`the policy's Version is %s; it must be "2012-10-17"`, raw))
	}
	var statements []map[string]any
	if raw := document["Statement"]; json.Unmarshal(raw, &statements) != nil {
		var single map[string]any
		if json.Unmarshal(raw, &single) != nil {
			return append(out, "the policy needs a Statement: a list of objects")
		}
		statements = []map[string]any{single}
	}
	if len(statements) == 0 {
		return append(out, "the policy needs at least one statement")
	}
	seen := map[string]bool{}
	for i, s := range statements {
		at := fmt.Sprintf("Statement[%d]", i)
		if sid, ok := s["Sid"].(string); ok && sid != "" {
			at += fmt.Sprintf(" (%s)", sid)
			if seen[sid] {
				out = append(out, at+" repeats the Sid of another statement")
			}
			seen[sid] = true
		}
		for _, problem := range statementProblems(s, kind) {
			out = append(out, at+" "+problem)
		}
	}
	return out
}

func statementProblems(s map[string]any, kind DocumentKind) []string {
	var out []string
	for _, key := range keys(s) {
		if !slices.Contains(statementKeys, key) {
			out = append(out, fmt.Sprintf("has the unknown element %q; known are %s", key, strings.Join(statementKeys, ", ")))
		}
	}
	if s["Effect"] != "Allow" && s["Effect"] != "Deny" {
		out = append(out, fmt.Sprintf("has the Effect %v; it must be Allow or Deny", s["Effect"]))
	}
	out = append(out, oneOf(s, "Action", "NotAction")...)
	for _, action := range append(texts(s["Action"]), texts(s["NotAction"])...) {
		if action != "*" && !strings.Contains(action, ":") {
			out = append(out, fmt.Sprintf("has the action %q; it must have the form service:Action", action))
		}
	}
	hasPrincipal := s["Principal"] != nil || s["NotPrincipal"] != nil
	hasResource := s["Resource"] != nil || s["NotResource"] != nil
	switch kind {
	case IdentityPolicy:
		if hasPrincipal {
			out = append(out, "has a Principal, which a policy of a role or user must not have")
		}
		out = append(out, oneOf(s, "Resource", "NotResource")...)
	case ResourcePolicy:
		out = append(out, oneOf(s, "Principal", "NotPrincipal")...)
		out = append(out, oneOf(s, "Resource", "NotResource")...)
	case TrustPolicy:
		out = append(out, oneOf(s, "Principal", "NotPrincipal")...)
		if hasResource {
			out = append(out, "has a Resource, which a trust policy must not have")
		}
	case RepositoryPolicy:
		out = append(out, oneOf(s, "Principal", "NotPrincipal")...)
	}
	out = append(out, principalProblems(s["Principal"])...)
	return append(out, conditionProblems(s["Condition"])...)
}

// oneOf wants exactly one of two elements.
func oneOf(s map[string]any, element, opposite string) []string {
	a, b := s[element] != nil, s[opposite] != nil
	switch {
	case a && b:
		return []string{fmt.Sprintf("has both %s and %s; keep one", element, opposite)}
	case !a && !b:
		return []string{fmt.Sprintf("needs %s or %s", element, opposite)}
	}
	value := s[element]
	if b {
		element, value = opposite, s[opposite]
	}
	if list, ok := value.([]any); ok && len(list) == 0 {
		return []string{fmt.Sprintf("has an empty %s", element)}
	}
	return nil
}

func principalProblems(principal any) []string {
	switch p := principal.(type) {
	case nil:
		return nil
	case string:
		if p != "*" {
			return []string{fmt.Sprintf(`has the Principal %q; it must be "*" or an object such as {"Service": "..."}`, p)}
		}
	case map[string]any:
		var out []string
		for _, kind := range keys(p) {
			if !slices.Contains(principalKeys, kind) {
				out = append(out, fmt.Sprintf("has a Principal of the unknown kind %q; known are %s", kind, strings.Join(principalKeys, ", ")))
			}
		}
		if len(p) == 0 {
			out = append(out, "has an empty Principal")
		}
		return out
	default:
		return []string{"has a Principal that is neither a text nor an object"}
	}
	return nil
}

func conditionProblems(condition any) []string {
	if condition == nil {
		return nil
	}
	operators, ok := condition.(map[string]any)
	if !ok {
		return []string{"has a Condition that is not an object"}
	}
	var out []string
	for _, operator := range keys(operators) {
		if entries, ok := operators[operator].(map[string]any); !ok || len(entries) == 0 {
			out = append(out, fmt.Sprintf("has the condition %q without keys to compare", operator))
		}
	}
	return out
}
