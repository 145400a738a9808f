package cloud

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"
)

// definition is what the data files say about one resource type. Texts marked
// (template) may hold ${...} expressions, see template.
type definition struct {
	// ID is the id Pulumi sees (template).
	ID string `yaml:"id"`
	// Key is the identifier in the account, where several resources share
	// an id (template). Default: the id.
	Key string `yaml:"key"`
	// ARN is the resource's ARN (template). A computed property named arn
	// gets it too.
	ARN string `yaml:"arn"`
	// Name is the property that holds the physical name.
	Name string `yaml:"name"`
	// Label is how provider errors call the type. Default: service and type.
	Label string `yaml:"label"`
	// Defaults are the values AWS fills in when the program gives none
	// (templates, at any depth).
	Defaults map[string]any `yaml:"defaults"`
	// Outputs are the values AWS computes (templates, at any depth).
	Outputs map[string]any `yaml:"outputs"`
	// Unique are names no two resources may share.
	Unique []uniqueRule `yaml:"unique"`
	// References are properties that name other resources, by path;
	// "a.b[].c" means c of every element of b.
	References map[string]referenceRule `yaml:"references"`
	// PartOf is the reference to the resource this one disappears with.
	PartOf string `yaml:"partOf"`
	// InUse says which users prevent a delete.
	InUse []inUseRule `yaml:"inUse"`
	// Protect says which property values prevent a delete.
	Protect []protectRule `yaml:"protect"`
	// AfterDelete keeps the deleted resource and its claims for a while.
	AfterDelete *afterDeleteRule `yaml:"afterDelete"`
	// Volatile lists, by changed input, the outputs an update makes unknown
	// at preview.
	Volatile map[string][]string `yaml:"volatile"`

	token   string
	service string
}

type uniqueRule struct {
	// Claim is the name, in a namespace of its own (template).
	Claim string `yaml:"claim"`
	// Error is the refusal, "Code: text" (template).
	Error string `yaml:"error"`
	// Pending is the refusal when the holder was deleted but still keeps
	// the name (template). Default: Error.
	Pending string `yaml:"pending"`
	// Wait is for how many seconds the provider waits for such a name.
	Wait int `yaml:"wait"`
}

type referenceRule struct {
	// To are the types the property may name.
	To oneOrMore `yaml:"to"`
	// By says what may be written: id, arn, name, or a property of the
	// target as ".property". Default: id and arn.
	By oneOrMore `yaml:"by"`
	// Missing is the refusal when nothing is found, "Code: text" (template
	// with ${value}). Empty: the reference is recorded but not required.
	Missing string `yaml:"missing"`
	// Within is a text after which the value names something within the target,
	// which is not looked up, such as the folder of a bucket. Default: none.
	Within string `yaml:"within"`
	// External are patterns of values that lie outside the account.
	External oneOrMore `yaml:"external"`
}

type inUseRule struct {
	By    oneOrMore `yaml:"by"`
	Error string    `yaml:"error"`
}

type protectRule struct {
	Property string `yaml:"property"`
	Equals   any    `yaml:"equals"`
	Error    string `yaml:"error"`
}

type afterDeleteRule struct {
	// Status is "pending deletion", "inactive" or "recently deleted".
	Status string `yaml:"status"`
	// Seconds until it disappears; 0 means never.
	Seconds int `yaml:"seconds"`
	// Days is a property that gives the days instead, where it is set; 0 days
	// means at once.
	Days string `yaml:"days"`
}

// oneOrMore is a list that may be written as a single text.
type oneOrMore []string

// UnmarshalYAML reads a text or a list of texts.
func (o *oneOrMore) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*o = oneOrMore{node.Value}
		return nil
	}
	var list []string
	err := node.Decode(&list)
	*o = list
	return err
}

//go:embed data/*.yaml
var dataFiles embed.FS

// definitions reads the data files once.
var definitions = sync.OnceValues(func() (map[string]*definition, error) {
	return readDefinitions(dataFiles)
})

func readDefinitions(files fs.FS) (map[string]*definition, error) {
	names, err := fs.Glob(files, "data/*.yaml")
	if err != nil {
		return nil, err
	}
	all := map[string]*definition{}
	for _, name := range names {
		if err := readDefinitionFile(files, name, all); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return all, nil
}

func readDefinitionFile(files fs.FS, name string, all map[string]*definition) error {
	content, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	var file map[string]*definition
	if err := decoder.Decode(&file); err != nil {
		return err
	}
	for token, def := range file {
		if all[token] != nil {
			return fmt.Errorf("%s is defined twice", token)
		}
		def.token = token
		def.service = strings.TrimSuffix(path.Base(name), ".yaml")
		if def.Label == "" {
			_, typ, _ := strings.Cut(token, "/")
			_, typ, _ = strings.Cut(typ, ":")
			def.Label = def.service + " " + typ
		}
		all[token] = def
	}
	return nil
}

// Types lists the resource types the cloud answers for, sorted.
func Types() ([]string, error) {
	all, err := definitions()
	if err != nil {
		return nil, err
	}
	types := make([]string, 0, len(all))
	for token := range all {
		types = append(types, token)
	}
	slices.Sort(types)
	return types, nil
}
