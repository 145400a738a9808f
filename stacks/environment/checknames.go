package environment

import "strings"

// tenancySchedule is the schedule, and with the suffix of a queue of failures the
// queue, that the tenancy component has in every environment.
const tenancySchedule = tenancyComponent + "-audit"

// checkNames notes names that would meet: of things in AWS, and of the resources
// that are made of the names of two components.
func (c *Config) checkNames(p *problems) {
	for _, name := range sorted(c.Queues) {
		key := "tenfold:queues." + name
		if of, dead := strings.CutSuffix(name, "-dead"); dead && declared(c.Queues, of) {
			p.add(key, "is what the dead-letter queue of queue %q is called; choose another name", of)
		}
		if of, failed := strings.CutSuffix(name, "-failed"); failed && (declared(c.Jobs, of) || of == tenancySchedule) {
			p.add(key, "is what the queue of failures of %q is called; choose another name", of)
		}
	}
	for _, name := range sorted(c.Jobs) {
		key := "tenfold:jobs." + name
		if declared(c.Services, name) {
			p.add(key, "has the name of a service; choose another, both name a task family")
		}
		if name == tenancySchedule {
			p.add(key, "is what the check of the tenant guard is called; choose another name")
		}
	}
	services, jobs := children{}, children{}
	for _, name := range sorted(c.Services) {
		s := c.Services[name]
		services.task(c, "tenfold:services."+name, name, uses(s.Container, s.Queue, s.Calls), p)
		for _, t := range s.Scaling.Schedules {
			services.add("tenfold:services."+name, "schedule", name+"-"+t.Name, p)
		}
	}
	for _, name := range sorted(c.Jobs) {
		j, key := c.Jobs[name], "tenfold:jobs."+name
		jobs.task(c, key, name, uses(j.Container, "", nil), p)
		jobs.add(key, "log group", name, p)
		if j.Schedule != "" {
			jobs.add(key, "log group", name+"-machine", p)
		}
	}
}

// checkGroup refuses the name of a service or a job that EC2 does not take for its
// security group, which is called <name>-<some characters>.
func checkGroup(key, name string, p *problems) {
	if strings.HasPrefix(name+"-", "sg-") {
		p.add(key, "%q begins as the id of a security group does, and EC2 takes no group with such a name; choose a name that is not sg and does not begin with sg-", name)
	}
}

func declared[V any](m map[string]V, name string) bool {
	_, ok := m[name]
	return ok
}

// children are the resources of services, or of jobs, whose names are made of two
// names, with who has them. Pulumi tells the resources of components of one type
// apart by their names alone.
type children map[string]string

// task adds the rules and policies of a task.
func (n children) task(c *Config, key, name string, all []use, p *problems) {
	n.add(key, "policy", name+"-execution", p)
	seen := map[string]bool{}
	for _, u := range all {
		g := c.gives(u)
		if seen[g.key] {
			continue
		}
		seen[g.key] = true
		n.add(key, "policy", name+"-task-"+g.key, p)
		n.add(key, "policy", name+"-execution-"+g.key, p)
		if g.path != "" {
			n.add(key, "rule", name+"-to-"+g.path, p)
			n.add(key, "rule", name+"-"+g.path+"-in", p)
		}
	}
}

func (n children) add(key, kind, name string, p *problems) {
	id := kind + " " + name
	if first, taken := n[id]; taken && first != key {
		p.add(key, "would have a %s called %s, as %s has; rename one of them, or what they use", kind, name, first)
	}
	n[id] = key
}
