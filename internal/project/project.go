// Package project reads the repository's Pulumi.yaml and the settings files of
// its stacks, and writes the copies the offline cloud works on.
//
// The files in the checkout are the only source of configuration and are never
// written: the Pulumi CLI adds a salt to a settings file when it creates a
// stack, so a sandbox run gets copies of its own.
package project

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"
)

// Project is a Pulumi.yaml.
type Project struct {
	// Root is the folder that holds Pulumi.yaml.
	Root string
	// Name is the project's name.
	Name string

	document  *yaml.Node
	main      string // folder of the program, relative to Root; "" is Root
	configDir string // folder of the settings files, relative to Root; "" is Root
}

// stackName is what the Pulumi CLI accepts as the name of a stack.
var stackName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,100}$`)

// Load reads the Pulumi.yaml in a folder.
func Load(root string) (*Project, error) {
	path := filepath.Join(root, "Pulumi.yaml")
	document, err := readMapping(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no Pulumi.yaml in %s; run the command inside a Tenfold checkout", root)
	}
	if err != nil {
		return nil, err
	}
	p := &Project{
		Root:      root,
		Name:      scalar(document, "name"),
		document:  document,
		main:      scalar(document, "main"),
		configDir: scalar(document, "stackConfigDir"),
	}
	if p.Name == "" {
		return nil, fmt.Errorf("%s has no name; add a line such as \"name: tenfold\"", path)
	}
	return p, nil
}

// MainDir is the absolute folder of the program.
func (p *Project) MainDir() string { return resolve(p.Root, p.main) }

// Stacks lists the stacks that have a settings file, in alphabetical order.
func (p *Project) Stacks() ([]string, error) {
	dir := resolve(p.Root, p.configDir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list the stacks: %w", err)
	}
	var names []string
	for _, e := range entries {
		name, isStack := strings.CutPrefix(e.Name(), "Pulumi.")
		name, isYAML := strings.CutSuffix(name, ".yaml")
		if isStack && isYAML && !e.IsDir() && stackName.MatchString(name) {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names, nil
}

// Stack reads the settings of a stack.
func (p *Project) Stack(name string) (*Stack, error) {
	known, err := p.Stacks()
	if err != nil {
		return nil, err
	}
	if !stackName.MatchString(name) {
		return nil, fmt.Errorf("stack %q is not a valid name: use letters, digits, hyphens, underscores and periods%s", name, among(known))
	}
	path := filepath.Join(resolve(p.Root, p.configDir), "Pulumi."+name+".yaml")
	document, err := readMapping(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("stack %q has no settings: there is no Pulumi.%s.yaml%s", name, name, among(known))
	}
	if err != nil {
		return nil, err
	}
	return &Stack{Name: name, project: p, document: document}, nil
}

func among(known []string) string {
	if len(known) == 0 {
		return ""
	}
	return "; the stacks of this repository are " + strings.Join(known, ", ")
}

func resolve(root, dir string) string {
	if filepath.IsAbs(dir) {
		return filepath.Clean(dir)
	}
	return filepath.Join(root, dir)
}
