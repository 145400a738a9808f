package environment

import (
	"cmp"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

const https = 443

var (
	// whyPattern is what AWS admits in the description of a rule.
	whyPattern = regexp.MustCompile(`^[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]{1,255}$`)
	ecrPattern = regexp.MustCompile(`^[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[a-z0-9._/-]+[:@]`)
)

// parts is what decides which of AWS's interfaces a task has to reach.
type parts struct {
	images                []string
	secrets, queue, shell bool
}

func (s Service) parts(c *Config) parts {
	made := c.parts(s.Container, uses(s.Container, s.Queue, nil))
	made.shell = s.Shell
	for _, name := range sorted(s.Sidecars) {
		made.images = append(made.images, s.Sidecars[name].Image)
		made.secrets = made.secrets || c.injects(uses(Container{Uses: s.Sidecars[name].Uses}, "", nil))
	}
	return made
}

func (j Job) parts(c *Config) parts { return c.parts(j.Container, uses(j.Container, "", nil)) }

func (c *Config) parts(s Container, all []use) parts {
	return parts{
		images: []string{s.Image}, secrets: c.injects(all),
		queue: slices.ContainsFunc(all, func(u use) bool { return u.kind == "queue" }),
	}
}

// injects tells whether a secret sets any variable.
func (c *Config) injects(all []use) bool {
	return slices.ContainsFunc(all, func(u use) bool { return u.kind == "secret" && len(c.Secrets[u.name].Env) > 0 })
}

// checkEgress checks where a task may connect to, and that it can start.
func (c *Config) checkEgress(s Container, task parts, key string, p *problems) {
	key += ".egress"
	seen := map[string]bool{}
	for i, o := range s.Egress.Also {
		where := at(key+".also", i)
		prefix := c.checkOutlet(o, s.Egress.Private, where, p)
		if id := prefix.String(); prefix.IsValid() {
			id = at(id, o.Port)
			if seen[id] {
				p.add(where, "port %d of %s is named twice; name it once", o.Port, prefix)
			}
			seen[id] = true
		}
	}
	if s.Egress.Private {
		c.checkPrivate(s.Egress, task, key, p)
	}
}

func (c *Config) checkOutlet(o Outlet, private bool, key string, p *problems) netip.Prefix {
	if o.Port < 1 || o.Port > 65535 {
		p.add(key+".port", "%d is not a port; allowed are 1 to 65535", o.Port)
	}
	switch why := strings.TrimSpace(o.Why); {
	case why == "":
		p.add(key+".why", "is empty; say what is there, for whoever reads the rule")
	case !whyPattern.MatchString(why):
		p.add(key+".why", "%q holds a character that AWS does not take, or more than 255; use letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*", o.Why)
	}
	prefix, err := netip.ParsePrefix(o.CIDR)
	if err != nil || prefix.Addr().Is4In6() {
		p.add(key+".cidr", "%q is not a range of addresses; write it like 203.0.113.0/24 or 2001:db8::/32", o.CIDR)
		return netip.Prefix{}
	}
	if prefix != prefix.Masked() {
		p.add(key+".cidr", "%s does not begin with the first address of its range; write %s, or %s/%d for one address", o.CIDR, prefix.Masked(), prefix.Addr(), prefix.Addr().BitLen())
	}
	if !prefix.Addr().Is4() && !c.Network.IPv6 {
		p.add(key+".cidr", "%s is an IPv6 range, and the network has no IPv6 addresses; set tenfold:network.ipv6", o.CIDR)
	}
	if o.Port == https && !private {
		p.add(key+".port", "443 is open to every address already; leave it out, or set private")
	}
	if o.Port == https && private {
		c.checkBesidePrivate(prefix.Masked(), key, p)
	}
	return prefix.Masked()
}

// checkBesidePrivate refuses HTTPS to what private closes, and to what it leaves
// open by a rule of its own: AWS takes no rule twice.
func (c *Config) checkBesidePrivate(to netip.Prefix, key string, p *problems) {
	if to.Bits() == 0 {
		p.add(key+".port", "443 of every address is what private closes; leave one of them out")
	}
	own, err := netip.ParsePrefix(cmp.Or(c.Network.CIDR, defaultCIDR))
	if err == nil && own.Bits() <= to.Bits() && own.Contains(to.Addr()) {
		p.add(key+".cidr", "%s is in the network's own %s, whose port 443 private leaves open; leave it out", to, own)
	}
}

// checkPrivate notes the endpoints that a task without a way to the internet
// would miss.
func (c *Config) checkPrivate(e Egress, task parts, key string, p *problems) {
	type need struct{ endpoint, to string }
	needs := []need{{"logs", "write its log"}}
	if slices.ContainsFunc(task.images, ecrPattern.MatchString) {
		needs = append(needs, need{"ecr.api", "pull images"}, need{"ecr.dkr", "pull images"})
	}
	if task.secrets {
		needs = append(needs, need{"secretsmanager", "read its secrets"})
	}
	if task.queue {
		needs = append(needs, need{"sqs", "reach its queues"})
	}
	if task.shell {
		needs = append(needs, need{"ssmmessages", "open shells"}, need{"kms", "open shells, which are encrypted"})
	}
	for _, n := range needs {
		if !slices.Contains(c.Network.Endpoints, n.endpoint) {
			p.add(key+".private", "leaves no way to %s; add %s to tenfold:network.endpoints", n.to, n.endpoint)
		}
	}
	also := slices.ContainsFunc(e.Also, func(o Outlet) bool { return o.Port == https })
	for _, image := range task.images {
		if !also && !ecrPattern.MatchString(image) {
			p.add(key+".private", "leaves no way to the registry of the image %q; keep it in ECR, where tenfold:imageCaches can fetch it, or name the registry's addresses in also", image)
		}
	}
}
