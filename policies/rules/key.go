package rules

import (
	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

const keyType = "aws:kms/key:Key"

var key = []*rule.Rule{
	{
		ID: "kms-rotation", Title: "KMS keys rotate",
		Why:      "Rotation limits how much one key ever encrypts; AWS keeps the old material for old data.",
		Fix:      "set enableKeyRotation to true.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{keyType},
		Also: []string{"Security Hub KMS.4", "Checkov CKV_AWS_7", "Trivy AWS-0065", "cdk-nag KMS5"},
		Check: func(c *rule.Check) {
			for _, property := range []string{"customerMasterKeySpec", "keyUsage"} {
				if spec, ok := c.Kind(property); !ok {
					return
				} else if spec != "" && spec != "SYMMETRIC_DEFAULT" && spec != "ENCRYPT_DECRYPT" {
					c.Skip("only symmetric keys rotate")
					return
				}
			}
			c.True("enableKeyRotation")
		},
	},
	{
		ID: "kms-not-public", Title: "Key policies do not let everyone in",
		Why:      "Anyone with an AWS account could decrypt what the key protects.",
		Fix:      "name the principals, or tie the statement to an account with kms:CallerAccount.",
		Severity: rule.Critical, Level: rule.Mandatory, Scope: rule.Resource,
		Types: []string{keyType, "aws:kms/keyPolicy:KeyPolicy"},
		FSBP:  "KMS.5", Also: []string{"Checkov CKV_AWS_33"},
		Check: func(c *rule.Check) { notPublic(c, "policy") },
	},
	{
		ID: "kms-deletion-window", Title: "A production key waits a month before it is deleted",
		Why:      "Whatever it encrypted, backups too, is lost with the key; a month leaves time to notice.",
		Fix:      "remove deletionWindowInDays, or set it to 30.",
		Severity: rule.Medium, Level: rule.Mandatory, Production: true, Scope: rule.Resource, Types: []string{keyType},
		Check: func(c *rule.Check) {
			v := c.Get("deletionWindowInDays")
			days, state := v.Number()
			switch {
			case state == value.Unknown:
				c.Wait(v.Path())
			case state == value.Known && days < 30:
				c.Fail(v, "be 30, which is also the default")
			}
		},
	},
	{
		ID: "kms-enabled", Title: "KMS keys are enabled",
		Why:      "A disabled key stops the database and queues that use it.",
		Fix:      "remove isEnabled, or set it to true.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{keyType},
		Also:  []string{"Checkov CKV_AWS_227"},
		Check: func(c *rule.Check) { c.NotFalse("isEnabled") },
	},
}
