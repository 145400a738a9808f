package edge

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Route is what a service answers.
type Route struct {
	// Host is the domain, a name one label below it, or "*." and the domain.
	// Default: the domain.
	Host string
	// Path is a prefix of up to four segments, for example "/v1": the route
	// takes it and everything below it. Longer paths win over shorter ones, and
	// names over the wildcard. Default: "/", everything.
	Path string
	// Probe is 0 to 9 and chooses another priority. Default: 0; set it only
	// when an error says that two routes share a priority.
	Probe int
	// Login asks users to sign in first. Default: none.
	Login Login
	// Health is how the load balancer tells whether a task can take requests.
	Health HealthCheck
}

// HealthCheck is a load balancer's check of a task. It acts on running tasks at
// once and is not rolled back with a deployment: a new path goes out in a
// release first, and becomes the check's path in the next.
type HealthCheck struct {
	// Path is requested and has to answer 200. A service refuses to change it
	// together with its revision. Default: "/health".
	Path string
	// Now is the reason why Path may change together with the revision: running
	// tasks answer it already, or may fail. Default: none.
	Now string
	// Interval is the time between checks: 5 to 300 whole seconds. Default: 10s.
	Interval time.Duration
	// Timeout is how long an answer may take: 2 to 120 whole seconds and less
	// than the interval. Default: 5s.
	Timeout time.Duration
	// UnhealthyThreshold is how many checks in a row have to fail before a task
	// is replaced, 2 to 10. Default: 3.
	UnhealthyThreshold int
}

// DeregistrationDelay is how long a task that is stopped may finish the
// requests it has. A task's stop timeout has to be longer.
const DeregistrationDelay = 30 * time.Second

// Claim is a route that a service has reserved.
type Claim struct {
	edge     *Edge
	service  string
	route    Route
	priority int
}

// Target is where a route leads.
type Target struct {
	// GroupARN is the target group.
	GroupARN pulumi.StringOutput
	// GroupARNSuffix names the target group in CloudWatch.
	GroupARNSuffix pulumi.StringOutput
	// Rule is the listener rule. ECS refuses a service whose target group no
	// listener uses, so the service depends on it.
	Rule pulumi.Resource
}

var segmentPattern = regexp.MustCompile(`^[A-Za-z0-9._~-]+$`)

// Claim reserves a route for a service. It registers nothing, so that a service
// can report a bad or taken route together with everything else that is wrong.
func (e *Edge) Claim(service string, r Route) (*Claim, error) {
	r = r.withDefaults(e.Domain)
	if err := r.check(e.Domain); err != nil {
		return nil, err
	}
	c := &Claim{edge: e, service: service, route: r, priority: priority(service, r.Host, r.Path, r.Probe)}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, other := range e.claims {
		if other.route.Host == r.Host && other.route.Path == r.Path {
			return nil, fmt.Errorf("the route %s%s is taken by service %q; give one of them another Host or Path", r.Host, r.Path, other.service)
		}
	}
	if other, taken := e.claims[c.priority]; taken {
		return nil, fmt.Errorf("the route %s%s has by chance the same listener priority, %d, as %s%s of service %q; set Probe to %d on the newer of the two",
			r.Host, r.Path, c.priority, other.route.Host, other.route.Path, other.service, r.Probe+1)
	}
	e.claims[c.priority] = c
	return c, nil
}

func (r Route) withDefaults(domain string) Route {
	if r.Host == "" {
		r.Host = domain
	}
	if r.Path == "" {
		r.Path = "/"
	}
	r.Login = r.Login.withDefaults()
	if r.Health.Path == "" {
		r.Health.Path = "/health"
	}
	if r.Health.Interval == 0 {
		r.Health.Interval = 10 * time.Second
	}
	if r.Health.Timeout == 0 {
		r.Health.Timeout = 5 * time.Second
	}
	if r.Health.UnhealthyThreshold == 0 {
		r.Health.UnhealthyThreshold = 3
	}
	return r
}

// Register makes the claimed route's target group and listener rule as children
// of the service, and the host's DNS record, once for each host, as a child of
// the edge. The options are those of the target group.
func (c *Claim) Register(ctx *pulumi.Context, name string, owner pulumi.Resource, group ...pulumi.ResourceOption) (*Target, error) {
	records, err := c.edge.record(ctx, c.route.Host)
	if err != nil {
		return nil, err
	}
	if c.route.Login.on() {
		if err := c.edge.reachProvider(ctx); err != nil {
			return nil, err
		}
	}
	made, err := c.targetGroup(ctx, name, append(group, pulumi.Parent(owner)))
	if err != nil {
		return nil, err
	}
	options := []pulumi.ResourceOption{pulumi.Parent(owner)}
	if len(c.edge.secrets) > 0 {
		// A rule that asks for the secret before users are sent to CloudFront, which
		// has it, would refuse all of them.
		options = append(options, pulumi.DependsOn(records))
	}
	rule, err := lb.NewListenerRule(ctx, name, &lb.ListenerRuleArgs{
		ListenerArn: c.edge.ListenerARN,
		Priority:    pulumi.Int(c.priority),
		Conditions:  c.conditions(),
		Actions:     c.actions(made),
	}, options...)
	if err != nil {
		return nil, err
	}
	return &Target{GroupARN: made.Arn, GroupARNSuffix: made.ArnSuffix, Rule: rule}, nil
}

