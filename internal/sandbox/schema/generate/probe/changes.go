package probe

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/plugin"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/tfschema"
)

// changes plans one change after another and records what each would do.
func (r *run) changes(arguments, blocks []leaf) error {
	for _, l := range arguments {
		f := r.field(l.key())
		if f.Sample == nil {
			f.Sample = sampleOf(l.kind)
		}
		if err := r.argument(l, f); err != nil {
			return err
		}
	}
	for _, l := range blocks {
		if err := r.removal(l, r.field(l.key()), map[string]any{}); err != nil {
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
	plan, err := r.plan(from, with(r.base, l, b))
	if err != nil {
		return err
	}
	if plan != nil {
		f.Replace = len(plan.Replace) > 0
		f.IgnoreChange = !f.Replace && same(from, plan.State)
	}
	if err := r.equivalents(l, f, a); err != nil {
		return err
	}
	if l.attr.Required && len(l.path) == 1 {
		return nil
	}
	return r.removal(l, f, a)
}

// removal plans a leaf's disappearance and its first appearance.
func (r *run) removal(l leaf, f *Field, value any) error {
	present, absent := with(r.base, l, value), with(r.base, l, nil)
	if reflect.DeepEqual(present, absent) {
		return nil
	}
	from, err := r.state(present)
	if err != nil || from == nil {
		return err
	}
	plan, err := r.plan(from, absent)
	if err != nil {
		return err
	}
	if plan != nil {
		f.ReplaceRemoved = len(plan.Replace) > 0
		f.IgnoreRemoval = !f.ReplaceRemoved && same(from, plan.State)
	}
	from, err = r.state(absent)
	if err != nil || from == nil {
		return err
	}
	plan, err = r.plan(from, present)
	if err != nil {
		return err
	}
	if plan != nil {
		f.ReplaceAdded = len(plan.Replace) > 0
		f.IgnoreAdded = !f.ReplaceAdded && same(from, plan.State)
	}
	return nil
}

// equivalents tries rewritings of a text that may be no change.
func (r *run) equivalents(l leaf, f *Field, a any) error {
	text, ok := scalarText(l, a)
	if !ok {
		return nil
	}
	for _, form := range []struct {
		name    string
		rewrite string
	}{{"case", strings.ToUpper(text)}, {"json", respace(text)}, {"dot", text + "."}, {"space", " " + text + " "}} {
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
		plan, err := r.plan(from, with(r.base, l, value))
		if err != nil {
			return err
		}
		if plan != nil && !f.IgnoreChange && len(plan.Replace) == 0 && same(from, plan.State) {
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

// state is the state a configuration would have once created, with every
// value the cloud decides filled in; nil when the creation cannot be planned.
func (r *run) state(config map[string]any) (map[string]any, error) {
	plan, err := r.ask(nil, config, config)
	if err != nil || plan == nil || plan.State == nil {
		return nil, err
	}
	known, _ := settle(plan.State, r.block).(map[string]any)
	return known, nil
}

// plan is the step from a state to a configuration; nil when it is refused.
func (r *run) plan(from, config map[string]any) (*plugin.Plan, error) {
	proposed, _ := propose(r.block, from, config).(map[string]any)
	return r.ask(from, proposed, config)
}

// creation returns what stands against creating a configuration.
func (r *run) creation(config map[string]any) ([]plugin.Diagnostic, error) {
	plan, err := r.prober.Provider.Plan(r.ctx, r.kind, nil, config, config)
	if errors.Is(err, plugin.ErrEnded) {
		return []plugin.Diagnostic{{Summary: err.Error()}}, nil
	}
	return plan.Problems, err
}

// ask plans one step; nil when the provider refuses it.
func (r *run) ask(prior any, proposed, config map[string]any) (*plugin.Plan, error) {
	plan, err := r.prober.Provider.Plan(r.ctx, r.kind, prior, proposed, config)
	if errors.Is(err, plugin.ErrEnded) {
		r.unexplained["plan: "+err.Error()] = true
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, d := range plan.Problems {
		r.unexplained["plan: "+short(d.Text())] = true
	}
	if len(plan.Problems) > 0 {
		return nil, nil
	}
	return &plan, nil
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

// settle replaces unknown values by some value of their type.
func settle(v any, b tfschema.Block) any {
	object, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := map[string]any{}
	for name, item := range object {
		if nested, isBlock := b.Blocks[name]; isBlock {
			out[name] = settleBlock(item, nested)
			continue
		}
		t, err := b.Attributes[name].ParseType()
		if err != nil {
			out[name] = item
			continue
		}
		out[name] = settleType(item, t, name)
	}
	return out
}

func settleBlock(v any, nested tfschema.Nested) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = settle(item, nested.Block)
		}
		return out
	case plugin.Unknown:
		return []any{}
	default:
		return settle(v, nested.Block)
	}
}

func settleType(v any, t tfschema.Type, name string) any {
	switch v := v.(type) {
	case plugin.Unknown:
		switch t.Kind {
		case "number":
			return 1.0
		case "bool":
			return false
		case "list", "set", "tuple":
			return []any{}
		case "map":
			return map[string]any{}
		case "object":
			return nil
		}
		return "probe-" + strings.ReplaceAll(name, "_", "-")
	case []any:
		if t.Element == nil {
			return v
		}
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = settleType(item, *t.Element, name)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for key, item := range v {
			switch {
			case t.Element != nil:
				out[key] = settleType(item, *t.Element, key)
			case t.Fields != nil:
				out[key] = settleType(item, t.Fields[key], key)
			default:
				out[key] = item
			}
		}
		return out
	}
	return v
}

// propose completes a configuration with the prior values of computed
// attributes, as Terraform does before it asks the provider.
func propose(b tfschema.Block, prior, config any) any {
	old, _ := prior.(map[string]any)
	object, ok := config.(map[string]any)
	if !ok {
		return config
	}
	out := map[string]any{}
	for name, item := range object {
		nested, isBlock := b.Blocks[name]
		switch {
		case !isBlock && item == nil && b.Attributes[name].Computed:
			out[name] = old[name]
		case isBlock && nested.Mode == "single":
			out[name] = propose(nested.Block, old[name], item)
		case isBlock:
			items, _ := item.([]any)
			before, _ := old[name].([]any)
			made := make([]any, len(items))
			for i := range items {
				var was any
				if i < len(before) {
					was = before[i]
				}
				made[i] = propose(nested.Block, was, items[i])
			}
			out[name] = made
		default:
			out[name] = item
		}
	}
	return out
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
