package environment

import (
	"slices"
	"strings"
	"time"

	"github.com/tenfold-iac/tenfold/components/edge"
)

func (c *Config) checkEdge(p *problems) {
	e := c.Edge
	oneOf("tenfold:edge.waf", e.WAF, wafModes, p)
	between("tenfold:edge.requestsPer5Minutes", e.RequestsPer5Minutes, 100, 2_000_000, p)
	if e.RequestsPer5Minutes != 0 && c.settings().WAF == "none" {
		p.add("tenfold:edge.requestsPer5Minutes", "counts nothing without a firewall, which tier %s does not have by itself; set waf to count or block", c.Tier)
	}
	lasts("tenfold:edge.idleTimeout", e.IdleTimeout, time.Second, 4000*time.Second, p)
	c.checkCDN(p)
	c.checkAuthorities(p)
}

func (c *Config) checkCDN(p *problems) {
	e := c.Edge
	if e.CDN == (CDN{}) {
		return
	}
	c.checkSecretRef("tenfold:edge.cdn", e.CDN.SecretKey, p)
	if e.CDN.Also != "" && e.CDN.Also == e.CDN.Key {
		p.add("tenfold:edge.cdn.also", "%q is the key itself; name the one that holds the other text", e.CDN.Also)
	} else if e.CDN.Also != "" {
		c.checkSecretRef("tenfold:edge.cdn", SecretKey{e.CDN.Secret, e.CDN.Also}, p)
	}
	oneOf("tenfold:edge.cdn.locations", e.CDN.Locations, locations, p)
	if t := e.IdleTimeout; t != 0 && (t < 10*time.Second || t > 2*time.Minute) {
		p.add("tenfold:edge.idleTimeout", "%s does not go with cdn, CloudFront waits 10s to 2m for an answer; choose a time between", t)
	}
	if e.ClientAuthorities != "" {
		p.add("tenfold:edge.clientAuthorities", "and cdn exclude each other, because the connection of a client ends at CloudFront; set one of them")
	}
}

// checkSecretRef checks that a value the edge takes is one that a secret has.
func (c *Config) checkSecretRef(at string, ref SecretKey, p *problems) {
	declared, ok := c.Secrets[ref.Secret]
	if !ok {
		p.add(at+".secret", "%q is not declared; declare it under tenfold:secrets (there are: %s)", ref.Secret, list(c.Secrets))
		return
	}
	if !slices.Contains(declared.Keys(), ref.Key) {
		p.add(at+".key", "%q is not a key of secret %q; add it to tenfold:secrets.%s.keys (there are: %s)", ref.Key, ref.Secret, ref.Secret, strings.Join(declared.Keys(), ", "))
	}
}

// checkLogin checks the identity provider of a service.
func (c *Config) checkLogin(s Service, key string, p *problems) {
	l := s.Login
	if l == (Login{}) {
		return
	}
	if s.Host == "" {
		p.add(key+".login", "needs a host that users sign in at; set host and port")
	}
	for field, err := range map[string]error{
		"issuer": edge.CheckIssuer(l.Issuer), "authorizationURL": edge.CheckAuthorizationURL(l.AuthorizationURL),
		"tokenURL": edge.CheckEndpoint(l.TokenURL), "userInfoURL": edge.CheckEndpoint(l.UserInfoURL),
	} {
		if err != nil {
			p.add(key+".login."+field, "%s", err)
		}
	}
	if l.ClientID == "" {
		p.add(key+".login.clientID", "is empty; register a client with the provider")
	}
	c.checkSecretRef(key+".login", l.SecretKey, p)
	lasts(key+".login.session", l.Session, time.Minute, 7*24*time.Hour, p)
}

// checkRoutes notes services that answer on the same host and path, and those
// that would get the same listener priority.
func (c *Config) checkRoutes(p *problems) {
	owner, taken, hosts := map[string]string{}, map[int]string{}, map[string]string{}
	for _, name := range sorted(c.Services) {
		s, key := c.Services[name], "tenfold:services."+name
		if s.Host == "" || prefix(s.Path) != nil {
			continue
		}
		hosts[s.Host] = name
		route := s.hostname(c.Domain) + s.Path
		if first, is := owner[route]; is {
			p.add(key+".host", "%s is taken by service %q; choose another host or path", route, first)
			continue
		}
		owner[route] = name
		priority := c.priority(name, s, s.Probe)
		if first, is := taken[priority]; is {
			p.add(key+".probe", "%s has by chance the listener priority %d of service %q; set it to %d", route, priority, first, c.freeProbe(name, s, taken))
			continue
		}
		taken[priority] = name
	}
	// The wildcard's record is named so.
	if first, both := hosts["any"], hosts["*"]; first != "" && both != "" {
		p.add("tenfold:services."+first+".host", "any is what the record of the host * of service %q is called; choose another", both)
	}
}

// priority is the listener priority of a service's route.
func (c *Config) priority(name string, s Service, probe int) int {
	return edge.Route{Host: s.hostname(c.Domain), Path: s.Path, Probe: probe}.Priority(name, c.Domain)
}

// freeProbe is the first probe that gives a priority of its own; there are ten,
// and tens of thousands of priorities.
func (c *Config) freeProbe(name string, s Service, taken map[int]string) int {
	for probe := range 10 {
		if _, is := taken[c.priority(name, s, probe)]; !is {
			return probe
		}
	}
	return 0
}

// hostname is the full name a routed service answers on.
func (s Service) hostname(domain string) string {
	if s.Host == "@" {
		return domain
	}
	return s.Host + "." + domain
}
