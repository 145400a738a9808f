package edge_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/edge"
)

const (
	ingressType      = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	ruleType         = "aws:lb/listenerRule:ListenerRule"
	recordType       = "aws:route53/record:Record"
	distributionType = "aws:cloudfront/distribution:Distribution"
	associationType  = "aws:wafv2/webAclAssociation:WebAclAssociation"
	certificateType  = "aws:acm/certificate:Certificate"
	providerType     = "pulumi:providers:aws"
	sourceType       = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
	deliveryType     = "aws:cloudwatch/logDelivery:LogDelivery"
	policyType       = "aws:s3/bucketPolicy:BucketPolicy"
)

var (
	planted = strings.Repeat("planted-", 4)
	renewed = strings.Repeat("renewed-", 4)
)

func behindCDN() edge.Args {
	args := required()
	args.CDN.OriginSecret = pulumi.String(planted)
	args.WAF.Mode = edge.WAFBlock
	return args
}

// serving builds an edge and a service on each of the routes.
func serving(args edge.Args, routes ...edge.Route) func(*pulumi.Context) error {
	return func(ctx *pulumi.Context) error {
		e, err := edge.New(ctx, "edge", args)
		if err != nil {
			return err
		}
		for _, r := range routes {
			name, _, _ := strings.Cut(r.Host, ".")
			o := &owner{}
			if err := ctx.RegisterComponentResource("tenfold:test:Service", name, o); err != nil {
				return err
			}
			claim, err := e.Claim(name, r)
			if err != nil {
				return err
			}
			if _, err := claim.Register(ctx, name, o); err != nil {
				return err
			}
		}
		return nil
	}
}

var api = edge.Route{Host: "api.example.com", Path: "/v1"}

func TestACDNStandsBeforeAClosedLoadBalancer(t *testing.T) {
	c := deploy(t, "us-east-1", serving(behindCDN(), api))
	componenttest.AssertHouse(t, &c.inventory, component, "edge")
	componenttest.Golden(t, "cdn.golden", c.inventory.Of(t, component, "edge").Detailed())
	assert.Empty(t, c.names(providerType), "everything is in us-east-1 already")
}

func TestBehindTheCDNTheLoadBalancerAdmitsCloudFrontToHTTPSOnly(t *testing.T) {
	c := deploy(t, "us-east-1", serving(behindCDN()))
	require.Equal(t, []string{"edge-443-cdn"}, c.names(ingressType))
	assert.Equal(t, map[string]any{
		"securityGroupId": "id-of-edge", "description": "CloudFront", "ipProtocol": "tcp", "fromPort": 443.0, "toPort": 443.0,
		"prefixListId": "pl of com.amazonaws.global.cloudfront.origin-facing",
	}, c.inventory.One(t, ingressType, "edge-443-cdn").Inputs.Mappable())
}

func TestBehindTheCDNARouteTakesOnlyRequestsWithTheSecret(t *testing.T) {
	args := behindCDN()
	args.CDN.AlsoAccept = pulumi.String(renewed)
	rule := deploy(t, "us-east-1", serving(args, api)).inventory.One(t, ruleType, "api")
	assert.Equal(t, []any{
		map[string]any{"hostHeader": map[string]any{"values": []any{"api.example.com"}}},
		map[string]any{"pathPattern": map[string]any{"values": []any{"/v1", "/v1/*"}}},
		map[string]any{"httpHeader": map[string]any{"httpHeaderName": "X-Origin-Verify", "values": []any{planted, renewed}}},
	}, revealed(rule)["conditions"], "with the five values that AWS takes at most")
	one := componenttest.Inventory{Resources: []componenttest.Resource{rule}}
	assert.NotContains(t, one.Detailed(), planted, "a secret to Pulumi")
	assert.NotContains(t, one.Detailed(), renewed, "a secret to Pulumi")
}

// revealed are the inputs with their secrets in the clear.
func revealed(r componenttest.Resource) map[string]any {
	return r.Inputs.MapRepl(nil, func(v resource.PropertyValue) (any, bool) {
		if v.IsSecret() {
			return v.SecretValue().Element.Mappable(), true
		}
		return nil, false
	})
}

