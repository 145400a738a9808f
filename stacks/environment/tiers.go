package environment

import "slices"

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
	MVP:    {NAT: "single", MinACU: 0.5, MaxACU: 4, Readers: 0, BackupDays: 7, LogDays: 14, FlowLogDays: 14, MinTasks: 1},
	Growth: {NAT: "single", MinACU: 1, MaxACU: 16, Readers: 1, BackupDays: 14, LogDays: 30, FlowLogDays: 14, MinTasks: 2},
	Scale:  {NAT: "per-zone", MinACU: 4, MaxACU: 64, Readers: 2, BackupDays: 35, LogDays: 90, FlowLogDays: 90, MinTasks: 3},
}

func (t Tier) known() bool { return slices.Contains(tiers, t) }

// settings returns the tier's settings with the overrides of the configuration.
func (c *Config) settings() Settings {
	s := table[c.Tier]
	if c.Network.NAT != "" {
		s.NAT = c.Network.NAT
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
