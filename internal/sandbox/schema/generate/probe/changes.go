package probe

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/plugin"
)

// changes plans one change after another and records what each would do.
func (r *run) changes(arguments, blocks []leaf) error {
	for _, l := range arguments {
		if r.huge && len(l.path) > 1 {
			continue
		}
		f := r.field(l.key())
		if f.Sample == nil {
			f.Sample = sampleOf(l.kind)
		}
		if err := r.argument(l, f); err != nil {
			return err
		}
	}
	for _, l := range blocks {
		if r.huge && len(l.path) > 1 {
			continue
		}
		if err := r.blockRemoval(l, arguments); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) argument(l leaf, f *Field) error {
	a := f.Sample
	b := other(a, f.Values)
	from, err := r.state(with(r.base, l, a))
	if err != nil {
		return err
	}
	if from == nil {
		r.unexplained["no plan: "+l.key()] = true
		return nil
	}
	f.Default = r.defaultOf(l)
	if f.Replace, f.IgnoreChange, err = r.effect(l, from, with(r.base, l, a), with(r.base, l, b)); err != nil {
		return err
	}
	if err := r.equivalents(l, f, a); err != nil {
		return err
	}
	if l.attr.Required && len(l.path) == 1 {
		return nil
	}
	return r.removal(l, f, a)
}

// blockRemoval plans a block's disappearance and its first appearance. The
// block holds values that differ from defaults, since going back to a default
// is often no change.
func (r *run) blockRemoval(l leaf, arguments []leaf) error {
	filled := with(r.base, l, map[string]any{})
	for _, a := range arguments {
		f := r.found.Fields[a.key()]
		if len(a.path) == len(l.path)+1 && strings.HasPrefix(a.key(), l.key()+".") && f != nil && f.Sample != nil {
			filled = with(filled, a, other(f.Sample, f.Values))
		}
	}
	return r.appearance(l, r.field(l.key()), filled)
}

// removal plans a leaf's disappearance and its first appearance.
func (r *run) removal(l leaf, f *Field, value any) error {
	return r.appearance(l, f, with(r.base, l, value))
}

// appearance plans the steps between a configuration that holds a leaf and one
// that does not.
func (r *run) appearance(l leaf, f *Field, present map[string]any) error {
	absent := with(r.base, l, nil)
	if reflect.DeepEqual(present, absent) {
		return nil
	}
	from, err := r.state(present)
	if err != nil || from == nil {
		return err
	}
	if f.ReplaceRemoved, f.IgnoreRemoval, err = r.effect(l, from, present, absent); err != nil {
		return err
	}
	from, err = r.state(absent)
	if err != nil || from == nil {
		return err
	}
	f.ReplaceAdded, f.IgnoreAdded, err = r.effect(l, from, absent, present)
	return err
}

// effect plans a step between two configurations. What the plan of no step at
// all shows as well does not count: it comes from the made-up state.
func (r *run) effect(l leaf, from, before, after map[string]any) (replaces, ignored bool, err error) {
	still, err := r.plan(from, before)
	if err != nil {
		return false, false, err
	}
	plan, err := r.plan(from, after)
	if err != nil || plan == nil {
		return false, false, err
	}
	noise := map[string]bool{"id": true}
	if still != nil {
		for _, path := range still.Replace {
			noise[plain(path)] = true
		}
	}
	for _, path := range plan.Replace {
		path = plain(path)
		if !noise[path] || path == l.key() || strings.HasPrefix(path, l.key()+".") || strings.HasPrefix(l.key(), path+".") {
			replaces = true
		}
	}
	ignored = !replaces && (same(from, plan.State) || still != nil && same(still.State, plan.State))
	return replaces, ignored, nil
}

// equivalents tries rewritings of a text that may be no change.
func (r *run) equivalents(l leaf, f *Field, a any) error {
	text, ok := scalarText(l, a)
	if !ok || r.huge {
		return nil
	}
	for _, form := range []struct {
		name    string
		rewrite string
	}{{"case", strings.ToUpper(text)}, {"json", respace(text)}, {"policy", strings.Replace(text, `"s3:GetObject"`, `["s3:GetObject"]`, 1)}, {"dot", text + "."}, {"space", " " + text + " "}} {
		if form.rewrite == text {
			if form.name != "case" || strings.ToLower(text) == text {
				continue
			}
			form.rewrite = strings.ToLower(text)
		}
		value, _ := shaped(l.kind, form.rewrite)
		from, err := r.state(with(r.base, l, a))
		if err != nil || from == nil {
			return err
		}
		_, ignored, err := r.effect(l, from, with(r.base, l, a), with(r.base, l, value))
		if err != nil {
			return err
		}
		if ignored && !f.IgnoreChange {
			f.Equivalent = append(f.Equivalent, form.name)
		}
	}
	return nil
}

// respace renders a JSON text with other white space.
func respace(text string) string {
	var v any
	if !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") || json.Unmarshal([]byte(text), &v) != nil {
		return text
	}
	out, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return text
	}
	return string(out)
}

// defaultOf is the value the provider itself gives an argument left out.
func (r *run) defaultOf(l leaf) any {
	config := with(r.base, l, nil)
	plan, err := r.ask(nil, config, config)
	if err != nil || plan == nil {
		return nil
	}
	v := get(plan.State, l.path)
	switch v := v.(type) {
	case nil, plugin.Unknown, []any, map[string]any:
		return nil
	case string:
		if v == "" {
			return nil
		}
	case float64, bool:
		if len(l.path) > 1 && (v == 0.0 || v == false) {
			return nil
		}
	}
	return v
}

// other is a value that differs from a sample.
func other(v any, values []string) any {
	switch v := v.(type) {
	case string:
		return second(v, values)
	case float64:
		for _, text := range values {
			var n float64
			if _, err := fmt.Sscan(text, &n); err == nil && n != v {
				return n
			}
		}
		return v + 1
	case bool:
		return !v
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = other(v[i], values)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for key, item := range v {
			out[key] = other(item, values)
		}
		return out
	}
	return v
}

// same tells whether a plan keeps the state as it is.
func same(a, b map[string]any) bool { return reflect.DeepEqual(a, b) }
