package environment

import (
	"fmt"
	"slices"
	"strconv"
)

// Tier is the size of an environment.
type Tier string

// The tiers, from the first customer to $10M ARR.
const (
	MVP    Tier = "mvp"
	Growth Tier = "growth"
	Scale  Tier = "scale"
)

// tiers lists the tiers in ascending order.
var tiers = []Tier{MVP, Growth, Scale}

// Settings is what a tier decides. Nothing in it can force the replacement of
// something that holds data: what never changes (identifiers, keys, the subnet
// group, queue names, the address plan) is not tier-dependent at all.
type Settings struct {
	NAT         string  // how private subnets reach the internet
	WAF         string  // what the web application firewall does
	MinACU      float64 // database capacity when idle, in Aurora capacity units
	MaxACU      float64 // database capacity at most
	Readers     int     // database readers, each in another zone
	BackupDays  int     // point-in-time recovery window
	LogDays     int     // retention of logs
	FlowLogDays int     // retention of network flow logs
	MinTasks    int     // least number of tasks of a routed service in production
}

// table maps a tier to its settings.
var table = map[Tier]Settings{
	MVP:    {NAT: "single", WAF: "none", MinACU: 0.5, MaxACU: 4, Readers: 0, BackupDays: 7, LogDays: 14, FlowLogDays: 14, MinTasks: 1},
	Growth: {NAT: "single", WAF: "count", MinACU: 1, MaxACU: 16, Readers: 1, BackupDays: 14, LogDays: 30, FlowLogDays: 14, MinTasks: 2},
	Scale:  {NAT: "per-zone", WAF: "block", MinACU: 4, MaxACU: 64, Readers: 2, BackupDays: 35, LogDays: 90, FlowLogDays: 90, MinTasks: 3},
}

// Tiers returns the tiers in ascending order.
func Tiers() []Tier { return slices.Clone(tiers) }

// Settings returns what the tier decides, before any override; nothing for a
// tier that does not exist.
func (t Tier) Settings() Settings { return table[t] }

// Line is one setting as a person reads it.
type Line struct {
	Setting string `json:"setting"`
	Value   string `json:"value"`
}

// Lines returns the settings in the order of the struct, with what each tier
// insists on in production.
func (t Tier) Lines() []Line {
	s, least := t.Settings(), floors[t]
	nat := s.NAT
	if len(least.nat) == 1 {
		nat += " (fixed in production)"
	}
	readers := strconv.Itoa(s.Readers)
	if least.readers > 0 {
		readers += fmt.Sprintf(" (at least %d in production)", least.readers)
	}
	return []Line{
		{"NAT gateways", nat},
		{"web application firewall", s.WAF},
		{"database, least ACU", fmt.Sprintf("%g", s.MinACU)},
		{"database, most ACU", fmt.Sprintf("%g", s.MaxACU)},
		{"database readers", readers},
		{"point-in-time recovery, days", strconv.Itoa(s.BackupDays)},
		{"logs, days", strconv.Itoa(s.LogDays)},
		{"network flow logs, days", strconv.Itoa(s.FlowLogDays)},
		{"least tasks of a web service in production", strconv.Itoa(s.MinTasks)},
	}
}

// floor is what a tier insists on in production, whatever the file says.
type floor struct {
	nat     []string // ways out that are allowed; none never is
	readers int      // least number of readers
}

var floors = map[Tier]floor{
	MVP:    {nat: []string{"instance", "single", "per-zone"}},
	Growth: {nat: []string{"single", "per-zone"}, readers: 1},
	Scale:  {nat: []string{"per-zone"}, readers: 1},
}

// weakness says what is wrong with a way out for a tier that does not allow it.
var weakness = map[string]string{
	"single":   "the loss of one zone would cut every task off the internet",
	"instance": "one small machine would carry the traffic of every task, and nothing stands in while it is replaced",
}

// checkTier notes the overrides that the tier refuses in production.
func (c *Config) checkTier(p *problems) {
	if !c.Tier.known() || !c.Production {
		return
	}
	s, least := c.settings(), floors[c.Tier]
	if why, weak := weakness[c.Network.NAT]; weak && !slices.Contains(least.nat, s.NAT) {
		p.add("tenfold:network.nat", "%s is refused by tier %s in production, because %s; drop it for %s", s.NAT, c.Tier, why, table[c.Tier].NAT)
	}
	if s.Readers >= 0 && s.Readers < least.readers {
		p.add("tenfold:database.readers", "%d is refused by tier %s in production, because without a reader the loss of the writer stops the database for minutes; use at least %d", s.Readers, c.Tier, least.readers)
	}
}

func (t Tier) known() bool { return slices.Contains(tiers, t) }

// settings returns the tier's settings with the overrides of the configuration.
func (c *Config) settings() Settings {
	s := table[c.Tier]
	if c.Network.NAT != "" {
		s.NAT = c.Network.NAT
	}
	if c.Edge.WAF != "" {
		s.WAF = c.Edge.WAF
	}
	if v := c.Database.MinACU; v != nil {
		s.MinACU = *v
	}
	if c.Database.AutoPause != 0 {
		s.MinACU = 0
	}
	if v := c.Database.MaxACU; v != nil {
		s.MaxACU = *v
	}
	if v := c.Database.Readers; v != nil {
		s.Readers = *v
	}
	if v := c.Database.BackupDays; v != nil {
		s.BackupDays = *v
	}
	return s
}