func TestCloudFrontSendsTheSecretAndPulumiKeepsIt(t *testing.T) {
	args := behindCDN()
	args.CDN.AlsoAccept = pulumi.String(renewed)
	c := deploy(t, "us-east-1", serving(args))
	distribution := c.inventory.One(t, distributionType, "edge-cdn")
	origin := revealed(distribution)["origins"].([]any)[0].(map[string]any)
	assert.Equal(t, []any{map[string]any{"name": "X-Origin-Verify", "value": planted}}, origin["customHeaders"])
	assert.NotContains(t, c.inventory.Detailed(), planted)
	assert.NotContains(t, c.inventory.Detailed(), renewed)
}

func TestWithoutACDNNoSecretIsAskedForAndTheBalancerAnswers(t *testing.T) {
	c := deploy(t, "eu-west-1", serving(required(), api))
	assert.Equal(t, []string{"edge-443", "edge-80"}, c.names(ingressType))
	assert.Empty(t, c.names(distributionType))
	assert.Empty(t, c.names(providerType))
	conditions, ok := c.inventory.One(t, ruleType, "api").Input("conditions").([]any)
	require.True(t, ok)
	assert.Len(t, conditions, 2)
	assert.Equal(t, []any{map[string]any{"name": "edge.elb.amazonaws.com", "zoneId": "ZBALANCER", "evaluateTargetHealth": true}},
		c.inventory.One(t, recordType, "edge-api-example-com").Input("aliases"))
	assert.False(t, c.inventory.Has(recordType, "edge-api-example-com-v6"))
}

func TestTheSameRecordsLeadToTheDistributionOverIPv4AndIPv6(t *testing.T) {
	c := deploy(t, "us-east-1", serving(behindCDN(), api))
	for name, kind := range map[string]string{"edge-api-example-com": "A", "edge-api-example-com-v6": "AAAA"} {
		record := c.inventory.One(t, recordType, name)
		assert.Equal(t, kind, record.Input("type"))
		assert.Equal(t, []any{map[string]any{"name": "edge-cdn.cloudfront.net", "zoneId": "ZCLOUDFRONT", "evaluateTargetHealth": false}}, record.Input("aliases"))
	}
	assert.Equal(t, "ipv4", c.inventory.One(t, "aws:lb/loadBalancer:LoadBalancer", "edge").Input("ipAddressType"))
}

func TestOnTheWayTheLoadBalancerIsOpenBesideTheCDN(t *testing.T) {
	args := behindCDN()
	args.CDN.OpenOrigin = true
	args.IPv6 = true
	c := deploy(t, "us-east-1", serving(args, api))
	assert.Equal(t, []string{"edge-443", "edge-443-cdn", "edge-443-v6", "edge-80", "edge-80-v6"}, c.names(ingressType))
	conditions, ok := c.inventory.One(t, ruleType, "api").Input("conditions").([]any)
	require.True(t, ok)
	assert.Len(t, conditions, 2, "a host and a path, and no secret")
	assert.Equal(t, "edge-cdn.cloudfront.net", c.inventory.One(t, recordType, "edge-api-example-com").Input("aliases").([]any)[0].(map[string]any)["name"])

	assert.Equal(t, []string{"edge-cdn-waf", "edge-waf"}, c.names(aclToken))
	assert.Equal(t, []string{"edge-waf"}, c.names(associationType))
	first := revealed(c.inventory.One(t, aclToken, "edge-waf"))["rules"].([]any)[0].(map[string]any)
	assert.Equal(t, map[string]any{
		"name": "cdn-1", "priority": 0.0, "action": map[string]any{"allow": map[string]any{}},
		"statement": map[string]any{"byteMatchStatement": map[string]any{
			"fieldToMatch":         map[string]any{"singleHeader": map[string]any{"name": "x-origin-verify"}},
			"positionalConstraint": "EXACTLY", "searchString": planted,
			"textTransformations": []any{map[string]any{"priority": 0.0, "type": "NONE"}},
		}},
		"visibilityConfig": map[string]any{"cloudwatchMetricsEnabled": true, "metricName": "edge-cdn-1", "sampledRequestsEnabled": true},
	}, first, "the rate limit must not count CloudFront's few addresses")
	second := revealed(c.inventory.One(t, aclToken, "edge-waf"))["rules"].([]any)[1].(map[string]any)
	assert.Equal(t, "rate-limit", second["name"])
	assert.Equal(t, 1.0, second["priority"])
	assert.NotContains(t, c.inventory.Detailed(), planted)
}

