package enginetest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
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
	"github.com/tenfold-iac/tenfold/components/service/runtask"
	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
	"github.com/tenfold-iac/tenfold/internal/sandbox/api"
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
			"Eip", "LoadBalancer", "NatGateway", "Route", "RouteTable", "RouteTableAssociation", "Schedule", "Service", "Subnet", "VpcEndpoint",
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
				// A task definition is a new revision each time; the old one stays.
				if !strings.Contains(did, ":TaskDefinition") {
					assert.NotContains(t, did, "replace")
					assert.NotContains(t, did, "delete")
				}
			}
		})
	}
	e.destroy()
}

func withAPI(change func(*service.Args)) func(*shape) { return func(s *shape) { s.api = change } }

func TestTheNATModeIsSwitchedInPlaceAndBack(t *testing.T) {
	e := start(t)
	mode := func(nat network.NAT) pulumi.RunFunc {
		return func(ctx *pulumi.Context) error {
			_, err := network.New(ctx, "net", network.Args{Zones: usual().zones, NAT: nat, Monitors: none})
			return err
		}
	}
	e.up(mode(network.NATNone))
	for _, to := range []network.NAT{network.NATSingle, network.NATPerZone, network.NATSingle, network.NATNone, network.NATPerZone, network.NATNone} {
		r := e.up(mode(to))
		assert.NotEmpty(t, r.steps)
		for _, kind := range r.kinds() {
			assert.Contains(t, []string{"Eip", "NatGateway", "Route"}, kind)
		}
		for _, step := range r.steps {
			assert.NotContains(t, step, "replace")
		}
	}
}

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

// migrating is a release of the worker that has a migration.
func migrating(tag string, change func(*service.Args)) pulumi.RunFunc {
	s := usual()
	s.api = func(a *service.Args) {
		a.Image = image(tag)
		a.Migration = service.Migration{Command: []string{"migrate", "up"}}
		if change != nil {
			change(a)
		}
	}
	return worker(s)
}

// plan has the next task that is run end as the fault says.
func (e *engine) plan(fault account.Fault) {
	e.t.Helper()
	fault.Type, fault.Operation = api.TaskType, account.OnCreate
	require.NoError(e.t, e.server.Account().Plan(fault))
}

// ends plans the end of the next task.
func ends(code int, output string) account.Fault {
	return account.Fault{ExitCode: &code, Error: output}
}

func TestAMigrationRunsBeforeTheServiceMovesAndNeverInAPreview(t *testing.T) {
	e := start(t)
	e.plan(ends(3, "column exists"))
	waiting := func() bool { return len(e.server.Account().Faults()) > 0 }
	e.preview(migrating("1", nil))
	require.True(t, waiting(), "a preview runs nothing")
	failed := e.try(migrating("1", nil))
	require.Error(t, failed.err)
	assert.Contains(t, failed.output, `service "api" stays as it is: the migration "migrate up" in a task of tenfold-test-api:1 ended with exit code 3`)
	assert.Contains(t, failed.output, "column exists")
	assert.Empty(t, failed.of("Service"), "the service was not made")
	assert.False(t, waiting(), "the migration ran")
	assert.Equal(t, []string{"create api"}, e.up(migrating("1", nil)).of("Service"), "the next run tries again")

	e.plan(ends(4, "must not run"))
	assert.Empty(t, e.up(migrating("1", nil)).steps)
	e.preview(migrating("2", nil))
	require.True(t, waiting(), "nothing moved")
	failed = e.try(migrating("2", nil))
	assert.Contains(t, failed.output, `in a task of tenfold-test-api:2 ended with exit code 4`)
	assert.Empty(t, failed.of("Service"), "the service was not touched")

	e.plan(account.Fault{Error: "ClientException: Capacity is unavailable at this time."})
	assert.Contains(t, e.try(migrating("2", nil)).output, "Capacity is unavailable at this time.")
	assert.Equal(t, []string{"update api"}, e.up(migrating("2", nil)).of("Service"))
}

func TestAMigrationThatTakesTooLongIsStoppedAndTheServiceStays(t *testing.T) {
	e := start(t)
	e.up(migrating("1", nil))
	e.plan(account.Fault{Delay: account.Duration(time.Hour)})
	failed := e.try(migrating("2", func(a *service.Args) { a.Migration.Runner = hasty{} }))
	require.Error(t, failed.err)
	assert.Contains(t, failed.output, "context deadline exceeded")
	assert.Empty(t, failed.of("Service"))
}

// hasty gives a task a moment only.
type hasty struct{}

func (hasty) Run(ctx context.Context, task runtask.Task) (runtask.Result, error) {
	settings, err := config.LoadDefaultConfig(ctx, config.WithRegion("us-east-1"))
	if err != nil {
		return runtask.Result{}, err
	}
	limited, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return runtask.NewFromConfig(settings).Run(limited, task)
}

func TestAMigrationThatIsSwitchedOffDoesNotRunAndTheRunSaysWhy(t *testing.T) {
	e := start(t)
	e.plan(ends(1, "must not run"))
	r := e.up(migrating("1", func(a *service.Args) { a.Migration.Off = "the schema is repaired by hand" }))
	assert.Contains(t, r.output, "api: the migration is switched off: the schema is repaired by hand")
	assert.NotEmpty(t, e.server.Account().Faults())
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

func TestADeploymentThatECSRolledBackFailsTheRunAndTheNextOneTriesAgain(t *testing.T) {
	e := start(t)
	s := usual()
	release := func(tag, accept string) pulumi.RunFunc {
		s.api = func(a *service.Args) { a.Image, a.AcceptRollback = image(tag), accept }
		return worker(s)
	}
	e.up(release("1", ""))
	back := account.Fault{Type: "aws:ecs/service:Service", Operation: account.OnUpdate, Revert: []string{"taskDefinition"}, Error: "no such column"}
	require.NoError(t, e.server.Account().Plan(back))
	failed := e.try(release("2", ""))
	require.Error(t, failed.err)
	assert.Contains(t, failed.output, `service "api" was rolled back: ECS runs tenfold-test-api:1 again, not tenfold-test-api:2; `+
		"ECS says: Service deployment rolled back because the circuit breaker threshold was exceeded; its task ")
	assert.Contains(t, failed.output, "Essential container in task exited, api ended with exit code 1; its last lines:")
	assert.Contains(t, failed.output, "no such column")
	assert.Contains(t, failed.output, "see the events and stopped tasks of ECS service tenfold-test-api in cluster tenfold-test-main and the log group tenfold/test/api")
	assert.Empty(t, e.server.Account().Faults(), "the rollback was played")
	assert.Equal(t, []string{"update api"}, e.up(release("2", "")).of("Service"), "the engine knows that the service does not run what was asked for")

	e.up(release("3", ""))
	assert.Empty(t, e.up(release("3", "")).steps)

	require.NoError(t, e.server.Account().Plan(back))
	accepted := e.up(release("4", "another tool watches deployments"))
	assert.Contains(t, accepted.output, "api: a deployment that was rolled back counts as a success: another tool watches deployments")
	assert.Empty(t, e.server.Account().Faults())
}
