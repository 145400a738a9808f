package rules

import (
	"strings"

	"github.com/tenfold-iac/tenfold/policies/graph"
	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

const (
	vpcType         = "aws:ec2/vpc:Vpc"
	subnetType      = "aws:ec2/subnet:Subnet"
	vpcEndpointType = "aws:ec2/vpcEndpoint:VpcEndpoint"
	routeType       = "aws:ec2/route:Route"
	routeTableType  = "aws:ec2/routeTable:RouteTable"
	associationType = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	gatewayType     = "aws:ec2/internetGateway:InternetGateway"
)

var network = []*rule.Rule{
	{
		ID: "vpc-flow-log", Title: "Every VPC has a flow log",
		Why:      "After a break-in it is the only record of what talked to what.",
		Fix:      "add an ec2.FlowLog for the VPC, with REJECT traffic at least.",
		Severity: rule.Medium, Level: rule.Advisory, Scope: rule.Stack, Types: []string{vpcType},
		FSBP: "EC2.6", Also: []string{"Checkov CKV2_AWS_11", "Trivy AWS-0178", "cdk-nag VPC7"},
		Check: func(c *rule.Check) { requireLink(c, "aws:ec2/flowLog:FlowLog", "vpcId", "flow log") },
	},
	{
		ID: "vpc-default-group-closed", Title: "The VPC's default security group admits nothing",
		Why:      "Whatever is created without a group joins it, and the default lets its members reach each other.",
		Fix:      "add an ec2.DefaultSecurityGroup for the VPC without ingress and egress.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Stack, Types: []string{vpcType},
		FSBP: "EC2.2", Also: []string{"Checkov CKV2_AWS_12", "Trivy AWS-0173"},
		Check: func(c *rule.Check) {
			const groupType = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
			requireLink(c, groupType, "vpcId", "default security group")
			groups, _ := c.Graph.Linked(c.Resource, groupType, "vpcId")
			for _, group := range groups {
				for _, direction := range []string{"ingress", "egress"} {
					v := group.Props.Get(direction)
					if items, state := v.Items(); state == value.Known && len(items) > 0 {
						c.Failf("%s of its default security group has %d rules; it must have none", direction, len(items))
					} else if state == value.Unknown {
						c.Wait(direction + " of its default security group")
					}
				}
			}
		},
	},
	{
		ID: "vpc-dns-names", Title: "VPCs resolve and give DNS names",
		Why:      "Private endpoints and database names resolve to their private addresses only then.",
		Fix:      "set enableDnsHostnames to true and leave enableDnsSupport on.",
		Severity: rule.Low, Level: rule.Advisory, Scope: rule.Resource, Types: []string{vpcType},
		Check: func(c *rule.Check) {
			c.True("enableDnsHostnames")
			c.NotFalse("enableDnsSupport")
		},
	},
	{
		ID: "vpc-s3-endpoint", Title: "Every VPC has a gateway endpoint for S3",
		Why:      "Image layers come from S3; without the endpoint, which is free, NAT bills each gigabyte of them.",
		Fix:      "add an ec2.VpcEndpoint of type Gateway for com.amazonaws.REGION.s3.",
		Severity: rule.Low, Level: rule.Advisory, Scope: rule.Stack, Types: []string{vpcType},
		Check: func(c *rule.Check) {
			endpoints, state := c.Graph.Linked(c.Resource, vpcEndpointType, "vpcId")
			for _, endpoint := range endpoints {
				name, nameState := endpoint.Props.Get("serviceName").Text()
				if nameState == value.Unknown {
					state = value.Unknown
				} else if strings.HasSuffix(name, ".s3") {
					return
				}
			}
			if state == value.Unknown {
				c.Wait("serviceName of an endpoint")
				return
			}
			c.Failf("no S3 gateway endpoint belongs to it; there must be one")
		},
	},
	{
		ID: "subnet-no-automatic-public-ip", Title: "Subnets hand out no public addresses by themselves",
		Why:      "Whatever is started there by mistake is on the internet.",
		Fix:      "set mapPublicIpOnLaunch to false; what needs a public address asks for one.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{subnetType},
		FSBP: "EC2.15", Also: []string{"Checkov CKV_AWS_130", "Trivy AWS-0164"},
		Check: func(c *rule.Check) { c.NotTrue("mapPublicIpOnLaunch") },
	},
	{
		ID: "acl-admin-ports", Title: "Network ACLs keep the world from SSH and RDP",
		Why:      "These ports are tried within minutes of being open.",
		Fix:      "narrow the rule's address range, or deny ports 22 and 3389 before it.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource,
		Types: []string{"aws:ec2/networkAclRule:NetworkAclRule", "aws:ec2/networkAcl:NetworkAcl"},
		FSBP:  "EC2.21", Also: []string{"Checkov CKV_AWS_232", "Trivy AWS-0105"},
		Check: func(c *rule.Check) {
			if c.Type == "aws:ec2/networkAclRule:NetworkAclRule" {
				switch egress, state := c.Get("egress").Bool(); {
				case state == value.Unknown:
					c.Wait("egress")
				case egress:
					c.Skip("the rule is about outgoing traffic")
				default:
					aclEntry(c, c.Props, "ruleAction")
				}
				return
			}
			entries, state := c.Get("ingress").Items()
			if state == value.Unknown {
				c.Wait("ingress")
			}
			for _, entry := range entries {
				aclEntry(c, entry, "action")
			}
		},
	},
	{
		ID: "database-subnets-private", Title: "Databases stand in subnets without a route to the internet",
		Why:      "A route makes a database reachable as soon as someone sets publiclyAccessible.",
		Fix:      "use the data subnets, whose route tables have no internet gateway.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Stack, Types: []string{"aws:rds/subnetGroup:SubnetGroup"},
		FSBP:  "RDS.46",
		Check: func(c *rule.Check) { subnetsPrivate(c, "subnetIds") },
	},
}

// aclEntry judges one entry of a network ACL.
func aclEntry(c *rule.Check, entry value.Value, actionProperty string) {
	action, state := entry.Get(actionProperty).Text()
	if state == value.Unknown {
		c.Wait(entry.Get(actionProperty).Path())
		return
	}
	if !strings.EqualFold(action, "allow") {
		return
	}
	opening := opening{
		cidrs: []value.Value{entry.Get("cidrBlock"), entry.Get("ipv6CidrBlock")},
		from:  entry.Get("fromPort"), to: entry.Get("toPort"), protocol: entry.Get("protocol"),
	}
	for _, port := range []int{22, 3389} {
		opening.refuse(c, port)
	}
}

// subnetsPrivate follows subnets to their route tables and requires that none leads to an internet gateway.
func subnetsPrivate(c *rule.Check, property string) {
	subnets, state := c.Graph.Target(c.Resource, property, subnetType)
	if state != value.Known {
		c.Wait(property)
	}
	for _, subnet := range subnets {
		associations, state := c.Graph.Linked(subnet, associationType, "subnetId")
		if state == value.Unknown {
			c.Wait("route table of subnet " + subnet.Name)
		}
		for _, association := range associations {
			tables, state := c.Graph.Target(association, "routeTableId", routeTableType)
			if state != value.Known {
				c.Wait("route table of subnet " + subnet.Name)
			}
			for _, table := range tables {
				if leadsOutside(c, table) {
					c.Failf("%s holds subnet %s, whose route table %s leads to an internet gateway; it must not",
						property, subnet.Name, table.Name)
				}
			}
		}
	}
}

// leadsOutside reports whether a route table has a route to an internet gateway, in the table or beside it.
func leadsOutside(c *rule.Check, table *graph.Resource) bool {
	routes, state := c.Graph.Linked(table, routeType, "routeTableId")
	if state == value.Unknown {
		c.Wait("routes of " + table.Name)
	}
	for _, route := range routes {
		gateways, _ := c.Graph.Target(route, "gatewayId", gatewayType)
		id, _ := route.Props.Get("gatewayId").Text()
		if len(gateways) > 0 || strings.HasPrefix(id, "igw-") {
			return true
		}
	}
	inline, _ := table.Props.Get("routes").Items()
	for _, route := range inline {
		if id, _ := route.Get("gatewayId").Text(); strings.HasPrefix(id, "igw-") {
			return true
		}
	}
	return false
}
