package schema

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
	"sync"
)

//go:embed facts
var embedded embed.FS

// module is one file of facts.
type module struct {
	// Source says what the file was generated from.
	Source string `json:"source"`
	// Types are the object types the properties share.
	Types     map[string]map[string]*Property `json:"types,omitempty"`
	Resources map[string]*Resource            `json:"resources,omitempty"`
	Functions map[string]*Function            `json:"functions,omitempty"`
}

// modules parses each file of facts once, when it is first asked for.
var modules = struct {
	sync.Mutex
	byFile map[string]*module
}{byFile: map[string]*module{}}

// Lookup returns the facts of a resource type token such as
// "aws:sqs/queue:Queue".
func Lookup(token string) (*Resource, bool) {
	m := moduleOf(token)
	if m == nil {
		return nil, false
	}
	r, ok := m.Resources[token]
	return r, ok
}

// LookupFunction returns the facts of an invoke token such as
// "aws:route53/getZone:getZone".
func LookupFunction(token string) (*Function, bool) {
	m := moduleOf(token)
	if m == nil {
		return nil, false
	}
	f, ok := m.Functions[token]
	return f, ok
}

// Tokens lists the known resource types in order.
func Tokens() []string {
	return collect(func(m *module) []string { return keys(m.Resources) })
}

// FunctionTokens lists the known invokes in order.
func FunctionTokens() []string {
	return collect(func(m *module) []string { return keys(m.Functions) })
}

// Nearest returns the known resource type closest to a token, "" when none is
// close enough to be meant.
func Nearest(token string) string { return closest(token, Tokens()) }

// NearestFunction returns the known invoke closest to a token, "" when none is
// close enough to be meant.
func NearestFunction(token string) string { return closest(token, FunctionTokens()) }

func collect(of func(*module) []string) []string {
	var out []string
	for _, file := range files() {
		out = append(out, of(load(file))...)
	}
	sort.Strings(out)
	return out
}

// files lists the embedded files of facts.
func files() []string {
	found, err := fs.Glob(embedded, "facts/*/*.json")
	if err != nil {
		return nil // the pattern is constant and valid
	}
	return found
}

// moduleOf returns the module a token belongs to: "aws:sqs/queue:Queue" is in
// facts/aws/sqs.json.
func moduleOf(token string) *module {
	parts := strings.Split(token, ":")
	if len(parts) != 3 {
		return nil
	}
	name, _, _ := strings.Cut(parts[1], "/")
	if strings.ContainsAny(parts[0]+name, `./\`) {
		return nil
	}
	file := path.Join("facts", parts[0], name+".json")
	if _, err := fs.Stat(embedded, file); err != nil {
		return nil
	}
	return load(file)
}

// load parses a file of facts. The files are part of the program, so a file
// that does not parse is a defect a test finds, not a user's error.
func load(file string) *module {
	modules.Lock()
	defer modules.Unlock()
	if m, ok := modules.byFile[file]; ok {
		return m
	}
	m, err := parse(file)
	if err != nil {
		m = &module{Source: err.Error()}
	}
	modules.byFile[file] = m
	return m
}

func parse(file string) (*module, error) {
	content, err := embedded.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	m := &module{}
	if err := json.Unmarshal(content, m); err != nil {
		return nil, fmt.Errorf("parse %s: %w", file, err)
	}
	link := linker{types: m.Types, done: map[*Property]bool{}}
	for _, name := range keys(m.Types) {
		link.all(m.Types[name])
	}
	for token, r := range m.Resources {
		r.Token = token
		r.names = keys(r.Properties)
		link.all(r.Properties)
	}
	for token, f := range m.Functions {
		f.Token = token
		link.all(f.Inputs)
		link.all(f.Outputs)
	}
	if len(link.problems) > 0 {
		return nil, fmt.Errorf("%s: %s", file, strings.Join(link.problems, "; "))
	}
	return m, nil
}

// linker resolves shared types and prepares patterns and defaults.
type linker struct {
	types    map[string]map[string]*Property
	done     map[*Property]bool
	problems []string
}

func (l *linker) all(properties map[string]*Property) {
	for _, p := range properties {
		l.one(p)
	}
}

func (l *linker) one(p *Property) {
	if p == nil || l.done[p] {
		return
	}
	l.done[p] = true
	if p.Type != "" {
		fields, ok := l.types[p.Type]
		if !ok {
			l.problems = append(l.problems, "no object type "+p.Type)
		}
		p.Fields = fields
	}
	p.names = keys(p.Fields)
	if p.Pattern != "" {
		p.matcher = &matcher{pattern: p.Pattern}
	}
	if p.Default != nil {
		if err := json.Unmarshal(p.Default, &p.fallback); err != nil {
			l.problems = append(l.problems, err.Error())
		}
	}
	l.one(p.Element)
	l.all(p.Fields)
}

func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for key := range m {
		out = append(out, key)
	}
	sort.Strings(out)
	return out
}
