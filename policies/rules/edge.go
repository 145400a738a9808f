package rules

import (
	"strings"

	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

const (
	certificateType = "aws:acm/certificate:Certificate"
	zoneType        = "aws:route53/zone:Zone"
	webACLType      = "aws:wafv2/webAcl:WebAcl"
)

var edge = []*rule.Rule{
	{
		ID: "certificate-key", Title: "Certificates have a key that holds",
		Why:      "RSA keys shorter than 2048 bits can be broken.",
		Fix:      "remove keyAlgorithm, or set it to RSA_2048 or EC_prime256v1.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{certificateType},
		FSBP: "ACM.2",
		Check: func(c *rule.Check) {
			c.OneOf(c.Get("keyAlgorithm"), "", "RSA_2048", "RSA_3072", "RSA_4096",
				"EC_prime256v1", "EC_secp384r1", "EC_secp521r1")
		},
	},
	{
		ID: "certificate-renews", Title: "Certificates are validated through DNS",
		Why:      "ACM renews those by itself; a certificate validated by mail lapses when nobody answers.",
		Fix:      "set validationMethod to DNS.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{certificateType},
		FSBP: "ACM.1",
		Check: func(c *rule.Check) {
			for _, property := range []string{"privateKey", "certificateAuthorityArn"} {
				if c.Get(property).State() != value.Absent {
					c.Skip("the certificate is imported or private")
					return
				}
			}
			c.OneOf(c.Get("validationMethod"), "DNS")
		},
	},
	{
		ID: "zone-query-log", Title: "Public zones log their queries",
		Why:      "The log shows names that leak out and records that nobody asks for.",
		Fix:      "add a route53.QueryLog for the zone.",
		Severity: rule.Medium, Level: rule.Advisory, Scope: rule.Stack, Types: []string{zoneType},
		FSBP: "Route53.2", Also: []string{"Checkov CKV2_AWS_39"},
		Check: func(c *rule.Check) {
			if vpcs, state := c.Get("vpcs").Items(); state != value.Absent && (state == value.Unknown || len(vpcs) > 0) {
				c.Skip("the zone is private")
				return
			}
			requireLink(c, "aws:route53/queryLog:QueryLog", "zoneId", "query log")
		},
	},
	{
		ID: "zone-keeps-records", Title: "A production zone is not emptied to be deleted",
		Why:      "With forceDestroy one wrong destroy takes every name off the internet.",
		Fix:      "remove forceDestroy.",
		Severity: rule.High, Level: rule.Mandatory, Production: true, Scope: rule.Resource, Types: []string{zoneType},
		Check: func(c *rule.Check) { c.NotTrue("forceDestroy") },
	},
	{
		ID: "waf-has-rules", Title: "Web ACLs have rules",
		Why:      "An empty web ACL is billed and stops nothing.",
		Fix:      "add AWS's managed rule groups.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{webACLType},
		FSBP: "WAF.10", Also: []string{"Checkov CKV_AWS_175"},
		Check: func(c *rule.Check) {
			if raw := c.Get("ruleJson"); raw.State() != value.Absent {
				c.Skip("the rules are given as JSON")
				return
			}
			c.Set("rules")
		},
	},
	{
		ID: "waf-metrics", Title: "Web ACLs and their rules count what they do",
		Why:      "Without counts nobody sees an attack, or customers being turned away.",
		Fix:      "set visibilityConfig.cloudwatchMetricsEnabled to true on the ACL and every rule.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{webACLType},
		FSBP: "WAF.12",
		Check: func(c *rule.Check) {
			c.True("visibilityConfig.cloudwatchMetricsEnabled")
			list, state := c.Get("rules").Items()
			if state == value.Unknown {
				c.Wait("rules")
			}
			for _, item := range list {
				c.TrueValue(item.Get("visibilityConfig.cloudwatchMetricsEnabled"))
			}
		},
	},
	{
		ID: "waf-known-bad-inputs", Title: "Web ACLs stop requests that are known to be attacks",
		Why:      "AWS keeps the list current; Log4Shell was on it within a day.",
		Fix:      "add the managed rule group AWSManagedRulesKnownBadInputsRuleSet.",
		Severity: rule.Medium, Level: rule.Advisory, Scope: rule.Resource, Types: []string{webACLType},
		Also: []string{"Checkov CKV_AWS_192", "Checkov CKV2_AWS_76"},
		Check: func(c *rule.Check) {
			if raw, state := c.Get("ruleJson").Text(); state != value.Absent {
				switch {
				case state == value.Unknown:
					c.Wait("ruleJson")
				case !strings.Contains(raw, "AWSManagedRulesKnownBadInputsRuleSet"):
					c.Failf("ruleJson does not hold AWSManagedRulesKnownBadInputsRuleSet; it must")
				}
				return
			}
			list, state := c.Get("rules").Items()
			waits := state == value.Unknown
			for _, item := range list {
				name, state := item.Get("statement.managedRuleGroupStatement.name").Text()
				if name == "AWSManagedRulesKnownBadInputsRuleSet" {
					return
				}
				waits = waits || state == value.Unknown
			}
			if waits {
				c.Wait("rules")
				return
			}
			c.Failf("rules does not hold AWSManagedRulesKnownBadInputsRuleSet; it must")
		},
	},
}
