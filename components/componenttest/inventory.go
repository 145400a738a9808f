package componenttest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// update rewrites golden files: go test ./... with UPDATE_GOLDEN=1.
var update = os.Getenv("UPDATE_GOLDEN") != ""

// ByType returns the resources of a type, by name.
func (inv *Inventory) ByType(token string) []Resource {
	var found []Resource
	for _, r := range inv.Resources {
		if r.Type == token {
			found = append(found, r)
		}
	}
	return found
}

// One returns the resource of the type and logical name and fails the test when
// there is none.
func (inv *Inventory) One(t testing.TB, token, name string) Resource {
	t.Helper()
	var names []string
	for _, r := range inv.ByType(token) {
		if r.Name == name {
			return r
		}
		names = append(names, r.Name)
	}
	require.Failf(t, "resource not registered", "no %s named %q; there are %v", token, name, names)
	return Resource{}
}

// Has tells whether the resource was registered.
func (inv *Inventory) Has(token, name string) bool {
	for _, r := range inv.ByType(token) {
		if r.Name == name {
			return true
		}
	}
	return false
}

// Text renders the inventory: a line a resource with its parent's name and its
// options, in stable order.
func (inv *Inventory) Text() string {
	var b strings.Builder
	for _, r := range inv.Resources {
		if r.Type == string(resource.RootStackType) {
			continue
		}
		fmt.Fprintf(&b, "%s %s", r.Type, r.Name)
		if r.Parent != "" {
			if p := resource.URN(r.Parent); p.QualifiedType() != resource.RootStackType {
				fmt.Fprintf(&b, " < %s", p.Name())
			}
		}
		if r.Protect {
			b.WriteString(" [protect]")
		}
		if r.Retain {
			b.WriteString(" [retain]")
		}
		if len(r.IgnoreChange) > 0 {
			fmt.Fprintf(&b, " [ignore %s]", strings.Join(r.IgnoreChange, " "))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// Detailed renders the inventory with every input, for whole-environment golden
// files: a change to an environment shows as a text diff.
func (inv *Inventory) Detailed() string {
	var b strings.Builder
	for _, r := range inv.Resources {
		if r.Type == string(resource.RootStackType) {
			continue
		}
		one := Inventory{Resources: []Resource{r}}
		b.WriteString(one.Text())
		for _, key := range r.Inputs.StableKeys() {
			fmt.Fprintf(&b, "    %s: %s\n", key, render(r.Inputs[key]))
		}
	}
	return b.String()
}

func render(v resource.PropertyValue) string {
	raw, err := json.Marshal(v.MapRepl(nil, func(p resource.PropertyValue) (any, bool) {
		if p.IsSecret() {
			return "[secret]", true
		}
		if p.IsArchive() {
			// Where the file lies is a matter of the machine, and what is in it one of its hash.
			return "[archive " + filepath.Base(p.ArchiveValue().Path) + "]", true
		}
		return nil, false
	}))
	if err != nil {
		return fmt.Sprintf("%v", v)
	}
	return string(raw)
}

// Golden compares text with a file below testdata and fails with the difference.
// UPDATE_GOLDEN=1 rewrites the file.
func Golden(t testing.TB, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "write it with UPDATE_GOLDEN=1")
	if string(want) != got {
		assert.Failf(t, "golden file is stale", "%s differs; review it and rewrite the file with UPDATE_GOLDEN=1\n%s", file, changedLines(string(want), got))
	}
}

// changedLines lists the lines that one text has and the other has not, at most
// forty of each. A whole inventory is too long to print twice.
func changedLines(want, got string) string {
	only := func(sign, text, other string) string {
		has := map[string]int{}
		for _, line := range strings.Split(other, "\n") {
			has[line]++
		}
		var b strings.Builder
		shown := 0
		for _, line := range strings.Split(text, "\n") {
			if has[line] > 0 {
				has[line]--
				continue
			}
			if shown++; shown <= 40 {
				fmt.Fprintf(&b, "%s %s\n", sign, line)
			}
		}
		if shown > 40 {
			fmt.Fprintf(&b, "%s ... and %d more lines\n", sign, shown-40)
		}
		return b.String()
	}
	return only("-", want, got) + only("+", got, want)
}

// Input returns an input as plain Go data: string, float64, bool, []any or
// map[string]any; nil when it is absent. A path such as
// "networkConfiguration.subnets" goes into objects.
func (r Resource) Input(path string) any {
	value := resource.NewObjectProperty(r.Inputs)
	for _, key := range strings.Split(path, ".") {
		if value.IsSecret() {
			value = value.SecretValue().Element
		}
		if !value.IsObject() {
			return nil
		}
		next, ok := value.ObjectValue()[resource.PropertyKey(key)]
		if !ok {
			return nil
		}
		value = next
	}
	return value.Mappable()
}

// JSON returns an input that holds JSON, decoded.
func (r Resource) JSON(t testing.TB, path string) any {
	t.Helper()
	text, ok := r.Input(path).(string)
	require.Truef(t, ok, "%s %s has no string input %s", r.Type, r.Name, path)
	var decoded any
	require.NoError(t, json.Unmarshal([]byte(text), &decoded))
	return decoded
}

// AssertHouse checks what every component promises: each child descends from the
// component, is named after it, and none of the caller's options reach it. Other
// components that the program needs may stand beside it; they are checked with a
// call of their own.
func AssertHouse(t testing.TB, inv *Inventory, component, name string) {
	t.Helper()
	root := inv.One(t, component, name)
	inside := inv.below(func(r Resource) bool { return r.URN == root.URN })
	housed := inv.below(func(r Resource) bool { return !r.Custom && isTop(r) })
	var strays []string
	for _, r := range inv.Resources {
		if r.Type == string(resource.RootStackType) || r.URN == root.URN {
			continue
		}
		if !housed[r.URN] {
			strays = append(strays, r.Type+" "+r.Name+" does not descend from the component")
		}
		if !inside[r.URN] {
			continue
		}
		if r.Name != name && !strings.HasPrefix(r.Name, name+"-") {
			strays = append(strays, r.Type+" "+r.Name+" is not named after the component")
		}
		// What a child was called before begins as its name does.
		if slices.ContainsFunc(r.Aliases, func(alias string) bool { return !strings.HasPrefix(alias, name+"-") }) {
			strays = append(strays, r.Type+" "+r.Name+" took the caller's aliases")
		}
	}
	sort.Strings(strays)
	assert.Empty(t, strays)
}

// Of returns the component and what descends from it, for programs that
// construct more than one.
func (inv *Inventory) Of(t testing.TB, component, name string) *Inventory {
	t.Helper()
	root := inv.One(t, component, name)
	inside := inv.below(func(r Resource) bool { return r.URN == root.URN })
	part := &Inventory{}
	for _, r := range inv.Resources {
		if inside[r.URN] {
			part.Resources = append(part.Resources, r)
		}
	}
	return part
}

// below returns the URNs of the resources that match and of all that descend
// from them.
func (inv *Inventory) below(match func(Resource) bool) map[string]bool {
	found := map[string]bool{}
	for _, r := range inv.Resources {
		if match(r) {
			found[r.URN] = true
		}
	}
	for grown := true; grown; {
		grown = false
		for _, r := range inv.Resources {
			if !found[r.URN] && found[r.Parent] {
				found[r.URN], grown = true, true
			}
		}
	}
	return found
}

func isTop(r Resource) bool {
	return r.Parent == "" || resource.URN(r.Parent).QualifiedType() == resource.RootStackType
}
