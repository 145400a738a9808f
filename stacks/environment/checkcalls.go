package environment

import (
	"slices"
	"strings"
)

// checkCalls checks the services that a service calls.
func (c *Config) checkCalls(s Service, key string, p *problems) {
	for i, name := range s.Calls {
		where := at(key+".calls", i)
		called, ok := c.Services[name]
		switch {
		case !ok:
			p.add(where, "service %q is not declared; declare it under tenfold:services (there are: %s)", name, list(c.Services))
		case !called.Serve:
			p.add(where, "service %q serves nobody; set tenfold:services.%s.serve to true", name, name)
		}
		if slices.Contains(s.Calls[:i], name) {
			p.add(where, "%q is named twice; name it once", name)
		}
	}
}

// order lists the services, each after those it calls, and otherwise by name. The
// second result holds each circle of calls, as the names on it.
func (c *Config) order() (names []string, circles [][]string) {
	done := map[string]bool{}
	var visit func(name string, path []string)
	visit = func(name string, path []string) {
		if i := slices.Index(path, name); i >= 0 {
			circles = append(circles, append(slices.Clone(path[i:]), name))
			return
		}
		if _, declared := c.Services[name]; done[name] || !declared {
			return
		}
		for _, called := range c.Services[name].Calls {
			visit(called, append(path, name))
		}
		if !done[name] {
			done[name] = true
			names = append(names, name)
		}
	}
	for _, name := range sorted(c.Services) {
		visit(name, nil)
	}
	return names, circles
}

// checkCircles notes services that call each other in a circle: each would have
// to be there before the other.
func (c *Config) checkCircles(p *problems) {
	_, circles := c.order()
	for _, circle := range circles {
		p.add("tenfold:services."+circle[0]+".calls", "goes round in a circle, %s, and each has to run before the one that calls it; let one of them call by a host of the other, or send to a queue", strings.Join(circle, " -> "))
	}
}
