package schema

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// matcher compiles a pattern when it is first needed.
type matcher struct {
	pattern string
	once    sync.Once
	expr    *regexp.Regexp
}

// matches is true for every text when the pattern does not compile; a test
// compiles all patterns.
func (m *matcher) matches(text string) bool {
	m.once.Do(func() { m.expr, _ = regexp.Compile(m.pattern) })
	return m.expr == nil || m.expr.MatchString(text)
}

// allows tells whether a text is among the allowed values.
func (p *Property) allows(text string) bool {
	if p.FoldCase {
		return slices.ContainsFunc(p.Values, func(v string) bool { return strings.EqualFold(v, text) })
	}
	return slices.Contains(p.Values, text)
}

// textOf renders a scalar as the provider reads it into a text argument.
func textOf(p *Property, v resource.PropertyValue) (string, bool) {
	switch {
	case v.IsString():
		return v.StringValue(), true
	case v.IsBool():
		return strconv.FormatBool(v.BoolValue()), true
	case v.IsNumber():
		return strconv.FormatFloat(v.NumberValue(), 'f', -1, 64), true
	case p.Document && (v.IsObject() || v.IsArray()):
		if v.ContainsUnknowns() {
			return "", true
		}
		encoded, err := json.Marshal(v.MapRepl(nil, plainly))
		return string(encoded), err == nil
	}
	return "", false
}

// plainly takes the wrapping off secrets and outputs inside a document.
func plainly(v resource.PropertyValue) (any, bool) {
	inner, known := unwrap(v)
	if !known || !v.IsSecret() && !v.IsOutput() {
		return nil, false
	}
	return inner.MapRepl(nil, plainly), true
}

// text checks a text against its property's limits.
func (c *checker) text(at step, p *Property, v resource.PropertyValue) {
	text, ok := textOf(p, v)
	if !ok {
		c.add(&at, "must be a text, got %s", shown(p, v))
		return
	}
	if text == "" && (p.AllowEmpty || p.Document && !v.IsString()) {
		return
	}
	if len(p.Values) > 0 && !p.allows(text) {
		c.add(&at, "must be one of %s, got %s", strings.Join(p.Values, ", "), shown(p, v))
	}
	switch {
	case p.MinLength != nil && p.MaxLength != nil && (len(text) < *p.MinLength || len(text) > *p.MaxLength):
		c.add(&at, "must have %d to %d characters, got %d: %s", *p.MinLength, *p.MaxLength, len(text), shown(p, v))
	case p.MinLength != nil && len(text) < *p.MinLength:
		c.add(&at, "must have at least %d characters, got %d: %s", *p.MinLength, len(text), shown(p, v))
	case p.MaxLength != nil && len(text) > *p.MaxLength:
		c.add(&at, "must have at most %d characters, got %d: %s", *p.MaxLength, len(text), shown(p, v))
	}
	if p.matcher != nil && !p.matcher.matches(text) {
		c.add(&at, "must match %s, got %s", p.Pattern, shown(p, v))
	}
	for _, prefix := range p.NotPrefixes {
		if strings.HasPrefix(strings.ToLower(text), prefix) {
			c.add(&at, "must not begin with %q, got %s", prefix, shown(p, v))
		}
	}
	if reason := formatProblem(p.Format, text, p.HostBits); reason != "" {
		c.add(&at, "%s, got %s", reason, shown(p, v))
	}
}
