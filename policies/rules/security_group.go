package rules

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

const (
	groupType        = "aws:ec2/securityGroup:SecurityGroup"
	ingressRuleType  = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressRuleType   = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	oldGroupRuleType = "aws:ec2/securityGroupRule:SecurityGroupRule"
)

// highRiskPorts are the ports of control EC2.19.
var highRiskPorts = []int{
	20, 21, 22, 23, 25, 110, 135, 143, 445, 1433, 1434, 3000, 3306, 3389, 4333, 5000, 5432, 5500, 5601, 8080, 8088, 8888,
	9200, 9300,
}

var securityGroup = []*rule.Rule{
	{
		ID: "sg-high-risk-ports", Title: "The world cannot reach ports of databases, shells and consoles",
		Why:      "These ports are scanned all the time, and one weak password is enough.",
		Fix:      "admit the security group that needs the port instead of an address range.",
		Severity: rule.Critical, Level: rule.Mandatory, Scope: rule.Resource,
		Types: []string{ingressRuleType, oldGroupRuleType, groupType},
		FSBP:  "EC2.19", Also: []string{"Checkov CKV_AWS_24", "Checkov CKV_AWS_25", "Trivy AWS-0107"},
		Check: eachOpening(func(c *rule.Check, o opening) {
			for _, port := range highRiskPorts {
				if o.refuse(c, port) {
					return
				}
			}
		}),
	},
	{
		ID: "sg-world-ingress", Title: "The world reaches no port but 80 and 443",
		Why:      "Everything else is for machines whose security group is known.",
		Fix:      "admit a security group or a narrower range, or put the port behind the load balancer.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource,
		Types: []string{ingressRuleType, oldGroupRuleType, groupType},
		FSBP:  "EC2.18", Also: []string{"Checkov CKV_AWS_260", "Checkov CKV_AWS_277", "cdk-nag EC23"},
		Check: eachOpening(func(c *rule.Check, o opening) { o.only(c, 80, 443) }),
	},
	{
		ID: "sg-no-inline-rules", Title: "Security-group rules are resources of their own",
		Why: "Inline rules are taken away before the new ones are given, which cuts connections, and they fight with " +
			"stand-alone rules for the same group.",
		Fix:      "move each rule to a vpc.SecurityGroupIngressRule or vpc.SecurityGroupEgressRule.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{groupType},
		Check: func(c *rule.Check) {
			c.Unset("ingress", "a rule must be a resource of its own")
			c.Unset("egress", "a rule must be a resource of its own")
		},
	},
	{
		ID: "sg-described", Title: "Security groups and their rules say what they are for",
		Why:      "A rule nobody can explain is a rule nobody dares to remove.",
		Fix:      "set description.",
		Severity: rule.Low, Level: rule.Advisory, Scope: rule.Resource,
		Types: []string{groupType, ingressRuleType, egressRuleType},
		Also:  []string{"Checkov CKV_AWS_23", "Trivy AWS-0099", "Trivy AWS-0124", "cdk-nag EC27"},
		Check: func(c *rule.Check) {
			v := c.Get("description")
			text, state := v.Text()
			switch {
			case state == value.Unknown:
				c.Wait(v.Path())
			case text == "" || text == "Managed by Pulumi" || text == "Managed by Terraform":
				c.Fail(v, "say what it is for")
			}
		},
	},
	{
		ID: "sg-egress-narrow", Title: "Security groups do not send everything everywhere",
		Why:      "Code that breaks in needs a way out to fetch tools and to carry data off.",
		Fix:      "allow port 443 out, and the groups of the database and other services.",
		Severity: rule.Low, Level: rule.Off, Scope: rule.Resource, Types: []string{egressRuleType},
		LevelReason: "Services call third parties on ports that Tenfold cannot know.",
		Also:        []string{"Checkov CKV_AWS_382", "Trivy AWS-0104"},
		Check: func(c *rule.Check) {
			o := ruleOpening(c)
			protocol, state := o.protocol.Text()
			for _, cidr := range o.cidrs {
				text, cidrState := cidr.Text()
				switch {
				case cidrState == value.Unknown || state == value.Unknown:
					c.Wait("cidrIpv4")
				case world(text) && (protocol == "-1" || protocol == "all"):
					c.Failf("%s is %s with every protocol and port; it must be narrower", cidr.Path(), cidr.Show())
				}
			}
		},
	},
}

