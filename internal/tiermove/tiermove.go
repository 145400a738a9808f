// Package tiermove reports what moving a stack to another tier does: what
// changes in place, comes and goes, what somebody notices and for how long, and
// whether anything that holds state would be replaced. What happens is what the
// engine plans; how it feels is a reviewed table.
package tiermove

import (
	"fmt"
	"io"
	"strings"

	"github.com/tenfold-iac/tenfold/internal/guard"
	"github.com/tenfold-iac/tenfold/internal/stateful"
)

// Report is a move as a person and a program read it.
type Report struct {
	Stack string `json:"stack"`
	From  string `json:"from"`
	To    string `json:"to"`
	// FromUSD and ToUSD are the fixed cost a month, by the price file.
	FromUSD float64 `json:"fromUSD"`
	ToUSD   float64 `json:"toUSD"`

	InPlace  []guard.Step `json:"inPlace"`
	Added    []guard.Step `json:"added"`
	Removed  []guard.Step `json:"removed"`
	Replaced []guard.Step `json:"replaced"` // what holds no state
	Noticed  []Notice     `json:"noticed"`
	// NotReviewed are changes in place whose effect nobody has looked up.
	NotReviewed []string `json:"notReviewed"`
	// Lost are what holds state, or is protected, and would be replaced or deleted.
	Lost []guard.Refusal `json:"lost"`
	// StatefulReplaced is how many of a type that holds state would be replaced.
	StatefulReplaced int `json:"statefulReplaced"`
}

// Notice is a change that somebody notices.
type Notice struct {
	Type     string `json:"type"`
	Name     string `json:"name"`
	Property string `json:"property,omitempty"` // empty: the resource goes away
	Interruption
}

// New reads a finished plan.
func New(stack, from, to string, plan *guard.Plan) Report {
	r := Report{Stack: stack, From: from, To: to, Lost: plan.Refusals(guard.Allowed{})}
	for _, s := range plan.Steps() {
		_, holdsState := stateful.Lost(s.Type)
		switch {
		case s.Kind == guard.Create:
			r.Added = append(r.Added, s)
		case s.Kind == guard.Update:
			r.InPlace = append(r.InPlace, s)
			r.updated(s)
		case s.Kind == guard.Replace && holdsState:
			r.StatefulReplaced++
		case s.Kind == guard.Replace:
			r.Replaced = append(r.Replaced, s)
		default:
			r.Removed = append(r.Removed, s)
			if effect, known := onDelete[s.Type]; known {
				r.Noticed = append(r.Noticed, Notice{Type: s.Type, Name: s.Name, Interruption: effect})
			}
		}
	}
	return r
}

func (r *Report) updated(s guard.Step) {
	for _, property := range s.Properties {
		switch effect, known := update(s.Type, property); {
		case !known:
			r.NotReviewed = append(r.NotReviewed, fmt.Sprintf("%s %s %s", s.Type, s.Name, property))
		case !effect.None:
			r.Noticed = append(r.Noticed, Notice{Type: s.Type, Name: s.Name, Property: property, Interruption: effect})
		}
	}
}

// Safe reports whether the move leaves everything that holds state, or is
// protected, where it is.
func (r Report) Safe() bool { return len(r.Lost) == 0 && r.StatefulReplaced == 0 }

// Write writes the report for a person. Its last line is the verdict.
func (r Report) Write(out io.Writer) {
	fmt.Fprintf(out, "%s: %s to %s\nfixed cost a month: %.0f USD to %.0f USD\n", r.Stack, r.From, r.To, r.FromUSD, r.ToUSD)
	steps := func(title string, list []guard.Step) {
		if len(list) == 0 {
			return
		}
		fmt.Fprintf(out, "\n%s: %d\n", title, len(list))
		for _, s := range list {
			fmt.Fprintf(out, "  %s %s", s.Type, s.Name)
			if properties := strings.Join(s.Properties, ", "); properties != "" && s.Kind != guard.Create {
				fmt.Fprintf(out, ": %s", properties)
			}
			fmt.Fprintln(out)
		}
	}
	steps("changes in place", r.InPlace)
	steps("is added", r.Added)
	steps("is removed", r.Removed)
	steps("is replaced, without state", r.Replaced)
	if len(r.Noticed) == 0 {
		fmt.Fprint(out, "\nnobody notices anything\n")
	} else {
		fmt.Fprintf(out, "\nis noticed: %d\n", len(r.Noticed))
	}
	for _, n := range r.Noticed {
		change := n.Property
		if change == "" {
			change = "goes away"
		}
		fmt.Fprintf(out, "  %s %s, %s\n    %s\n    for %s (%s)\n", n.Type, n.Name, change, n.What, n.Duration, n.Source)
	}
	if len(r.NotReviewed) > 0 {
		fmt.Fprintf(out, "\nchanges whose effect is not reviewed: %d\n  %s\n", len(r.NotReviewed), strings.Join(r.NotReviewed, "\n  "))
	}
	if len(r.Lost) > 0 {
		fmt.Fprintf(out, "\nwould lose state: %d\n", len(r.Lost))
	}
	for _, lost := range r.Lost {
		fmt.Fprintf(out, "  %s %s %s: %s\n", lost.Kind, lost.Type, lost.Name, strings.Join(lost.Because, ", "))
	}
	fmt.Fprintf(out, "\nstateful replaced: %d\n", r.StatefulReplaced)
}