// targetGroup's port, protocols, target type and VPC can only change by
// replacement, which is an outage, so they are the same for every service: ECS
// registers each task with its own port, and the group's is never used.
func (c *Claim) targetGroup(ctx *pulumi.Context, name string, opts []pulumi.ResourceOption) (*lb.TargetGroup, error) {
	h := c.route.Health
	return lb.NewTargetGroup(ctx, name, &lb.TargetGroupArgs{
		VpcId:                      c.edge.vpc.ToStringOutput(),
		TargetType:                 pulumi.String("ip"),
		Port:                       pulumi.Int(80),
		Protocol:                   pulumi.String("HTTP"),
		ProtocolVersion:            pulumi.String("HTTP1"),
		DeregistrationDelay:        seconds(DeregistrationDelay),
		LoadBalancingAlgorithmType: pulumi.String("least_outstanding_requests"),
		// Both blocks are written out: the provider ignores a block that goes.
		HealthCheck: lb.TargetGroupHealthCheckArgs{
			Enabled:            pulumi.Bool(true),
			Protocol:           pulumi.String("HTTP"),
			Port:               pulumi.String("traffic-port"),
			Path:               pulumi.String(h.Path),
			Matcher:            pulumi.String("200"),
			Interval:           seconds(h.Interval),
			Timeout:            seconds(h.Timeout),
			HealthyThreshold:   pulumi.Int(2),
			UnhealthyThreshold: pulumi.Int(h.UnhealthyThreshold),
		},
		Stickiness: lb.TargetGroupStickinessArgs{
			Enabled: pulumi.Bool(false), Type: pulumi.String("lb_cookie"), CookieDuration: pulumi.Int(86400),
		},
		Tags: pulumi.StringMap{"env": pulumi.String(ctx.Stack()), "service": pulumi.String(c.service)},
	}, opts...)
}

func seconds(d time.Duration) pulumi.Int { return pulumi.Int(int(d.Seconds())) }

// conditions are what a request of the route is like. AWS takes five values in
// the conditions of a rule: a host, two paths and two secrets.
func (c *Claim) conditions() lb.ListenerRuleConditionArray {
	conditions := lb.ListenerRuleConditionArray{lb.ListenerRuleConditionArgs{
		HostHeader: lb.ListenerRuleConditionHostHeaderArgs{Values: pulumi.ToStringArray([]string{c.route.Host})},
	}}
	if p := c.route.Path; p != "/" {
		conditions = append(conditions, lb.ListenerRuleConditionArgs{
			PathPattern: lb.ListenerRuleConditionPathPatternArgs{Values: pulumi.ToStringArray([]string{p, p + "/*"})},
		})
	}
	if secrets := c.edge.secrets; len(secrets) > 0 {
		conditions = append(conditions, lb.ListenerRuleConditionArgs{
			HttpHeader: lb.ListenerRuleConditionHttpHeaderArgs{HttpHeaderName: pulumi.String(secretHeader), Values: secrets},
		})
	}
	return conditions
}

// record returns the DNS records of a host, and makes them if there are none yet.
func (e *Edge) record(ctx *pulumi.Context, host string) ([]pulumi.Resource, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if records, known := e.records[host]; known {
		return records, nil
	}
	name := e.name + "-" + strings.NewReplacer("*", "any", ".", "-").Replace(host)
	v4, err := e.alias(ctx, name, host, "A")
	if err != nil {
		return nil, err
	}
	records := []pulumi.Resource{v4}
	if e.front.ipv6 {
		v6, err := e.alias(ctx, name+"-v6", host, "AAAA")
		if err != nil {
			return nil, err
		}
		records = append(records, v6)
	}
	e.records[host] = records
	return records, nil
}

func (e *Edge) alias(ctx *pulumi.Context, name, host, kind string) (*route53.Record, error) {
	return route53.NewRecord(ctx, name, &route53.RecordArgs{
		ZoneId: e.zone.ToStringOutput(),
		Name:   pulumi.String(host),
		Type:   pulumi.String(kind),
		Aliases: route53.RecordAliasArray{route53.RecordAliasArgs{
			Name: e.front.name, ZoneId: e.front.zone, EvaluateTargetHealth: pulumi.Bool(e.front.healthy),
		}},
	}, pulumi.Parent(e), pulumi.DependsOn(e.front.before))
}
