package componenttest

import (
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/monitor"
)

// Sink is a monitor sink that keeps the specs it is given. Like a real sink it
// refuses specs that are not valid.
type Sink struct {
	mu    sync.Mutex
	specs map[string][]monitor.Spec
}

// Monitor keeps the specs of a component.
func (s *Sink) Monitor(_ *pulumi.Context, _ pulumi.Resource, name string, specs []monitor.Spec) error {
	if err := monitor.Validate(specs); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.specs == nil {
		s.specs = map[string][]monitor.Spec{}
	}
	s.specs[name] = append(s.specs[name], specs...)
	return nil
}

// Of returns the specs of a component by key.
func (s *Sink) Of(name string) map[string]monitor.Spec {
	s.mu.Lock()
	defer s.mu.Unlock()
	byKey := map[string]monitor.Spec{}
	for _, spec := range s.specs[name] {
		byKey[spec.Key()] = spec
	}
	return byKey
}
