package monitor

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Apply switches specs off by ID. An ID that no spec has, or an empty reason, is
// an error: nothing is silently ignored.
func Apply(specs []Spec, off map[string]string) ([]Spec, error) {
	var problems []error
	known := map[string]bool{}
	result := make([]Spec, len(specs))
	for i, s := range specs {
		known[s.ID] = true
		if reason, given := off[s.ID]; given {
			s.Off = strings.TrimSpace(reason)
			if s.Off == "" {
				problems = append(problems, fmt.Errorf("monitor %q is switched off without a reason; say why", s.ID))
			}
		}
		result[i] = s
	}
	for _, id := range sortedKeys(off) {
		if !known[id] {
			problems = append(problems, fmt.Errorf("there is no monitor %q here to switch off; there are %s", id, strings.Join(sortedKeys(known), ", ")))
		}
	}
	return result, errors.Join(problems...)
}

// Switch is a sink with some monitors switched off, each with a reason.
type Switch struct {
	sink Sink
	off  map[string]string

	mu   sync.Mutex
	used map[string]bool
}

// Without returns the sink with monitors switched off. A key is an ID, for
// example "aur-restart", which switches the monitor off for every component, or
// a component's name and an ID, for example "jobs/sqs-backlog". The value is the
// reason. The longer key wins.
func Without(sink Sink, off map[string]string) *Switch {
	return &Switch{sink: sink, off: off, used: map[string]bool{}}
}

// Monitor hands the specs on, those that are switched off with their reason.
func (s *Switch) Monitor(ctx *pulumi.Context, owner pulumi.Resource, name string, specs []Spec) error {
	var problems []error
	result := make([]Spec, len(specs))
	for i, spec := range specs {
		for _, key := range []string{spec.ID, name + "/" + spec.ID} {
			reason, given := s.off[key]
			if !given {
				continue
			}
			s.note(key)
			spec.Off = strings.TrimSpace(reason)
			if spec.Off == "" {
				problems = append(problems, fmt.Errorf("monitor %q is switched off without a reason; say why", key))
			}
		}
		result[i] = spec
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	return s.sink.Monitor(ctx, owner, name, result)
}

func (s *Switch) note(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used[key] = true
}

// Err reports the keys that switched nothing off, so that a misspelt one does
// not pass unnoticed. Call it after the last component.
func (s *Switch) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var problems []error
	for _, key := range sortedKeys(s.off) {
		if !s.used[key] {
			problems = append(problems, fmt.Errorf("there is no monitor %q to switch off; a key is an ID of docs/runbooks, or a component's name and an ID as in jobs/sqs-backlog", key))
		}
	}
	return errors.Join(problems...)
}
