package environment

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tenfold-iac/tenfold/components/monitor"
)

// handlePattern is a Datadog handle: @slack-alerts, or @ and an address.
var handlePattern = regexp.MustCompile(`^@[^\s{}@]+(@[^\s{}@]+)?$`)

func (c *Config) checkAlerts(p *problems) {
	if !namePattern.MatchString(c.Alerts.Team) || len(c.Alerts.Team) > 200 {
		p.add("tenfold:alerts.team", "%q is not a team name; use lower-case letters, digits and hyphens", c.Alerts.Team)
	}
	for key, handles := range map[string][]string{"page": c.Alerts.Page, "notify": c.Alerts.Notify} {
		if len(handles) == 0 {
			p.add("tenfold:alerts."+key, "is empty; name at least one Datadog handle such as @slack-alerts")
		}
		for _, h := range handles {
			if !handlePattern.MatchString(h) {
				p.add("tenfold:alerts."+key, "%q is not a Datadog handle; it starts with @, for example @slack-alerts", h)
			}
		}
	}
	if c.Alerts.Runbooks != "" && !strings.HasPrefix(c.Alerts.Runbooks, "https://") {
		p.add("tenfold:alerts.runbooks", "%q is not the address of a folder of runbooks; it starts with https://", c.Alerts.Runbooks)
	}
	for _, id := range sorted(c.Alerts.Off) {
		c.checkOff("tenfold:alerts.off."+id, id, p)
	}
}

// checkOff checks a monitor that is switched off: for every component, or for the
// one whose name stands before the slash.
func (c *Config) checkOff(key, id string, p *problems) {
	component, kind, named := strings.Cut(id, "/")
	if !named {
		kind = id
	}
	if !slices.Contains(monitor.IDs(), kind) {
		p.add(key, "there is no monitor %q to switch off; a key is an ID of docs/runbooks, or a component's name and an ID as in jobs/sqs-backlog", id)
	}
	if named && !slices.Contains(c.watched(), component) {
		p.add(key, "there is no component %q with monitors; there are %s", component, strings.Join(c.watched(), ", "))
	}
	if len(strings.TrimSpace(c.Alerts.Off[id])) < 10 {
		p.add(key, "%q does not say why the monitor is off; give the reason in a sentence", c.Alerts.Off[id])
	}
}

// watched names the components that have monitors.
func (c *Config) watched() []string {
	names := []string{databaseComponent, networkComponent, tenancyComponent}
	return slices.Concat(names, sorted(c.Queues), sorted(c.Services), sorted(c.Jobs))
}
