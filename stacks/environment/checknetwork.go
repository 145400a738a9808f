package environment

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// endpointPattern is the end of an AWS service's endpoint name.
var endpointPattern = regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*$`)

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
		c.checkEndpoint(at("tenfold:network.endpoints", i), i, p)
		if service == "s3" || service == "dynamodb" {
			p.add(at("tenfold:network.endpoints", i), "%s is reached through a gateway endpoint, free of charge, in every network; leave it out", service)
		}
	}
}

func (c *Config) checkEndpoint(key string, i int, p *problems) {
	service := c.Network.Endpoints[i]
	if !endpointPattern.MatchString(service) || strings.HasPrefix(service, "com.amazonaws") {
		p.add(key, "%q is not the end of an endpoint's name; write it as AWS does, for example ecr.api, logs or secretsmanager", service)
	}
	// The endpoint's name in Pulumi has hyphens in place of dots.
	same := func(other string) bool {
		return strings.ReplaceAll(other, ".", "-") == strings.ReplaceAll(service, ".", "-")
	}
	if slices.ContainsFunc(c.Network.Endpoints[:i], same) {
		p.add(key, "%q is named twice; name it once", service)
	}
}