// opening is what one rule lets in.
type opening struct {
	cidrs              []value.Value
	from, to, protocol value.Value
}

// eachOpening judges what an ingress rule, in whichever of the three forms it is written, lets in.
func eachOpening(judge func(*rule.Check, opening)) func(*rule.Check) {
	return func(c *rule.Check) {
		switch c.Type {
		case ingressRuleType:
			judge(c, ruleOpening(c))
		case oldGroupRuleType:
			direction, state := c.Get("type").Text()
			switch {
			case state == value.Unknown:
				c.Wait("type")
			case direction != "ingress":
				c.Skip("the rule is about outgoing traffic")
			default:
				judge(c, inlineOpening(c, c.Props))
			}
		default:
			entries, state := c.Get("ingress").Items()
			if state == value.Unknown {
				c.Wait("ingress")
			}
			for _, entry := range entries {
				judge(c, inlineOpening(c, entry))
			}
		}
	}
}

func ruleOpening(c *rule.Check) opening {
	return opening{
		cidrs: []value.Value{c.Get("cidrIpv4"), c.Get("cidrIpv6")},
		from:  c.Get("fromPort"), to: c.Get("toPort"), protocol: c.Get("ipProtocol"),
	}
}

func inlineOpening(c *rule.Check, entry value.Value) opening {
	o := opening{from: entry.Get("fromPort"), to: entry.Get("toPort"), protocol: entry.Get("protocol")}
	for _, property := range []string{"cidrBlocks", "ipv6CidrBlocks"} {
		list := entry.Get(property)
		cidrs, state := list.Items()
		if state == value.Unknown {
			c.Wait(list.Path())
		}
		o.cidrs = append(o.cidrs, cidrs...)
	}
	return o
}

// worldly returns the ranges that cover the whole internet, and waits for those that are not known.
func (o opening) worldly(c *rule.Check) []value.Value {
	var open []value.Value
	for _, cidr := range o.cidrs {
		text, state := cidr.Text()
		switch {
		case state == value.Unknown:
			c.Wait(cidr.Path())
		case world(text):
			open = append(open, cidr)
		}
	}
	return open
}

// ports reads the range of ports; every port for a protocol that has none.
func (o opening) ports() (from, to int, state value.State) {
	protocol, state := o.protocol.Text()
	if state == value.Unknown {
		return 0, 0, value.Unknown
	}
	if slices.Contains([]string{"-1", "all", ""}, strings.ToLower(protocol)) {
		return 0, 65535, value.Known
	}
	low, lowState := o.from.Number()
	high, highState := o.to.Number()
	if lowState == value.Unknown || highState == value.Unknown {
		return 0, 0, value.Unknown
	}
	if highState == value.Absent {
		high = low
	}
	return int(low), int(high), value.Known
}

// refuse fails when the world may reach the port, and reports whether it did.
func (o opening) refuse(c *rule.Check, port int) bool {
	open := o.worldly(c)
	if len(open) == 0 || o.isPing() {
		return false
	}
	from, to, state := o.ports()
	switch {
	case state == value.Unknown:
		c.Wait(o.from.Path())
	case from <= port && port <= to:
		c.Failf("%s is %s and ports are %s; port %d must not be open to the world",
			open[0].Path(), open[0].Show(), span(from, to), port)
		return true
	}
	return false
}

// only fails when the world may reach a port that is not allowed.
func (o opening) only(c *rule.Check, allowed ...int) {
	open := o.worldly(c)
	if len(open) == 0 || o.isPing() {
		return
	}
	from, to, state := o.ports()
	switch {
	case state == value.Unknown:
		c.Wait(o.from.Path())
	case from != to || !slices.Contains(allowed, from):
		c.Failf("%s is %s and ports are %s; only ports 80 and 443 may be open to the world",
			open[0].Path(), open[0].Show(), span(from, to))
	}
}

// isPing reports whether the rule is about ICMP, whose numbers are no ports.
func (o opening) isPing() bool {
	protocol, _ := o.protocol.Text()
	return slices.Contains([]string{"icmp", "icmpv6", "1", "58"}, strings.ToLower(protocol))
}

func span(from, to int) string {
	if from == to {
		return fmt.Sprint(from)
	}
	return fmt.Sprintf("%d to %d", from, to)
}

// world reports whether a range covers the whole internet. Halves of it count, since two of them are all of it.
func world(cidr string) bool {
	prefix, err := netip.ParsePrefix(cidr)
	return err == nil && prefix.Bits() <= 1
}
