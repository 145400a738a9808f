package document

import (
	"strings"
	"unicode"

	"github.com/tenfold-iac/tenfold/policies/value"
)

// Container is one container of an ECS task definition.
type Container struct {
	fields value.Value
	label  string
}

// ParseContainers reads a task definition's containerDefinitions. The State is Absent or Unknown when there is nothing
// to read, and the error says that the text is not a list of containers.
func ParseContainers(v value.Value) ([]Container, value.State, error) {
	if state := v.State(); state != value.Known {
		return nil, state, nil
	}
	root, err := v.JSON()
	if err != nil {
		return nil, value.Known, err
	}
	items, state := root.Items()
	if state != value.Known {
		return nil, state, nil
	}
	containers := make([]Container, 0, len(items))
	for _, item := range items {
		c := Container{fields: item, label: item.Path()}
		if name, state := c.Get("name").Text(); state == value.Known && name != "" {
			c.label = v.Path() + "[" + name + "]"
		}
		containers = append(containers, c)
	}
	return containers, value.Known, nil
}

// Get reads one of the container's settings. ECS reads names whatever the case of their first letter.
func (c Container) Get(path string) value.Value {
	v := c.fields
	for name := range strings.SplitSeq(path, ".") {
		next := v.Get(name)
		if next.State() == value.Absent {
			next = v.Get(capital(name))
		}
		v = next
	}
	return v.At(c.label + "." + path)
}

func capital(name string) string {
	for i, r := range name {
		return string(unicode.ToUpper(r)) + name[i+len(string(r)):]
	}
	return name
}