func TestUsersAreSentSomewhereOnlyWhenItLetsThemIn(t *testing.T) {
	for name, change := range map[string]func(*edge.CDN){
		"closed": func(*edge.CDN) {}, "open": func(c *edge.CDN) { c.OpenOrigin = true }, "none": func(c *edge.CDN) { *c = edge.CDN{} },
	} {
		t.Run(name, func(t *testing.T) {
			args := behindCDN()
			change(&args.CDN)
			c := deploy(t, "us-east-1", serving(args, api))
			record := c.inventory.One(t, recordType, "edge-api-example-com")
			for _, rule := range c.names(ingressType) {
				assert.True(t, c.waitsFor(t, record, ingressType, rule), rule)
			}
			for _, association := range c.names(associationType) {
				assert.True(t, c.waitsFor(t, record, associationType, association), "no time without a firewall")
			}
			assert.Equal(t, args.CDN.OriginSecret != nil, len(c.names(distributionType)) > 0 && c.waitsFor(t, record, distributionType, "edge-cdn"))
			closed := args.CDN.OriginSecret != nil && !args.CDN.OpenOrigin
			assert.Equal(t, closed, c.waitsFor(t, c.inventory.One(t, ruleType, "api"), recordType, "edge-api-example-com"), "users first, then the secret")
		})
	}
}

func TestTheDistributionIsLetInForAsLongAsItIsThere(t *testing.T) {
	c := deploy(t, "us-east-1", serving(behindCDN()))
	assert.True(t, c.waitsFor(t, c.inventory.One(t, distributionType, "edge-cdn"), ingressType, "edge-443-cdn"))
}

func TestServicesOfOneHostShareItsRecordsBehindTheCDN(t *testing.T) {
	c := deploy(t, "us-east-1", serving(behindCDN(), api, edge.Route{Host: "web.example.com"}))
	assert.Equal(t, []string{"edge-api-example-com", "edge-api-example-com-v6", "edge-certificate", "edge-web-example-com", "edge-web-example-com-v6"}, c.names(recordType))
}

func TestInAnotherRegionCloudFrontsHelpersAreInUSEast1(t *testing.T) {
	c := deploy(t, "eu-west-1", serving(behindCDN(), api))
	componenttest.AssertHouse(t, &c.inventory, component, "edge")
	const there = "edge-us-east-1"
	assert.Equal(t, map[string]string{
		"aws:acm/certificate:Certificate edge-cdn":                                     there,
		"aws:acm/certificateValidation:CertificateValidation edge-cdn":                 there,
		"aws:cloudwatch/logDelivery:LogDelivery edge-cdn":                              there,
		"aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination edge-cdn":        there,
		"aws:cloudwatch/logDeliverySource:LogDeliverySource edge-cdn":                  there,
		"aws:cloudwatch/logGroup:LogGroup edge-cdn-waf":                                there,
		"aws:wafv2/webAcl:WebAcl edge-cdn-waf":                                         there,
		"aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration edge-cdn-waf": there,
	}, c.providers)
	provider := c.inventory.One(t, providerType, there)
	assert.Equal(t, "us-east-1", provider.Input("region"))
	assert.Equal(t, []any{"123456789012"}, provider.Input("allowedAccountIds"), "never another account")
	assert.Equal(t, map[string]any{"tags": map[string]any{"edge": "edge", "env": "test"}}, provider.Input("defaultTags"))

	assert.Equal(t, "CLOUDFRONT", c.inventory.One(t, aclToken, "edge-cdn-waf").Input("scope"))
	assert.Equal(t, []string{"edge-cdn-waf"}, c.names(aclToken), "none at the load balancer, which sees CloudFront's addresses")
	assert.Empty(t, c.names(associationType))
	distribution := c.inventory.One(t, distributionType, "edge-cdn")
	assert.Equal(t, "arn of aws:wafv2/webAcl:WebAcl edge-cdn-waf", distribution.Input("webAclId"))

	assert.Equal(t, []string{"edge", "edge-cdn"}, c.names(certificateType))
	assert.Equal(t, "arn of aws:acm/certificate:Certificate edge-cdn", distribution.Input("viewerCertificate.acmCertificateArn"))
	assert.Equal(t, "arn of aws:acm/certificate:Certificate edge", c.inventory.One(t, "aws:lb/listener:Listener", "edge-https").Input("certificateArn"))
	for _, name := range []string{"edge", "edge-cdn"} {
		validation := c.inventory.One(t, "aws:acm/certificateValidation:CertificateValidation", name)
		assert.Equal(t, []any{"edge-certificate."}, validation.Input("validationRecordFqdns"), "one record proves both")
	}
}

