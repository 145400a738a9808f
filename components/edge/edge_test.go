package edge_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/edge"
)

const (
	component = "tenfold:edge:Edge"
	bucketARN = "arn:aws:s3:::edge-logs-c997839"
)

func required() edge.Args {
	return edge.Args{
		Domain: "example.com", ZoneID: pulumi.String("Z0123456789ABCDEFGHIJ"), VPCID: pulumi.String("vpc-1"),
		SubnetIDs: pulumi.ToStringArray([]string{"subnet-1", "subnet-2"}),
	}
}

func build(t *testing.T, args edge.Args, opts ...pulumi.ResourceOption) *componenttest.Inventory {
	t.Helper()
	return componenttest.Run(t, func(ctx *pulumi.Context) error {
		_, err := edge.New(ctx, "edge", args, opts...)
		return err
	})
}

func TestTheDefaultEdgeIsSafeForProduction(t *testing.T) {
	inv := build(t, required(), pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("old")}}))
	componenttest.AssertHouse(t, inv, component, "edge")
	componenttest.Golden(t, "default.golden", inv.Detailed())
}

func TestTheLoadBalancerAdmitsTheWorldToHTTPAndHTTPSOnly(t *testing.T) {
	inv := build(t, required())
	var ports []any
	for _, r := range inv.ByType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") {
		assert.Equal(t, r.Input("fromPort"), r.Input("toPort"))
		assert.Equal(t, "tcp", r.Input("ipProtocol"))
		ports = append(ports, r.Input("fromPort"))
	}
	assert.ElementsMatch(t, []any{80.0, 443.0}, ports)
	assert.Empty(t, inv.ByType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"))
	group := inv.One(t, "aws:ec2/securityGroup:SecurityGroup", "edge")
	assert.Nil(t, group.Input("ingress"))
	assert.Nil(t, group.Input("egress"))
}

func TestTheLogBucketTakesLogsOfThisAccountsLoadBalancersOverTLSOnly(t *testing.T) {
	text, ok := build(t, required()).One(t, "aws:s3/bucketPolicy:BucketPolicy", "edge-logs").Input("policy").(string)
	require.True(t, ok)
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[
		{"Sid":"DeliverLogs","Effect":"Allow","Action":["s3:PutObject"],
		 "Principal":{"Service":["logdelivery.elasticloadbalancing.amazonaws.com"]},
		 "Resource":"`+bucketARN+`/alb/AWSLogs/123456789012/*",
		 "Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/*"}}},
		{"Sid":"DenyInsecureTransport","Effect":"Deny","Principal":"*","Action":["s3:*"],
		 "Resource":["`+bucketARN+`","`+bucketARN+`/*"],
		 "Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`, text)
}

func TestAnEdgeThatMayBeDeletedIsNotProtectedAnywhere(t *testing.T) {
	args := required()
	args.Disposable = true
	inv := build(t, args)
	balancer := inv.One(t, "aws:lb/loadBalancer:LoadBalancer", "edge")
	assert.Equal(t, false, balancer.Input("enableDeletionProtection"))
	assert.False(t, balancer.Protect)
	bucket := inv.One(t, "aws:s3/bucketV2:BucketV2", "edge-logs")
	assert.Equal(t, true, bucket.Input("forceDestroy"))
	assert.False(t, bucket.Protect)
}

func TestLogsAreDeliverableBeforeTheLoadBalancerExists(t *testing.T) {
	inv := build(t, required())
	policy := inv.One(t, "aws:s3/bucketPolicy:BucketPolicy", "edge-logs")
	assert.Contains(t, inv.One(t, "aws:lb/loadBalancer:LoadBalancer", "edge").DependsOn, policy.URN)
}

