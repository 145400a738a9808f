package environment

import "strings"

// leastSidecar is the least memory in MiB that a container can be limited to.
const leastSidecar = 6

// checkSidecars checks the containers beside a service's, and the directories
// they all write to.
func (c *Config) checkSidecars(name string, s Service, key string, p *problems) {
	directories := volumes{}
	directories.add(key, "", s.Writable, p)
	if s.Shell {
		directories.shell(key, p)
	}
	_, size := s.size()
	memory := 0
	for _, beside := range sorted(s.Sidecars) {
		c.checkSidecar(s.Sidecars[beside], key+".sidecars."+beside, p)
		checkName(key+".sidecars."+beside, beside, p)
		if beside == name {
			p.add(key+".sidecars."+beside, "has the name of the service's own container; choose another")
		}
		directories.add(key+".sidecars."+beside, beside+"-", s.Sidecars[beside].Writable, p)
		memory += s.Sidecars[beside].Memory
	}
	if memory >= size {
		p.add(key+".sidecars", "may take %d MiB of the task's %d, which leaves nothing for the service; lower their memory or raise the service's", memory, size)
	}
}

func (c *Config) checkSidecar(s Sidecar, key string, p *problems) {
	c.checkImage(s.Image, key, p)
	checkUser(s.User, key, p)
	checkEnv(s.Env, key, p)
	s.Check.check(key+".check", p)
	if given(key+".memory", s.Memory, p) && s.Memory < leastSidecar {
		p.add(key+".memory", "%d is out of range; it is at least %d MiB", s.Memory, leastSidecar)
	}
	for i, text := range s.Uses {
		if u, err := parseUse(text); err != nil || u.kind != "secret" {
			p.add(at(key+".uses", i), "%q is nothing a sidecar can use; it takes secret:<name>, and the permissions of the task are those of the service", text)
		}
	}
	c.checkUses(secretsOf(s.Uses), "", key, p)
	c.checkVariables(uses(Container{Uses: secretsOf(s.Uses)}, "", nil), s.Env, key, p)
}

// secretsOf are the uses that name secrets.
func secretsOf(texts []string) []string {
	var found []string
	for _, text := range texts {
		if strings.HasPrefix(text, "secret:") {
			found = append(found, text)
		}
	}
	return found
}