func TestAProviderOfUSEast1MayBeGiven(t *testing.T) {
	c := deploy(t, "eu-west-1", func(ctx *pulumi.Context) error {
		virginia, err := aws.NewProvider(ctx, "virginia", &aws.ProviderArgs{Region: pulumi.String("us-east-1")})
		if err != nil {
			return err
		}
		args := behindCDN()
		args.CDN.Provider = virginia
		return serving(args)(ctx)
	})
	assert.Equal(t, []string{"virginia"}, c.names(providerType))
	assert.Len(t, c.providers, 8)
	for what, provider := range c.providers {
		assert.Equal(t, "virginia", provider, what)
	}
}

func TestTheLogBucketTakesTheDistributionsLogsAndNoOthers(t *testing.T) {
	c := deploy(t, "eu-west-1", serving(behindCDN()))
	policy := c.inventory.One(t, policyType, "edge-logs")
	const bucket = "arn of aws:s3/bucketV2:BucketV2 edge-logs"
	statements := policy.JSON(t, "policy").(map[string]any)["Statement"].([]any)
	require.Len(t, statements, 3)
	assert.Equal(t, map[string]any{
		"Sid": "DeliverCDNLogs", "Effect": "Allow", "Action": []any{"s3:PutObject"},
		"Principal": map[string]any{"Service": []any{"delivery.logs.amazonaws.com"}}, "Resource": bucket + "/cdn/*",
		"Condition": map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": "123456789012", "s3:x-amz-acl": "bucket-owner-full-control"},
			"ArnLike":      map[string]any{"aws:SourceArn": "arn:aws:logs:us-east-1:123456789012:delivery-source:tenfold-test-edge"},
		},
	}, statements[1])
	assert.Equal(t, map[string]any{"name": "tenfold-test-edge", "logType": "ACCESS_LOGS", "resourceArn": "arn of " + distributionType + " edge-cdn"},
		c.inventory.One(t, sourceType, "edge-cdn").Inputs.Mappable())
	destination := c.inventory.One(t, "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination", "edge-cdn")
	assert.Equal(t, bucket+"/cdn", destination.Input("deliveryDestinationConfiguration.destinationResourceArn"), "with no prefix AWS adds one of its own")
	delivery := c.inventory.One(t, deliveryType, "edge-cdn")
	assert.Equal(t, []any{map[string]any{"suffixPath": "{DistributionId}/{yyyy}/{MM}/{dd}/{HH}", "enableHiveCompatiblePath": false}}, delivery.Input("s3DeliveryConfigurations"))
	assert.True(t, c.waitsFor(t, delivery, policyType, "edge-logs"))
}

func TestCloudFrontWaitsAsLongAsTheLoadBalancerAndHangsUpFirst(t *testing.T) {
	args := behindCDN()
	args.IdleTimeout = 2 * time.Minute
	args.CDN.PriceClass = edge.CheapestLocations
	distribution := deploy(t, "us-east-1", serving(args)).inventory.One(t, distributionType, "edge-cdn")
	origin := revealed(distribution)["origins"].([]any)[0].(map[string]any)["customOriginConfig"].(map[string]any)
	assert.Equal(t, 120.0, origin["originReadTimeout"])
	assert.Equal(t, 115.0, origin["originKeepaliveTimeout"])
	assert.Equal(t, "PriceClass_100", distribution.Input("priceClass"))
}