func TestAllProblemsAreReportedBeforeAnythingIsRegistered(t *testing.T) {
	inv, err := componenttest.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := edge.New(ctx, "internal-edge-with-a-long-name", edge.Args{Domain: "Example", LogRetentionDays: -1, IdleTimeout: 2 * time.Hour, WAF: edge.WAF{Mode: 3, RequestsPer5Minutes: 10, LogRetentionDays: 2}})
		return err
	})
	for _, want := range []string{
		"the name must be at most 24 lower-case letters, digits and inner hyphens and start with a letter, and not with internal-",
		`Domain must be a lower-case domain such as example.com, got "Example"`,
		"ZoneID is missing", "VPCID is missing", "SubnetIDs is missing",
		"LogRetentionDays must be 1 to 3650, got -1", "IdleTimeout must be whole seconds from 1s to 4000s, got 2h0m0s",
		"WAF.Mode must be WAFCount or WAFBlock, got 3", "WAF.RequestsPer5Minutes must be 100 to 2000000, got 10", "WAF.LogRetentionDays must be one of [1 3 5",
	} {
		assert.ErrorContains(t, err, `edge "internal-edge-with-a-long-name": `+want)
	}
	assert.Empty(t, inv.Resources)
}

// owner stands for a service.
type owner struct{ pulumi.ResourceState }

// route builds an edge and registers the routes of the named services.
func route(t *testing.T, services []string, routes []edge.Route) *componenttest.Inventory {
	t.Helper()
	return componenttest.Run(t, func(ctx *pulumi.Context) error {
		e, err := edge.New(ctx, "edge", required())
		require.NoError(t, err)
		for i, name := range services {
			o := &owner{}
			require.NoError(t, ctx.RegisterComponentResource("tenfold:test:Service", name, o))
			claim, err := e.Claim(name, routes[i])
			require.NoError(t, err)
			_, err = claim.Register(ctx, name, o)
			require.NoError(t, err)
		}
		return nil
	})
}

func TestARouteIsATargetGroupARuleAndOneRecordForEachHost(t *testing.T) {
	inv := route(t, []string{"api", "admin", "web"}, []edge.Route{
		{Host: "app.example.com", Path: "/api"}, {Host: "app.example.com", Path: "/admin"}, {},
	})
	componenttest.AssertHouse(t, inv, component, "edge")
	componenttest.AssertHouse(t, inv, "tenfold:test:Service", "api")
	componenttest.Golden(t, "route.golden", inv.Of(t, "tenfold:test:Service", "api").Detailed())
	var hosts []any
	for _, r := range inv.ByType("aws:route53/record:Record") {
		if r.Input("type") == "A" {
			hosts = append(hosts, r.Input("name"))
		}
	}
	assert.ElementsMatch(t, []any{"app.example.com", "example.com"}, hosts)
	assert.Nil(t, inv.One(t, "aws:lb/listenerRule:ListenerRule", "web").Input("pathPattern"))
}

func TestIPv6UsersFindTheirWay(t *testing.T) {
	inv := componenttest.Run(t, func(ctx *pulumi.Context) error {
		args := required()
		args.IPv6 = true
		e, err := edge.New(ctx, "edge", args)
		require.NoError(t, err)
		claim, err := e.Claim("web", edge.Route{})
		require.NoError(t, err)
		o := &owner{}
		require.NoError(t, ctx.RegisterComponentResource("tenfold:test:Service", "web", o))
		_, err = claim.Register(ctx, "web", o)
		return err
	})
	assert.Equal(t, "dualstack", inv.One(t, "aws:lb/loadBalancer:LoadBalancer", "edge").Input("ipAddressType"))
	assert.Equal(t, "AAAA", inv.One(t, "aws:route53/record:Record", "edge-example-com-v6").Input("type"))
	assert.Equal(t, "::/0", inv.One(t, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "edge-443-v6").Input("cidrIpv6"))
	assert.Nil(t, inv.One(t, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "edge-443-v6").Input("cidrIpv4"))
}

func TestAddingAServiceMovesNoOtherRule(t *testing.T) {
	few := route(t, []string{"api"}, []edge.Route{{Host: "api.example.com"}})
	many := route(t, []string{"web", "api", "admin"}, []edge.Route{{}, {Host: "api.example.com"}, {Host: "*.example.com"}})
	before := few.One(t, "aws:lb/listenerRule:ListenerRule", "api").Input("priority")
	assert.Equal(t, before, many.One(t, "aws:lb/listenerRule:ListenerRule", "api").Input("priority"))
}

