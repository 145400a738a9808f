package eventbus

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Pattern says which events match: those that match in every respect that is
// given.
type Pattern struct {
	// Sources are who sent the event, for example "tenfold.billing". Default: any,
	// which needs DetailTypes.
	Sources []string
	// DetailTypes are what happened, for example "InvoicePaid". Default: any,
	// which needs Sources.
	DetailTypes []string
	// Detail maps a field of the detail to what it has to be. A dot goes into an
	// object: "invoice.amount". Default: any detail.
	Detail map[string]Match
}

// Match is what a field has to be.
type Match struct{ alternatives []any }

// Is matches any of the texts.
func Is(texts ...string) Match { return each(texts, func(s string) any { return s }) }

// IsNot matches everything but the texts.
func IsNot(texts ...string) Match { return one("anything-but", texts) }

// StartsWith matches texts with any of the beginnings.
func StartsWith(texts ...string) Match {
	return each(texts, func(s string) any { return map[string]any{"prefix": s} })
}

// Present matches when the field is there.
func Present() Match { return one("exists", true) }

// Absent matches when the field is not there.
func Absent() Match { return one("exists", false) }

// AtLeast matches numbers from n on.
func AtLeast(n float64) Match { return one("numeric", []any{">=", n}) }

// Below matches numbers up to n, without n itself.
func Below(n float64) Match { return one("numeric", []any{"<", n}) }

// True matches a field that is true, False one that is false.
func True() Match { return Match{alternatives: []any{true}} }

// False matches a field that is false.
func False() Match { return Match{alternatives: []any{false}} }

// Or matches when any of the matches does.
func Or(matches ...Match) Match {
	var m Match
	for _, other := range matches {
		m.alternatives = append(m.alternatives, other.alternatives...)
	}
	return m
}

func one(operator string, operand any) Match {
	return Match{alternatives: []any{map[string]any{operator: operand}}}
}

func each[T any](values []T, f func(T) any) Match {
	var m Match
	for _, v := range values {
		m.alternatives = append(m.alternatives, f(v))
	}
	return m
}

// longest is EventBridge's limit on a pattern, in characters.
const longest = 2048

// JSON renders the pattern in EventBridge's language. It refuses a pattern that
// matches everything, nothing, or is too long.
func (p Pattern) JSON() (string, error) {
	var problems []error
	if len(p.Sources) == 0 && len(p.DetailTypes) == 0 {
		problems = append(problems, errors.New("Pattern must have Sources or DetailTypes; without both a rule takes every event of the bus"))
	}
	for field, texts := range map[string][]string{"Sources": p.Sources, "DetailTypes": p.DetailTypes} {
		if slices.Contains(texts, "") {
			problems = append(problems, fmt.Errorf("Pattern.%s must not hold an empty text; it matches nothing", field))
		}
	}
	rendered := map[string]any{}
	if len(p.Sources) > 0 {
		rendered["source"] = p.Sources
	}
	if len(p.DetailTypes) > 0 {
		rendered["detail-type"] = p.DetailTypes
	}
	detail := map[string]any{}
	for _, path := range slices.Sorted(maps.Keys(p.Detail)) {
		if err := put(detail, path, p.Detail[path]); err != nil {
			problems = append(problems, err)
		}
	}
	if len(detail) > 0 {
		rendered["detail"] = detail
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(rendered); err != nil {
		problems = append(problems, fmt.Errorf("Pattern cannot be rendered: %w", err))
	}
	if text.Len() > longest {
		problems = append(problems, fmt.Errorf("Pattern must be at most %d characters, got %d; split the rule", longest, text.Len()))
	}
	return strings.TrimSpace(text.String()), errors.Join(problems...)
}

// put places a match at its path in the detail.
func put(detail map[string]any, path string, m Match) error {
	if len(m.alternatives) == 0 {
		return fmt.Errorf("Pattern.Detail[%q] matches nothing; name at least one value", path)
	}
	keys := strings.Split(path, ".")
	if slices.Contains(keys, "") {
		return fmt.Errorf("Pattern.Detail must have paths such as invoice.amount, got %q", path)
	}
	at := detail
	for _, key := range keys[:len(keys)-1] {
		next, there := at[key]
		if !there {
			next = map[string]any{}
			at[key] = next
		}
		inner, isObject := next.(map[string]any)
		if !isObject {
			return fmt.Errorf("Pattern.Detail[%q] goes into a field that is matched itself; use one of the two", path)
		}
		at = inner
	}
	at[keys[len(keys)-1]] = m.alternatives
	return nil
}
