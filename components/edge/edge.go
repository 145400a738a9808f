// Package edge is where users arrive: a load balancer with TLS, CloudFront before
// it if wanted, the names in DNS, and the routes from host names and paths to
// services.
package edge

import (
	"sync"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/account"
)

// Args configures an edge. Domain, ZoneID, VPCID and SubnetIDs are required.
type Args struct {
	// Domain is the name the product answers on, for example "example.com". The
	// certificate covers it and every name one label below it. Changing it
	// replaces the certificate. Required.
	Domain string
	// ZoneID is the Route 53 hosted zone that holds the domain's records. Required.
	ZoneID pulumi.StringInput
	// VPCID is the VPC of the subnets. Required.
	VPCID pulumi.StringInput
	// SubnetIDs are public subnets in at least two zones. Required.
	SubnetIDs pulumi.StringArrayInput
	// IPv6 answers users over IPv6 as well; the subnets need IPv6 ranges. A CDN
	// does so without. Default: false.
	IPv6 bool
	// WAF refuses attacks and floods before they reach a service. Default: none.
	WAF WAF
	// Disposable lets the load balancer be destroyed, and its log bucket with
	// the logs in it. Default: false, AWS and Pulumi refuse.
	Disposable bool
	// LogRetentionDays is how long access logs are kept, 1 to 3650. Default: 90.
	LogRetentionDays int
	// IdleTimeout is how long a connection may be silent: 1 to 4000 whole seconds,
	// and 10 to 120 with a CDN. Default: 1 minute.
	IdleTimeout time.Duration
	// CDN puts CloudFront in front of the load balancer and closes the load
	// balancer to everyone else. Default: none, users reach the load balancer.
	CDN CDN
	// ClientCertificates admits only clients with a certificate. Default: none is
	// asked for.
	ClientCertificates ClientCertificates
}

// Edge is a load balancer with its certificate and listeners.
type Edge struct {
	pulumi.ResourceState

	// Domain is the domain, known while the program runs.
	Domain string
	// SecurityGroupID is the load balancer's group; services admit it.
	SecurityGroupID pulumi.StringOutput `pulumi:"securityGroupId"`
	// DNSName is the load balancer's own name.
	DNSName pulumi.StringOutput `pulumi:"dnsName"`
	// ARNSuffix names the load balancer in CloudWatch.
	ARNSuffix pulumi.StringOutput `pulumi:"arnSuffix"`
	// ListenerARN is the HTTPS listener.
	ListenerARN pulumi.StringOutput `pulumi:"listenerArn"`
	// LogBucket is the bucket of the access logs.
	LogBucket pulumi.StringOutput `pulumi:"logBucket"`
	// DistributionID is the CloudFront distribution; empty without a CDN.
	DistributionID pulumi.StringOutput `pulumi:"distributionId"`
	// DistributionDomainName is the distribution's own name; empty without a CDN.
	DistributionDomainName pulumi.StringOutput `pulumi:"distributionDomainName"`

	name     string
	vpc      pulumi.StringInput
	zone     pulumi.StringInput
	balancer *lb.LoadBalancer
	front    front
	// secrets are what a request has to carry one of; none when it need not.
	secrets pulumi.StringArray

	mu     sync.Mutex
	claims map[int]*Claim
	// records are the DNS records by host.
	records map[string][]pulumi.Resource
	// reaches tells whether the load balancer may reach identity providers.
	reaches bool
}

// New makes an edge.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Edge, error) {
	args = args.withDefaults()
	p, err := args.plan(ctx, name)
	if err != nil {
		return nil, err
	}
	e := &Edge{
		Domain: args.Domain, name: name, vpc: args.VPCID, zone: args.ZoneID,
		claims: map[int]*Claim{}, records: map[string][]pulumi.Resource{},
	}
	if err := ctx.RegisterComponentResource("tenfold:edge:Edge", name, e, opts...); err != nil {
		return nil, err
	}
	b := &builder{ctx: ctx, name: name, args: args, plan: p, edge: e}
	for _, step := range []func() error{
		b.locate, b.securityGroup, b.logs, b.loadBalancer, b.certificate, b.clients, b.listeners, b.firewalls, b.cdn,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return e, ctx.RegisterResourceOutputs(e, pulumi.Map{
		"securityGroupId": e.SecurityGroupID, "dnsName": e.DNSName, "arnSuffix": e.ARNSuffix,
		"listenerArn": e.ListenerARN, "logBucket": e.LogBucket,
		"distributionId": e.DistributionID, "distributionDomainName": e.DistributionDomainName,
	})
}

