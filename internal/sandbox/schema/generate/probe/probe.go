// Package probe finds out what a provider checks beyond its published schema:
// the limits of each argument, the rules between arguments, the defaults, and
// the changes that replace a resource. It asks the provider itself, one
// configuration after another.
package probe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/plugin"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/tfschema"
)

// Result is what was found about one resource type.
type Result struct {
	Framework    bool              `json:"framework,omitempty"` // written on the newer plugin framework, which keeps defaults out of inputs
	Base         any               `json:"base,omitempty"`      // the accepted configuration every probe started from
	Fields       map[string]*Field `json:"fields"`
	Combinations []Combination     `json:"combinations,omitempty"`
	Unexplained  []string          `json:"unexplained,omitempty"` // errors no rule could be read from
}

// Field is what was found about one argument or nested block.
type Field struct {
	Limits
	Default        any      `json:"default,omitempty"`
	Replace        bool     `json:"replace,omitempty"`        // a changed value replaces the resource
	ReplaceAdded   bool     `json:"replaceAdded,omitempty"`   // setting it for the first time replaces
	ReplaceRemoved bool     `json:"replaceRemoved,omitempty"` // removing it replaces
	IgnoreChange   bool     `json:"ignoreChange,omitempty"`   // a changed value is no change
	IgnoreRemoval  bool     `json:"ignoreRemoval,omitempty"`  // removing it is no change
	IgnoreAdded    bool     `json:"ignoreAdded,omitempty"`    // setting it for the first time is no change
	Equivalent     []string `json:"equivalent,omitempty"`     // rewritings that are no change: "case", "json", "space"
	Sample         any      `json:"-"`
}

// Prober probes the resource types of one provider.
type Prober struct {
	Provider *plugin.Provider
	Schema   *tfschema.Provider
	Bases    map[string]map[string]json.RawMessage // hand-written starting points by type
}

// Resource probes one type.
func (p *Prober) Resource(ctx context.Context, kind string) (*Result, error) {
	block, ok := p.Schema.Resources[kind]
	if !ok {
		return nil, fmt.Errorf("the provider schema has no resource %s", kind)
	}
	r := &run{prober: p, ctx: ctx, kind: kind, block: block, found: &Result{Fields: map[string]*Field{}}, unexplained: map[string]bool{}, combos: map[string]Combination{}}
	id, hasID := block.Attributes["id"]
	r.found.Framework = !hasID || !id.Optional
	if err := r.findBase(); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	arguments, blocks := leaves(block)
	for _, l := range arguments {
		if err := r.limits(l); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", kind, l.key(), err)
		}
	}
	if err := r.changes(arguments, blocks); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	r.finish()
	return r.found, nil
}

// run is the probing of one type.
type run struct {
	prober      *Prober
	ctx         context.Context
	kind        string
	block       tfschema.Block
	base        map[string]any
	found       *Result
	unexplained map[string]bool
	combos      map[string]Combination
}

func (r *run) validate(config map[string]any) ([]plugin.Diagnostic, error) {
	found, err := r.prober.Provider.Validate(r.ctx, r.kind, config)
	if errors.Is(err, plugin.ErrEnded) {
		return []plugin.Diagnostic{{Summary: err.Error()}}, nil
	}
	return found, err
}

// field returns the record of an argument.
func (r *run) field(key string) *Field {
	f := r.found.Fields[key]
	if f == nil {
		f = &Field{}
		r.found.Fields[key] = f
	}
	return f
}

// note records an error that is a rule between arguments; false for others.
func (r *run) note(d plugin.Diagnostic) bool {
	c, ok := combination(d)
	if !ok {
		return d.Summary == "Missing required argument" || strings.HasPrefix(d.Summary, "Insufficient ") || strings.HasPrefix(d.Summary, "Not enough")
	}
	sort.Strings(c.Names)
	r.combos[c.Kind+" "+strings.Join(c.Names, ",")] = c
	return true
}

