package facts

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tenfold-iac/tenfold/internal/sandbox/schema"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/probe"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/sdk"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/tfschema"
)

// object is the joining of one Terraform block and one SDK struct.
type object struct {
	b       *Builder
	token   string
	module  *sdk.Module
	probed  *probe.Result
	alias   map[string]string // shape of a block to the path it was probed at
	names   map[string]string // Terraform path to Pulumi path
	renamed map[string]string
	open    map[string]bool // SDK types being rendered
	bare    bool            // there is no Terraform side
}

func (b *Builder) resource(s Selection, parts []string) error {
	file, key, module, source, err := b.locate(parts)
	if err != nil {
		return err
	}
	described, err := module.Resource(source, parts[2])
	if err != nil {
		return err
	}
	over := b.Overlay.Resources[s.Token]
	out := &schema.Resource{Upstream: s.Upstream, Properties: map[string]*schema.Property{}, DeleteFirst: over.DeleteFirst, AtCreate: over.AtCreate}
	o := &object{b: b, token: s.Token, module: module, probed: b.Probed[s.Upstream], alias: map[string]string{}, names: map[string]string{}, open: map[string]bool{}, renamed: over.Names, bare: s.Upstream == ""}
	if o.probed == nil {
		o.probed = &probe.Result{}
		if s.Upstream != "" {
			b.problem("%s: %s was not probed", s.Token, s.Upstream)
		}
	}
	out.Framework = o.probed.Framework
	var block tfschema.Block
	if s.Upstream != "" {
		found, ok := b.Schema.Resources[s.Upstream]
		if !ok {
			return fmt.Errorf("%s: the provider schema has no resource %s", s.Token, s.Upstream)
		}
		block = found
	}
	args, state := byName(described.Args), byName(described.State)
	for name, field := range args {
		state[name] = field
	}
	out.Properties = o.join(block, state, nil, nil, s.Upstream == "")
	for name, p := range out.Properties {
		o.atTop(p, name, args, described)
	}
	if tags, all := out.Properties["tags"], out.Properties["tagsAll"]; tags != nil && tags.Input() && all != nil {
		all.Optional = true // the bridge writes it into the inputs, the program cannot
	}
	o.autoName(out, block, described, over)
	if !over.DropRules {
		out.Rules = o.rules()
	}
	out.Rules = append(out.Rules, over.Rules...)
	for _, at := range tfschema.Keys(over.Properties) {
		p := find(out.Properties, strings.Split(at, "."))
		if p == nil {
			b.problem("%s: the overlay's property %s does not exist", s.Token, at)
			continue
		}
		if err := json.Unmarshal(over.Properties[at], p); err != nil {
			return fmt.Errorf("%s: overlay of %s: %w", s.Token, at, err)
		}
	}
	for _, name := range tfschema.Keys(out.Properties) {
		b.share(key, out.Properties[name], parts[2])
	}
	file.Resources[s.Token] = out
	return nil
}

// atTop applies what the SDK's constructor says about a property.
func (o *object) atTop(p *schema.Property, name string, args map[string]sdk.Field, described sdk.Resource) {
	if described.Secrets[name] {
		p.Secret = true
	}
	field, isInput := args[name]
	if !isInput {
		p.Required, p.Optional, p.Computed = false, false, true
		return
	}
	goName := strings.ToUpper(name[:1]) + name[1:]
	if p.Required && !described.Required[goName] && field.Optional {
		p.Required = false
	}
	p.Optional = !p.Required
	if o.bare && p.Optional && described.Certain[name] {
		p.Computed = true
	}
	if v, ok := described.Defaults[goName]; ok {
		p.SDKDefault = true
		p.Default, _ = json.Marshal(v)
		p.Required, p.Optional = false, true
	}
}

