package environment

import (
	"cmp"
	"regexp"
	"time"

	"github.com/tenfold-iac/tenfold/components/job"
)

// maxTasks is how many tasks of one service there can be.
const maxTasks = 5000

// defaultMaxAge is how old the oldest message of a queue may get before somebody is
// told, where the file does not say.
const defaultMaxAge = 5 * time.Minute

var clockPattern = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

func (c *Config) checkScaling(s Service, key string, p *problems) {
	key += ".scaling"
	low, high := c.tasks(s)
	if p.zeros[key+".min"] {
		low = 0
	}
	if p.zeros[key+".max"] {
		high = 0
	}
	if low < 1 || high < low || high > maxTasks {
		p.add(key, "min %d and max %d do not fit; min is at least 1, and max at least min and at most %d", low, high, maxTasks)
	}
	if cpu := s.Scaling.CPU; given(key+".cpu", cpu, p) && (cpu < 10 || cpu > 90) {
		p.add(key+".cpu", "%d is out of range; aim at 10 to 90 percent", cpu)
	}
	if memory := s.Scaling.Memory; given(key+".memory", memory, p) && (memory < 10 || memory > 90) {
		p.add(key+".memory", "%d is out of range; aim at 10 to 90 percent", memory)
	}
	if n := s.Scaling.Requests; given(key+".requests", n, p) && (n < 1 || s.Host == "") {
		p.add(key+".requests", "%d does not fit; give a positive number to a service with a host", n)
	}
	if least := table[c.Tier].MinTasks; c.Production && s.Port != 0 && low < least {
		p.add(key+".min", "%d is too few for tier %s in production; run at least %d, in different zones", low, c.Tier, least)
	}
	c.checkBacklog(s, key, p)
	if s.Scaling.Idle && c.Production {
		p.add(key+".idle", "lets no task run, so that customers would wait for the first one; drop it in production")
	}
	if s.Scaling.Idle && s.Scaling.Latency == 0 {
		p.add(key+".idle", "needs messages that wake the first task; set queue, and latency and perMessage")
	}
	if s.Scaling.Idle && low == high {
		p.add(key+".idle", "needs a max above min %d; a fixed number of tasks does not scale", low)
	}
	checkSleep(s.Scaling.Sleep, c.Production, key+".sleep", p)
	c.checkSchedules(s, key, p)
}

func (c *Config) checkBacklog(s Service, key string, p *problems) {
	latency, each := s.Scaling.Latency, s.Scaling.PerMessage
	if !given(key+".latency", latency, p) && !given(key+".perMessage", each, p) {
		return
	}
	if s.Queue == "" {
		p.add(key+".latency", "needs the queue whose messages wait; set queue")
		return
	}
	if latency < time.Second || each <= 0 || each > latency {
		p.add(key+".latency", "%s and perMessage %s do not fit; set both, latency from 1s and perMessage at most latency", latency, each)
	}
	q, declared := c.Queues[s.Queue]
	age := cmp.Or(q.MaxAge, defaultMaxAge)
	if declared && latency > age {
		p.add(key+".latency", "%s is above the maxAge %s of the queue, so somebody is told before another task starts; lower it, or raise tenfold:queues.%s.maxAge", latency, age, s.Queue)
	}
	if declared && each > q.ProcessingTime {
		p.add(key+".perMessage", "%s is above the processingTime %s of queue %q, so a second worker gets a message while the first is at it; raise the queue's", each, q.ProcessingTime, s.Queue)
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
		if !clockPattern.MatchString(text) {
			p.add(key+"."+field, "%q is not a time of day; write it like \"20:00\"", text)
		}
	}
	if s.Stop != "" && s.Stop == s.Start {
		p.add(key+".start", "%q is when tasks stop, so none would run; choose another time", s.Start)
	}
	checkZone(s.TimeZone, key+".timeZone", p)
}

func (c *Config) checkSchedules(s Service, key string, p *problems) {
	seen := map[string]bool{"sleep": true, "wake": true}
	for i, t := range s.Scaling.Schedules {
		where := at(key+".schedules", i)
		checkName(where+".name", t.Name, p)
		if seen[t.Name] {
			p.add(where+".name", "%q is taken by another schedule or by sleep; choose another", t.Name)
		}
		seen[t.Name] = true
		if err := job.CheckSchedule(t.At); err != nil {
			p.add(where+".at", "%s", err)
		}
		checkZone(t.TimeZone, where+".timeZone", p)
		if t.Min < 0 || t.Max < t.Min || t.Max > maxTasks {
			p.add(where, "min %d and max %d do not fit; min is at least 0, and max at least min and at most %d", t.Min, t.Max, maxTasks)
		}
		if least := table[c.Tier].MinTasks; c.Production && s.Port != 0 && t.Min < least {
			p.add(where+".min", "%d is too few for tier %s in production; run at least %d, in different zones", t.Min, c.Tier, least)
		}
	}
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

// leastTasks is the least number of tasks at any time, with what schedules set.
func (c *Config) leastTasks(s Service) int {
	least, _ := c.tasks(s)
	for _, t := range s.Scaling.Schedules {
		least = min(least, t.Min)
	}
	return least
}

func checkZone(zone, key string, p *problems) {
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
		p.add(key, "%q is not a time zone; write it like Europe/Berlin", zone)
	}
}
