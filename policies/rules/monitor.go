package rules

import (
	"regexp"
	"strings"

	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

const monitorType = "datadog:index/monitor:Monitor"

var (
	link        = regexp.MustCompile(`https?://\S+|\bdocs/runbooks/\S+\.md`)
	environment = regexp.MustCompile(`\b(env|environment):[\w$.-]+`)
	everywhere  = regexp.MustCompile(`\{\s*\*\s*\}`)
)

var monitor = []*rule.Rule{
	{
		ID: "monitor-runbook", Title: "Monitors link to a runbook",
		Why:      "Whoever is woken needs the first three steps, not a search.",
		Fix:      "add the runbook's address to assets with category runbook, or to the message.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{monitorType},
		Check: func(c *rule.Check) {
			assets, state := c.Get("assets").Items()
			waits := state == value.Unknown
			for _, asset := range assets {
				category, state := asset.Get("category").Text()
				if category == "runbook" {
					return
				}
				waits = waits || state == value.Unknown
			}
			message, state := c.Get("message").Text()
			switch {
			case strings.Contains(strings.ToLower(message), "runbook") && link.MatchString(message):
			case waits || state == value.Unknown:
				c.Wait("message")
			default:
				c.Failf("neither assets nor message links to a runbook; one of them must")
			}
		},
	},
	{
		ID: "monitor-priority", Title: "Monitors have a priority",
		Why:      "The priority decides who is told, and whether at night.",
		Fix:      "set priority to a number from 1 to 5.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{monitorType},
		Check: func(c *rule.Check) { c.OneOf(c.Get("priority"), "1", "2", "3", "4", "5") },
	},
	{
		ID: "monitor-tags", Title: "Monitors say which environment, service and team they are about",
		Why:      "Notifications are routed by these tags; a monitor without them tells nobody.",
		Fix:      "add the tags env:, service: and team:.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{monitorType},
		Params: []rule.Param{{
			Name: "keys", Kind: "array", Default: []string{"env", "service", "team"}, Doc: "Tag keys every monitor must have.",
		}},
		Check: monitorTags,
	},
	{
		ID: "monitor-missing-data", Title: "Monitors say what missing data means",
		Why:      "Silence is either the outage or the quiet of the night; the default guesses.",
		Fix:      "set onMissingData to show_no_data, show_and_notify_no_data, resolve or default.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{monitorType},
		Check: func(c *rule.Check) {
			if kind, ok := c.Kind("type"); !ok {
				return
			} else if kind == "slo alert" || kind == "composite" {
				c.Skip("the monitor watches no data of its own")
				return
			}
			missing, notify := c.Get("onMissingData"), c.Get("notifyNoData")
			switch {
			case missing.State() == value.Known || notify.State() == value.Known:
			case missing.State() == value.Unknown || notify.State() == value.Unknown:
				c.Wait("onMissingData")
			default:
				c.Failf("neither onMissingData nor notifyNoData is set; one of them must be")
			}
		},
	},
	{
		ID: "monitor-environment", Title: "Monitors watch one environment",
		Why:      "A query over everything wakes people for a test, and hides a small outage in a big average.",
		Fix:      "narrow the query with env:.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{monitorType},
		Check: func(c *rule.Check) {
			kind, ok := c.Kind("type")
			v := c.Get("query")
			query, state := v.Text()
			switch {
			case !ok:
			case state == value.Unknown:
				c.Wait(v.Path())
			case kind == "slo alert" || kind == "composite":
				c.Skip("the query names other monitors")
			case everywhere.MatchString(query):
				c.Failf("query has the scope {*}; it must name an environment")
			case !environment.MatchString(query):
				c.Fail(v, "name an environment, as in env:prod")
			}
		},
	},
	{
		ID: "monitor-no-handles", Title: "Monitors do not name who is told",
		Why:      "People and channels change; a notification rule routes by tags and is changed once.",
		Fix:      "remove @handles from the message and add them to a monitor notification rule.",
		Severity: rule.Low, Level: rule.Off, Scope: rule.Resource, Types: []string{monitorType},
		LevelReason: "A small team names its channels in the stack's configuration; turn this on with the first notification rule.",
		Check: func(c *rule.Check) {
			v := c.Get("message")
			text, state := v.Text()
			if state == value.Unknown {
				c.Wait(v.Path())
				return
			}
			for word := range strings.FieldsSeq(text) {
				if len(word) > 1 && word[0] == '@' {
					c.Failf("message names %s; a notification rule must", value.Quote(word))
					return
				}
			}
		},
	},
	{
		ID: "monitor-renotify", Title: "Urgent monitors remind",
		Why:      "A page that was missed once is otherwise never sent again.",
		Fix:      "set renotifyInterval on monitors of priority 1 and 2.",
		Severity: rule.Low, Level: rule.Advisory, Production: true, Scope: rule.Resource, Types: []string{monitorType},
		Check: func(c *rule.Check) {
			priority, state := c.Get("priority").Text()
			switch {
			case state == value.Unknown:
				c.Wait("priority")
			case priority == "1" || priority == "2":
				c.AtLeast("renotifyInterval", 1)
			default:
				c.Skip("the monitor is not urgent")
			}
		},
	},
	{
		ID: "monitor-cloudwatch-delay", Title: "Monitors on CloudWatch metrics wait for them",
		Why:      "They arrive minutes late; without a delay the newest points are missing and the monitor flaps.",
		Fix:      "set evaluationDelay to 900, or to 300 with metric streams.",
		Severity: rule.Low, Level: rule.Advisory, Scope: rule.Resource, Types: []string{monitorType},
		Check: func(c *rule.Check) {
			query, state := c.Get("query").Text()
			switch {
			case state == value.Unknown:
				c.Wait("query")
			case !strings.Contains(query, ":aws."):
				c.Skip("the query reads no CloudWatch metric")
			default:
				c.AtLeast("evaluationDelay", 60)
			}
		},
	},
}

func monitorTags(c *rule.Check) {
	list := c.Get("tags")
	items, state := list.Items()
	waits := state == value.Unknown
	have := map[string]bool{}
	for _, item := range items {
		text, state := item.Text()
		key, _, _ := strings.Cut(text, ":")
		have[key] = true
		waits = waits || state == value.Unknown
	}
	var missing []string
	for _, key := range c.ParamList("keys") {
		if !have[key] {
			missing = append(missing, key)
		}
	}
	switch {
	case len(missing) == 0:
	case waits:
		c.Wait(list.Path())
	default:
		c.Failf("tags lacks %s", strings.Join(missing, ", "))
	}
}
