package environment

import (
	"fmt"
	"sort"
	"strings"
	"time"
)

// problems collects what is wrong with a stack's configuration.
type problems struct {
	stack string
	list  []string
	// zeros are the keys that the file sets to zero. A field that is zero cannot
	// tell that from a key that is left out and has a default.
	zeros map[string]bool
}

func (p *problems) zero(key string, is bool) {
	if !is {
		return
	}
	if p.zeros == nil {
		p.zeros = map[string]bool{}
	}
	p.zeros[key] = true
}

// given tells whether the file sets a number or a duration.
func given[N int | time.Duration](key string, value N, p *problems) bool {
	return value != 0 || p.zeros[key]
}

// add notes a problem of a key: what is wrong with the value, what is allowed
// and how to mend it.
func (p *problems) add(key, format string, args ...any) {
	p.list = append(p.list, fmt.Sprintf("%s: %s", key, fmt.Sprintf(format, args...)))
}

func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	sort.Strings(p.list)
	noun := "problems"
	if len(p.list) == 1 {
		noun = "problem"
	}
	return fmt.Errorf("the configuration of stack %q has %d %s; edit Pulumi.%s.yaml:\n  %s",
		p.stack, len(p.list), noun, p.stack, strings.Join(p.list, "\n  "))
}