// autoName decides how the type is named: by the overlay, or as the bridge
// does for every type with a settable text "name".
func (o *object) autoName(out *schema.Resource, block tfschema.Block, described sdk.Resource, over ResourceOverlay) {
	if over.AutoName != nil {
		if err := json.Unmarshal(over.AutoName, &out.AutoName); err != nil {
			o.b.problem("%s: overlay of the automatic name: %v", o.token, err)
		}
		return
	}
	a, ok := block.Attributes["name"]
	p := out.Properties["name"]
	if ok && p != nil && p.Kind == schema.String && (a.Required || a.Optional) && p.Input() && !described.Required["Name"] {
		out.AutoName = &schema.AutoName{Property: "name", MaxLength: 255, Separator: "-"}
	}
}

// rules translates the probed rules between arguments to Pulumi paths.
func (o *object) rules() []schema.Rule {
	var out []schema.Rule
	for _, c := range o.probed.Combinations {
		rule := schema.Rule{Kind: c.Kind}
		for _, name := range c.Names {
			if pulumi, ok := o.names[name]; ok {
				rule.Names = append(rule.Names, pulumi)
			} else if c.Kind == "together" { // the rule hangs on an argument the SDK does not carry
				rule.Names = nil
				break
			}
		}
		if len(rule.Names) < 2 {
			continue
		}
		out = append(out, rule)
	}
	return out
}

// join makes the properties of a block. at is the Terraform path, pulumi the
// Pulumi path. bare means there is no Terraform side.
func (o *object) join(block tfschema.Block, fields map[string]sdk.Field, at, pulumi []string, bare bool) map[string]*schema.Property {
	out := map[string]*schema.Property{}
	taken := map[string]bool{}
	place := func(tf string) (sdk.Field, bool) {
		full := strings.Join(append(append([]string(nil), at...), tf), ".")
		if name, ok := o.renamed[full]; ok {
			taken[name] = true
			return fields[name], name != ""
		}
		for _, name := range candidates(tf) {
			if f, ok := fields[name]; ok && !taken[name] {
				taken[name] = true
				return f, true
			}
		}
		return sdk.Field{}, false
	}
	for _, tf := range tfschema.Keys(block.Attributes) {
		if len(at) == 0 && tf == "id" {
			continue
		}
		field, ok := place(tf)
		if !ok {
			if a := block.Attributes[tf]; !a.WriteOnly && !a.Deprecated {
				o.b.problem("%s: no property for the attribute %s", o.token, strings.Join(append(at, tf), "."))
			}
			continue
		}
		out[field.Name] = o.attribute(block.Attributes[tf], field, append(at, tf), append(pulumi, field.Name))
	}
	for _, tf := range tfschema.Keys(block.Blocks) {
		if len(at) == 0 && tf == "timeouts" {
			continue
		}
		field, ok := place(tf)
		if !ok {
			o.b.problem("%s: no property for the block %s", o.token, strings.Join(append(at, tf), "."))
			continue
		}
		out[field.Name] = o.block(tf, block.Blocks[tf], field, append(at, tf), append(pulumi, field.Name))
	}
	for _, name := range tfschema.Keys(fields) {
		if out[name] != nil {
			continue
		}
		if !bare {
			if len(at) > 0 && fields[name].Type.Kind == "struct" {
				continue // the SDK shares a type with another depth, where the provider has the argument
			}
			o.b.problem("%s: no argument for the property %s", o.token, strings.Join(append(pulumi, name), "."))
		}
		out[name] = o.plain(fields[name].Type, fields[name])
	}
	return out
}

func find(properties map[string]*schema.Property, steps []string) *schema.Property {
	p := properties[steps[0]]
	for _, step := range steps[1:] {
		for p != nil && p.Element != nil {
			p = p.Element
		}
		if p == nil {
			return nil
		}
		if step == "*" {
			continue
		}
		p = p.Fields[step]
	}
	return p
}

func byName(s sdk.Struct) map[string]sdk.Field {
	out := map[string]sdk.Field{}
	for _, f := range s {
		out[f.Name] = f
	}
	return out
}
