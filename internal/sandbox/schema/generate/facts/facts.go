// Package facts puts the three sources of a resource type together: the
// provider's schema, what probing found, and the Pulumi SDK's source. A
// reviewed overlay adds what none of them tells.
package facts

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/tenfold-iac/tenfold/internal/sandbox/schema"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/probe"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/sdk"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/tfschema"
)

// File is one module of facts as it is written.
type File struct {
	Source    string                                 `json:"source"`
	Types     map[string]map[string]*schema.Property `json:"types,omitempty"`
	Resources map[string]*schema.Resource            `json:"resources,omitempty"`
	Functions map[string]*schema.Function            `json:"functions,omitempty"`
}

// Overlay is the reviewed file of additions.
type Overlay struct {
	Resources map[string]ResourceOverlay `json:"resources"`
}

// ResourceOverlay corrects one resource type.
type ResourceOverlay struct {
	Names       map[string]string          `json:"names"`       // Pulumi name of a Terraform path where no rule finds it
	AutoName    json.RawMessage            `json:"autoName"`    // null switches it off
	DeleteFirst bool                       `json:"deleteFirst"` //
	Properties  map[string]json.RawMessage `json:"properties"`  // laid over the property at a Pulumi path
	Rules       []schema.Rule              `json:"rules"`
	DropRules   bool                       `json:"dropRules"` // discard the probed rules
	AtCreate    []schema.Limit             `json:"atCreate"`
}

// Builder makes the files of one package of providers.
type Builder struct {
	SDK     string // folder of the SDK's modules
	Schema  *tfschema.Provider
	Probed  map[string]*probe.Result
	Overlay Overlay
	Source  string // what the header says

	modules  map[string]*sdk.Module
	files    map[string]*File
	hashes   map[string]map[string]string // by file: content hash to type name
	Problems []string
}

// Selection is one line of the list of types: a token and its upstream name.
type Selection struct{ Token, Upstream string }

// IsResource tells a resource from a function: its type name is capitalized.
func (s Selection) IsResource() bool {
	name := s.Token[strings.LastIndex(s.Token, ":")+1:]
	return name != "" && name[0] >= 'A' && name[0] <= 'Z'
}

// ParseSelection reads the list of types: "token upstream" lines, the second
// word left out where there is no upstream; "#" starts a comment.
func ParseSelection(text string) []Selection {
	var out []Selection
	for _, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		switch len(words) {
		case 1:
			out = append(out, Selection{Token: words[0]})
		case 2:
			out = append(out, Selection{words[0], words[1]})
		}
	}
	return out
}

// Build makes the files of all selected types, by path below the facts folder.
func (b *Builder) Build(selection []Selection) (map[string]*File, error) {
	b.modules, b.files, b.hashes = map[string]*sdk.Module{}, map[string]*File{}, map[string]map[string]string{}
	for _, s := range selection {
		parts := strings.Split(s.Token, ":")
		if len(parts) != 3 {
			return nil, fmt.Errorf("%q is no token, want package:module/file:Name", s.Token)
		}
		if !s.IsResource() {
			if err := b.function(s, parts); err != nil {
				return nil, err
			}
			continue
		}
		if err := b.resource(s, parts); err != nil {
			return nil, err
		}
	}
	return b.files, nil
}

// locate returns the file of facts and the SDK module of a token.
func (b *Builder) locate(parts []string) (file *File, key string, module *sdk.Module, source string, err error) {
	dir, source, ok := strings.Cut(parts[1], "/")
	if !ok {
		source = parts[2]
	}
	key = path.Join(parts[0], dir+".json")
	folder := dir
	if dir == "index" {
		folder = ""
	}
	if b.modules[dir] == nil {
		if b.modules[dir], err = sdk.Open(filepath.Join(b.SDK, folder)); err != nil {
			return nil, "", nil, "", err
		}
	}
	if b.files[key] == nil {
		b.files[key] = &File{Source: b.Source, Types: map[string]map[string]*schema.Property{}, Resources: map[string]*schema.Resource{}, Functions: map[string]*schema.Function{}}
		b.hashes[key] = map[string]string{}
	}
	return b.files[key], key, b.modules[dir], source, nil
}

func (b *Builder) problem(format string, args ...any) {
	b.Problems = append(b.Problems, fmt.Sprintf(format, args...))
}

// share moves the fields of every object below a property into the file's
// types; equal contents share one type.
func (b *Builder) share(key string, p *schema.Property, name string) {
	if p == nil {
		return
	}
	b.share(key, p.Element, name)
	if p.Fields == nil {
		return
	}
	for _, field := range tfschema.Keys(p.Fields) {
		b.share(key, p.Fields[field], p.Type)
	}
	content, err := json.Marshal(p.Fields)
	if err != nil {
		b.problem("%s: %v", p.Type, err)
		return
	}
	sum := sha256.Sum256(content)
	hash := hex.EncodeToString(sum[:])
	if known, ok := b.hashes[key][hash]; ok {
		p.Type, p.Fields = known, nil
		return
	}
	unique := p.Type
	for i := 2; b.files[key].Types[unique] != nil; i++ {
		unique = fmt.Sprintf("%s.%d", p.Type, i)
	}
	b.hashes[key][hash] = unique
	b.files[key].Types[unique] = p.Fields
	p.Type, p.Fields = unique, nil
}

// Render writes a file of facts in a stable, readable form: one line a
// property.
func Render(f *File) ([]byte, error) {
	raw, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	var tree map[string]any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&tree); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := render(&out, tree, 0); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// render indents objects down to the level of properties and puts what is
// below on one line.
func render(out *bytes.Buffer, v any, depth int) error {
	object, ok := v.(map[string]any)
	_, isProperty := object["kind"]
	if !ok || isProperty || len(object) == 0 {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(v); err != nil {
			return err
		}
		out.Truncate(out.Len() - 1)
		return nil
	}
	indent := strings.Repeat("  ", depth+1)
	out.WriteString("{\n")
	for i, key := range tfschema.Keys(object) {
		name, err := json.Marshal(key)
		if err != nil {
			return err
		}
		out.WriteString(indent)
		out.Write(name)
		out.WriteString(": ")
		if err := render(out, object[key], depth+1); err != nil {
			return err
		}
		if i < len(object)-1 {
			out.WriteByte(',')
		}
		out.WriteByte('\n')
	}
	out.WriteString(strings.Repeat("  ", depth) + "}")
	return nil
}
