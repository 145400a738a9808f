package environment

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	digestPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._/:-]*@sha256:[0-9a-f]{64}$`)
	taggedPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._/:-]*:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)
	hostPattern   = regexp.MustCompile(`^(@|[a-z0-9]([a-z0-9-]*[a-z0-9])?)$`)
	pathPattern   = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+$`)
	healthPattern = regexp.MustCompile(`^/[A-Za-z0-9._~/-]*$`)
	userPattern   = regexp.MustCompile(`^[0-9]+(:[0-9]+)?$`)
	// What AWS takes is checked by EventBridge Scheduler; this tells the forms apart.
	schedulePattern = regexp.MustCompile(`^(cron\([^()]+\)|rate\(\d+ (minute|hour|day)s?\))$`)
	secretName      = regexp.MustCompile(`(SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|PRIVATE_KEY|API_KEY)`)
)

func (c *Config) checkService(name string, p *problems) {
	s, key := c.Services[name], "tenfold:services."+name
	checkName(key, name, p)
	c.checkContainer(s.Container, s.Queue, key, p)
	if s.Port == 0 && s.Queue == "" {
		p.add(key, "has neither a port nor a queue; give a port and a host to a web service, a queue to a worker")
	}
	if s.Port < 0 || s.Port > 65535 {
		p.add(key+".port", "%d is not a port; allowed are 1 to 65535", s.Port)
	}
	if s.Port != 0 && s.Host == "" {
		p.add(key+".host", "is empty, so nothing could reach port %d; set a name below %s, or @ for the domain itself", s.Port, c.Domain)
	}
	if s.Port == 0 && (s.Host != "" || s.Path != "" || s.Health != "") {
		p.add(key+".port", "is missing; host, path and health need the port the container listens on")
	}
	if s.Host != "" && !hostPattern.MatchString(s.Host) {
		p.add(key+".host", "%q is not one label below %s; use lower-case letters, digits and hyphens, or @", s.Host, c.Domain)
	}
	if s.Path != "" && !pathPattern.MatchString(s.Path) {
		p.add(key+".path", "%q is not a path prefix; write it like /api, without a wildcard or a slash at the end", s.Path)
	}
	if s.Health != "" && !healthPattern.MatchString(s.Health) {
		p.add(key+".health", "%q is not a path; write it like /health", s.Health)
	}
	if _, ok := c.Queues[s.Queue]; s.Queue != "" && !ok {
		p.add(key+".queue", "%q is not declared; declare it under tenfold:queues (there are: %s)", s.Queue, list(c.Queues))
	}
	c.checkScaling(s, key, p)
}

func (c *Config) checkJob(name string, p *problems) {
	j, key := c.Jobs[name], "tenfold:jobs."+name
	checkName(key, name, p)
	c.checkContainer(j.Container, "", key, p)
	if _, taken := c.Services[name]; taken {
		p.add(key, "has the name of a service; choose another, both name a task family")
	}
	if j.Schedule != "" && !schedulePattern.MatchString(j.Schedule) {
		p.add(key+".schedule", "%q is not a schedule; write cron(0 3 * * ? *) or rate(1 hour)", j.Schedule)
	}
	checkZone(j.TimeZone, key+".timeZone", p)
	if j.TimeZone != "" && !strings.HasPrefix(j.Schedule, "cron(") {
		p.add(key+".timeZone", "needs a cron expression in schedule; a rate has no time of day")
	}
}

func checkZone(zone, key string, p *problems) {
	if _, err := time.LoadLocation(zone); err != nil {
		p.add(key, "%q is not a time zone; write it like Europe/Berlin", zone)
	}
}

// checkContainer checks what services and jobs have in common. Queue is the
// queue a worker uses without saying so.
func (c *Config) checkContainer(s Container, queue, key string, p *problems) {
	c.checkImage(s, key, p)
	checkSize(s, key, p)
	if s.User != "" && (!userPattern.MatchString(s.User) || strings.HasPrefix(s.User, "0")) {
		p.add(key+".user", "%q is not a user other than root; write it as numbers, for example \"1000:1000\"", s.User)
	}
	for i, dir := range s.Writable {
		if !pathPattern.MatchString(dir) {
			p.add(fmt.Sprintf("%s.writable[%d]", key, i), "%q is not an absolute directory; write it like /tmp", dir)
		}
	}
	checkEnv(s, key, p)
	c.checkUses(s, queue, key, p)
}

