package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenfold-iac/tenfold/policies/value"
)

// Kind reads the text that decides whether the rest of a rule applies. It answers false, after noting the wait, when
// that cannot be told yet.
func (c *Check) Kind(path string) (text string, ok bool) {
	text, state := c.Get(path).Text()
	if state == value.Unknown {
		c.Wait(path)
		return "", false
	}
	return text, true
}

// True requires a boolean to be set to true.
func (c *Check) True(path string) { c.TrueValue(c.Get(path)) }

// TrueValue is True for a value already at hand.
func (c *Check) TrueValue(v value.Value) {
	on, state := v.Bool()
	switch {
	case state == value.Unknown:
		c.Wait(v.Path())
	case !on:
		c.Fail(v, "be true")
	}
}

// NotTrue requires a boolean to be false or absent.
func (c *Check) NotTrue(path string) { c.NotTrueValue(c.Get(path)) }

// NotTrueValue is NotTrue for a value already at hand.
func (c *Check) NotTrueValue(v value.Value) {
	on, state := v.Bool()
	switch {
	case state == value.Unknown:
		c.Wait(v.Path())
	case on:
		c.Fail(v, "be false")
	}
}

// NotFalse requires a boolean to be true or absent, for properties whose default is true.
func (c *Check) NotFalse(path string) {
	v := c.Get(path)
	on, state := v.Bool()
	switch {
	case state == value.Unknown:
		c.Wait(v.Path())
	case state == value.Known && !on:
		c.Fail(v, "be true, which is also the default")
	}
}

// Set requires a property to have a value that is not empty.
func (c *Check) Set(path string) { c.SetValue(c.Get(path)) }

// SetValue is Set for a value already at hand.
func (c *Check) SetValue(v value.Value) {
	if v.State() == value.Unknown {
		c.Wait(v.Path())
		return
	}
	text, state := v.Text()
	items, listed := v.Items()
	empty := state == value.Absent || state == value.Known && text == "" || listed == value.Known && len(items) == 0
	if empty {
		c.Fail(v, "be set")
	}
}

// Unset requires a property to be absent.
func (c *Check) Unset(path, instead string) {
	v := c.Get(path)
	items, state := v.Items()
	switch {
	case state == value.Unknown:
		c.Wait(v.Path())
	case state == value.Known && len(items) > 0:
		c.Failf("%s is %s; it must not be set, %s", v.Path(), v.Show(), instead)
	}
}

// OneOf requires a text to be one of those allowed. An absent property is wrong unless "" is allowed.
func (c *Check) OneOf(v value.Value, allowed ...string) {
	text, state := v.Text()
	switch {
	case state == value.Unknown:
		c.Wait(v.Path())
	case !slices.Contains(allowed, text):
		named := slices.DeleteFunc(slices.Clone(allowed), func(s string) bool { return s == "" })
		c.Fail(v, "be "+Or(named))
	}
}

// AtLeast requires a number to be set and no smaller than least.
func (c *Check) AtLeast(path string, least int) {
	v := c.Get(path)
	n, state := v.Number()
	switch {
	case state == value.Unknown:
		c.Wait(v.Path())
	case state == value.Absent || n < float64(least):
		c.Fail(v, fmt.Sprintf("be at least %d", least))
	}
}

// Or joins names as a sentence does: "a", "a or b", "a, b or c".
func Or(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
