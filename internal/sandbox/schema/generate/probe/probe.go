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
	Verdicts *Verdicts                             // where answers to fixed values are kept, nil for nowhere
}

// Resource probes one type.
func (p *Prober) Resource(ctx context.Context, kind string) (*Result, error) {
	block, ok := p.Schema.Resources[kind]
	if !ok {
		return nil, fmt.Errorf("the provider schema has no resource %s", kind)
	}
	r := &run{prober: p, ctx: ctx, kind: kind, block: block, found: &Result{Fields: map[string]*Field{}}, unexplained: map[string]bool{}, combos: map[string]Combination{}, before: map[string]map[string]bool{}, huge: size(block) > 2000}
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
		if p.Verdicts != nil && !r.huge {
			r.verdicts(l, p.Verdicts)
		}
	}
	if err := r.conflicts(arguments); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	if err := r.changes(arguments, blocks); err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	r.finish()
	return r.found, nil
}

// size counts the blocks of a type.
func size(b tfschema.Block) int {
	n := 1
	for _, nested := range b.Blocks {
		n += size(nested.Block)
	}
	return n
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
	huge        bool                       // so many blocks that a call takes long: edge values only, and plans only for the top level
	before      map[string]map[string]bool // by leaf: the errors of the base without it
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
	if c.Kind != "together" {
		sort.Strings(c.Names)
	}
	r.combos[c.Kind+" "+strings.Join(c.Names, ",")] = c
	return true
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
