package network

import (
	"net/netip"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/naming"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

// plan is what validation works out of the arguments.
type plan struct {
	cidr     netip.Prefix
	region   string
	logGroup string
}

var (
	namePattern = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$`)
	// A zone of a region, not a local or wavelength zone, which have neither
	// NAT gateways nor load balancers for every account.
	zonePattern = regexp.MustCompile(`^([a-z]{2}(-[a-z]+)+-[0-9])[a-z]$`)
)

func (a Args) withDefaults() Args {
	if a.CIDR == "" {
		a.CIDR = "10.0.0.0/16"
	}
	if a.NAT == 0 {
		a.NAT = NATPerZone
	}
	a.FlowLog = a.FlowLog.withDefaults()
	return a
}

// plan checks the arguments and reports everything that is wrong with them.
func (a Args) plan(ctx *pulumi.Context, name string) (plan, error) {
	l := problem.Of("network", name)
	l.Check(namePattern.MatchString(name), "the name must be at most 32 lower-case letters, digits and inner hyphens and start with a letter")
	if len(a.Endpoints) > 0 || a.NAT == NATInstance {
		l.Add(naming.SecurityGroup(name))
	}
	var p plan
	var err error
	p.cidr, err = parseCIDR(a.CIDR)
	l.Add(err)
	p.region = a.checkZones(l)
	l.Check(a.NAT >= NATPerZone && a.NAT <= NATInstance, "NAT must be NATPerZone, NATSingle, NATNone or NATInstance, got %d", a.NAT)
	a.checkEndpoints(l)
	a.FlowLog.check(l)
	p.logGroup, err = naming.Path(ctx, naming.LogGroup, name+"/flow")
	l.Add(err)
	l.Check(a.Monitors != nil, "Monitors is missing; pass a sink, or monitor.Off with the reason")
	_, err = monitor.Apply(a.specs(ctx.Stack(), name, make([]pulumi.StringInput, a.ways())), a.MonitorsOff)
	l.Add(err)
	return p, l.Err()
}

// checkZones returns the region of the zones.
func (a Args) checkZones(l *problem.List) string {
	if len(a.Zones) < 2 || len(a.Zones) > Slots {
		l.Addf("Zones must name 2 to %d availability zones, got %d; one zone is no redundancy", Slots, len(a.Zones))
	}
	region := ""
	for i, z := range a.Zones {
		match := zonePattern.FindStringSubmatch(z)
		if match == nil {
			l.Addf("Zones holds %q, which is not the name of an availability zone; use names such as eu-west-1a", z)
			continue
		}
		if region == "" {
			region = match[1]
		}
		l.Check(match[1] == region, "Zones must be of one region, got %s beside %s; a VPC cannot span regions", z, a.Zones[0])
		l.Check(!slices.Contains(a.Zones[:i], z), "Zones names %s twice; each slot needs a zone of its own", z)
	}
	return region
}

// ways is how many NAT gateways or instances there are.
func (a Args) ways() int {
	switch a.NAT {
	case NATPerZone:
		return len(a.Zones)
	case NATSingle, NATInstance:
		return 1
	}
	return 0
}
