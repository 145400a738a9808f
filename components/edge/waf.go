package edge

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/problem"
	"github.com/tenfold-iac/tenfold/components/internal/retention"
)

// WAFMode is what the web application firewall does with what its rules match.
type WAFMode int

// The modes.
const (
	// WAFCount lets everything through and records what would have been
	// refused: the way to begin.
	WAFCount WAFMode = iota + 1
	// WAFBlock refuses it.
	WAFBlock
)

// WAF configures the web application firewall. AWS's managed rules refuse known
// bad addresses, exploits of known holes, and the common attacks; the size of a
// body is counted only, because uploads are larger than the rule allows. About 10
// USD a month, and 0.60 USD for a million requests.
type WAF struct {
	// Mode is what is done with what the rules match. Default: no firewall.
	Mode WAFMode
	// RequestsPer5Minutes is how many requests one address may make in five
	// minutes, 100 to 2,000,000. Default: 2000.
	RequestsPer5Minutes int
	// LogRetentionDays is how long refused and counted requests are kept, one of
	// the periods CloudWatch Logs offers. Default: 30.
	LogRetentionDays int
}

// The WAF SDK package takes more than a minute to compile, so its resources are
// registered by their tokens. The version makes them use the provider that the
// SDK's other resources use.
const (
	wafACL         = "aws:wafv2/webAcl:WebAcl"
	wafAssociation = "aws:wafv2/webAclAssociation:WebAclAssociation"
	wafLogging     = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
	wafVersion     = "6.83.2"
)

// webACL is the part of a web ACL that others take.
type webACL struct {
	pulumi.CustomResourceState

	ARN pulumi.StringOutput `pulumi:"arn"`
}

func (w WAF) withDefaults() WAF {
	if w.RequestsPer5Minutes == 0 {
		w.RequestsPer5Minutes = 2000
	}
	if w.LogRetentionDays == 0 {
		w.LogRetentionDays = 30
	}
	return w
}

func (w WAF) check(l *problem.List) {
	l.Check(w.Mode >= 0 && w.Mode <= WAFBlock, "WAF.Mode must be WAFCount or WAFBlock, got %d", w.Mode)
	l.Check(w.RequestsPer5Minutes >= 100 && w.RequestsPer5Minutes <= 2_000_000, "WAF.RequestsPer5Minutes must be 100 to 2000000, got %d", w.RequestsPer5Minutes)
	retention.Check(l, "WAF.LogRetentionDays", w.LogRetentionDays)
}

// firewalls puts a firewall where the users' addresses are seen: before the load
// balancer, before the distribution, or before both while users reach both.
func (b *builder) firewalls() error {
	w, cdn := b.args.WAF, b.args.CDN
	if w.Mode == 0 {
		return nil
	}
	if !cdn.closed() {
		// What comes over CloudFront has passed a firewall, and has the address of one
		// of a few servers, which the rate limit would refuse.
		rules := append(passed(b.name, cdn.secrets()), w.rules(b.name)...)
		acl, err := b.firewall(b.name, "REGIONAL", b.plan.wafLogGroup, rules)
		if err != nil {
			return err
		}
		stands := &pulumi.CustomResourceState{}
		err = b.ctx.RegisterResource(wafAssociation, b.name+"-waf", pulumi.Map{
			"resourceArn": b.edge.balancer.Arn, "webAclArn": acl.ARN,
		}, stands, b.children(pulumi.Version(wafVersion))...)
		if err != nil {
			return err
		}
		b.edge.front.before = append(b.edge.front.before, stands)
	}
	if !cdn.on() {
		return nil
	}
	var err error
	b.cdnACL, err = b.firewall(b.name+"-cdn", "CLOUDFRONT", b.plan.cdnWAFLogGroup, w.rules(b.name+"-cdn"), b.global...)
	return err
}

// firewall makes a web ACL and its logs.
func (b *builder) firewall(metric, scope, logGroup string, rules pulumi.Array, where ...pulumi.ResourceOption) (*webACL, error) {
	name := metric + "-waf"
	acl := &webACL{}
	err := b.ctx.RegisterResource(wafACL, name, pulumi.Map{
		"description":      pulumi.String("Refuses attacks and floods"),
		"scope":            pulumi.String(scope),
		"defaultAction":    pulumi.Map{"allow": pulumi.Map{}},
		"rules":            ordered(rules),
		"visibilityConfig": visibility(metric),
	}, acl, b.children(append(where, pulumi.Version(wafVersion))...)...)
	if err != nil {
		return nil, err
	}
	return acl, b.wafLogs(name, logGroup, acl, where...)
}

