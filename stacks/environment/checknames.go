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
		services.add("tenfold:services."+name, c.serviceChildren(name), p)
	}
	for _, name := range sorted(c.Jobs) {
		jobs.add("tenfold:jobs."+name, c.jobChildren(name), p)
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

// children are the resources of services, or of jobs, by their names, with who has
// them and what for. Many names are made of two, and Pulumi tells the resources of
// components of one type apart by their type and name alone.
type children map[child]owner

type owner struct{ key, of string }

// add notes the first name that a service or a job has in common with another one,
// or for two things.
func (n children) add(key string, list []child, p *problems) {
	told := map[owner]bool{}
	for _, one := range list {
		id := child{kind: one.kind, name: one.name}
		first, taken := n[id]
		if !taken {
			n[id] = owner{key, one.of}
			continue
		}
		other := owner{key: first.key}
		if first.key == key {
			other.of = first.of
		}
		switch {
		case told[other] || first == (owner{key, one.of}):
		case first.key != key:
			p.add(key, "would have %s called %s, as %s has; rename one of them, or what they use", one.word, one.name, first.key)
			told[other] = true
		default:
			p.add(key, "would have %s called %s for %s and for %s; rename one of what it uses", one.word, one.name, first.of, one.of)
			told[other] = true
		}
	}
}
