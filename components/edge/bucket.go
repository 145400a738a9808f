package edge

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/iampolicy"
)

// store is what the edge's buckets differ in.
type store struct {
	// name is the logical name.
	name string
	tags pulumi.StringMap
	// expiry says what is deleted, and when.
	expiry s3.BucketLifecycleConfigurationV2RuleArgs
	// admit are the statements of the bucket's policy that let someone in.
	admit func(bucket *s3.BucketV2) []iampolicy.Statement
}

// newBucket makes a private, encrypted bucket that is used over TLS only, and
// returns the policy, which is there when those it admits may use the bucket.
// SSE-S3 is the one encryption that load balancers can write with.
func (b *builder) newBucket(s store) (*s3.BucketV2, pulumi.Resource, error) {
	bucket, err := s3.NewBucketV2(b.ctx, s.name, &s3.BucketV2Args{
		ForceDestroy: pulumi.Bool(b.args.Disposable), Tags: s.tags,
	}, b.children(pulumi.Protect(!b.args.Disposable))...)
	if err != nil {
		return nil, nil, err
	}
	blocked, err := s3.NewBucketPublicAccessBlock(b.ctx, s.name, &s3.BucketPublicAccessBlockArgs{
		Bucket:                bucket.ID(),
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, b.children()...)
	if err != nil {
		return nil, nil, err
	}
	if err := b.bucketSettings(s, bucket); err != nil {
		return nil, nil, err
	}
	var statements []iampolicy.Statement
	if s.admit != nil {
		statements = s.admit(bucket)
	}
	policy, err := iampolicy.JSON(append(statements, iampolicy.DenyInsecureTransport("s3", bucket.Arn, pulumi.Sprintf("%s/*", bucket.Arn)))...)
	if err != nil {
		return nil, nil, err
	}
	// S3 takes one change of a bucket's access settings at a time.
	set, err := s3.NewBucketPolicy(b.ctx, s.name, &s3.BucketPolicyArgs{
		Bucket: bucket.ID(), Policy: policy,
	}, b.children(pulumi.DependsOn([]pulumi.Resource{blocked}))...)
	return bucket, set, err
}

func (b *builder) bucketSettings(s store, bucket *s3.BucketV2) error {
	_, err := s3.NewBucketOwnershipControls(b.ctx, s.name, &s3.BucketOwnershipControlsArgs{
		Bucket: bucket.ID(),
		Rule:   s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, b.children()...)
	if err != nil {
		return err
	}
	_, err = s3.NewBucketServerSideEncryptionConfigurationV2(b.ctx, s.name, &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: bucket.ID(),
		Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
			ApplyServerSideEncryptionByDefault: s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
				SseAlgorithm: pulumi.String("AES256"),
			},
		}},
	}, b.children()...)
	if err != nil {
		return err
	}
	rule := s.expiry
	rule.Id, rule.Status = pulumi.String("expire"), pulumi.String("Enabled")
	rule.Filter = s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String("")}
	rule.AbortIncompleteMultipartUpload = s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
		DaysAfterInitiation: pulumi.Int(7),
	}
	_, err = s3.NewBucketLifecycleConfigurationV2(b.ctx, s.name, &s3.BucketLifecycleConfigurationV2Args{
		Bucket: bucket.ID(), Rules: s3.BucketLifecycleConfigurationV2RuleArray{rule},
	}, b.children()...)
	return err
}
