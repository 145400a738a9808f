package environment

import (
	"math"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	regionPattern = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)
	domainPattern = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$`)
	namePattern   = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	envPattern    = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)
	keyPattern    = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
)

// maxName is how long the name of a service, queue or secret may be, so that
// the names made from it stay readable within the 32 characters AWS allows a
// target group.
const maxName = 20

// check notes every problem of the values, after decode has noted those of
// their types.
func (c *Config) check(p *problems) {
	c.checkPlace(p)
	c.checkAlerts(p)
	c.checkDatabase(p)
	c.checkTier(p)
	for _, name := range sorted(c.Queues) {
		c.Queues[name].check("tenfold:queues."+name, name, p)
	}
	for _, name := range sorted(c.Secrets) {
		c.Secrets[name].check("tenfold:secrets."+name, name, p)
	}
	if len(c.Services) == 0 {
		p.add("tenfold:services", "is empty; declare at least one service")
	}
	for _, name := range sorted(c.Services) {
		c.checkService(name, p)
	}
	for _, name := range sorted(c.Jobs) {
		c.checkJob(name, p)
	}
	c.checkRoutes(p)
}

func (c *Config) checkPlace(p *problems) {
	if !regionPattern.MatchString(c.region) {
		p.add("aws:region", "%q is not an AWS region; set one such as us-east-1", c.region)
	}
	if !c.Tier.known() {
		p.add("tenfold:tier", "%q is not a tier; allowed are mvp, growth and scale", c.Tier)
	}
	if !domainPattern.MatchString(c.Domain) {
		p.add("tenfold:domain", "%q is not a domain name; set one such as example.com", c.Domain)
	} else if c.Domain != c.HostedZone && !strings.HasSuffix(c.Domain, "."+c.HostedZone) {
		p.add("tenfold:hostedZone", "%q cannot hold records of %s; name the domain itself or a parent of it", c.HostedZone, c.Domain)
	}
	if len(c.Zones) < 3 || len(c.Zones) > 4 {
		p.add("tenfold:zones", "has %d availability zones; name three, the database needs them from the first day (a fourth may follow)", len(c.Zones))
	}
	for i, z := range c.Zones {
		if len(z) != len(c.region)+1 || !strings.HasPrefix(z, c.region) {
			p.add("tenfold:zones", "%q is not an availability zone of %s; name one such as %sa", z, c.region, c.region)
		}
		if slices.Contains(c.Zones[:i], z) {
			p.add("tenfold:zones", "%q is named twice; name different zones", z)
		}
	}
	if cidr := c.Network.CIDR; cidr != "" {
		prefix, err := netip.ParsePrefix(cidr)
		if err != nil || !prefix.Addr().Is4() || prefix.Bits() != 16 || prefix.Masked() != prefix || !prefix.Addr().IsPrivate() {
			p.add("tenfold:network.cidr", "%q is not a private /16; use one such as 10.0.0.0/16", cidr)
		}
	}
	if nat := c.Network.NAT; nat != "" && !slices.Contains([]string{"none", "single", "per-zone"}, nat) {
		p.add("tenfold:network.nat", "%q is not a way out; allowed are none, single and per-zone", nat)
	}
	if c.Network.NAT == "none" && c.Production {
		p.add("tenfold:network.nat", "none gives tasks public addresses, which production refuses; use single or per-zone")
	}
}

func (c *Config) checkAlerts(p *problems) {
	if !namePattern.MatchString(c.Alerts.Team) {
		p.add("tenfold:alerts.team", "%q is not a team name; use lower-case letters, digits and hyphens", c.Alerts.Team)
	}
	for key, handles := range map[string][]string{"page": c.Alerts.Page, "notify": c.Alerts.Notify} {
		if len(handles) == 0 {
			p.add("tenfold:alerts."+key, "is empty; name at least one Datadog handle such as @slack-alerts")
		}
		for _, h := range handles {
			if !strings.HasPrefix(h, "@") || len(h) < 2 || strings.ContainsAny(h, " {}") {
				p.add("tenfold:alerts."+key, "%q is not a Datadog handle; it starts with @, for example @slack-alerts", h)
			}
		}
	}
	for _, id := range sorted(c.Alerts.Off) {
		if len(strings.TrimSpace(c.Alerts.Off[id])) < 10 {
			p.add("tenfold:alerts.off."+id, "%q does not say why the monitor is off; give the reason in a sentence", c.Alerts.Off[id])
		}
	}
}

func (c *Config) checkDatabase(p *problems) {
	if !c.Tier.known() {
		return
	}
	s, d := c.settings(), c.Database
	for _, v := range []struct {
		key        string
		acu, least float64
	}{{"minACU", s.MinACU, 0.5}, {"maxACU", s.MaxACU, 1}} {
		if v.key == "minACU" && d.AutoPause != 0 {
			continue
		}
		if v.acu < v.least || v.acu > 256 || math.Mod(v.acu, 0.5) != 0 {
			p.add("tenfold:database."+v.key, "%g is not a capacity; allowed are %g to 256 in steps of 0.5 (a database that pauses has autoPause)", v.acu, v.least)
		}
	}
	if s.MinACU > s.MaxACU {
		p.add("tenfold:database.minACU", "%g is above maxACU %g; lower it or raise maxACU", s.MinACU, s.MaxACU)
	}
	if d.AutoPause != 0 && (d.AutoPause < 5*time.Minute || d.AutoPause > 24*time.Hour) {
		p.add("tenfold:database.autoPause", "%s is out of range; allowed are 5m to 24h", d.AutoPause)
	}
	if d.AutoPause != 0 && c.Production {
		p.add("tenfold:database.autoPause", "makes the first customer after a pause wait about 15 seconds; production does not pause")
	}
	if d.AutoPause != 0 && d.MinACU != nil {
		p.add("tenfold:database.autoPause", "and minACU exclude each other, a database that pauses goes down to nothing; set one of them")
	}
	if d.MaxReaders != 0 && (s.Readers < 1 || d.MaxReaders <= s.Readers || d.MaxReaders > 15) {
		p.add("tenfold:database.maxReaders", "%d does not fit %d readers; it needs at least one to start from, and is above their number and at most 15", d.MaxReaders, s.Readers)
	}
	if s.Readers < 0 || s.Readers > 15 {
		p.add("tenfold:database.readers", "%d is out of range; Aurora takes 0 to 15", s.Readers)
	}
	least := 1
	if c.Production {
		least = 7
	}
	if s.BackupDays < least || s.BackupDays > 35 {
		p.add("tenfold:database.backupDays", "%d is out of range; allowed are %d to 35 here", s.BackupDays, least)
	}
}

func checkName(key, name string, p *problems) {
	if !namePattern.MatchString(name) || len(name) > maxName {
		p.add(key, "%q is not a name; use at most %d lower-case letters, digits and inner hyphens, starting with a letter", name, maxName)
	}
}

func (q Queue) check(key, name string, p *problems) {
	checkName(key, name, p)
	if q.ProcessingTime < time.Second || q.ProcessingTime > 2*time.Hour {
		p.add(key+".processingTime", "%s is out of range; allowed are 1s to 2h, because SQS hides a message for 12h at most and six times the processing time is needed", q.ProcessingTime)
	}
	if q.MaxReceives < 0 || q.MaxReceives > 1000 {
		p.add(key+".maxReceives", "%d is out of range; allowed are 1 to 1000", q.MaxReceives)
	}
	if q.MaxAge < 0 || q.MaxAge > 4*24*time.Hour {
		p.add(key+".maxAge", "%s is out of range; allowed are 1m to 96h, the time a message is kept", q.MaxAge)
	}
}

func (s Secret) check(key, name string, p *problems) {
	checkName(key, name, p)
	if s.Description == "" {
		p.add(key+".description", "is empty; say what the secret is for")
	}
	for _, env := range sorted(s.Env) {
		if !envPattern.MatchString(env) {
			p.add(key+".env."+env, "is not an environment variable; use upper-case letters, digits and underscores")
		}
		if !keyPattern.MatchString(s.Env[env]) {
			p.add(key+".env."+env, "%q is not a key of the secret's JSON value; use letters, digits and . _ -", s.Env[env])
		}
	}
}
