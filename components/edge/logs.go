package edge

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/account"
	"github.com/tenfold-iac/tenfold/components/internal/iampolicy"
)

// logPrefix is where in the bucket the load balancer writes.
const logPrefix = "alb"

// logs makes the bucket of the access logs. SSE-S3 is the one encryption that
// load balancers can write with.
func (b *builder) logs() error {
	name := b.name + "-logs"
	bucket, err := s3.NewBucketV2(b.ctx, name, &s3.BucketV2Args{
		ForceDestroy: pulumi.Bool(b.args.Disposable),
		// What is written once and never changed has no other versions to keep.
		Tags: pulumi.StringMap{"versioning": pulumi.String("logs are written once")},
	}, b.children(pulumi.Protect(!b.args.Disposable))...)
	if err != nil {
		return err
	}
	b.bucket, b.edge.LogBucket = bucket.Bucket, bucket.Bucket
	blocked, err := s3.NewBucketPublicAccessBlock(b.ctx, name, &s3.BucketPublicAccessBlockArgs{
		Bucket:                bucket.ID(),
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
	}, b.children()...)
	if err != nil {
		return err
	}
	if err := b.bucketSettings(name, bucket); err != nil {
		return err
	}
	policy, err := b.bucketPolicy(bucket)
	if err != nil {
		return err
	}
	// S3 takes one change of a bucket's access settings at a time.
	b.mayLog, err = s3.NewBucketPolicy(b.ctx, name, &s3.BucketPolicyArgs{
		Bucket: bucket.ID(), Policy: policy,
	}, b.children(pulumi.DependsOn([]pulumi.Resource{blocked}))...)
	return err
}

func (b *builder) bucketSettings(name string, bucket *s3.BucketV2) error {
	_, err := s3.NewBucketOwnershipControls(b.ctx, name, &s3.BucketOwnershipControlsArgs{
		Bucket: bucket.ID(),
		Rule:   s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, b.children()...)
	if err != nil {
		return err
	}
	_, err = s3.NewBucketServerSideEncryptionConfigurationV2(b.ctx, name, &s3.BucketServerSideEncryptionConfigurationV2Args{
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
	_, err = s3.NewBucketLifecycleConfigurationV2(b.ctx, name, &s3.BucketLifecycleConfigurationV2Args{
		Bucket: bucket.ID(),
		Rules: s3.BucketLifecycleConfigurationV2RuleArray{s3.BucketLifecycleConfigurationV2RuleArgs{
			Id:         pulumi.String("expire"),
			Status:     pulumi.String("Enabled"),
			Filter:     s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String("")},
			Expiration: s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(b.args.LogRetentionDays)},
			AbortIncompleteMultipartUpload: s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
				DaysAfterInitiation: pulumi.Int(7),
			},
		}},
	}, b.children()...)
	return err
}

// bucketPolicy admits the delivery of logs for load balancers of this account,
// and nobody without TLS.
func (b *builder) bucketPolicy(bucket *s3.BucketV2) (pulumi.StringOutput, error) {
	here, err := account.Current(b.ctx, b.edge)
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	return iampolicy.JSON(
		iampolicy.Statement{
			Sid:        "DeliverLogs",
			Principals: iampolicy.Principals{Services: []string{"logdelivery.elasticloadbalancing.amazonaws.com"}},
			Actions:    []string{"s3:PutObject"},
			Resources:  []pulumi.StringInput{pulumi.Sprintf("%s/%s/AWSLogs/%s/*", bucket.Arn, logPrefix, here.ID)},
			Conditions: []access.Condition{here.Source("elasticloadbalancing", "loadbalancer/*")},
		},
		iampolicy.DenyInsecureTransport("s3", bucket.Arn, pulumi.Sprintf("%s/*", bucket.Arn)),
	)
}
