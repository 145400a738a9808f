// Package rule says what a policy rule is: what it reads, what it answers, and how serious its answer is.
//
// A rule looks at one resource at a time. It can fail, pass, not apply, or wait for values that are not known yet; one
// known bad value is enough to fail, and an unknown value never is.
package rule

import (
	"fmt"
	"strings"

	"github.com/tenfold-iac/tenfold/policies/graph"
	"github.com/tenfold-iac/tenfold/policies/value"
)

// Severity says how much harm a violation can do. It follows AWS Security Hub's table where a control exists there.
type Severity int

// The severities, from the least to the most harm.
const (
	Low Severity = iota + 1
	Medium
	High
	Critical
)

// String names the severity as the catalogue prints it.
func (s Severity) String() string {
	return [...]string{"unset", "low", "medium", "high", "critical"}[s]
}

// Level says what a violation does to a run.
type Level int

const (
	// Advisory prints the violation and lets the run go on.
	Advisory Level = iota + 1
	// Mandatory stops the run.
	Mandatory
	// Off leaves the rule out until policy config turns it on.
	Off
)

// String names the level as policy config spells it.
func (l Level) String() string {
	return [...]string{"unset", "advisory", "mandatory", "disabled"}[l]
}

// Scope says when a rule can be decided.
type Scope int

const (
	// Resource rules read one resource's inputs, before it is created or changed.
	Resource Scope = iota + 1
	// Stack rules also follow links to other resources. They run once all resources are registered: in a preview
	// before anything is touched, in an update after it.
	Stack
)

// String names the scope as the catalogue prints it.
func (s Scope) String() string {
	return [...]string{"unset", "resource", "stack"}[s]
}

// Rule is one policy.
type Rule struct {
	// ID names the rule in messages, policy config and exceptions. It never changes once released.
	ID string
	// Title says what the rule requires, as a statement about a resource in order.
	Title string
	// Why says what goes wrong otherwise.
	Why string
	// Fix says in one line what to change.
	Fix      string
	Severity Severity
	Level    Level
	// LevelReason says why the level is not the one that the severity would give. Empty when it is.
	LevelReason string
	// Production rules apply only to stacks that count as production.
	Production bool
	Scope      Scope
	// Types are the resource types the rule judges.
	Types []string
	// FSBP is the control's id in AWS Foundational Security Best Practices. Empty when the rule has none there.
	FSBP string
	// Also lists the ids of like rules elsewhere, such as "NIST SI-2", "CIS 3.6" or "Checkov CKV_AWS_7".
	Also []string
	// Params are the values policy config may set.
	Params []Param
	// Check judges one resource.
	Check func(*Check)
}

// Param is a value of a rule that policy config may set.
type Param struct {
	Name string
	// Kind is the JSON schema type: "integer" or "array" of strings.
	Kind string
	// Default is what holds when policy config says nothing: an int or a []string.
	Default any
	Doc     string
}

// Outcome is a rule's answer about one resource.
type Outcome int

const (
	// Pass means that the resource is in order.
	Pass Outcome = iota + 1
	// Fail means that a known value is wrong.
	Fail
	// Wait means that the answer depends on a value that is not known yet.
	Wait
	// NotApplicable means that the rule has nothing to say about the resource.
	NotApplicable
)

// String names the outcome as tests print it.
func (o Outcome) String() string {
	return [...]string{"unset", "pass", "fail", "unknown", "not applicable"}[o]
}

// Check gathers a rule's answer about one resource.
type Check struct {
	*graph.Resource
	// Graph is the whole stack; nil for a rule of scope Resource.
	Graph *graph.Stack

	rule     *Rule
	params   value.Value
	findings []string
	waits    []string
	skipped  string
}

// Run judges one resource. Params are the rule's configuration as the engine sent it, and stack is nil unless the
// rule's scope is Stack.
func (r *Rule) Run(resource *graph.Resource, stack *graph.Stack, params value.Value) *Check {
	c := &Check{Resource: resource, Graph: stack, rule: r, params: params}
	r.Check(c)
	return c
}

// Outcome is the answer: a finding outweighs an unknown value, and both outweigh a reason to skip.
func (c *Check) Outcome() Outcome {
	switch {
	case len(c.findings) > 0:
		return Fail
	case len(c.waits) > 0:
		return Wait
	case c.skipped != "":
		return NotApplicable
	}
	return Pass
}

// Findings are what is wrong, one line each.
func (c *Check) Findings() []string { return c.findings }

// Waits are the paths of the values that are not known yet.
func (c *Check) Waits() []string { return c.waits }

// Skipped is why the rule does not apply; empty when it does.
func (c *Check) Skipped() string { return c.skipped }

// Get reads one of the resource's properties.
func (c *Check) Get(path string) value.Value { return c.Props.Get(path) }

// Fail records that a value is wrong; must completes the sentence "<path> is <value>; it must ...".
func (c *Check) Fail(v value.Value, must string) {
	c.Failf("%s is %s; it must %s", v.Path(), v.Show(), must)
}

// Failf records a finding in its own words. A text that the resource holds as a secret is taken out of it.
func (c *Check) Failf(format string, args ...any) {
	finding := fmt.Sprintf(format, args...)
	for _, secret := range c.Props.Secrets() {
		if len(secret) >= shortestSecret {
			finding = strings.ReplaceAll(finding, secret, "[secret]")
		}
	}
	c.findings = append(c.findings, finding)
}

// shortestSecret is the least length of a text that is taken out of messages; anything shorter, such as "1", would
// turn up in them by chance and tells nothing.
const shortestSecret = 4

// Wait records that a value is not known yet.
func (c *Check) Wait(path string) { c.waits = append(c.waits, path) }

// Skip records why the rule does not apply to the resource.
func (c *Check) Skip(reason string) { c.skipped = reason }

// ParamInt reads an integer parameter.
func (c *Check) ParamInt(name string) int {
	if n, state := c.params.Get(name).Number(); state == value.Known {
		return int(n)
	}
	n, _ := c.fallback(name).(int)
	return n
}

// ParamList reads a list parameter.
func (c *Check) ParamList(name string) []string {
	items, state := c.params.Get(name).Items()
	if state != value.Known {
		list, _ := c.fallback(name).([]string)
		return list
	}
	list := make([]string, 0, len(items))
	for _, item := range items {
		if text, state := item.Text(); state == value.Known {
			list = append(list, text)
		}
	}
	return list
}

func (c *Check) fallback(name string) any {
	for _, p := range c.rule.Params {
		if p.Name == name {
			return p.Default
		}
	}
	return nil
}
