package guard

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tenfold-iac/tenfold/internal/stateful"
)

// Allowed names resources, by URN, that may be touched all the same.
type Allowed struct {
	Replace, Delete []string
}

// Refusal is one step that is not allowed.
type Refusal struct {
	Step
	// Lost is what would be lost; empty for a resource that is only protected.
	Lost string `json:"lost,omitempty"`
}

// RefusedError lists every step that is not allowed.
type RefusedError struct{ Refusals []Refusal }

func (e *RefusedError) Error() string {
	var text strings.Builder
	noun := "resources that hold state or are protected"
	if len(e.Refusals) == 1 {
		noun = "resource that holds state or is protected"
	}
	fmt.Fprintf(&text, "the plan replaces or deletes %d %s; nothing was changed:", len(e.Refusals), noun)
	for _, r := range e.Refusals {
		fmt.Fprintf(&text, "\n  %s %s %s", r.Kind, r.Type, r.Name)
		if len(r.Because) > 0 {
			fmt.Fprintf(&text, ", forced by %s", strings.Join(r.Because, ", "))
		}
		if r.Lost != "" {
			fmt.Fprintf(&text, "\n    loses %s", r.Lost)
		}
		if r.Retained {
			text.WriteString("\n    stays in the account, and Pulumi forgets it")
		}
		if r.Protected {
			text.WriteString("\n    is protected; take the protection off in an update of its own first")
		}
		fmt.Fprintf(&text, "\n    to do it all the same: --allow-%s '%s'", r.Kind, r.URN)
	}
	return text.String()
}

// Refusals lists the steps of the plan that touch state and are not allowed.
func (p *Plan) Refusals(allowed Allowed) []Refusal {
	var refusals []Refusal
	for _, s := range p.Steps() {
		lost, holdsState := stateful.Lost(s.Type)
		if s.Kind != Delete && s.Kind != Replace || !holdsState && !s.Protected {
			continue
		}
		if s.Kind == Delete && slices.Contains(allowed.Delete, s.URN) || s.Kind == Replace && slices.Contains(allowed.Replace, s.URN) {
			continue
		}
		refusals = append(refusals, Refusal{Step: s, Lost: lost})
	}
	return refusals
}

// Check returns nil when the plan may be carried out. A preview that did not
// finish is an error, and so is a name that the plan has no use for: a
// permission that outlives its reason would let something through one day.
func (p *Plan) Check(allowed Allowed) error {
	if !p.complete {
		return errors.New("the preview did not finish, so nothing is known about its plan; mend what it reports first")
	}
	var problems []error
	for kind, names := range map[Kind][]string{Replace: allowed.Replace, Delete: allowed.Delete} {
		for _, name := range names {
			if s := p.steps[name]; s == nil || s.Kind != kind {
				problems = append(problems, fmt.Errorf("--allow-%s %q names nothing that the plan would %s; drop it, or copy the URN from the preview", kind, name, kind))
			}
		}
	}
	if refusals := p.Refusals(allowed); len(refusals) > 0 {
		problems = append(problems, &RefusedError{refusals})
	}
	return errors.Join(problems...)
}
