package rules

import (
	"strings"

	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

const (
	dbClusterType         = "aws:rds/cluster:Cluster"
	dbClusterInstanceType = "aws:rds/clusterInstance:ClusterInstance"
	dbInstanceType        = "aws:rds/instance:Instance"
)

var database = []*rule.Rule{
	{
		ID: "rds-not-public", Title: "Databases have no public address",
		Why:      "A database on the internet is found and attacked within hours.",
		Fix:      "set publiclyAccessible to false; reach the database through a task or Session Manager.",
		Severity: rule.Critical, Level: rule.Mandatory, Scope: rule.Resource,
		Types: []string{dbClusterInstanceType, dbInstanceType},
		FSBP:  "RDS.2", Also: []string{"Checkov CKV_AWS_17", "Trivy AWS-0180"},
		Check: func(c *rule.Check) { c.NotTrue("publiclyAccessible") },
	},
	{
		ID: "rds-storage-encrypted", Title: "Database storage is encrypted",
		Why:      "It can never be switched on in place, only by restoring a copy.",
		Fix:      "set storageEncrypted to true.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{dbClusterType, dbInstanceType},
		FSBP: "RDS.27", Also: []string{"AWS FSBP RDS.3", "Checkov CKV_AWS_96", "Trivy AWS-0079"},
		Check: func(c *rule.Check) { c.True("storageEncrypted") },
	},
	{
		ID: "rds-customer-key", Title: "Database storage is encrypted with a key of the account's own",
		Why:      "Snapshots under AWS's key cannot be shared with another account, and the key can never be changed.",
		Fix:      "set kmsKeyId to the ARN of a KMS key.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{dbClusterType},
		Also: []string{"Checkov CKV_AWS_327"},
		Check: func(c *rule.Check) {
			v := c.Get("kmsKeyId")
			if text, state := v.Text(); state == value.Known && text != "" && !strings.HasPrefix(text, "arn:") {
				c.Fail(v, "be the key's ARN, since AWS answers with it and any other form replaces the cluster")
				return
			}
			c.SetValue(v)
		},
	},
	{
		ID: "rds-deletion-protection", Title: "Production databases are protected from deletion",
		Why:      "One wrong destroy would delete every customer's data.",
		Fix:      "set deletionProtection to true.",
		Severity: rule.Medium, Level: rule.Mandatory, Production: true, Scope: rule.Resource,
		Types: []string{dbClusterType, dbInstanceType},
		FSBP:  "RDS.7", Also: []string{"AWS FSBP RDS.8", "Checkov CKV_AWS_139", "Trivy AWS-0343"},
		Check: func(c *rule.Check) { c.True("deletionProtection") },
	},
	{
		ID: "rds-final-snapshot", Title: "Deleting a production database leaves a snapshot",
		Why:      "Without an id for it the deletion fails half-way; without the snapshot the data is gone.",
		Fix:      "leave skipFinalSnapshot off and set finalSnapshotIdentifier.",
		Severity: rule.High, Level: rule.Mandatory, Production: true, Scope: rule.Resource,
		Types: []string{dbClusterType, dbInstanceType},
		Check: func(c *rule.Check) {
			c.NotTrue("skipFinalSnapshot")
			c.Set("finalSnapshotIdentifier")
		},
	},
	{
		ID: "rds-keeps-backups", Title: "Deleting a production database leaves its automated backups",
		Why:      "They are the only way back to a minute before the mistake, and by default they go with the cluster.",
		Fix:      "set deleteAutomatedBackups to false.",
		Severity: rule.Medium, Level: rule.Mandatory, Production: true, Scope: rule.Resource, Types: []string{dbClusterType},
		Check: func(c *rule.Check) { c.OneOf(c.Get("deleteAutomatedBackups"), "false") },
	},
	{
		ID: "rds-backup-retention", Title: "Database backups are kept for a week or longer",
		Why:      "A mistake made on Friday is found on Monday; AWS keeps one day unless told otherwise.",
		Fix:      "set backupRetentionPeriod to 7 or more.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{dbClusterType, dbInstanceType},
		FSBP: "RDS.50", Also: []string{"AWS FSBP RDS.11", "Checkov CKV_AWS_133", "Trivy AWS-0077"},
		Params: []rule.Param{{Name: "days", Kind: "integer", Default: 7, Doc: "The least number of days, 1 to 35."}},
		Check:  func(c *rule.Check) { c.AtLeast("backupRetentionPeriod", c.ParamInt("days")) },
	},
	{
		ID: "rds-iam-authentication", Title: "Programs sign in to the database with their role",
		Why:      "A token lives fifteen minutes and belongs to one role; a password is copied and never changes.",
		Fix:      "set iamDatabaseAuthenticationEnabled to true.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{dbClusterType, dbInstanceType},
		FSBP: "RDS.12", Also: []string{"AWS FSBP RDS.10", "Checkov CKV_AWS_162", "Trivy AWS-0176"},
		Check: func(c *rule.Check) { c.True("iamDatabaseAuthenticationEnabled") },
	},
	{
		ID: "rds-managed-password", Title: "RDS keeps the master password itself",
		Why:      "Any other password stands in the state file and in the program that made it up.",
		Fix:      "set manageMasterUserPassword to true and remove masterPassword.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{dbClusterType},
		Check: func(c *rule.Check) {
			if restored(c) {
				c.Skip("the cluster takes its user from where it is restored or replicated from")
				return
			}
			c.True("manageMasterUserPassword")
			if v := c.Get("masterPassword"); v.State() == value.Known {
				c.Failf("masterPassword is set; it must not be, RDS makes one up and rotates it")
			}
		},
	},
	{
		ID: "rds-admin-name", Title: "The master user does not have the name everyone tries first",
		Why:      "It can never be changed in place.",
		Fix:      "set masterUsername to a name of your own.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{dbClusterType},
		FSBP: "RDS.24",
		Check: func(c *rule.Check) {
			if restored(c) {
				c.Skip("the cluster takes its user from where it is restored or replicated from")
				return
			}
			v := c.Get("masterUsername")
			name, state := v.Text()
			switch {
			case state == value.Unknown:
				c.Wait(v.Path())
			case name == "" || name == "admin" || name == "postgres":
				c.Fail(v, "be a name other than admin and postgres")
			}
		},
	},
	{
		ID: "rds-minor-upgrades", Title: "Database instances take minor versions by themselves",
		Why:      "Minor versions carry the security fixes.",
		Fix:      "remove autoMinorVersionUpgrade, or set it to true.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource,
		Types: []string{dbClusterInstanceType, dbInstanceType},
		FSBP:  "RDS.13", Also: []string{"AWS FSBP RDS.35", "Checkov CKV_AWS_226"},
		Check: func(c *rule.Check) { c.NotFalse("autoMinorVersionUpgrade") },
	},
	{
		ID: "rds-log-export", Title: "PostgreSQL logs go to CloudWatch",
		Why:      "The instance keeps them for days only, and they go with it.",
		Fix:      "add postgresql to enabledCloudwatchLogsExports.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{dbClusterType},
		FSBP: "RDS.37", Also: []string{"Checkov CKV_AWS_324", "Checkov CKV2_AWS_27"},
		Check: func(c *rule.Check) {
			if isPostgres(c) {
				contains(c, "enabledCloudwatchLogsExports", "postgresql")
			}
		},
	},
	{
		ID: "rds-tags-on-snapshots", Title: "Snapshots carry the database's tags",
		Why:      "Untagged snapshots cannot be told apart, billed or cleaned up.",
		Fix:      "set copyTagsToSnapshot to true.",
		Severity: rule.Low, Level: rule.Advisory, Scope: rule.Resource, Types: []string{dbClusterType, dbInstanceType},
		FSBP: "RDS.16", Also: []string{"AWS FSBP RDS.17", "Checkov CKV_AWS_313"},
		Check: func(c *rule.Check) { c.True("copyTagsToSnapshot") },
	},
	{
		ID: "rds-no-availability-zones", Title: "Clusters do not choose their availability zones",
		Why:      "AWS reports three whatever was asked for; the next update sees a difference and replaces the cluster.",
		Fix:      "remove availabilityZones; the subnet group says where instances may stand.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{dbClusterType},
		Check: func(c *rule.Check) { c.Unset("availabilityZones", "the subnet group decides") },
	},
	{
		ID: "rds-two-instances", Title: "Production clusters have a second instance to fail over to",
		Why:      "With one instance, a lost zone or a new engine version is an outage of many minutes.",
		Fix:      "add a second rds.ClusterInstance.",
		Severity: rule.Medium, Level: rule.Advisory, Production: true, Scope: rule.Stack, Types: []string{dbClusterType},
		FSBP: "RDS.15",
		Check: func(c *rule.Check) {
			instances, state := c.Graph.Linked(c.Resource, dbClusterInstanceType, "clusterIdentifier")
			switch {
			case len(instances) >= 2:
			case state == value.Unknown:
				c.Wait("clusterIdentifier of an instance")
			default:
				c.Failf("the cluster has %d instances; it must have at least 2", len(instances))
			}
		},
	},
	{
		ID: "rds-snapshot-private", Title: "Snapshots are not shared with everyone",
		Why:      "A public snapshot is a copy of the database for anyone with an AWS account.",
		Fix:      "name the accounts in sharedAccounts, or remove it.",
		Severity: rule.Critical, Level: rule.Mandatory, Scope: rule.Resource,
		Types: []string{"aws:rds/clusterSnapshot:ClusterSnapshot", "aws:rds/snapshot:Snapshot"},
		FSBP:  "RDS.1", Also: []string{"Checkov CKV_AWS_302"},
		Check: func(c *rule.Check) {
			accounts, state := c.Get("sharedAccounts").Items()
			if state == value.Unknown {
				c.Wait("sharedAccounts")
			}
			for _, account := range accounts {
				text, state := account.Text()
				switch {
				case state == value.Unknown:
					c.Wait(account.Path())
				case text == "all":
					c.Fail(account, "name an account")
				}
			}
		},
	},
	{
		ID: "rds-proxy-tls", Title: "RDS proxies accept TLS connections only",
		Why:      "Queries and results cross the network in clear otherwise.",
		Fix:      "set requireTls to true.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{"aws:rds/proxy:Proxy"},
		FSBP:  "RDS.43",
		Check: func(c *rule.Check) { c.True("requireTls") },
	},
}

// restored reports whether a cluster begins as a copy of another, from which it takes its master user.
func restored(c *rule.Check) bool {
	for _, property := range []string{
		"snapshotIdentifier", "restoreToPointInTime", "replicationSourceIdentifier", "globalClusterIdentifier",
	} {
		if c.Get(property).State() != value.Absent {
			return true
		}
	}
	return false
}

// contains requires a list to hold a text.
func contains(c *rule.Check, property, want string) {
	list := c.Get(property)
	items, state := list.Items()
	if state == value.Unknown {
		c.Wait(property)
		return
	}
	waits := false
	for _, item := range items {
		text, state := item.Text()
		if state == value.Known && text == want {
			return
		}
		waits = waits || state == value.Unknown
	}
	if waits {
		c.Wait(property)
		return
	}
	c.Fail(list, "contain "+want)
}
