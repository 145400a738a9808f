package enginetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/cluster"
	"github.com/tenfold-iac/tenfold/components/edge"
	"github.com/tenfold-iac/tenfold/components/job"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/network"
	"github.com/tenfold-iac/tenfold/components/registry"
	"github.com/tenfold-iac/tenfold/components/service"
	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

var none = monitor.Off{Reason: "a test"}

// shape is what the tests change about the environment.
type shape struct {
	zones   []string
	nat     network.NAT
	cluster string
	ipv6    bool
	api     func(*service.Args)
}

func usual() shape {
	return shape{zones: []string{"us-east-1a", "us-east-1b"}, nat: network.NATSingle, cluster: "main"}
}

// image is one of many images.
func image(tag string) string {
	return "123456789012.dkr.ecr.us-east-1.amazonaws.com/tenfold/api@sha256:" + strings.Repeat("0", 64-len(tag)) + tag
}

// environment is a whole compute side: a routed service, a worker and a job.
func environment(s shape) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		zone, err := route53.NewZone(ctx, "zone", &route53.ZoneArgs{Name: pulumi.String("example.com")})
		if err != nil {
			return err
		}
		net, err := network.New(ctx, "net", network.Args{Zones: s.zones, NAT: s.nat, IPv6: s.ipv6, Disposable: true, Monitors: none})
		if err != nil {
			return err
		}
		tasks, err := cluster.New(ctx, s.cluster, cluster.Args{})
		if err != nil {
			return err
		}
		front, err := edge.New(ctx, "edge", edge.Args{
			Domain: "example.com", ZoneID: zone.ZoneId, VPCID: net.VPCID, SubnetIDs: net.PublicSubnetIDs, IPv6: s.ipv6, Disposable: true,
			WAF: edge.WAF{Mode: edge.WAFBlock},
		})
		if err != nil {
			return err
		}
		if _, err = registry.New(ctx, "api", registry.Args{Disposable: true}); err != nil {
			return err
		}
		args := service.Args{
			Cluster: tasks, Network: net.Tasks(), Image: image("1"), Port: 8080, Edge: front, Route: edge.Route{Host: "api.example.com"},
			Disposable: true, Monitors: none,
		}
		if s.api != nil {
			s.api(&args)
		}
		if _, err = service.New(ctx, "api", args); err != nil {
			return err
		}
		_, err = job.New(ctx, "report", job.Args{
			Cluster: tasks, Network: net.Tasks(), Image: image("1"), Schedule: "cron(0 3 * * ? *)", Disposable: true, Monitors: none,
		})
		return err
	}
}

// One environment goes through everything that must not replace anything; the
// steps are in the order a product that grows would take them.
func TestTheComputeSideGrowsInPlace(t *testing.T) {
	e := start(t)
	s := usual()
	e.preview(environment(s))
	e.up(environment(s))
	for _, step := range []struct {
		name   string
		change func(*shape)
		kinds  []string
	}{
		{"nothing changes", func(*shape) {}, nil},
		{"another image", withAPI(func(a *service.Args) { a.Image = image("2") }), []string{"Service", "TaskDefinition"}},
		{"another port", withAPI(func(a *service.Args) { a.Port = 3000 }), []string{"SecurityGroupEgressRule", "SecurityGroupIngressRule", "Service", "TaskDefinition"}},
		{"another size", withAPI(func(a *service.Args) { a.Port, a.CPU = 3000, 1024 }), []string{"Service", "TaskDefinition"}},
		{"half on Spot", withAPI(func(a *service.Args) { a.Port, a.CPU, a.Spot.Percent = 3000, 1024, 50 }), []string{"Service"}},
		{"more tasks", withAPI(func(a *service.Args) { a.Port, a.CPU, a.Spot.Percent, a.Scaling.Max = 3000, 1024, 50, 20 }), []string{"Target"}},
		{"a gateway for each zone", func(s *shape) { s.nat = network.NATPerZone }, []string{"Eip", "NatGateway", "Route"}},
		{"a third zone", func(s *shape) { s.zones = append(s.zones, "us-east-1c") }, []string{
			"Eip", "LoadBalancer", "NatGateway", "Route", "RouteTable", "RouteTableAssociation", "Service", "StateMachine", "Subnet", "VpcEndpoint",
		}},
		{"IPv6", func(s *shape) { s.ipv6 = true }, []string{
			"EgressOnlyInternetGateway", "LoadBalancer", "Record", "Route", "SecurityGroupEgressRule", "SecurityGroupIngressRule", "Subnet", "Vpc",
		}},
	} {
		t.Run(step.name, func(t *testing.T) {
			step.change(&s)
			r := e.up(environment(s))
			assert.Equal(t, step.kinds, r.kinds())
			for _, did := range r.steps {
				// A task definition is a new revision each time; the old one stays. The
				// rules of another port stand beside the old ones for a while.
				if !strings.Contains(did, ":TaskDefinition") && !strings.Contains(did, "-8080") {
					assert.NotContains(t, did, "replace")
					assert.NotContains(t, did, "delete")
				}
			}
		})
	}
	e.destroy()
}

