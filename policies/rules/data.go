package rules

import (
	"strconv"
	"strings"

	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

const (
	replicationGroupType = "aws:elasticache/replicationGroup:ReplicationGroup"
	serverlessCacheType  = "aws:elasticache/serverlessCache:ServerlessCache"
	vaultType            = "aws:backup/vault:Vault"
	planType             = "aws:backup/plan:Plan"
)

var cache = []*rule.Rule{
	{
		ID: "cache-encrypted-at-rest", Title: "Caches are encrypted at rest",
		Why:      "A cache holds the same data as the database, and it can never be switched on in place.",
		Fix:      "set atRestEncryptionEnabled to true.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{replicationGroupType},
		FSBP: "ElastiCache.4", Also: []string{"Checkov CKV_AWS_29", "Trivy AWS-0045", "cdk-nag AEC3"},
		Check: func(c *rule.Check) { c.True("atRestEncryptionEnabled") },
	},
	{
		ID: "cache-encrypted-in-transit", Title: "Caches speak TLS",
		Why:      "Sessions and customers' data cross the network in clear otherwise.",
		Fix:      "set transitEncryptionEnabled to true.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{replicationGroupType},
		FSBP: "ElastiCache.5", Also: []string{"Checkov CKV_AWS_30", "Trivy AWS-0051", "cdk-nag AEC3"},
		Check: func(c *rule.Check) { c.True("transitEncryptionEnabled") },
	},
	{
		ID: "cache-failover", Title: "Caches fail over by themselves",
		Why:      "Otherwise a lost node is an outage until someone acts.",
		Fix:      "set automaticFailoverEnabled to true and have a replica.",
		Severity: rule.Medium, Level: rule.Mandatory, Production: true, Scope: rule.Resource,
		Types: []string{replicationGroupType},
		FSBP:  "ElastiCache.3", Also: []string{"Checkov CKV2_AWS_50", "cdk-nag AEC4"},
		Check: func(c *rule.Check) { c.True("automaticFailoverEnabled") },
	},
	{
		ID: "cache-minor-upgrades", Title: "Caches take minor versions by themselves",
		Why:      "Minor versions carry the security fixes.",
		Fix:      "remove autoMinorVersionUpgrade, or set it to true.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{replicationGroupType},
		FSBP: "ElastiCache.2", Also: []string{"Checkov CKV_AWS_322"},
		Check: func(c *rule.Check) { c.NotFalse("autoMinorVersionUpgrade") },
	},
	{
		ID: "cache-backups", Title: "Caches that hold the only copy are backed up",
		Why:      "A lost cache without a snapshot starts empty, and so does whatever was kept only there.",
		Fix:      "set snapshotRetentionLimit to 1 or more.",
		Severity: rule.High, Level: rule.Mandatory, Production: true, Scope: rule.Resource,
		Types: []string{replicationGroupType},
		FSBP:  "ElastiCache.1", Also: []string{"Checkov CKV_AWS_134", "Trivy AWS-0050"},
		Check: func(c *rule.Check) { c.AtLeast("snapshotRetentionLimit", 1) },
	},
	{
		ID: "cache-own-subnets", Title: "Caches stand in subnets chosen for them",
		Why:      "The default subnet group spans the default VPC, whose subnets are public.",
		Fix:      "set subnetGroupName to a group of the data subnets.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{replicationGroupType},
		FSBP: "ElastiCache.7", Also: []string{"Checkov CKV_AWS_323", "cdk-nag AEC1"},
		Check: func(c *rule.Check) {
			v := c.Get("subnetGroupName")
			name, state := v.Text()
			switch {
			case state == value.Unknown:
				c.Wait(v.Path())
			case name == "" || name == "default":
				c.Fail(v, "name a subnet group of your own")
			}
		},
	},
	{
		ID: "cache-serverless-subnets", Title: "Serverless caches stand in subnets chosen for them",
		Why:      "Without subnets AWS puts the cache into the default VPC, and it can never be moved.",
		Fix:      "set subnetIds to the data subnets and securityGroupIds to the cache's group.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{serverlessCacheType},
		Check: func(c *rule.Check) {
			c.Set("subnetIds")
			c.Set("securityGroupIds")
		},
	},
	{
		ID: "cache-engine-version", Title: "Caches run a version with access control",
		Why:      "Engines before version 7 lack what the rules about TLS and users rest on.",
		Fix:      "raise engineVersion to 7 or later.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{replicationGroupType},
		FSBP: "ElastiCache.6", Also: []string{"Checkov CKV_AWS_31", "cdk-nag AEC6"},
		Check: func(c *rule.Check) {
			v := c.Get("engineVersion")
			text, state := v.Text()
			major, _, _ := strings.Cut(text, ".")
			n, err := strconv.Atoi(major)
			switch {
			case state == value.Unknown:
				c.Wait(v.Path())
			case err != nil || n < 7:
				c.Fail(v, "be 7 or later")
			}
		},
	},
}

var backup = []*rule.Rule{
	{
		ID: "backup-customer-key", Title: "Backups are encrypted with a key of the account's own",
		Why:      "The vault's key can never be changed, and copies to another account need one whose policy allows it.",
		Fix:      "set kmsKeyArn to the ARN of a KMS key.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{vaultType},
		FSBP: "Backup.1", Also: []string{"Checkov CKV_AWS_166"},
		Check: func(c *rule.Check) { c.Set("kmsKeyArn") },
	},
	{
		ID: "backup-no-continuous", Title: "AWS Backup does not take over Aurora's own backups",
		Why:      "A continuous rule overwrites the cluster's retention and window, which then drift in every preview.",
		Fix:      "remove enableContinuousBackup; Aurora restores to any second by itself.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{planType},
		Check: func(c *rule.Check) {
			list, state := c.Get("rules").Items()
			if state == value.Unknown {
				c.Wait("rules")
			}
			for _, item := range list {
				c.NotTrueValue(item.Get("enableContinuousBackup"))
			}
		},
	},
	{
		ID: "backup-ends", Title: "Backups are removed after a time",
		Why:      "Without an end they are kept and billed for ever, past what a privacy promise allows.",
		Fix:      "set lifecycle.deleteAfter in every rule.",
		Severity: rule.Low, Level: rule.Advisory, Scope: rule.Resource, Types: []string{planType},
		Check: func(c *rule.Check) {
			list, state := c.Get("rules").Items()
			if state == value.Unknown {
				c.Wait("rules")
			}
			for _, item := range list {
				c.SetValue(item.Get("lifecycle.deleteAfter"))
			}
		},
	},
	{
		ID: "backup-keeps-vault", Title: "A production vault is not emptied to be deleted",
		Why:      "With forceDestroy one wrong destroy deletes every backup.",
		Fix:      "remove forceDestroy.",
		Severity: rule.Medium, Level: rule.Mandatory, Production: true, Scope: rule.Resource, Types: []string{vaultType},
		Check: func(c *rule.Check) { c.NotTrue("forceDestroy") },
	},
}
