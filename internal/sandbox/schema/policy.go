package schema

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// samePolicy compares two policy documents by meaning: statements in any
// order, single values and lists alike, and an account id for its root ARN.
func samePolicy(a, b string) bool {
	x, err := canonicalPolicy(a)
	if err != nil {
		return false
	}
	y, err := canonicalPolicy(b)
	return err == nil && slices.Equal(x, y)
}

// canonicalPolicy brings a document to one form: a version line and one sorted
// line a statement.
func canonicalPolicy(text string) ([]string, error) {
	var document struct {
		Version   any
		ID        any
		Statement json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return nil, err
	}
	var statements []map[string]any
	if err := json.Unmarshal(document.Statement, &statements); err != nil {
		var single map[string]any
		if err := json.Unmarshal(document.Statement, &single); err != nil {
			return nil, err
		}
		statements = []map[string]any{single}
	}
	out := make([]string, 0, len(statements)+1)
	for _, s := range statements {
		for key, value := range s {
			s[key] = canonicalElement(key, value)
		}
		if s["Sid"] == "" {
			delete(s, "Sid")
		}
		line, err := json.Marshal(s)
		if err != nil {
			return nil, err
		}
		out = append(out, string(line))
	}
	sort.Strings(out)
	return append(out, fmt.Sprint(document.Version, document.ID)), nil
}

func canonicalElement(key string, value any) any {
	switch key {
	case "Effect":
		return strings.ToLower(fmt.Sprint(value))
	case "Action", "NotAction", "Resource", "NotResource":
		return sorted(texts(value))
	case "Principal", "NotPrincipal":
		kinds, ok := value.(map[string]any)
		if !ok {
			return value
		}
		out := map[string]any{}
		for kind, who := range kinds {
			list := texts(who)
			for i := range list {
				if kind == "AWS" && account.MatchString(list[i]) {
					list[i] = "arn:aws:iam::" + list[i] + ":root"
				}
			}
			out[kind] = sorted(list)
		}
		return out
	case "Condition":
		operators, ok := value.(map[string]any)
		if !ok {
			return value
		}
		out := map[string]any{}
		for operator, keys := range operators {
			entries, ok := keys.(map[string]any)
			if !ok {
				return value
			}
			inner := map[string]any{}
			for key, values := range entries {
				inner[key] = sorted(texts(values))
			}
			out[operator] = inner
		}
		return out
	}
	return value
}

// texts reads a text or a list of scalars as texts.
func texts(v any) []string {
	switch v := v.(type) {
	case []any:
		out := make([]string, 0, len(v))
		for _, item := range v {
			out = append(out, fmt.Sprint(item))
		}
		return out
	case nil:
		return nil
	}
	return []string{fmt.Sprint(v)}
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}
