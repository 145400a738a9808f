package rules

import (
	"slices"

	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

const (
	loadBalancerType = "aws:lb/loadBalancer:LoadBalancer"
	listenerType     = "aws:lb/listener:Listener"
	targetGroupType  = "aws:lb/targetGroup:TargetGroup"
)

// tlsPolicies are the security policies that control ELB.17 accepts.
var tlsPolicies = []string{
	"ELBSecurityPolicy-TLS13-1-2-Res-2021-06", "ELBSecurityPolicy-TLS13-1-3-2021-06",
	"ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04", "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
	"ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
	"ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09", "ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09",
}

var loadBalancer = []*rule.Rule{
	{
		ID: "alb-http-redirects", Title: "An HTTP listener only redirects to HTTPS",
		Why:      "Anything else sends passwords and sessions in clear.",
		Fix:      "make the default action a redirect with protocol HTTPS.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{listenerType},
		FSBP: "ELB.1", Also: []string{"AWS FSBP ELB.18", "Checkov CKV_AWS_2", "Trivy AWS-0054"},
		Check: func(c *rule.Check) {
			switch protocol, ok := c.Kind("protocol"); {
			case !ok:
			case protocol != "HTTP":
				c.Skip("the listener does not speak HTTP")
			default:
				redirectsOnly(c, "defaultActions")
			}
		},
	},
	{
		ID: "alb-no-http-forward", Title: "No rule of an HTTP listener forwards to a service",
		Why:      "A rule is looked at before the listener's redirect, so it would serve the path in clear.",
		Fix:      "attach the rule to the HTTPS listener.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Stack, Types: []string{"aws:lb/listenerRule:ListenerRule"},
		FSBP: "ELB.1",
		Check: func(c *rule.Check) {
			listeners, state := c.Graph.Target(c.Resource, "listenerArn", listenerType)
			if state != value.Known {
				c.Wait("listenerArn")
			}
			for _, listener := range listeners {
				protocol, state := listener.Props.Get("protocol").Text()
				switch {
				case state == value.Unknown:
					c.Wait("listenerArn")
				case protocol == "HTTP":
					redirectsOnly(c, "actions")
				}
			}
		},
	},
	{
		ID: "alb-tls-policy", Title: "Listeners offer TLS 1.2 and 1.3 with forward secrecy only",
		Why:      "Older protocol versions and ciphers can be broken or decrypted later.",
		Fix:      "set sslPolicy to ELBSecurityPolicy-TLS13-1-2-Res-2021-06.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{listenerType},
		FSBP: "ELB.17", Also: []string{"Checkov CKV_AWS_103", "Trivy AWS-0047"},
		Check: func(c *rule.Check) {
			switch protocol, ok := c.Kind("protocol"); {
			case !ok:
			case protocol != "HTTPS" && protocol != "TLS":
				c.Skip("the listener does not end TLS")
			default:
				v := c.Get("sslPolicy")
				policy, state := v.Text()
				if state == value.Unknown {
					c.Wait(v.Path())
				} else if !slices.Contains(tlsPolicies, policy) {
					c.Fail(v, "be one of the eight that AWS recommends, such as "+tlsPolicies[0])
				}
			}
		},
	},
	{
		ID: "alb-drops-invalid-headers", Title: "Load balancers drop malformed HTTP headers",
		Why:      "Two programs that read a malformed header differently can be tricked into reading two requests.",
		Fix:      "set dropInvalidHeaderFields to true.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{loadBalancerType},
		FSBP: "ELB.4", Also: []string{"Checkov CKV_AWS_131", "Trivy AWS-0052"},
		Check: onlyApplication(func(c *rule.Check) { c.True("dropInvalidHeaderFields") }),
	},
	{
		ID: "alb-desync-mode", Title: "Load balancers defend against request smuggling",
		Why:      "In monitor mode they pass on requests that a service may read as two.",
		Fix:      "remove desyncMitigationMode, or set it to defensive or strictest.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{loadBalancerType},
		FSBP: "ELB.12", Also: []string{"Checkov CKV_AWS_328"},
		Check: onlyApplication(func(c *rule.Check) {
			c.OneOf(c.Get("desyncMitigationMode"), "", "defensive", "strictest")
		}),
	},
	{
		ID: "alb-two-zones", Title: "Load balancers stand in at least two subnets",
		Why:      "With one subnet the loss of its zone takes the service down.",
		Fix:      "give the load balancer a subnet in each of two or more zones.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{loadBalancerType},
		FSBP: "ELB.13",
		Check: func(c *rule.Check) {
			subnets, state := c.Get("subnets").Items()
			mappings, mappingState := c.Get("subnetMappings").Items()
			switch {
			case state == value.Unknown || mappingState == value.Unknown:
				c.Wait("subnets")
			case len(subnets)+len(mappings) < 2:
				c.Failf("subnets has %d; it must have at least 2", len(subnets)+len(mappings))
			}
		},
	},
	{
		ID: "alb-access-logs", Title: "Load balancers log their requests",
		Why:      "After an incident they are the only complete record of who asked for what.",
		Fix:      "set accessLogs with enabled true and a bucket.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{loadBalancerType},
		FSBP: "ELB.5", Also: []string{"Checkov CKV_AWS_91", "cdk-nag ELB2"},
		Check: func(c *rule.Check) { c.True("accessLogs.enabled") },
	},
	{
		ID: "alb-deletion-protection", Title: "Production load balancers are protected from deletion",
		Why:      "A new load balancer has a new name in DNS, and certificates and allow lists point at the old one.",
		Fix:      "set enableDeletionProtection to true.",
		Severity: rule.Medium, Level: rule.Mandatory, Production: true, Scope: rule.Resource,
		Types: []string{loadBalancerType},
		FSBP:  "ELB.6", Also: []string{"Checkov CKV_AWS_150"},
		Check: func(c *rule.Check) { c.True("enableDeletionProtection") },
	},
	{
		ID: "alb-web-acl", Title: "Load balancers on the internet stand behind a web ACL",
		Why:      "Known attacks and floods reach the service unfiltered otherwise.",
		Fix:      "associate a WAFv2 web ACL with the load balancer, or with the CloudFront distribution before it.",
		Severity: rule.Medium, Level: rule.Advisory, Scope: rule.Stack, Types: []string{loadBalancerType},
		Also: []string{"Security Hub ELB.16", "Checkov CKV2_AWS_28"},
		Check: onlyApplication(func(c *rule.Check) {
			switch internal, state := c.Get("internal").Bool(); {
			case state == value.Unknown:
				c.Wait("internal")
			case internal:
				c.Skip("the load balancer is internal")
			case !filteredBefore(c):
				requireLink(c, "aws:wafv2/webAclAssociation:WebAclAssociation", "resourceArn", "web ACL association")
			}
		}),
	},
	{
		ID: "alb-target-health-check", Title: "Target groups state their health check",
		Why:      "The provider ignores a removed health check, so what is not written down is whatever was there before.",
		Fix:      "set healthCheck with a path that answers without the database.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{targetGroupType},
		Also: []string{"Checkov CKV_AWS_261"},
		Check: func(c *rule.Check) {
			kind, ok := c.Kind("targetType")
			protocol, known := c.Kind("protocol")
			switch {
			case !ok || !known:
			case kind == "lambda":
				c.Skip("the target is a function")
			case protocol == "HTTP" || protocol == "HTTPS":
				c.Set("healthCheck.path")
			}
		},
	},
	{
		ID: "alb-target-drain", Title: "Targets that leave get at most two minutes to finish",
		Why:      "The default of 300 seconds makes every deployment that much longer.",
		Fix:      "set deregistrationDelay to 30 seconds, or to the longest request a client may wait for.",
		Severity: rule.Low, Level: rule.Advisory, Scope: rule.Resource, Types: []string{targetGroupType},
		Check: func(c *rule.Check) {
			v := c.Get("deregistrationDelay")
			seconds, state := v.Number()
			switch {
			case state == value.Unknown:
				c.Wait(v.Path())
			case state == value.Absent || seconds > 120:
				c.Fail(v, "be at most 120 seconds")
			}
		},
	},
	{
		ID: "alb-target-frozen", Title: "What a target group can never change has the one value that never needs to",
		Why: "Port, protocol and target type replace the group when they change, and the service is without targets " +
			"meanwhile; tasks register their own container port, so these need not follow it.",
		Fix:      "set port 80, protocol HTTP, protocolVersion HTTP1 and targetType ip; containers may listen anywhere.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{targetGroupType},
		Check: func(c *rule.Check) {
			if kind, ok := c.Kind("targetType"); !ok {
				return
			} else if kind == "lambda" || kind == "alb" {
				c.Skip("the target is not a task")
				return
			}
			c.OneOf(c.Get("targetType"), "ip")
			c.OneOf(c.Get("port"), "80")
			c.OneOf(c.Get("protocol"), "HTTP")
			c.OneOf(c.Get("protocolVersion"), "", "HTTP1")
		},
	},
	{
		ID: "alb-target-encrypted", Title: "Load balancers speak TLS to their targets",
		Why:      "Requests cross the VPC in clear otherwise.",
		Fix:      "set protocol to HTTPS and let the container hold a certificate.",
		Severity: rule.Medium, Level: rule.Off, Scope: rule.Resource, Types: []string{targetGroupType},
		LevelReason: "Tenfold ends TLS at the load balancer: the hop behind it stays inside the VPC, and the group's " +
			"protocol can never change in place.",
		FSBP: "ELB.22", Also: []string{"Checkov CKV_AWS_378"},
		Check: func(c *rule.Check) { c.OneOf(c.Get("protocol"), "HTTPS", "TLS") },
	},
}

// redirectsOnly requires every action of a list to send the client to HTTPS.
func redirectsOnly(c *rule.Check, property string) {
	actions, state := c.Get(property).Items()
	if state == value.Unknown {
		c.Wait(property)
	}
	for _, action := range actions {
		kind := action.Get("type")
		name, state := kind.Text()
		switch {
		case state == value.Unknown:
			c.Wait(kind.Path())
		case name != "redirect":
			c.Fail(kind, "be redirect on an HTTP listener")
		default:
			// "#{protocol}", the default, keeps the protocol the request came with.
			c.OneOf(action.Get("redirect.protocol"), "HTTPS")
		}
	}
}

// onlyApplication limits a rule to application load balancers, which is what a load balancer without a type is.
func onlyApplication(judge func(*rule.Check)) func(*rule.Check) {
	return func(c *rule.Check) {
		switch kind, ok := c.Kind("loadBalancerType"); {
		case !ok:
		case kind != "" && kind != "application":
			c.Skip("it is not an application load balancer")
		default:
			judge(c)
		}
	}
}

// filteredBefore tells whether a distribution with a web ACL stands before the load balancer.
func filteredBefore(c *rule.Check) bool {
	distributions, _ := c.Graph.Linked(c.Resource, "aws:cloudfront/distribution:Distribution", "origins")
	for _, d := range distributions {
		if acl, state := d.Props.Get("webAclId").Text(); state == value.Unknown || acl != "" {
			return true
		}
	}
	return false
}

// requireLink requires some resource of a type to point at this one.
func requireLink(c *rule.Check, sourceType, property, what string) {
	requireEither(c, property, what, sourceType)
}