// builder carries what the steps of New share.
type builder struct {
	ctx  *pulumi.Context
	name string
	args Args
	plan plan
	edge *Edge

	here account.Account
	// global makes a child in us-east-1, where CloudFront's helpers have to be.
	global []pulumi.ResourceOption

	bucket       *s3.BucketV2
	mayLog       pulumi.Resource
	proof        *route53.Record
	certificates certificates
	trust        *lb.TrustStore
	// cdnACL is the web ACL of the distribution, nil for none.
	cdnACL *webACL
}

// front is where users arrive: the load balancer, or the distribution before it.
type front struct {
	name, zone pulumi.StringOutput
	// healthy lets Route 53 ask whether the front is healthy.
	healthy bool
	ipv6    bool
	// before is what has to be there before users are sent to the front.
	before []pulumi.Resource
}

func (b *builder) children(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(b.edge)}, more...)
}

func (b *builder) loadBalancer() error {
	e := b.edge
	var err error
	e.balancer, err = lb.NewLoadBalancer(b.ctx, b.name, &lb.LoadBalancerArgs{
		LoadBalancerType: pulumi.String("application"),
		Internal:         pulumi.Bool(false),
		IpAddressType:    pulumi.String(b.args.addressType()),
		SecurityGroups:   pulumi.StringArray{e.SecurityGroupID},
		Subnets:          b.args.SubnetIDs,
		// A request that two parsers could read differently is how requests are
		// smuggled past the load balancer.
		DesyncMitigationMode:     pulumi.String("defensive"),
		DropInvalidHeaderFields:  pulumi.Bool(true),
		EnableDeletionProtection: pulumi.Bool(!b.args.Disposable),
		IdleTimeout:              seconds(b.args.IdleTimeout),
		AccessLogs:               lb.LoadBalancerAccessLogsArgs{Bucket: b.bucket.Bucket, Enabled: pulumi.Bool(true), Prefix: pulumi.String(logPrefix)},
		Tags:                     b.tags(),
	}, b.children(pulumi.Protect(!b.args.Disposable), pulumi.DependsOn([]pulumi.Resource{b.mayLog}))...)
	if err != nil {
		return err
	}
	e.DNSName, e.ARNSuffix = e.balancer.DnsName, e.balancer.ArnSuffix
	e.front.name, e.front.zone, e.front.healthy, e.front.ipv6 = e.balancer.DnsName, e.balancer.ZoneId, true, b.args.IPv6
	return nil
}

func (b *builder) listeners() error {
	https, err := lb.NewListener(b.ctx, b.name+"-https", &lb.ListenerArgs{
		LoadBalancerArn: b.edge.balancer.Arn,
		Port:            pulumi.Int(443),
		Protocol:        pulumi.String("HTTPS"),
		// TLS 1.2 and 1.3 with forward secrecy and AEAD ciphers only: what
		// Security Hub's ELB.17 accepts and browsers since 2014 speak.
		SslPolicy:      pulumi.String("ELBSecurityPolicy-TLS13-1-2-Res-2021-06"),
		CertificateArn: b.certificates.balancer,
		// Routes are rules, never the default action: what no service claims
		// reaches no service.
		DefaultActions: lb.ListenerDefaultActionArray{lb.ListenerDefaultActionArgs{
			Type: pulumi.String("fixed-response"),
			FixedResponse: lb.ListenerDefaultActionFixedResponseArgs{
				ContentType: pulumi.String("text/plain"), MessageBody: pulumi.String("not found"), StatusCode: pulumi.String("404"),
			},
		}},
		MutualAuthentication:                                  b.mutualAuthentication(),
		RoutingHttpResponseServerEnabled:                      pulumi.Bool(false),
		RoutingHttpResponseStrictTransportSecurityHeaderValue: pulumi.String("max-age=31536000"),
	}, b.children()...)
	if err != nil {
		return err
	}
	b.edge.ListenerARN = https.Arn
	_, err = lb.NewListener(b.ctx, b.name+"-http", &lb.ListenerArgs{
		LoadBalancerArn: b.edge.balancer.Arn,
		Port:            pulumi.Int(80),
		Protocol:        pulumi.String("HTTP"),
		DefaultActions: lb.ListenerDefaultActionArray{lb.ListenerDefaultActionArgs{
			Type: pulumi.String("redirect"),
			Redirect: lb.ListenerDefaultActionRedirectArgs{
				Protocol: pulumi.String("HTTPS"), Port: pulumi.String("443"), StatusCode: pulumi.String("HTTP_301"),
			},
		}},
	}, b.children()...)
	return err
}
