package environment

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/postgres"
)

// environmentVariable holds the name of the environment in every container.
const environmentVariable = "ENVIRONMENT"

// use is one parsed entry of uses.
type use struct{ kind, name, verb string }

func parseUse(text string) (use, error) {
	parts := strings.Split(text, ":")
	switch {
	case text == "database":
		return use{kind: "database", verb: "write"}, nil
	case text == "database:read":
		return use{kind: "database", verb: "read"}, nil
	case len(parts) == 3 && parts[0] == "queue" && (parts[2] == "send" || parts[2] == "consume"):
		return use{kind: "queue", name: parts[1], verb: parts[2]}, nil
	case len(parts) == 2 && (parts[0] == "secret" || parts[0] == "cache"):
		return use{kind: parts[0], name: parts[1]}, nil
	}
	return use{}, fmt.Errorf("%q is not something to use; write database, database:read, queue:<name>:send, queue:<name>:consume, secret:<name> or cache:<name>", text)
}

// brought is what a use brings into a task: the name of the grant, of the path it
// opens and its port, and the variables it sets. Two uses of one source set the same values.
type brought struct {
	key, path, source string
	port              int
	variables         []string
}

// gives tells what a use brings, the way the components name it.
func (c *Config) gives(u use) brought {
	switch u.kind {
	case "database":
		prefix, verb, host := access.EnvName(databaseComponent, ""), "connect", "HOST"
		if u.verb == "read" {
			verb, host = "read", "READER_HOST"
		}
		variables := []string{prefix + host, prefix + "NAME", prefix + "PORT", prefix + "USER"}
		return brought{databaseComponent + "-" + verb, databaseComponent, "database", postgres.Port, variables}
	case "queue":
		return brought{key: u.name + "-" + u.verb, source: "queue:" + u.name, variables: []string{access.EnvName(u.name, "QUEUE_URL")}}
	case "secret":
		return brought{key: u.name + "-inject", source: "secret:" + u.name, variables: sorted(c.Secrets[u.name].Env)}
	case "cache":
		return brought{key: u.name + "-pull", source: "cache:" + u.name}
	default: // a call
		return brought{"call-" + u.name, u.name, "the call of " + u.name, c.Services[u.name].Port, []string{access.EnvName(u.name, "URL")}}
	}
}

// uses are all things a container uses: what it says, the queue a worker works
// off, and the services it calls. What does not parse is left out.
func uses(s Container, queue string, calls []string) []use {
	var all []use
	if queue != "" {
		all = append(all, use{kind: "queue", name: queue, verb: "consume"})
	}
	for _, text := range s.Uses {
		if u, err := parseUse(text); err == nil {
			all = append(all, u)
		}
	}
	for _, name := range calls {
		all = append(all, use{kind: "call", name: name})
	}
	return all
}

// checkUses checks every entry of uses.
func (c *Config) checkUses(texts []string, queue, key string, p *problems) {
	seen := map[string]bool{}
	if queue != "" {
		seen["queue:"+queue+":consume"] = true
	}
	for i, text := range texts {
		where := at(key+".uses", i)
		if seen[text] {
			p.add(where, "%q is given twice; a worker uses its own queue already", text)
		}
		seen[text] = true
		u, err := parseUse(text)
		if err != nil {
			p.add(where, "%s", err)
			continue
		}
		c.checkDeclared(u, where, p)
	}
}

func (c *Config) checkDeclared(u use, where string, p *problems) {
	undeclared := func(ok bool, under, there string) {
		if !ok {
			p.add(where, "%s %q is not declared; declare it under tenfold:%s (there are: %s)", u.kind, u.name, under, there)
		}
	}
	switch u.kind {
	case "queue":
		_, ok := c.Queues[u.name]
		undeclared(ok, "queues", list(c.Queues))
	case "secret":
		_, ok := c.Secrets[u.name]
		undeclared(ok, "secrets", list(c.Secrets))
		if ok && len(c.Secrets[u.name].Env) == 0 {
			p.add(where, "secret %q sets no variable; give it env, or leave it out", u.name)
		}
	case "cache":
		_, ok := c.ImageCaches[u.name]
		undeclared(ok, "imageCaches", list(c.ImageCaches))
	}
}

// checkVariables notes variables that would have two values, and grants that
// would have one name.
func (c *Config) checkVariables(all []use, env map[string]string, key string, p *problems) {
	owner, grants := map[string]string{}, map[string]string{}
	for i, u := range all {
		if slices.Contains(all[:i], u) {
			continue // checkUses has told
		}
		g := c.gives(u)
		if first, taken := grants[g.key]; taken {
			p.add(key+".uses", "%s and %s are both called %s within the task; rename one of them", first, g.source, g.key)
		}
		grants[g.key] = g.source
		for _, name := range g.variables {
			if _, own := env[name]; own {
				p.add(key+".env."+name, "is set by %s already; leave it out or name it differently", g.source)
			}
			if first, taken := owner[name]; taken && first != g.source {
				p.add(key+".uses", "%s and %s both set the variable %s; name one differently", first, g.source, name)
			}
			owner[name] = g.source
		}
	}
}

func list[V any](m map[string]V) string {
	if len(m) == 0 {
		return "none"
	}
	return strings.Join(sorted(m), ", ")
}
