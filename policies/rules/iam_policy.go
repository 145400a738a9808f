package rules

import (
	"slices"
	"strings"

	"github.com/tenfold-iac/tenfold/policies/document"
	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

var iamPolicy = []*rule.Rule{
	{
		ID: "iam-policy-reads", Title: "Policies are JSON documents",
		Why:      "A text that is no policy is refused only after everything before it was changed.",
		Fix:      "build the policy by marshalling a Go value.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: holderTypes(),
		Check: func(c *rule.Check) {
			for _, property := range policyHolders[c.Type] {
				v := c.Get(property)
				if property == "inlinePolicies" {
					if v.State() == value.Unknown {
						c.Wait(v.Path())
					}
					continue
				}
				if _, state, err := document.ParsePolicy(v); state == value.Unknown {
					c.Wait(v.Path())
				} else if err != nil {
					c.Failf("%v", err)
				}
			}
		},
	},
	{
		ID: "iam-no-admin", Title: "No policy allows everything on everything",
		Why:      "Whoever gets hold of the role owns the account.",
		Fix:      "list the actions the program calls and the ARNs it calls them on.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: identityPolicies,
		FSBP: "IAM.1", Also: []string{"Checkov CKV_AWS_62", "cdk-nag IAM5"},
		Check: eachStatement(func(c *rule.Check, s document.Statement) {
			if s.Allow && slices.ContainsFunc(s.Actions, stars) && slices.ContainsFunc(s.Resources, stars) {
				c.Failf("%s allows every action on every resource", s.Path)
			}
		}),
	},
	{
		ID: "iam-no-wildcard-actions", Title: "No policy allows all actions of a service",
		Why:      "AWS adds actions every week; such a policy grants each of them the day it appears.",
		Fix:      "list the actions the program calls.",
		Severity: rule.Low, Level: rule.Mandatory, Scope: rule.Resource, Types: identityPolicies,
		LevelReason: "Tenfold's grants list exact actions, so nothing of its own needs a wildcard.",
		FSBP:        "IAM.21", Also: []string{"Checkov CKV_AWS_63", "cdk-nag IAM5"},
		Check: eachStatement(func(c *rule.Check, s document.Statement) {
			for _, action := range s.Actions {
				service, name, _ := strings.Cut(action, ":")
				if s.Allow && (stars(action) || stars(service) || stars(name)) {
					c.Failf("%s allows %s; it must list actions", s.Path, action)
				}
			}
		}),
	},
	{
		ID: "iam-no-exclusions", Title: "No policy allows everything but a list",
		Why:      "What is not on the list is allowed, whatever AWS adds.",
		Fix:      "turn NotAction and NotResource of Allow statements into Action and Resource.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: identityPolicies,
		Check: eachStatement(func(c *rule.Check, s document.Statement) {
			if s.Allow && len(s.NotActions) > 0 {
				c.Failf("%s allows NotAction %s; it must list what is allowed", s.Path, s.NotActions[0])
			}
			if s.Allow && len(s.NotResources) > 0 {
				c.Failf("%s allows NotResource %s; it must list what is allowed", s.Path, s.NotResources[0])
			}
		}),
	},
	{
		ID: "iam-decrypt-scoped", Title: "Decryption is allowed with named keys only",
		Why:      "A role that may use every key can read whatever any other service encrypted.",
		Fix:      "name the key's ARN as the resource.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: identityPolicies,
		FSBP: "KMS.2", Also: []string{"AWS FSBP KMS.1"},
		Check: eachStatement(func(c *rule.Check, s document.Statement) {
			if (s.Allows("kms:Decrypt") || s.Allows("kms:ReEncryptFrom")) && s.AnyResource() {
				c.Failf("%s allows decryption with every key; it must name keys", s.Path)
			}
		}),
	},
	{
		ID: "iam-passrole-scoped", Title: "Roles may be handed on by name only",
		Why:      "Who may pass any role to a service can have it act as an administrator.",
		Fix:      "name the ARNs of the roles under iam:PassRole.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: identityPolicies,
		Also: []string{"Checkov CKV_AWS_110", "Trivy AWS-0342"},
		Check: eachStatement(func(c *rule.Check, s document.Statement) {
			if s.Allows("iam:PassRole") && s.AnyResource() {
				c.Failf("%s allows iam:PassRole on every role; it must name roles", s.Path)
			}
		}),
	},
	{
		ID: "iam-no-escalation", Title: "No policy lets a role raise its own rights",
		Why:      "Who may write policies or attach them anywhere can make an administrator of any role.",
		Fix:      "remove the action, or name the one role or policy it is for.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: identityPolicies,
		Also: []string{"Checkov CKV_AWS_286"},
		Check: eachStatement(func(c *rule.Check, s document.Statement) {
			for _, action := range escalating {
				if s.Allows(action) && s.AnyResource() {
					c.Failf("%s allows %s on everything; it must name resources", s.Path, action)
					return
				}
			}
		}),
	},
	{
		ID: "iam-database-user-named", Title: "Database sign-in is allowed for named users only",
		Why:      "A role that may sign in as anyone may sign in as the owner, past row-level security.",
		Fix:      "end the resource of rds-db:connect with the user's name.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: identityPolicies,
		Check: eachStatement(func(c *rule.Check, s document.Statement) {
			if !s.Allows("rds-db:connect") {
				return
			}
			for _, resource := range s.Resources {
				user := resource[strings.LastIndexAny(resource, "/:")+1:]
				if strings.ContainsAny(user, "*?") {
					c.Failf("%s allows rds-db:connect on %s; it must name the user", s.Path, value.Quote(resource))
				}
			}
		}),
	},
}

// escalating are actions that, on any resource, amount to administrator rights.
var escalating = []string{
	"iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion",
	"iam:UpdateAssumeRolePolicy", "iam:AttachUserPolicy", "iam:PutUserPolicy", "iam:CreateAccessKey",
	"iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:DeleteRolePermissionsBoundary", "sts:AssumeRole",
}

// stars reports whether a pattern is nothing but wildcards.
func stars(pattern string) bool { return pattern != "" && strings.Trim(pattern, "*") == "" }

// holderTypes lists the types that carry a policy, in order.
func holderTypes() []string {
	types := make([]string, 0, len(policyHolders))
	for t := range policyHolders {
		types = append(types, t)
	}
	slices.Sort(types)
	return types
}