// wafLogs keeps what the firewall refused or would have refused, without what
// signs users in.
func (b *builder) wafLogs(name, group string, acl *webACL, where ...pulumi.ResourceOption) error {
	// AWS delivers to log groups of this prefix only.
	logs, err := cloudwatch.NewLogGroup(b.ctx, name, &cloudwatch.LogGroupArgs{
		Name: pulumi.String(group), RetentionInDays: pulumi.Int(b.args.WAF.LogRetentionDays),
	}, b.children(where...)...)
	if err != nil {
		return err
	}
	keep := func(action string) pulumi.Map {
		return pulumi.Map{"actionCondition": pulumi.Map{"action": pulumi.String(action)}}
	}
	redact := func(header string) pulumi.Map {
		return pulumi.Map{"singleHeader": pulumi.Map{"name": pulumi.String(header)}}
	}
	return b.ctx.RegisterResource(wafLogging, name, pulumi.Map{
		"resourceArn":           acl.ARN,
		"logDestinationConfigs": pulumi.StringArray{logs.Arn},
		"redactedFields":        pulumi.Array{redact("authorization"), redact("cookie")},
		"loggingFilter": pulumi.Map{
			"defaultBehavior": pulumi.String("DROP"),
			"filters": pulumi.Array{pulumi.Map{
				"behavior": pulumi.String("KEEP"), "requirement": pulumi.String("MEETS_ANY"),
				"conditions": pulumi.Array{keep("BLOCK"), keep("COUNT")},
			}},
		},
	}, &pulumi.CustomResourceState{}, b.children(append(where, pulumi.Version(wafVersion))...)...)
}

// passed are rules that let requests with a secret of the CDN through.
func passed(name string, secrets pulumi.StringArray) pulumi.Array {
	var rules pulumi.Array
	for i, secret := range secrets {
		rule := fmt.Sprintf("cdn-%d", i+1)
		rules = append(rules, pulumi.Map{
			"name": pulumi.String(rule), "action": pulumi.Map{"allow": pulumi.Map{}},
			"statement": pulumi.Map{"byteMatchStatement": pulumi.Map{
				"fieldToMatch":         pulumi.Map{"singleHeader": pulumi.Map{"name": pulumi.String(strings.ToLower(secretHeader))}},
				"positionalConstraint": pulumi.String("EXACTLY"), "searchString": secret,
				"textTransformations": pulumi.Array{pulumi.Map{"priority": pulumi.Int(0), "type": pulumi.String("NONE")}},
			}},
			"visibilityConfig": visibility(name + "-" + rule),
		})
	}
	return rules
}

// ordered numbers the rules in the order in which they are tried.
func ordered(rules pulumi.Array) pulumi.Array {
	for i, rule := range rules {
		if r, ok := rule.(pulumi.Map); ok {
			r["priority"] = pulumi.Int(i)
		}
	}
	return rules
}

// rules are the rules in the order in which they are tried.
func (w WAF) rules(name string) pulumi.Array {
	limit := pulumi.Map{"block": pulumi.Map{}}
	managed := pulumi.Map{"none": pulumi.Map{}}
	if w.Mode == WAFCount {
		limit, managed = pulumi.Map{"count": pulumi.Map{}}, pulumi.Map{"count": pulumi.Map{}}
	}
	rules := pulumi.Array{pulumi.Map{
		"name": pulumi.String("rate-limit"), "action": limit,
		"statement": pulumi.Map{"rateBasedStatement": pulumi.Map{
			"limit": pulumi.Int(w.RequestsPer5Minutes), "aggregateKeyType": pulumi.String("IP"), "evaluationWindowSec": pulumi.Int(300),
		}},
		"visibilityConfig": visibility(name + "-rate-limit"),
	}}
	for _, group := range []string{"AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesCommonRuleSet"} {
		statement := pulumi.Map{"vendorName": pulumi.String("AWS"), "name": pulumi.String(group)}
		if group == "AWSManagedRulesCommonRuleSet" {
			// The rule refuses bodies above 8 KB.
			statement["ruleActionOverrides"] = pulumi.Array{pulumi.Map{
				"name": pulumi.String("SizeRestrictions_BODY"), "actionToUse": pulumi.Map{"count": pulumi.Map{}},
			}}
		}
		rules = append(rules, pulumi.Map{
			"name": pulumi.String(group), "overrideAction": managed,
			"statement":        pulumi.Map{"managedRuleGroupStatement": statement},
			"visibilityConfig": visibility(name + "-" + group),
		})
	}
	return rules
}

func visibility(metric string) pulumi.Map {
	return pulumi.Map{
		"cloudwatchMetricsEnabled": pulumi.Bool(true), "sampledRequestsEnabled": pulumi.Bool(true), "metricName": pulumi.String(metric),
	}
}
