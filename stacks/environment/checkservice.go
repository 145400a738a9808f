package environment

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/tenfold-iac/tenfold/components/edge"
)

// What the load balancer takes for a path.
const (
	maxSegments   = 4
	maxPath       = 126
	maxHealthPath = 1024
)

var (
	hostPattern = regexp.MustCompile(`^(@|\*|[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)$`)
	pathPattern = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+$`)
	dotsPattern = regexp.MustCompile(`/\.\.?(/|$)`)
	// healthPattern is a path with or without a query, of the characters that AWS
	// takes there. It also takes #, which begins what no task is ever asked for.
	healthPattern = regexp.MustCompile(`^/([A-Za-z0-9._~/?&=@:+-]|%[0-9A-Fa-f]{2})*$`)
)

func (c *Config) checkService(name string, p *problems) {
	s, key := c.Services[name], "tenfold:services."+name
	checkName(key, name, p)
	checkGroup(key, name, p)
	c.checkContainer(s.Container, key, p)
	c.checkPurpose(s, key, p)
	c.checkRoute(s, key, p)
	c.checkLogin(s, key, p)
	c.checkUses(s.Uses, s.Queue, key, p)
	c.checkCalls(s, key, p)
	c.checkVariables(uses(s.Container, s.Queue, s.Calls), s.Env, key, p)
	c.checkEgress(s.Container, s.parts(c), key, p)
	s.Check.check(key+".check", p)
	c.checkScaling(s, key, p)
	c.checkSpot(s, key, p)
	c.checkSidecars(name, s, key, p)
	s.checkDeployment(key, p)
	s.checkDeployTime(key, p)
}

// checkPurpose notes a service that nothing could reach or give work to.
func (c *Config) checkPurpose(s Service, key string, p *problems) {
	port := given(key+".port", s.Port, p)
	if !port && s.Queue == "" {
		p.add(key, "has neither a port nor a queue; give a port and a host to a web service, a queue to a worker")
	}
	if port && (s.Port < 1 || s.Port > 65535) {
		p.add(key+".port", "%d is not a port; allowed are 1 to 65535", s.Port)
	}
	if s.Port != 0 && s.Host == "" && !s.Serve {
		p.add(key+".host", "is empty, so nothing could reach port %d; set a name below %s, or @ for the domain itself, or let services call it with serve", s.Port, c.Domain)
	}
	if !port && (s.Host != "" || s.Path != "" || s.Health != (Health{}) || s.Serve) {
		p.add(key+".port", "is missing; host, path, health and serve need the port the container listens on")
	}
	if _, ok := c.Queues[s.Queue]; s.Queue != "" && !ok {
		p.add(key+".queue", "%q is not declared; declare it under tenfold:queues (there are: %s)", s.Queue, list(c.Queues))
	}
}

// checkRoute checks what the service answers at the edge.
func (c *Config) checkRoute(s Service, key string, p *problems) {
	if s.Host != "" && !hostPattern.MatchString(s.Host) {
		p.add(key+".host", "%q is not one label below %s; use lower-case letters, digits and hyphens, @ for the domain itself, or * for every other label", s.Host, c.Domain)
	}
	if err := prefix(s.Path); err != nil {
		p.add(key+".path", "%s", err)
	}
	between(key+".probe", s.Probe, 1, 9, p)
	if s.Host == "" && s.Port != 0 && (s.Path != "" || s.Probe != 0 || s.Health != (Health{})) {
		p.add(key+".host", "is missing; path, probe and health are of the way from the load balancer")
	}
	s.Health.check(key+".health", p)
	if s.Host != "" && s.Stop != 0 && s.Stop <= edge.DeregistrationDelay {
		p.add(key+".stop", "%s is too short; a service with a host needs more than the %s that requests have to finish", s.Stop, edge.DeregistrationDelay)
	}
}

// prefix refuses what a route cannot be narrowed to.
func prefix(path string) error {
	switch {
	case path == "":
	case !pathPattern.MatchString(path) || dotsPattern.MatchString(path):
		return fmt.Errorf("%q is not a path prefix; write it like /api, without a wildcard or a slash at the end", path)
	case strings.Count(path, "/") > maxSegments || len(path) > maxPath:
		return fmt.Errorf("%q is too long; a prefix has at most %d parts and %d characters", path, maxSegments, maxPath)
	}
	return nil
}

func (h Health) check(key string, p *problems) {
	if h.Path != "" && (!healthPattern.MatchString(h.Path) || len(h.Path) > maxHealthPath) {
		p.add(key, "%q is not a path; write it like /health or /health?full=1, with at most %d letters, digits and . _ ~ / ? & = @ : + - and %%xx for others", h.Path, maxHealthPath)
	}
	lasts(key+".interval", h.Interval, 5*time.Second, 5*time.Minute, p)
	lasts(key+".timeout", h.Timeout, 2*time.Second, 2*time.Minute, p)
	between(key+".retries", h.Retries, 2, 10, p)
	interval, timeout := h.Interval, h.Timeout
	if interval == 0 {
		interval = 10 * time.Second
	}
	if timeout == 0 {
		timeout = 5 * time.Second
	}
	if timeout >= interval {
		p.add(key+".timeout", "%s is not less than the interval of %s; lower it or raise the interval", timeout, interval)
	}
}

func (c *Config) checkSpot(s Service, key string, p *problems) {
	if s.Spot < 0 || s.Spot > 100 {
		p.add(key+".spot", "%d is out of range; allowed are 0 to 100 percent", s.Spot)
	}
	if !c.Production || s.Port == 0 || s.Spot < 1 {
		return
	}
	if s.Spot == 100 {
		p.add(key+".spot", "100 lets AWS take every task of a web service away within two minutes; leave some on demand")
		return
	}
	c.checkOnDemand(s, key, p)
}

// checkOnDemand refuses a share of spare capacity that leaves no task on demand in
// a service that others call. One with a host keeps scaling.min tasks on demand
// beside the share, see spot.go of components/service.
func (c *Config) checkOnDemand(s Service, key string, p *problems) {
	least := c.leastTasks(s)
	onDemand := 100 - s.Spot
	if s.Host != "" || least < 1 || least*onDemand >= 100 {
		return
	}
	p.add(key+".spot", "%d leaves none of %d tasks on demand, and AWS may take all others away within two minutes; set at most %d, or run at least %d",
		s.Spot, least, 100-upTo(100, least), upTo(100, onDemand))
}

// upTo divides and rounds up.
func upTo(n, by int) int { return (n + by - 1) / by }

// checkDeployment checks what happens when a new revision comes.
func (s Service) checkDeployment(key string, p *problems) {
	lasts(key+".migration.timeout", s.Migration.Timeout, time.Minute, 2*time.Hour, p)
	reasoned(key+".migration.off", s.Migration.Off, p)
	if len(s.Migration.Command) == 0 && (s.Migration.Off != "" || given(key+".migration.timeout", s.Migration.Timeout, p)) {
		p.add(key+".migration.command", "is missing; name what is run")
	}
	if s.Alarms != (Alarms{}) && s.Host == "" {
		p.add(key+".alarms", "watch requests from the load balancer, and this service has no host; leave them out")
	}
	between(key+".alarms.errors", s.Alarms.Errors, 1, 100, p)
	if l := s.Alarms.Latency; given(key+".alarms.latency", l, p) && (l < 10*time.Millisecond || l > time.Minute) {
		p.add(key+".alarms.latency", "%s is out of range; allowed are 10ms to 1m", l)
	}
	if n := s.Alarms.MinRequests; given(key+".alarms.minRequests", n, p) && n < 1 {
		p.add(key+".alarms.minRequests", "%d is not a number of requests; it is at least 1", n)
	}
	reasoned(key+".alarms.off", s.Alarms.Off, p)
	reasoned(key+".acceptRollback", s.AcceptRollback, p)
}

// What a service has where the file does not say.
const (
	defaultStartup       = time.Minute
	defaultStop          = 45 * time.Second
	defaultDeployTimeout = 20 * time.Minute
)

// checkDeployTime checks that a deployment has the time that one task takes to
// start and the one before it to end. A new revision could never come up otherwise.
func (s Service) checkDeployTime(key string, p *problems) {
	starts := lasts(key+".startup", s.Startup, time.Second, 30*time.Minute, p)
	ends := lasts(key+".deployTimeout", s.DeployTimeout, 5*time.Minute, 3*time.Hour, p)
	startup, stop := cmp.Or(s.Startup, defaultStartup), cmp.Or(s.Stop, defaultStop)
	if !starts || !ends || stop > maxStop {
		return
	}
	needed, parts := startup+stop, fmt.Sprintf("%s of startup", short(startup))
	if s.Host != "" {
		needed += edge.DeregistrationDelay
		parts += fmt.Sprintf(", %s until requests are finished", edge.DeregistrationDelay)
	}
	timeout, from := s.DeployTimeout, ""
	if timeout == 0 {
		timeout, from = defaultDeployTimeout, " by default"
	}
	if timeout <= needed {
		p.add(key+".deployTimeout", "%s%s is too short: %s and %s of stop are %s; set it above that, or lower startup", short(timeout), from, parts, short(stop), short(needed))
	}
}