func TestALoginWorksBehindTheCDN(t *testing.T) {
	c := deploy(t, "us-east-1", serving(behindCDN(), edge.Route{Host: "admin.example.com", Login: login()}))
	rule := revealed(c.inventory.One(t, ruleType, "admin"))
	assert.Equal(t, "authenticate-oidc", rule["actions"].([]any)[0].(map[string]any)["type"])
	assert.Equal(t, map[string]any{"httpHeader": map[string]any{"httpHeaderName": "X-Origin-Verify", "values": []any{planted}}}, rule["conditions"].([]any)[1])
	assert.Equal(t, "216adef6-5c7f-47e4-b989-5492eafa07d3", c.inventory.One(t, distributionType, "edge-cdn").Input("defaultCacheBehavior.originRequestPolicyId"),
		"the load balancer has to see the host and the cookies of the session")
}

func TestTheDistributionIsKnownToOthers(t *testing.T) {
	ask := func(args edge.Args) (id, domain string) {
		deploy(t, "us-east-1", func(ctx *pulumi.Context) error {
			e, err := edge.New(ctx, "edge", args)
			if err != nil {
				return err
			}
			pulumi.All(e.DistributionID, e.DistributionDomainName).ApplyT(func(values []any) bool {
				id, domain = values[0].(string), values[1].(string)
				return true
			})
			return nil
		})
		return id, domain
	}
	id, domain := ask(behindCDN())
	assert.Equal(t, "id-of-edge-cdn", id)
	assert.Equal(t, "edge-cdn.cloudfront.net", domain)
	id, domain = ask(required())
	assert.Empty(t, id+domain)
}

// refusal is why the edge is refused, before anything is registered.
func refusal(t *testing.T, args edge.Args) error {
	t.Helper()
	var refused error
	inv := componenttest.Run(t, func(ctx *pulumi.Context) error {
		_, refused = edge.New(ctx, "edge", args)
		return nil
	})
	assert.Empty(t, inv.Resources)
	return refused
}

func TestABadCDNIsRefusedWithEverythingThatIsWrongAndWithoutItsSecrets(t *testing.T) {
	bad := required()
	bad.IdleTimeout = 5 * time.Minute
	bad.CDN = edge.CDN{OriginSecret: pulumi.String("planted-short"), AlsoAccept: pulumi.String(planted + "*"), PriceClass: 3}
	bad.ClientCertificates.Authorities = authority(t, true)
	assert.EqualError(t, refusal(t, bad), `edge "edge": CDN.OriginSecret must be 32 to 128 letters, digits, hyphens and underscores and nothing else, got 13 characters; make one with openssl rand -hex 32
edge "edge": CDN.AlsoAccept must be 32 to 128 letters, digits, hyphens and underscores and nothing else, got 33 characters; make one with openssl rand -hex 32
edge "edge": CDN.PriceClass must be AllLocations, MostLocations or CheapestLocations, got 3
edge "edge": IdleTimeout must be whole seconds from 10s to 2m with a CDN, got 5m0s; CloudFront waits no longer for an answer
edge "edge": ClientCertificates cannot be asked for behind a CDN, because the connection of a client ends at CloudFront; make another edge for these clients`)

	bad = required()
	bad.CDN.OpenOrigin = true
	assert.EqualError(t, refusal(t, bad), `edge "edge": CDN needs OriginSecret; make one with openssl rand -hex 32 and keep it as a secret of the stack`)
}

func TestASecretThatIsKnownLaterIsCheckedThen(t *testing.T) {
	args := behindCDN()
	args.CDN.OriginSecret = pulumi.String("planted-short").ToStringOutput()
	_, err := attempt("us-east-1", serving(args))
	require.ErrorContains(t, err, "CDN.OriginSecret must be 32 to 128 letters, digits, hyphens and underscores and nothing else, got 13 characters")
	assert.NotContains(t, err.Error(), "planted")
}