func (c *Config) checkImage(s Container, key string, p *problems) {
	switch {
	case digestPattern.MatchString(s.Image):
	case c.Production:
		p.add(key+".image", "%q is not pinned; production runs <repository>@sha256:<64 hex digits>, so that a rollback runs what ran before", s.Image)
	case !taggedPattern.MatchString(s.Image):
		p.add(key+".image", "%q is not an image; write <repository>:<tag> or <repository>@sha256:<digest>", s.Image)
	}
}

// sizes maps Fargate CPU units to the memory in MiB they go with: from, to and
// step. Source: AWS, task CPU and memory error, Fargate task sizes.
var sizes = map[int][3]int{
	256: {512, 2048, 0}, 512: {1024, 4096, 1024}, 1024: {2048, 8192, 1024}, 2048: {4096, 16384, 1024},
	4096: {8192, 30720, 1024}, 8192: {16384, 61440, 4096}, 16384: {32768, 122880, 8192},
}

func checkSize(s Container, key string, p *problems) {
	cpu, memory := s.size()
	r, ok := sizes[cpu]
	if !ok {
		p.add(key+".cpu", "%d is not a Fargate size; allowed are 256, 512, 1024, 2048, 4096, 8192 and 16384 CPU units", cpu)
		return
	}
	if r[2] == 0 {
		if !slices.Contains([]int{512, 1024, 2048}, memory) {
			p.add(key+".memory", "%d MiB does not go with %d CPU units; allowed are 512, 1024 and 2048", memory, cpu)
		}
		return
	}
	if memory < r[0] || memory > r[1] || (memory-r[0])%r[2] != 0 {
		p.add(key+".memory", "%d MiB does not go with %d CPU units; allowed are %d to %d in steps of %d", memory, cpu, r[0], r[1], r[2])
	}
}

// size returns CPU units and MiB of memory, with the smallest Fargate size as
// the default.
func (s Container) size() (cpu, memory int) {
	cpu, memory = s.CPU, s.Memory
	if cpu == 0 {
		cpu = 256
	}
	if memory == 0 {
		memory = sizes[cpu][0]
	}
	return cpu, memory
}

func (c *Config) checkScaling(s Service, key string, p *problems) {
	low, high := c.tasks(s)
	if low < 1 || high < low {
		p.add(key+".scaling", "min %d and max %d do not fit; min is at least 1 and max at least min", low, high)
	}
	if cpu := s.Scaling.CPU; cpu != 0 && (cpu < 10 || cpu > 90) {
		p.add(key+".scaling.cpu", "%d is out of range; aim at 10 to 90 percent", cpu)
	}
	if memory := s.Scaling.Memory; memory != 0 && (memory < 10 || memory > 90) {
		p.add(key+".scaling.memory", "%d is out of range; aim at 10 to 90 percent", memory)
	}
	if s.Scaling.Requests != 0 && (s.Scaling.Requests < 1 || s.Host == "") {
		p.add(key+".scaling.requests", "%d does not fit; give a positive number to a service with a host", s.Scaling.Requests)
	}
	c.checkBacklog(s, key, p)
	checkSleep(s.Scaling.Sleep, c.Production, key+".scaling.sleep", p)
	if least := table[c.Tier].MinTasks; c.Production && s.Port != 0 && low < least {
		p.add(key+".scaling.min", "%d is too few for tier %s in production; run at least %d, in different zones", low, c.Tier, least)
	}
	if s.Spot < 0 || s.Spot > 100 {
		p.add(key+".spot", "%d is out of range; allowed are 0 to 100 percent", s.Spot)
	}
	if c.Production && s.Port != 0 && s.Spot == 100 {
		p.add(key+".spot", "100 lets AWS take every task of a web service away within two minutes; leave some on demand")
	}
}