// findBase looks for a configuration the provider accepts, by repairing the
// argument each error points at.
func (r *run) findBase() error {
	r.base = minimal(r.block)
	if err := merge(r.block, r.base, r.prober.Bases[r.kind]); err != nil {
		return fmt.Errorf("read the hand-written base: %w", err)
	}
	arguments, _ := leaves(r.block)
	byKey := map[string]leaf{}
	for _, l := range arguments {
		byKey[l.key()] = l
	}
	tried := map[string]bool{}
	for range 40 {
		problems, err := r.validate(r.base)
		if err != nil {
			return err
		}
		if len(problems) == 0 {
			problems, err = r.creation(r.base)
			if err != nil {
				return err
			}
		}
		if len(problems) == 0 {
			break
		}
		if !r.repair(problems, byKey, tried) {
			for _, d := range problems {
				r.unexplained["base: "+d.Path+": "+short(d.Text())] = true
			}
			break
		}
	}
	r.found.Base = compact(r.base)
	return nil
}

// repair changes the base so that the first repairable error goes away.
func (r *run) repair(problems []plugin.Diagnostic, byKey map[string]leaf, tried map[string]bool) bool {
	for _, d := range problems {
		if c, ok := combination(d); ok && c.Kind != "conflicts" {
			for _, name := range c.Names {
				l, known := byKey[name]
				if !known || tried[name] || get(r.base, l.path) != nil {
					continue
				}
				tried[name] = true
				r.base = with(r.base, l, sampleOf(l.kind))
				return true
			}
		}
		l, known := byKey[plain(d.Path)]
		if !known || tried[d.Path+"!"] {
			continue
		}
		tried[d.Path+"!"] = true
		if value, ok := r.accepted(r.base, l, d.Text()); ok {
			r.base = with(r.base, l, value)
			return true
		}
	}
	return false
}

// accepted looks for a value the provider has nothing against at a leaf.
func (r *run) accepted(base map[string]any, l leaf, hint string) (any, bool) {
	if hint == "" {
		first := sampleOf(l.kind)
		left := r.about(base, l, first)
		if len(left) == 0 {
			return first, true
		}
		hint = left[0].Text()
	}
	var hinted Limits
	hinted.read(hint)
	var tries []any
	for _, v := range hinted.Values {
		tries = append(tries, v)
	}
	for _, n := range []*float64{hinted.Min, hinted.Max} {
		if n != nil {
			tries = append(tries, *n)
		}
	}
	for _, c := range candidates {
		tries = append(tries, c)
	}
	for _, n := range []float64{0, 1, 2, 5, 7, 30, 60, 300, 1000, 1024, 4096} {
		tries = append(tries, n)
	}
	for _, v := range tries {
		value, ok := shaped(l.kind, v)
		if ok && len(r.about(base, l, value)) == 0 {
			return value, true
		}
	}
	return nil, false
}

// shaped puts a scalar into the type of a leaf.
func shaped(t tfschema.Type, v any) (any, bool) {
	switch t.Kind {
	case "string", "dynamic":
		s, ok := v.(string)
		return s, ok
	case "number":
		switch n := v.(type) {
		case float64:
			return n, true
		case string:
			var f float64
			if json.Unmarshal([]byte(n), &f) == nil {
				return f, true
			}
		}
		return nil, false
	case "list", "set":
		inner, ok := shaped(*t.Element, v)
		return []any{inner}, ok
	case "map":
		inner, ok := shaped(*t.Element, v)
		return map[string]any{"probe": inner}, ok
	}
	return nil, false
}

// about returns the errors a value at a leaf adds to those of the same
// configuration without it, rules between arguments aside.
func (r *run) about(base map[string]any, l leaf, value any) []plugin.Diagnostic {
	before, err := r.validate(with(base, l, nil))
	if err != nil {
		return []plugin.Diagnostic{{Summary: err.Error()}}
	}
	known := map[string]bool{}
	for _, d := range before {
		known[d.Path+d.Text()] = plain(d.Path) != l.key()
	}
	after, err := r.validate(with(base, l, value))
	if err != nil {
		return []plugin.Diagnostic{{Summary: err.Error()}}
	}
	var out []plugin.Diagnostic
	for _, d := range after {
		if !known[d.Path+d.Text()] && !r.note(d) {
			out = append(out, d)
		}
	}
	return out
}

func short(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 300 {
		text = text[:300]
	}
	return text
}

// finish puts the collected rules in order and drops fields without facts.
func (r *run) finish() {
	for _, key := range tfschema.Keys(r.combos) {
		r.found.Combinations = append(r.found.Combinations, r.combos[key])
	}
	r.found.Unexplained = tfschema.Keys(r.unexplained)
}
