package facts

import (
	"fmt"

	"github.com/tenfold-iac/tenfold/internal/sandbox/schema"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/probe"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/tfschema"
)

// function makes the facts of an invoke.
func (b *Builder) function(s Selection, parts []string) error {
	file, key, module, source, err := b.locate(parts)
	if err != nil {
		return err
	}
	args, result, err := module.Function(source)
	if err != nil {
		return err
	}
	var block tfschema.Block
	if s.Upstream != "" {
		found, ok := b.Schema.Functions[s.Upstream]
		if !ok {
			return fmt.Errorf("%s: the provider schema has no data source %s", s.Token, s.Upstream)
		}
		block = found
	}
	o := &object{b: b, token: s.Token, module: module, probed: &probe.Result{}, alias: map[string]string{}, names: map[string]string{}, open: map[string]bool{}}
	inputs, outputs := byName(args), byName(result)
	out := &schema.Function{Upstream: s.Upstream, Inputs: map[string]*schema.Property{}, Outputs: map[string]*schema.Property{}}
	all := o.join(block, merged(inputs, outputs), nil, nil, true)
	for _, name := range tfschema.Keys(all) {
		b.share(key, all[name], parts[2])
		if field, ok := inputs[name]; ok {
			p := *all[name]
			p.Required = p.Required && !field.Optional
			p.Optional = !p.Required
			out.Inputs[name] = &p
		}
		if _, ok := outputs[name]; ok {
			p := *all[name]
			p.Required, p.Optional, p.Computed = false, false, true
			out.Outputs[name] = &p
		}
	}
	file.Functions[s.Token] = out
	return nil
}

func merged[V any](a, b map[string]V) map[string]V {
	out := map[string]V{}
	for key, v := range b {
		out[key] = v
	}
	for key, v := range a {
		out[key] = v
	}
	return out
}