func withAPI(change func(*service.Args)) func(*shape) { return func(s *shape) { s.api = change } }

// worker is a service that no user reaches.
func worker(s shape) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		tasks, err := cluster.New(ctx, s.cluster, cluster.Args{})
		if err != nil {
			return err
		}
		net, err := network.New(ctx, "net", network.Args{Zones: s.zones, NAT: s.nat, Disposable: true, Monitors: none})
		if err != nil {
			return err
		}
		args := service.Args{Cluster: tasks, Network: net.Tasks(), Image: image("1"), Disposable: true, Monitors: none}
		s.api(&args)
		_, err = service.New(ctx, "api", args)
		return err
	}
}

// A target group that is replaced is an outage. Whatever may be changed about a
// routed service leaves it alone.
func TestNoChangeOfAServiceReplacesItsTargetGroup(t *testing.T) {
	e := start(t)
	s := usual()
	e.up(environment(s))
	for name, change := range map[string]func(*service.Args){
		"port":  func(a *service.Args) { a.Port = 3000 },
		"host":  func(a *service.Args) { a.Route.Host = "www.example.com" },
		"path":  func(a *service.Args) { a.Route.Path = "/v1" },
		"probe": func(a *service.Args) { a.Route.Probe = 1 },
		"health": func(a *service.Args) {
			a.Route.Health = edge.HealthCheck{Path: "/ready", Interval: 20 * time.Second, Timeout: 9 * time.Second, UnhealthyThreshold: 5}
		},
		"container":        func(a *service.Args) { a.HealthCheck.Command = []string{"CMD", "/check"} },
		"startup and stop": func(a *service.Args) { a.StartupTime, a.StopTimeout = 5*time.Minute, 2*time.Minute },
		"size": func(a *service.Args) {
			a.CPU, a.MemoryMiB, a.StorageGiB, a.Architecture = 1024, 2048, 50, service.X8664
		},
		"scaling": func(a *service.Args) {
			a.Scaling = service.Scaling{Min: 3, Max: 9, RequestsPerTask: 500, MemoryPercent: 80}
		},
		"Spot":      func(a *service.Args) { a.Spot.Percent = 50 },
		"no alarms": func(a *service.Args) { a.Alarms.Off = "a test of the edge" },
		"login":     func(a *service.Args) { a.Route.Login = login() },
		"private": func(a *service.Args) {
			a.Egress.Also = []service.Destination{{Port: 5432, CIDR: "203.0.113.0/24", Why: "a partner"}}
		},
		"writable and user": func(a *service.Args) { a.WritablePaths, a.User = []string{"/tmp"}, "1000" },
		"sidecar":           func(a *service.Args) { a.Sidecars = []service.Sidecar{{Name: "agent", Image: image("9")}} },
	} {
		// Each is taken back by itself: the path of the health check and the revision do
		// not change in one run.
		for _, change := range []func(*service.Args){change, nil} {
			s.api = change
			r := e.up(environment(s))
			assert.NotEmpty(t, r.steps, name)
			for _, step := range r.of("TargetGroup") {
				assert.Equal(t, "update api", step, name)
			}
			for _, step := range r.of("Service") {
				assert.Equal(t, "update api", step, name)
			}
		}
	}
}

// ECS keeps alarms that an update leaves out.
func TestARouteIsTakenAwayOnlyAfterItsAlarms(t *testing.T) {
	e := start(t)
	s := usual()
	e.up(environment(s))
	unrouted := func(a *service.Args) { a.Edge, a.Route = nil, edge.Route{} }
	s.api = unrouted
	want := `service "api" loses its route while its deployment alarms are on, which ECS would keep without them; set Alarms.Off to the reason and deploy, then take the route away`
	assert.Contains(t, e.plans(environment(s)).output, want, "the preview says so already")
	assert.Contains(t, e.try(environment(s)).output, want)
	s.api = func(a *service.Args) { a.Alarms.Off = "the service becomes a worker" }
	e.up(environment(s))
	s.api = unrouted
	assert.Contains(t, e.up(environment(s)).of("TargetGroup"), "delete api")
}

