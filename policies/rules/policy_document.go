package rules

import (
	"github.com/tenfold-iac/tenfold/policies/document"
	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

// policyHolders are the resource types that carry an IAM policy of some kind, and the properties it stands in.
var policyHolders = map[string][]string{
	"aws:iam/policy:Policy":                        {"policy"},
	"aws:iam/rolePolicy:RolePolicy":                {"policy"},
	"aws:iam/userPolicy:UserPolicy":                {"policy"},
	"aws:iam/groupPolicy:GroupPolicy":              {"policy"},
	roleType:                                       {"inlinePolicies"},
	queuePolicyType:                                {"policy"},
	bucketPolicyType:                               {"policy"},
	keyType:                                        {"policy"},
	"aws:kms/keyPolicy:KeyPolicy":                  {"policy"},
	secretType:                                     {"policy"},
	secretPolicyType:                               {"policy"},
	"aws:sns/topicPolicy:TopicPolicy":              {"policy"},
	repositoryPolicyType:                           {"policy"},
	"aws:cloudwatch/eventBusPolicy:EventBusPolicy": {"policy"},
}

// identityPolicies are the types whose policies say what a role, user or group may do.
var identityPolicies = []string{
	"aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy",
	"aws:iam/groupPolicy:GroupPolicy", roleType,
}

// eachStatement judges every statement of the policies a resource carries. A text that is no policy is the business of
// iam-policy-reads alone.
func eachStatement(judge func(*rule.Check, document.Statement)) func(*rule.Check) {
	return func(c *rule.Check) {
		for _, property := range policyHolders[c.Type] {
			v := c.Get(property)
			if property != "inlinePolicies" {
				statements(c, v, judge)
				continue
			}
			inline, state := v.Items()
			if state == value.Unknown {
				c.Wait(v.Path())
			}
			for _, entry := range inline {
				statements(c, entry.Get("policy"), judge)
			}
		}
	}
}

func statements(c *rule.Check, v value.Value, judge func(*rule.Check, document.Statement)) {
	policy, state, err := document.ParsePolicy(v)
	switch {
	case state == value.Unknown || policy.Partial:
		c.Wait(v.Path())
	case err != nil:
		c.Skip("the policy cannot be read")
	}
	for _, statement := range policy.Statements {
		judge(c, statement)
	}
}

// notPublic refuses statements that let everyone in.
func notPublic(c *rule.Check, property string) {
	statements(c, c.Get(property), func(c *rule.Check, s document.Statement) {
		if s.Public() {
			c.Failf("%s allows %s to everyone without a condition that names who", s.Path, actions(s))
		}
	})
}

// deniesPlaintext requires a resource's policy, inline or beside it, to refuse requests that do not use TLS.
func deniesPlaintext(c *rule.Check, service, policyType, property string) {
	holders, state := c.Graph.Linked(c.Resource, policyType, property)
	policies := []value.Value{c.Get("policy")}
	for _, holder := range holders {
		policies = append(policies, holder.Props.Get("policy"))
	}
	waits := state == value.Unknown
	for _, v := range policies {
		policy, state, err := document.ParsePolicy(v)
		if err == nil && policy.DeniesPlaintext(service) {
			return
		}
		waits = waits || state == value.Unknown || policy.Partial
	}
	if waits {
		c.Wait("policy")
		return
	}
	c.Failf("no statement of its policy denies %s:* to everyone when aws:SecureTransport is false", service)
}

// actions names what a statement allows, for messages.
func actions(s document.Statement) string {
	switch {
	case len(s.NotActions) > 0:
		return "all but some actions"
	case len(s.Actions) == 1:
		return s.Actions[0]
	case len(s.Actions) > 1:
		return s.Actions[0] + " and more"
	}
	return "nothing"
}
