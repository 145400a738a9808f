package rules

import (
	"slices"

	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

const (
	bucketType       = "aws:s3/bucketV2:BucketV2"
	oldBucketType    = "aws:s3/bucket:Bucket"
	bucketPolicyType = "aws:s3/bucketPolicy:BucketPolicy"
)

// bucketTypes are the two forms of a bucket. Each setting stands on the bucket or in a resource beside it.
var bucketTypes = []string{bucketType, oldBucketType}

var bucket = []*rule.Rule{
	{
		ID: "s3-block-public-access", Title: "Buckets block public access in all four ways",
		Why:      "One wrong policy or ACL then cannot put customers' files on the internet.",
		Fix:      "add an s3.BucketPublicAccessBlock for the bucket with all four settings true.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Stack, Types: bucketTypes,
		FSBP: "S3.8", Also: []string{"AWS FSBP S3.2", "AWS FSBP S3.3", "Checkov CKV2_AWS_6", "Trivy AWS-0086"},
		Check: func(c *rule.Check) {
			const blockType = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
			requireLink(c, blockType, "bucket", "public access block")
			blocks, _ := c.Graph.Linked(c.Resource, blockType, "bucket")
			for _, block := range blocks {
				for _, setting := range []string{
					"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets",
				} {
					c.TrueValue(block.Props.Get(setting).At(setting + " of its public access block"))
				}
			}
		},
	},
	{
		ID: "s3-not-public", Title: "Bucket policies do not let everyone in",
		Why:      "Anyone could read or overwrite the files.",
		Fix:      "name the principals, or tie the statement to a distribution's ARN or an account.",
		Severity: rule.Critical, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{bucketPolicyType},
		FSBP: "S3.2", Also: []string{"AWS FSBP S3.3", "Checkov CKV_AWS_70"},
		Check: func(c *rule.Check) { notPublic(c, "policy") },
	},
	{
		ID: "s3-encrypted", Title: "Buckets state how they are encrypted",
		Why:      "AWS encrypts by default, but with what is then nobody's decision.",
		Fix:      "add an s3.BucketServerSideEncryptionConfigurationV2 for the bucket.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Stack, Types: bucketTypes,
		Also: []string{"Security Hub S3.17", "Checkov CKV_AWS_19", "Trivy AWS-0088"},
		Check: func(c *rule.Check) {
			if hasInline(c, "serverSideEncryptionConfiguration", "serverSideEncryptionConfigurations") {
				return
			}
			requireEither(c, "bucket", "encryption configuration",
				"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
				"aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration")
		},
	},
	{
		ID: "s3-tls-only", Title: "Buckets refuse requests without TLS",
		Why:      "Files cross the network in clear otherwise.",
		Fix:      "deny s3:* to everyone when aws:SecureTransport is false in the bucket's policy.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Stack, Types: bucketTypes,
		FSBP: "S3.5", Also: []string{"Checkov CKV_AWS_379", "cdk-nag S10"},
		Check: func(c *rule.Check) { deniesPlaintext(c, "s3", bucketPolicyType, "bucket") },
	},
	{
		ID: "s3-no-acls", Title: "Buckets take no access control lists",
		Why:      "An ACL on one object can open it to the world, and nobody looks at ACLs.",
		Fix:      "set objectOwnership to BucketOwnerEnforced and remove ACLs.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource,
		Types: []string{"aws:s3/bucketOwnershipControls:BucketOwnershipControls", "aws:s3/bucketAclV2:BucketAclV2"},
		FSBP:  "S3.12", Also: []string{"Checkov CKV2_AWS_65"},
		Check: func(c *rule.Check) {
			if c.Type == "aws:s3/bucketAclV2:BucketAclV2" {
				acl := c.Get("acl")
				switch text, state := acl.Text(); {
				case state == value.Unknown:
					c.Wait("acl")
				case text != "private" && text != "log-delivery-write":
					c.Fail(acl, "be private; a bucket policy can say who else may read")
				}
				return
			}
			c.OneOf(c.Get("rule.objectOwnership"), "BucketOwnerEnforced")
		},
	},
	{
		ID: "s3-versioned", Title: "Buckets keep old versions, or say why not",
		Why:      "Without versions an overwritten or deleted file is gone.",
		Fix:      "add an s3.BucketVersioningV2, or the tag versioning that says why not, such as logs.",
		Severity: rule.Low, Level: rule.Advisory, Scope: rule.Stack, Types: bucketTypes,
		Also: []string{"Security Hub S3.14", "Checkov CKV_AWS_21", "Trivy AWS-0090"},
		Check: func(c *rule.Check) {
			if reason, _ := c.Get("tags.versioning").Text(); reason != "" {
				c.Skip("the tag versioning says why not: " + reason)
				return
			}
			for _, inline := range []string{"versioning.enabled", "versionings.0.enabled"} {
				if on, _ := c.Get(inline).Bool(); on {
					return
				}
			}
			const versioningType = "aws:s3/bucketVersioningV2:BucketVersioningV2"
			requireLink(c, versioningType, "bucket", "versioning")
			found, _ := c.Graph.Linked(c.Resource, versioningType, "bucket")
			for _, versioning := range found {
				c.OneOf(versioning.Props.Get("versioningConfiguration.status").At("status of its versioning"), "Enabled")
			}
		},
	},
	{
		ID: "s3-lifecycle", Title: "Buckets say when files end",
		Why:      "Old versions and unfinished uploads are billed for ever otherwise.",
		Fix:      "add an s3.BucketLifecycleConfigurationV2 for the bucket.",
		Severity: rule.Low, Level: rule.Advisory, Scope: rule.Stack, Types: bucketTypes,
		FSBP: "S3.13", Also: []string{"Checkov CKV2_AWS_61"},
		Check: func(c *rule.Check) {
			if hasInline(c, "lifecycleRules") {
				return
			}
			requireEither(c, "bucket", "lifecycle configuration",
				"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
				"aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
		},
	},
	{
		ID: "s3-abort-uploads", Title: "Unfinished uploads are removed",
		Why:      "Their parts are invisible and billed for ever.",
		Fix:      "add abortIncompleteMultipartUpload to a lifecycle rule.",
		Severity: rule.Low, Level: rule.Advisory, Scope: rule.Resource,
		Types: []string{"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2"},
		Also:  []string{"Checkov CKV_AWS_300"},
		Check: func(c *rule.Check) {
			list, state := c.Get("rules").Items()
			waits := state == value.Unknown
			for _, item := range list {
				days, state := item.Get("abortIncompleteMultipartUpload.daysAfterInitiation").Number()
				if state == value.Known && days > 0 {
					return
				}
				waits = waits || state == value.Unknown
			}
			if waits {
				c.Wait("rules")
				return
			}
			c.Failf("no rule sets abortIncompleteMultipartUpload; one must")
		},
	},
	{
		ID: "s3-keeps-files", Title: "A production bucket is not emptied to be deleted",
		Why:      "With forceDestroy one wrong destroy deletes every file and every version.",
		Fix:      "remove forceDestroy.",
		Severity: rule.Medium, Level: rule.Mandatory, Production: true, Scope: rule.Resource, Types: bucketTypes,
		Check: func(c *rule.Check) { c.NotTrue("forceDestroy") },
	},
}

// hasInline reports whether the bucket carries a setting itself, in one of its spellings.
func hasInline(c *rule.Check, properties ...string) bool {
	return slices.ContainsFunc(properties, func(property string) bool {
		items, state := c.Get(property).Items()
		return state == value.Known && len(items) > 0
	})
}

// requireEither requires some resource of one of the types to point at this one.
func requireEither(c *rule.Check, property, what string, types ...string) {
	waits := false
	for _, t := range types {
		found, state := c.Graph.Linked(c.Resource, t, property)
		if len(found) > 0 {
			return
		}
		waits = waits || state == value.Unknown
	}
	if waits {
		c.Wait(property + " of a " + what)
		return
	}
	c.Failf("no %s belongs to it; there must be one", what)
}
