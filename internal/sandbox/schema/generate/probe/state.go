package probe

import (
	"errors"
	"strings"

	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/plugin"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/tfschema"
)

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
		switch { // values the provider parses when it compares
		case strings.HasSuffix(name, "_time"):
			return "2031-01-02T03:04:05Z"
		case strings.HasSuffix(name, "version"):
			return "7.1"
		case name == "delivery_destination_type":
			return "S3"
		case strings.HasSuffix(name, "arn"):
			return "arn:aws:iam::123456789012:role/probe-a"
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
