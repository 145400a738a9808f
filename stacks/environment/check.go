package environment

import (
	"archive/zip"
	"errors"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tenfold-iac/tenfold/components/imagecache"
)

var (
	regionPattern = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)
	domainPattern = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$`)
	namePattern   = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	envPattern    = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)
	keyPattern    = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
	notInName     = regexp.MustCompile(`[^a-z0-9]+`)
)

const (
	// maxName is how long the name of a service, queue or secret may be, so that
	// the names made from it stay readable within the 32 characters AWS allows a
	// target group.
	maxName = 20
	// maxStack and maxProject keep the names made of the project, the stack and
	// the name of a component whole within the 64 characters of a schedule or a
	// function for the project as it is shipped.
	maxStack   = 30
	maxProject = 20
	// maxDomain is AWS's limit for the name on a certificate, less the "*." of
	// the wildcard beside it.
	maxDomain = 62
)

// check notes every problem of the values, after decode has noted those of
// their types.
func (c *Config) check(p *problems) {
	checkStack(p)
	c.checkPlace(p)
	c.checkNetwork(p)
	c.checkEdge(p)
	c.checkAlerts(p)
	c.checkDatabase(p)
	c.checkTier(p)
	each("tenfold:queues", c.Queues, func(key string, q Queue) { q.check(key, p) }, p)
	each("tenfold:secrets", c.Secrets, func(key string, s Secret) { s.check(key, p) }, p)
	each("tenfold:registries", c.Registries, func(key string, r Registry) { r.check(key, p) }, p)
	each("tenfold:imageCaches", c.ImageCaches, func(key string, i ImageCache) { i.check(key, c.region, p) }, p)
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
	c.checkCircles(p)
	c.checkNames(p)
	c.checkLimits(p)
}

// each checks the name and the value of every entry of a mapping.
func each[V any](key string, m map[string]V, check func(string, V), p *problems) {
	for _, name := range sorted(m) {
		checkName(key+"."+name, name, p)
		check(key+"."+name, m[name])
	}
}

// checkStack refuses a name that Pulumi takes for a stack and AWS does not take
// in the names made from it.
func checkStack(p *problems) {
	if len(p.stack) <= maxStack && namePattern.MatchString(p.stack) {
		return
	}
	fit := strings.Trim(notInName.ReplaceAllString(strings.ToLower(p.stack), "-"), "-")
	fit = strings.Trim(fit[:min(len(fit), maxStack)], "-")
	if !namePattern.MatchString(fit) {
		fit = "dev"
	}
	p.add("stack", "%q does not fit into the names made from it; use at most %d lower-case letters, digits and inner hyphens, starting with a letter: `pulumi stack rename %s`, and rename the file with it", p.stack, maxStack, fit)
}

// checkProject refuses a project whose name does not fit into the names made
// from it.
func (c *Config) checkProject(project string, p *problems) {
	if len(project) > maxProject || !namePattern.MatchString(project) {
		p.add("name in Pulumi.yaml", "%q does not fit into the names made from it; use at most %d lower-case letters, digits and inner hyphens, starting with a letter", project, maxProject)
		return
	}
	for _, name := range sorted(c.ImageCaches) {
		if prefix := project + "/" + name; len(prefix) > imagecache.MaxPrefix {
			p.add("tenfold:imageCaches."+name, "the name %s of its repositories has %d characters and AWS allows %d; shorten it", prefix, len(prefix), imagecache.MaxPrefix)
		}
	}
}

// checkArchive looks for the package of the functions, which a deployment takes
// and which nothing else needs.
func (c *Config) checkArchive(p *problems) {
	path := c.archive()
	file, err := zip.OpenReader(path)
	if errors.Is(err, fs.ErrNotExist) {
		p.add("tenfold:tenancy.archive", "%q does not exist; run `make functions`, which builds it", path)
		return
	}
	if err != nil {
		p.add("tenfold:tenancy.archive", "%q cannot be read (%s); delete it and run `make functions`", path, err)
		return
	}
	defer file.Close()
	if !slices.ContainsFunc(file.File, func(f *zip.File) bool { return f.Name == "bootstrap" }) {
		p.add("tenfold:tenancy.archive", "%q holds no program named bootstrap; delete it and run `make functions`", path)
	}
}

func (c *Config) checkPlace(p *problems) {
	if !regionPattern.MatchString(c.region) {
		p.add("aws:region", "%q is not an AWS region; set one such as us-east-1", c.region)
	}
	if !c.Tier.known() {
		p.add("tenfold:tier", "%q is not a tier; allowed are mvp, growth and scale", c.Tier)
	}
	switch {
	case !domainPattern.MatchString(c.Domain):
		p.add("tenfold:domain", "%q is not a domain name; set one such as example.com", c.Domain)
	case len(c.Domain) > maxDomain:
		p.add("tenfold:domain", "%q has %d characters; AWS issues certificates for at most %d", c.Domain, len(c.Domain), maxDomain)
	case c.Domain != c.HostedZone && !strings.HasSuffix(c.Domain, "."+c.HostedZone):
		p.add("tenfold:hostedZone", "%q cannot hold records of %s; name the domain itself or a parent of it", c.HostedZone, c.Domain)
	}
	if len(c.Zones) < 3 || len(c.Zones) > 4 {
		p.add("tenfold:zones", "has %d availability zones; name three, the database needs them from the first day (a fourth may follow)", len(c.Zones))
	}
	for i, z := range c.Zones {
		if len(z) != len(c.region)+1 || !strings.HasPrefix(z, c.region) || z[len(z)-1] < 'a' || z[len(z)-1] > 'z' {
			p.add("tenfold:zones", "%q is not an availability zone of %s; name one such as %sa", z, c.region, c.region)
		}
		if slices.Contains(c.Zones[:i], z) {
			p.add("tenfold:zones", "%q is named twice; name different zones", z)
		}
	}
}

func checkName(key, name string, p *problems) {
	if !namePattern.MatchString(name) || len(name) > maxName {
		p.add(key, "%q is not a name; use at most %d lower-case letters, digits and inner hyphens, starting with a letter", name, maxName)
	}
}

// between notes a number that is given and out of its range.
func between(key string, got, least, most int, p *problems) {
	if given(key, got, p) && (got < least || got > most) {
		p.add(key, "%d is out of range; allowed are %d to %d", got, least, most)
	}
}

// lasts notes a duration that is given and is not whole seconds within its range,
// and tells whether it is fine.
func lasts(key string, got, least, most time.Duration, p *problems) bool {
	if given(key, got, p) && (got < least || got > most || got%time.Second != 0) {
		p.add(key, "%s is out of range; allowed are whole seconds from %s to %s", got, short(least), short(most))
		return false
	}
	return true
}

// short writes a duration as people do: 5m and not 5m0s.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// reasoned notes a reason that says nothing.
func reasoned(key, reason string, p *problems) {
	if reason != "" && len(strings.TrimSpace(reason)) < 10 {
		p.add(key, "%q does not say why; give the reason in a sentence", reason)
	}
}
