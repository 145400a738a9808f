package rules

import (
	"slices"
	"strings"

	"github.com/tenfold-iac/tenfold/policies/document"
	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

const (
	roleType           = "aws:iam/role:Role"
	roleAttachmentType = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
)

// mightyPolicies are AWS's own policies that no program should have.
var mightyPolicies = []string{
	"AdministratorAccess", "PowerUserAccess", "IAMFullAccess", "AWSCloudShellFullAccess", "SecretsManagerReadWrite",
	"AmazonRDSFullAccess", "AmazonS3FullAccess", "AmazonSQSFullAccess",
}

var iamRole = []*rule.Rule{
	{
		ID: "iam-no-admin-attachment", Title: "No role has one of AWS's administrator policies",
		Why:      "Whoever gets hold of the role owns the account, or a whole service of it.",
		Fix:      "attach a policy that lists what the program does.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{roleAttachmentType, roleType},
		Also: []string{"Checkov CKV_AWS_274", "Checkov CKV2_AWS_56", "Security Hub IAM.27", "cdk-nag IAM4"},
		Check: func(c *rule.Check) {
			arns := []value.Value{c.Get("policyArn")}
			if c.Type == roleType {
				list := c.Get("managedPolicyArns")
				items, state := list.Items()
				if state == value.Unknown {
					c.Wait(list.Path())
				}
				arns = items
			}
			for _, arn := range arns {
				text, state := arn.Text()
				if state == value.Unknown {
					c.Wait(arn.Path())
					continue
				}
				if slices.Contains(mightyPolicies, text[strings.LastIndex(text, "/")+1:]) && strings.Contains(text, ":aws:policy/") {
					c.Fail(arn, "name a policy made for the role")
				}
			}
		},
	},
	{
		ID: "iam-trust-scoped", Title: "Roles are assumed by named services and accounts only",
		Why:      "An open trust policy lets anyone with an AWS account, or any repository of a CI provider, take the role.",
		Fix:      "name the principal; for a CI provider, compare the sub claim with one repository.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{roleType},
		Also: []string{"Checkov CKV_AWS_60", "Checkov CKV_AWS_61", "Checkov CKV_AWS_358"},
		Check: func(c *rule.Check) {
			statements(c, c.Get("assumeRolePolicy"), func(c *rule.Check, s document.Statement) {
				if s.Public() {
					c.Failf("%s lets everyone assume the role", s.Path)
				}
				if s.Allow && federated(s) && !namesSubject(s) {
					c.Failf("%s trusts an identity provider without naming whose tokens; it must compare the sub claim", s.Path)
				}
			})
		},
	},
	{
		ID: "iam-role-policies-apart", Title: "A role's policies are resources of their own",
		Why:      "A list on the role removes what is attached beside it, in every other update.",
		Fix:      "move the entries to iam.RolePolicy and iam.RolePolicyAttachment.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{roleType},
		Check: func(c *rule.Check) {
			c.Unset("managedPolicyArns", "an attachment must be a resource of its own")
			c.Unset("inlinePolicies", "a policy must be a resource of its own")
		},
	},
	{
		ID: "iam-no-user-policies", Title: "Users have no policies of their own",
		Why:      "People get rights through groups or single sign-on, so that they lose them when they leave.",
		Fix:      "attach the policy to a group or a role.",
		Severity: rule.Low, Level: rule.Advisory, Scope: rule.Stack,
		Types: []string{"aws:iam/user:User"},
		FSBP:  "IAM.2", Also: []string{"Checkov CKV_AWS_40", "Trivy AWS-0143"},
		Check: func(c *rule.Check) {
			for _, t := range []string{"aws:iam/userPolicy:UserPolicy", "aws:iam/userPolicyAttachment:UserPolicyAttachment"} {
				found, state := c.Graph.Linked(c.Resource, t, "user")
				switch {
				case len(found) > 0:
					c.Failf("%s gives the user a policy directly; it must come through a group or role", found[0].Name)
				case state == value.Unknown:
					c.Wait("user")
				}
			}
		},
	},
	{
		ID: "iam-no-access-keys", Title: "No long-lived access keys are made",
		Why:      "A key works from anywhere until someone removes it, and its secret stands in the state file.",
		Fix:      "let programs take a role; let CI use OpenID Connect.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{"aws:iam/accessKey:AccessKey"},
		Also: []string{"Trivy AWS-0143"},
		Check: func(c *rule.Check) {
			status := c.Get("status")
			switch text, state := status.Text(); {
			case state == value.Unknown:
				c.Wait(status.Path())
			case text != "Inactive":
				c.Failf("status is %s, which makes a key that works for user %s; programs must take a role",
					status.Show(), c.Get("user").Show())
			}
		},
	},
}

// federated reports whether a statement trusts an OpenID Connect provider.
func federated(s document.Statement) bool {
	return slices.ContainsFunc(s.Principals, func(p string) bool {
		return strings.HasPrefix(p, "Federated:") && strings.Contains(p, "oidc-provider/")
	})
}

// namesSubject reports whether a statement compares the sub claim with something narrower than anyone.
func namesSubject(s document.Statement) bool {
	return slices.ContainsFunc(s.Conditions, func(condition document.Condition) bool {
		if !strings.HasSuffix(condition.Key, ":sub") || len(condition.Values) == 0 ||
			!strings.HasPrefix(condition.Operator, "String") || strings.Contains(condition.Operator, "Not") {
			return false
		}
		return !slices.ContainsFunc(condition.Values, func(v string) bool {
			// "repo:*" and "repo:owner/*" leave the repository open.
			rest := strings.TrimPrefix(v, "repo:")
			repository, _, _ := strings.Cut(rest, ":")
			return strings.Contains(repository, "*")
		})
	})
}
