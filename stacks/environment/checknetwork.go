package environment

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/tenfold-iac/tenfold/components/network"
)

// defaultCIDR is the network where the file does not say.
const defaultCIDR = "10.0.0.0/16"

// shared is the address space of RFC 6598, private like those of RFC 1918.
var shared = netip.MustParsePrefix("100.64.0.0/10")

// ways are the ways to the internet, the cheapest first.
var ways = []string{"none", "instance", "single", "per-zone"}

func (c *Config) checkNetwork(p *problems) {
	n := c.Network
	if n.CIDR != "" {
		prefix, err := netip.ParsePrefix(n.CIDR)
		if err != nil || !prefix.Addr().Is4() || prefix.Bits() != 16 || prefix.Masked() != prefix || !prefix.Addr().IsPrivate() && !shared.Contains(prefix.Addr()) {
			p.add("tenfold:network.cidr", "%q is not a private /16; use one such as 10.0.0.0/16", n.CIDR)
		}
	}
	if n.NAT != "" && !slices.Contains(ways, n.NAT) {
		p.add("tenfold:network.nat", "%q is not a way out; allowed are none, instance, single and per-zone", n.NAT)
	}
	if n.NAT == "none" && c.Production {
		p.add("tenfold:network.nat", "none gives tasks public addresses, which production refuses; use single or per-zone")
	}
	oneOf("tenfold:network.flowLog", n.FlowLog, traffic, p)
	for i, service := range n.Endpoints {
		checkEndpoint(at("tenfold:network.endpoints", i), service, n.Endpoints[:i], p)
	}
}

func checkEndpoint(key, service string, before []string, p *problems) {
	if err := network.CheckEndpoint(service); err != nil {
		p.add(key, "%s", err)
	}
	// The endpoint's name in Pulumi has hyphens in place of dots.
	same := func(other string) bool {
		return strings.ReplaceAll(other, ".", "-") == strings.ReplaceAll(service, ".", "-")
	}
	if slices.ContainsFunc(before, same) {
		p.add(key, "%q is named twice; name it once", service)
	}
}
