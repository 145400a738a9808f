// Package problem collects everything that is wrong with a component's
// arguments, so that one run reports all of it and nothing is registered before.
package problem

import (
	"errors"
	"fmt"
)

// List holds the problems of one component.
type List struct {
	subject string
	outer   *List // nil for a list of its own
	found   []error
}

// Of starts the list of a component, for example Of("queue", "jobs").
func Of(kind, name string) *List {
	return &List{subject: fmt.Sprintf("%s %q", kind, name)}
}

// Within starts a part of a list: what is added to the part is added to the list,
// with the name of the part in front.
func Within(l *List, part string) *List { return &List{subject: part, outer: l} }

// Addf adds a problem in the words of the caller. The subject is put in front.
func (l *List) Addf(format string, args ...any) {
	err := fmt.Errorf("%s: %w", l.subject, fmt.Errorf(format, args...))
	if l.outer != nil {
		l.outer.Add(err)
		return
	}
	l.found = append(l.found, err)
}

// Check adds a problem unless ok.
func (l *List) Check(ok bool, format string, args ...any) {
	if !ok {
		l.Addf(format, args...)
	}
}

// Add adds an error, and every part of it when errors were joined. A nil error
// is no problem.
func (l *List) Add(err error) {
	if err == nil {
		return
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			l.Add(e)
		}
		return
	}
	l.Addf("%w", err)
}

// Err is nil when there is no problem, and otherwise one line a problem.
func (l *List) Err() error { return errors.Join(l.found...) }
