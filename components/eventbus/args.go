package eventbus

import (
	"regexp"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/naming"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

// plan is what is decided before anything is registered.
type plan struct {
	bus, dead, archive string
	rules, patterns    []string // in the order of Args.Rules
	monitors           []monitor.Spec
}

func (a Args) withDefaults() Args {
	if a.ArchiveDays == 0 {
		a.ArchiveDays = 30
	}
	a.Rules = append([]Rule(nil), a.Rules...)
	for i := range a.Rules {
		if a.Rules[i].MaxAge == 0 {
			a.Rules[i].MaxAge = 24 * time.Hour
		}
		if a.Rules[i].MaxRetries == 0 {
			a.Rules[i].MaxRetries = 185
		}
	}
	return a
}

// plan reports every problem, or the names, the patterns and the monitors.
func (a Args) plan(ctx *pulumi.Context, name string) (plan, error) {
	p := problem.Of("event bus", name)
	p.Add(naming.Component(name))
	named := func(kind naming.Kind, of string) string {
		physical, err := naming.Physical(ctx, kind, of)
		p.Add(err)
		return physical
	}
	made := plan{
		bus: named(naming.EventBus, name), dead: named(naming.Queue, name+"-dead"), archive: named(naming.EventArchive, name),
	}
	a.check(p)
	for _, r := range a.Rules {
		pattern, err := r.Pattern.JSON()
		if err != nil {
			p.Addf("rule %q: %w", r.Name, err)
		}
		made.rules = append(made.rules, named(naming.EventRule, name+"-"+r.Name))
		made.patterns = append(made.patterns, pattern)
	}
	specs := a.specs(made)
	if p.Err() == nil {
		p.Add(monitor.Validate(specs))
	}
	var err error
	made.monitors, err = monitor.Apply(specs, a.MonitorsOff)
	p.Add(err)
	return made, p.Err()
}

var (
	ruleName  = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	accountID = regexp.MustCompile(`^[0-9]{12}$`)
)

func (a Args) check(p *problem.List) {
	p.Check(a.Monitors != nil, "Monitors must be set; pass a sink, or monitor.Off with the reason why nothing is watched")
	p.Check(a.ArchiveDays >= 1 && a.ArchiveDays <= 3650, "ArchiveDays must be 1 to 3650, got %d", a.ArchiveDays)
	for _, id := range a.Publishers {
		p.Check(accountID.MatchString(id), "Publishers must hold account ids of twelve digits, got %q", id)
	}
	seen := map[string]bool{}
	for _, r := range a.Rules {
		p.Check(ruleName.MatchString(r.Name), "Rules must have names of lower-case letters, digits and single inner hyphens, got %q", r.Name)
		p.Check(!seen[r.Name], "Rules must not repeat the name %q; it tells them apart for life", r.Name)
		seen[r.Name] = true
		p.Check(r.Target.ARN != nil, "rule %q: Target.ARN must be set; events that match have to go somewhere", r.Name)
		p.Check(r.MaxAge >= time.Minute && r.MaxAge <= 24*time.Hour && r.MaxAge%time.Second == 0,
			"rule %q: MaxAge must be 1m to 24h in whole seconds, got %s", r.Name, r.MaxAge)
		p.Check(r.MaxRetries >= 1 && r.MaxRetries <= 185, "rule %q: MaxRetries must be 1 to 185, got %d", r.Name, r.MaxRetries)
	}
}