// login is a login at some identity provider.
func login() edge.Login {
	return edge.Login{
		Issuer: "https://id.example.com", AuthorizationURL: "https://id.example.com/authorize", TokenURL: "https://id.example.com/token",
		UserInfoURL: "https://id.example.com/userinfo", ClientID: "tools", ClientSecret: pulumi.String("planted"),
	}
}

func TestAServiceThatIsReplacedTakesItsAutoscalingWithIt(t *testing.T) {
	e := start(t)
	s := usual()
	s.api = func(a *service.Args) { a.Scaling.Sleep = service.Sleep{Stop: "20:00", Start: "07:00"} }
	e.up(worker(s))
	s.cluster = "second"
	r := e.up(worker(s))
	for _, kind := range []string{"Service", "Target", "Policy", "ScheduledAction"} {
		assert.Contains(t, strings.Join(r.of(kind), " "), "replace", kind)
	}
}

// AWS leaves the limits as the last schedule set them, and Pulumi's state does not
// know of it.
func TestWhatAScheduleHasSetGoesWithTheSchedule(t *testing.T) {
	e := start(t)
	scaled := func(scaling service.Scaling) pulumi.RunFunc {
		s := usual()
		s.nat, s.api = network.NATNone, func(a *service.Args) { a.Scaling = scaling }
		return worker(s)
	}
	held := e.server.Account()
	count := func() any { return found(t, held, "aws:ecs/service:Service").Properties["desiredCount"].NumberValue() }
	e.up(scaled(service.Scaling{Min: 2, Max: 4, Sleep: service.Sleep{Stop: "20:00", Start: "07:00"}}))
	target := found(t, held, "aws:appautoscaling/target:Target")
	for property, selector := range map[string]string{"minCapacity": target.Type + "::" + target.ID, "maxCapacity": target.Type + "::" + target.ID,
		"desiredCount": "aws:ecs/service:Service::" + found(t, held, "aws:ecs/service:Service").ID} {
		_, err := held.Drift(selector, property, 0)
		require.NoError(t, err)
	}
	woken := e.up(scaled(service.Scaling{Min: 2, Max: 4}))
	assert.Contains(t, woken.of("Target"), "create-replacement api")
	target = found(t, held, "aws:appautoscaling/target:Target")
	assert.Equal(t, []any{2.0, 4.0}, []any{target.Properties["minCapacity"].NumberValue(), target.Properties["maxCapacity"].NumberValue()})
	assert.Equal(t, 2.0, count(), "nothing else would wake it")

	e.up(scaled(service.Scaling{Min: 1, Max: 1}))
	assert.Equal(t, 1.0, count(), "the second task ends when the number is fixed at one")
	assert.Empty(t, e.up(scaled(service.Scaling{Min: 1, Max: 1})).steps)
}

// found is the one resource of a type.
func found(t *testing.T, held *account.Account, typ string) *account.Resource {
	t.Helper()
	var list []*account.Resource
	require.NoError(t, held.View(func(tx *account.Tx) error {
		list = tx.ByType(typ)
		return nil
	}))
	require.Len(t, list, 1)
	return list[0]
}

func TestAServiceStartsAfterThoseItCalls(t *testing.T) {
	e := start(t)
	r := e.up(func(ctx *pulumi.Context) error {
		s := usual()
		tasks, err := cluster.New(ctx, s.cluster, cluster.Args{Connect: true})
		if err != nil {
			return err
		}
		net, err := network.New(ctx, "net", network.Args{Zones: s.zones, NAT: s.nat, Disposable: true, Monitors: none})
		if err != nil {
			return err
		}
		args := service.Args{Cluster: tasks, Network: net.Tasks(), Image: image("1"), Disposable: true, Monitors: none}
		prices := args
		prices.Serve, prices.Port = true, 9090
		first, err := service.New(ctx, "prices", prices)
		if err != nil {
			return err
		}
		args.Calls = []*service.Service{first}
		_, err = service.New(ctx, "api", args)
		return err
	})
	served := slices.Index(r.steps, "create aws:ecs/service:Service prices")
	called := slices.Index(r.steps, "create aws:ecs/taskDefinition:TaskDefinition api")
	require.NotEqual(t, -1, served)
	assert.Less(t, served, called, "the address of a service is known when it runs")
}
