package environment

import (
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/monitor/datadog"
)

// runbooks is where the shipped runbooks are read when the file names no copy.
const runbooks = "https://github.com/tenfold-iac/tenfold/blob/main/docs/runbooks"

// sink makes the sink every component hands its monitors to.
func (c *Config) sink(stack string) (monitor.Sink, error) {
	base := c.Alerts.Runbooks
	if base == "" {
		base = runbooks
	}
	return datadog.NewSink(datadog.Args{
		Environment: stack,
		Level:       c.level(),
		Team:        c.Alerts.Team,
		Runbooks:    base,
		Notify: map[int][]string{
			1: c.Alerts.Page, 2: c.Alerts.Page, 3: c.Alerts.Notify, 4: c.Alerts.Notify,
		},
	})
}

// level is how critical the environment is: without customers only what costs
// money or loses data is watched, and the first tier of production pages less.
func (c *Config) level() monitor.Level {
	switch {
	case !c.Production:
		return monitor.Relaxed
	case c.Tier == MVP:
		return monitor.Standard
	default:
		return monitor.Critical
	}
}
