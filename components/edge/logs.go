package edge

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/iampolicy"
)

// Where in the bucket the load balancer and the distribution write.
const (
	logPrefix    = "alb"
	cdnLogPrefix = "cdn"
)

// logs makes the bucket of the access logs.
func (b *builder) logs() (err error) {
	b.bucket, b.mayLog, err = b.newBucket(store{
		name: b.name + "-logs",
		// What is written once and never changed has no other versions to keep.
		tags:   pulumi.StringMap{"versioning": pulumi.String("logs are written once")},
		expiry: s3.BucketLifecycleConfigurationV2RuleArgs{Expiration: s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(b.args.LogRetentionDays)}},
		admit:  b.logDeliveries,
	})
	if err != nil {
		return err
	}
	b.edge.LogBucket = b.bucket.Bucket
	return nil
}

// logDeliveries admits the delivery of logs for load balancers of this account
// and, with a CDN, for this edge's distribution.
func (b *builder) logDeliveries(bucket *s3.BucketV2) []iampolicy.Statement {
	statements := []iampolicy.Statement{{
		Sid:        "DeliverLogs",
		Principals: iampolicy.Principals{Services: []string{"logdelivery.elasticloadbalancing.amazonaws.com"}},
		Actions:    []string{"s3:PutObject"},
		Resources:  []pulumi.StringInput{pulumi.Sprintf("%s/%s/AWSLogs/%s/*", bucket.Arn, logPrefix, b.here.ID)},
		Conditions: []access.Condition{b.here.Source("elasticloadbalancing", "loadbalancer/*")},
	}}
	if !b.args.CDN.on() {
		return statements
	}
	global := b.here
	global.Region = cdnRegion
	return append(statements, iampolicy.Statement{
		Sid:        "DeliverCDNLogs",
		Principals: iampolicy.Principals{Services: []string{"delivery.logs.amazonaws.com"}},
		Actions:    []string{"s3:PutObject"},
		Resources:  []pulumi.StringInput{pulumi.Sprintf("%s/%s/*", bucket.Arn, cdnLogPrefix)},
		Conditions: append(global.OnBehalfOf("logs", "delivery-source:"+b.plan.cdnLogSource), access.Condition{
			Test: "StringEquals", Key: "s3:x-amz-acl", Values: []pulumi.StringInput{pulumi.String("bucket-owner-full-control")},
		}),
	})
}

// cdnLogs has the distribution's access logs delivered to the bucket. The name
// of the source is fixed because the bucket's policy, which the load balancer
// and so the distribution wait for, names it.
func (b *builder) cdnLogs(name string, distribution pulumi.StringOutput) error {
	source, err := cloudwatch.NewLogDeliverySource(b.ctx, name, &cloudwatch.LogDeliverySourceArgs{
		Name: pulumi.String(b.plan.cdnLogSource), LogType: pulumi.String("ACCESS_LOGS"), ResourceArn: distribution,
	}, b.children(b.global...)...)
	if err != nil {
		return err
	}
	destination, err := cloudwatch.NewLogDeliveryDestination(b.ctx, name, &cloudwatch.LogDeliveryDestinationArgs{
		OutputFormat: pulumi.String("w3c"),
		DeliveryDestinationConfiguration: cloudwatch.LogDeliveryDestinationDeliveryDestinationConfigurationArgs{
			// Without a prefix here AWS puts one of its own before the suffix below
			// when the delivery is made, and drops it when the delivery is changed.
			DestinationResourceArn: pulumi.Sprintf("%s/%s", b.bucket.Arn, cdnLogPrefix),
		},
	}, b.children(b.global...)...)
	if err != nil {
		return err
	}
	_, err = cloudwatch.NewLogDelivery(b.ctx, name, &cloudwatch.LogDeliveryArgs{
		DeliverySourceName:     source.Name,
		DeliveryDestinationArn: destination.Arn,
		S3DeliveryConfigurations: cloudwatch.LogDeliveryS3DeliveryConfigurationArray{cloudwatch.LogDeliveryS3DeliveryConfigurationArgs{
			SuffixPath: pulumi.String("{DistributionId}/{yyyy}/{MM}/{dd}/{HH}"), EnableHiveCompatiblePath: pulumi.Bool(false),
		}},
	}, b.children(append(b.global, pulumi.DependsOn([]pulumi.Resource{b.mayLog}))...)...)
	return err
}
