package componenttest

import (
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/monitor"
)

// Monitors is a sink that keeps the specs it is given, for tests of what a
// component watches. The zero value is ready.
type Monitors struct {
	mu    sync.Mutex
	specs map[string][]monitor.Spec
}

// Monitor keeps the specs. Invalid ones are an error, as with any sink.
func (m *Monitors) Monitor(_ *pulumi.Context, _ pulumi.Resource, name string, specs []monitor.Spec) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.specs == nil {
		m.specs = map[string][]monitor.Spec{}
	}
	m.specs[name] = append(m.specs[name], specs...)
	return monitor.Validate(specs)
}

// Of returns the specs of a component.
func (m *Monitors) Of(name string) []monitor.Spec {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.specs[name]
}

// ByKey returns the specs of a component by [monitor.Spec.Key].
func (m *Monitors) ByKey(name string) map[string]monitor.Spec {
	found := map[string]monitor.Spec{}
	for _, s := range m.Of(name) {
		found[s.Key()] = s
	}
	return found
}