func (c *Config) checkBacklog(s Service, key string, p *problems) {
	latency, each := s.Scaling.Latency, s.Scaling.PerMessage
	switch {
	case latency == 0 && each == 0:
	case s.Queue == "":
		p.add(key+".scaling.latency", "needs the queue whose messages wait; set queue")
	case latency < time.Second || each <= 0 || each > latency:
		p.add(key+".scaling.latency", "%s and perMessage %s do not fit; set both, with perMessage at most latency", latency, each)
	case c.Queues[s.Queue].MaxAge != 0 && latency > c.Queues[s.Queue].MaxAge:
		p.add(key+".scaling.latency", "%s is above the maxAge %s of the queue, so somebody is told before another task starts; lower it", latency, c.Queues[s.Queue].MaxAge)
	}
}

func checkSleep(s Sleep, production bool, key string, p *problems) {
	if s == (Sleep{}) {
		return
	}
	if production {
		p.add(key, "stops every task at night, which customers would notice; drop it in production")
	}
	for field, text := range map[string]string{"stop": s.Stop, "start": s.Start} {
		if _, err := time.Parse("15:04", text); err != nil {
			p.add(key+"."+field, "%q is not a time of day; write it like \"20:00\"", text)
		}
	}
	checkZone(s.TimeZone, key+".timeZone", p)
}

// tasks returns the least and the largest number of tasks. Default: what the
// tier asks of a routed service in production, otherwise one; and four times as
// many at most.
func (c *Config) tasks(s Service) (low, high int) {
	low, high = s.Scaling.Min, s.Scaling.Max
	if low == 0 {
		low = 1
		if c.Production && s.Port != 0 {
			low = max(low, table[c.Tier].MinTasks)
		}
	}
	if high == 0 {
		high = 4 * low
	}
	return low, high
}

func checkEnv(s Container, key string, p *problems) {
	for _, env := range sorted(s.Env) {
		if !envPattern.MatchString(env) {
			p.add(key+".env."+env, "is not an environment variable; use upper-case letters, digits and underscores")
		}
		if secretName.MatchString(env) {
			p.add(key+".env."+env, "looks like a secret, and this file is not a place for one; declare it under tenfold:secrets and use secret:<name>")
		}
	}
}

// use is one parsed entry of Service.Uses.
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
	case len(parts) == 2 && parts[0] == "secret":
		return use{kind: "secret", name: parts[1]}, nil
	}
	return use{}, fmt.Errorf("%q is not something to use; write database, database:read, queue:<name>:send, queue:<name>:consume or secret:<name>", text)
}

func (c *Config) checkUses(s Container, queue, key string, p *problems) {
	seen := map[string]bool{}
	if queue != "" {
		seen["queue:"+queue+":consume"] = true
	}
	for i, text := range s.Uses {
		at := fmt.Sprintf("%s.uses[%d]", key, i)
		if seen[text] {
			p.add(at, "%q is given twice; a worker uses its own queue already", text)
		}
		seen[text] = true
		u, err := parseUse(text)
		if err != nil {
			p.add(at, "%s", err)
			continue
		}
		if _, ok := c.Queues[u.name]; u.kind == "queue" && !ok {
			p.add(at, "queue %q is not declared; declare it under tenfold:queues (there are: %s)", u.name, list(c.Queues))
		}
		if _, ok := c.Secrets[u.name]; u.kind == "secret" && !ok {
			p.add(at, "secret %q is not declared; declare it under tenfold:secrets (there are: %s)", u.name, list(c.Secrets))
		}
	}
}

// checkRoutes notes services that answer on the same host and path.
func (c *Config) checkRoutes(p *problems) {
	owner := map[string]string{}
	for _, name := range sorted(c.Services) {
		s := c.Services[name]
		if s.Host == "" {
			continue
		}
		route := s.hostname(c.Domain) + s.Path
		if first, taken := owner[route]; taken {
			p.add("tenfold:services."+name+".host", "%s is taken by service %q; choose another host or path", route, first)
			continue
		}
		owner[route] = name
	}
}

// hostname is the full name a routed service answers on.
func (s Service) hostname(domain string) string {
	if s.Host == "@" {
		return domain
	}
	return s.Host + "." + domain
}

func list[V any](m map[string]V) string {
	if len(m) == 0 {
		return "none"
	}
	return strings.Join(sorted(m), ", ")
}
