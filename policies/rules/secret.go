package rules

import (
	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

const (
	secretType       = "aws:secretsmanager/secret:Secret"
	secretPolicyType = "aws:secretsmanager/secretPolicy:SecretPolicy"
	rotationType     = "aws:secretsmanager/secretRotation:SecretRotation"
)

var secret = []*rule.Rule{
	{
		ID: "secret-value-outside-state", Title: "Secret values do not pass through Pulumi",
		Why:      "A value given here stands in the state file and its backups for good, and never rotates.",
		Fix:      "keep the Secret and remove the SecretVersion; put the value in from outside.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource,
		Types: []string{"aws:secretsmanager/secretVersion:SecretVersion"},
		Check: func(c *rule.Check) {
			for _, property := range []string{"secretString", "secretBinary"} {
				switch v := c.Get(property); v.State() {
				case value.Known:
					c.Failf("%s is set; it must not be", property)
				case value.Unknown:
					c.Wait(property)
				}
			}
		},
	},
	{
		ID: "secret-rotation", Title: "Secrets rotate, or say who changes them",
		Why:      "A secret that never changes is known to everyone who ever saw it.",
		Fix:      "add a SecretRotation, or the tag rotation with the value external for keys a third party issues.",
		Severity: rule.Medium, Level: rule.Advisory, Scope: rule.Stack, Types: []string{secretType},
		FSBP: "SecretsManager.1", Also: []string{"Checkov CKV2_AWS_57", "cdk-nag SMG4"},
		Check: func(c *rule.Check) {
			tag := c.Get("tags.rotation")
			if text, state := tag.Text(); state == value.Known && (text == "external" || text == "manual") {
				c.Skip("the tag rotation says who changes it: " + text)
				return
			}
			requireLink(c, rotationType, "secretId", "rotation")
		},
	},
	{
		ID: "secret-rotation-period", Title: "Secrets that rotate do so every 90 days or sooner",
		Why:      "The longer a leaked value is good, the more it is worth.",
		Fix:      "set rotationRules.automaticallyAfterDays to 90 or less.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{rotationType},
		FSBP: "SecretsManager.4", Also: []string{"Checkov CKV_AWS_304"},
		Params: []rule.Param{{Name: "days", Kind: "integer", Default: 90, Doc: "The longest time between rotations, 1 to 180."}},
		Check: func(c *rule.Check) {
			if schedule := c.Get("rotationRules.scheduleExpression"); schedule.State() == value.Known {
				c.Skip("a schedule decides")
				return
			}
			v := c.Get("rotationRules.automaticallyAfterDays")
			days, state := v.Number()
			switch {
			case state == value.Unknown:
				c.Wait(v.Path())
			case state == value.Absent || days > float64(c.ParamInt("days")):
				c.Failf("%s is %s; it must be at most %d", v.Path(), v.Show(), c.ParamInt("days"))
			}
		},
	},
	{
		ID: "secret-customer-key", Title: "Secrets are encrypted with a key of the account's own",
		Why:      "Only its key policy can keep administrators apart from values, and only it can be shared.",
		Fix:      "set kmsKeyId to the ARN of a KMS key.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{secretType},
		Also:  []string{"Checkov CKV_AWS_149", "Trivy AWS-0098"},
		Check: func(c *rule.Check) { c.Set("kmsKeyId") },
	},
	{
		ID: "secret-recovery-window", Title: "A production secret can be brought back after it was deleted",
		Why:      "With a window of 0 a wrong destroy loses the value at once.",
		Fix:      "set recoveryWindowInDays to between 7 and 30, or leave it out, which means 30.",
		Severity: rule.Medium, Level: rule.Mandatory, Production: true, Scope: rule.Resource, Types: []string{secretType},
		Check: func(c *rule.Check) {
			v := c.Get("recoveryWindowInDays")
			days, state := v.Number()
			switch {
			case state == value.Unknown:
				c.Wait(v.Path())
			case state == value.Known && days < 7:
				c.Fail(v, "be at least 7")
			}
		},
	},
	{
		ID: "secret-not-public", Title: "Secret policies do not let everyone in",
		Why:      "Anyone with an AWS account could read the secret.",
		Fix:      "name the principals, or tie the statement to an account.",
		Severity: rule.Critical, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{secretType, secretPolicyType},
		Check: func(c *rule.Check) { notPublic(c, "policy") },
	},
}
