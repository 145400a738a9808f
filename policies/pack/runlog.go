package pack

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/tenfold-iac/tenfold/policies/graph"
	"github.com/tenfold-iac/tenfold/policies/value"
)

// runLog gathers, over one run, the inputs seen, the checks that wait for values and the rules that broke. It may be
// used concurrently.
type runLog struct {
	mu     sync.Mutex
	given  map[string]value.Value
	waits  map[[2]string]bool
	broken map[string]string
}

func (l *runLog) saw(r *graph.Resource) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.given == nil {
		l.given = map[string]value.Value{}
	}
	l.given[r.URN] = r.Props
}

// inputs returns the inputs of every resource judged in this run, by URN.
func (l *runLog) inputs() map[string]value.Value {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.given)
}

func (l *runLog) wait(id, urn string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waits == nil {
		l.waits = map[[2]string]bool{}
	}
	l.waits[[2]string{id, urn}] = true
}

func (l *runLog) broke(id, urn string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken == nil {
		l.broken = map[string]string{}
	}
	if _, ok := l.broken[id]; !ok {
		l.broken[id] = fmt.Sprintf("%s on %s: %v", id, urn, err)
	}
}

func (l *runLog) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.given, l.waits, l.broken = nil, nil, nil
}

func (l *runLog) summary() (waits, broken []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.waits); n > 0 {
		resources := map[string]bool{}
		for key := range l.waits {
			resources[key[1]] = true
		}
		waits = []string{fmt.Sprintf("Not decided, because values are not known yet: %s on %s. The update decides.",
			count(n, "check"), count(len(resources), "resource"))}
	}
	return waits, slices.Sorted(maps.Values(l.broken))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
