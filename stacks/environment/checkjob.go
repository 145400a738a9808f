package environment

import (
	"strings"
	"time"

	"github.com/tenfold-iac/tenfold/components/job"
)

func (c *Config) checkJob(name string, p *problems) {
	j, key := c.Jobs[name], "tenfold:jobs."+name
	checkName(key, name, p)
	checkGroup(key, name, p)
	c.checkContainer(j.Container, key, p)
	c.checkUses(j.Uses, "", key, p)
	c.checkVariables(uses(j.Container, "", nil), j.Env, key, p)
	c.checkEgress(j.Container, j.parts(c), key, p)
	volumes{}.add(key, "", j.Writable, p)
	if j.Schedule == "" {
		j.checkUnscheduled(key, p)
		return
	}
	if err := job.CheckSchedule(j.Schedule); err != nil {
		p.add(key+".schedule", "%s", err)
	}
	checkZone(j.TimeZone, key+".timeZone", p)
	if j.TimeZone != "" && !strings.HasPrefix(j.Schedule, "cron(") {
		p.add(key+".timeZone", "needs a cron expression in schedule; a rate has no time of day")
	}
	if w := j.Window; w < 0 || w > 24*time.Hour || w%time.Minute != 0 {
		p.add(key+".window", "%s is out of range; allowed are whole minutes up to 24h", w)
	}
	if r := j.Retries; r != nil && (*r < 0 || *r > 185) {
		p.add(key+".retries", "%d is out of range; allowed are 0 to 185", *r)
	}
	lasts(key+".maxDelay", j.MaxDelay, time.Minute, 24*time.Hour, p)
	lasts(key+".timeout", j.Timeout, time.Minute, 7*24*time.Hour, p)
	reasoned(key+".paused", j.Paused, p)
}

// checkUnscheduled notes what is said about runs by the clock of a job that has
// none: a run that somebody starts is not limited, and nothing starts it again.
func (j Job) checkUnscheduled(key string, p *problems) {
	for field, set := range map[string]bool{
		"timeZone": j.TimeZone != "", "window": given(key+".window", j.Window, p), "retries": j.Retries != nil,
		"maxDelay": given(key+".maxDelay", j.MaxDelay, p), "overlap": j.Overlap, "timeout": given(key+".timeout", j.Timeout, p), "paused": j.Paused != "",
	} {
		if set {
			p.add(key+"."+field, "is about runs on a schedule, and there is none; set schedule or leave it out")
		}
	}
}