// claims makes claims one after the other and returns the error of the last.
func claims(t *testing.T, routes ...edge.Route) error {
	t.Helper()
	var last error
	componenttest.Run(t, func(ctx *pulumi.Context) error {
		e, err := edge.New(ctx, "edge", required())
		require.NoError(t, err)
		for i, r := range routes {
			require.NoError(t, last)
			_, last = e.Claim(fmt.Sprintf("service-%d", i), r)
		}
		return nil
	})
	return last
}

func TestTwoServicesOnOneRouteAreNamed(t *testing.T) {
	err := claims(t, edge.Route{Host: "api.example.com", Path: "/v1"}, edge.Route{Host: "api.example.com", Path: "/v1", Probe: 3})
	assert.EqualError(t, err, `the route api.example.com/v1 is taken by service "service-0"; give one of them another Host or Path`)
}

func TestTwoRoutesThatMeetAtOnePriorityAreNamedAndAProbePartsThem(t *testing.T) {
	first, second := edge.Route{Host: "*.example.com", Path: "/a/x"}, edge.Route{Host: "*.example.com"}
	for i := 0; second.Path == "" || second.Priority("service-1", "example.com") != first.Priority("service-0", "example.com"); i++ {
		second.Path = fmt.Sprintf("/a%d/x", i)
	}
	err := claims(t, first, second)
	assert.ErrorContains(t, err, `has by chance the same listener priority`)
	assert.ErrorContains(t, err, `as *.example.com/a/x of service "service-0"; set Probe to 1 on the newer of the two`)
	second.Probe = 1
	assert.NoError(t, claims(t, first, second))
}

func TestABadRouteIsRefusedWithEverythingThatIsWrong(t *testing.T) {
	err := claims(t, edge.Route{Host: "a.b.example.com", Path: "/v1/", Probe: 12, Health: edge.HealthCheck{
		Path: "health", Interval: 5 * time.Second, Timeout: 5 * time.Second, UnhealthyThreshold: 1,
	}})
	for _, want := range []string{
		`Route.Host must be example.com, a name one label below it, or *.example.com, got "a.b.example.com"`,
		`Route.Path must be / or up to 4 segments such as /v1/users without a slash at the end, got "/v1/"`,
		"Route.Probe must be 0 to 9, got 12",
		`Route.Health.Path must start with a slash, hold no spaces and have at most 1024 characters, got "health"`,
		"Route.Health.Timeout must be whole seconds from 2s to 2m and less than the interval of 5s, got 5s",
		"Route.Health.UnhealthyThreshold must be 2 to 10, got 1",
	} {
		assert.ErrorContains(t, err, want)
	}
	assert.ErrorContains(t, claims(t, edge.Route{Path: "/a/b/c/d/e"}), "up to 4 segments")
	assert.ErrorContains(t, claims(t, edge.Route{Path: "/a*"}), "Route.Path must be")
	assert.ErrorContains(t, claims(t, edge.Route{Health: edge.HealthCheck{Interval: 301 * time.Second}}), "Interval must be whole seconds from 5s to 5m, got 5m1s")
	assert.NoError(t, claims(t, edge.Route{Host: "*.example.com", Path: "/a/b/c/d"}))
}

func TestTheEdgesSecurityGroupIsNotNamedLikeTheIdOfOne(t *testing.T) {
	for _, name := range []string{"sg", "sg-edge"} {
		inv, err := componenttest.RunErr(t, func(ctx *pulumi.Context) error {
			_, err := edge.New(ctx, name, required())
			return err
		})
		assert.ErrorContains(t, err, `edge "`+name+`": the name must not be sg or begin with sg-, got "`+name+`"; its security group would be named so, and EC2 keeps that for the ids of groups; rename it`)
		assert.Empty(t, inv.Resources)
	}
	_, err := componenttest.Record(func(ctx *pulumi.Context) error {
		_, err := edge.New(ctx, "sga", required())
		return err
	})
	assert.NoError(t, err)
}
