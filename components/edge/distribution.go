package edge

import (
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/account"
)

// Policies that AWS manages; their ids are the same in every account.
const (
	// UseOriginCacheControlHeaders-QueryStrings: what the answer says, else nothing.
	cachePolicy = "4cc15a8a-d715-48a4-82b8-cc0b614638fe"
	// AllViewer: the request as it is, with its host, for which the load balancer
	// has the certificate.
	requestPolicy = "216adef6-5c7f-47e4-b989-5492eafa07d3"
)

// locate finds out where the edge is, and how to reach us-east-1 from there.
func (b *builder) locate() (err error) {
	if b.here, err = account.Current(b.ctx, b.edge); err != nil {
		return err
	}
	if !b.args.CDN.on() || b.here.Region == cdnRegion {
		return nil
	}
	provider := b.args.CDN.Provider
	if provider == nil {
		// A provider of a program's own takes no settings from the stack.
		provider, err = aws.NewProvider(b.ctx, b.name+"-"+cdnRegion, &aws.ProviderArgs{
			Region:            pulumi.String(cdnRegion),
			AllowedAccountIds: pulumi.ToStringArray([]string{b.here.ID}),
			DefaultTags:       aws.ProviderDefaultTagsArgs{Tags: b.tags()},
		}, b.children()...)
		if err != nil {
			return err
		}
	}
	b.global = []pulumi.ResourceOption{pulumi.Provider(provider)}
	return nil
}

func (b *builder) tags() pulumi.StringMap {
	return pulumi.StringMap{"env": pulumi.String(b.ctx.Stack()), "edge": pulumi.String(b.name)}
}

// cdn makes the distribution and sends users there.
func (b *builder) cdn() error {
	e := b.edge
	if !b.args.CDN.on() {
		none := pulumi.String("").ToStringOutput()
		e.DistributionID, e.DistributionDomainName = none, none
		return nil
	}
	secrets := b.args.CDN.secrets()
	name := b.name + "-cdn"
	args := &cloudfront.DistributionArgs{
		Comment:              pulumi.String(b.args.Domain),
		Enabled:              pulumi.Bool(true),
		Aliases:              pulumi.ToStringArray([]string{b.args.Domain, "*." + b.args.Domain}),
		Origins:              cloudfront.DistributionOriginArray{b.origin(secrets[0])},
		DefaultCacheBehavior: behavior(),
		CustomErrorResponses: forgottenErrors(),
		HttpVersion:          pulumi.String("http2and3"),
		IsIpv6Enabled:        pulumi.Bool(true),
		PriceClass:           pulumi.String(priceClasses[b.args.CDN.PriceClass]),
		ViewerCertificate: cloudfront.DistributionViewerCertificateArgs{
			AcmCertificateArn:      b.certificates.cdn,
			MinimumProtocolVersion: pulumi.String("TLSv1.2_2021"),
			SslSupportMethod:       pulumi.String("sni-only"),
		},
		Restrictions: cloudfront.DistributionRestrictionsArgs{
			GeoRestriction: cloudfront.DistributionRestrictionsGeoRestrictionArgs{RestrictionType: pulumi.String("none")},
		},
		// Users are sent there only once every location knows it.
		WaitForDeployment: pulumi.Bool(true),
		RetainOnDelete:    pulumi.Bool(false),
		Tags:              b.tags(),
	}
	if b.cdnACL != nil {
		args.WebAclId = b.cdnACL.ARN
	}
	// It is let in before it is there, and as long as it is there.
	distribution, err := cloudfront.NewDistribution(b.ctx, name, args, b.children(pulumi.DependsOn(e.front.before))...)
	if err != nil {
		return err
	}
	e.DistributionID, e.DistributionDomainName = distribution.ID().ToStringOutput(), distribution.DomainName
	// Route 53 does not ask for the health of distributions.
	e.front.name, e.front.zone, e.front.healthy, e.front.ipv6 = distribution.DomainName, distribution.HostedZoneId, false, true
	if b.args.CDN.closed() {
		e.secrets = secrets
	}
	return b.cdnLogs(name, distribution.Arn)
}

// origin is the load balancer. CloudFront gives up a silent connection before
// the load balancer does, or it would now and then send a request into one that
// is being closed.
func (b *builder) origin(secret pulumi.StringInput) cloudfront.DistributionOriginArgs {
	return cloudfront.DistributionOriginArgs{
		OriginId:   pulumi.String(originID),
		DomainName: b.edge.balancer.DnsName,
		CustomHeaders: cloudfront.DistributionOriginCustomHeaderArray{cloudfront.DistributionOriginCustomHeaderArgs{
			Name: pulumi.String(secretHeader), Value: secret,
		}},
		CustomOriginConfig: cloudfront.DistributionOriginCustomOriginConfigArgs{
			HttpPort:               pulumi.Int(80),
			HttpsPort:              pulumi.Int(443),
			OriginProtocolPolicy:   pulumi.String("https-only"),
			OriginSslProtocols:     pulumi.ToStringArray([]string{"TLSv1.2"}),
			OriginReadTimeout:      seconds(b.args.IdleTimeout),
			OriginKeepaliveTimeout: seconds(b.args.IdleTimeout - 5*time.Second),
		},
	}
}

const originID = "load-balancer"

func behavior() cloudfront.DistributionDefaultCacheBehaviorArgs {
	return cloudfront.DistributionDefaultCacheBehaviorArgs{
		TargetOriginId:        pulumi.String(originID),
		ViewerProtocolPolicy:  pulumi.String("redirect-to-https"),
		AllowedMethods:        pulumi.ToStringArray([]string{"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}),
		CachedMethods:         pulumi.ToStringArray([]string{"GET", "HEAD"}),
		Compress:              pulumi.Bool(true),
		CachePolicyId:         pulumi.String(cachePolicy),
		OriginRequestPolicyId: pulumi.String(requestPolicy),
	}
}

// forgottenErrors are the errors CloudFront would keep for ten seconds whatever
// their Cache-Control says: a 404 would outlive the creation of what was asked
// for, and a 503 the fault.
func forgottenErrors() cloudfront.DistributionCustomErrorResponseArray {
	var responses cloudfront.DistributionCustomErrorResponseArray
	for _, code := range []int{404, 405, 414, 500, 501, 502, 503, 504} {
		responses = append(responses, cloudfront.DistributionCustomErrorResponseArgs{
			ErrorCode: pulumi.Int(code), ErrorCachingMinTtl: pulumi.Int(0),
		})
	}
	return responses
}
