package enginetest

import (
	"slices"
	"testing"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/cluster"
	"github.com/tenfold-iac/tenfold/components/edge"
	"github.com/tenfold-iac/tenfold/components/network"
	"github.com/tenfold-iac/tenfold/components/service"
	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// before asserts that a step ended before another one did.
func (r run) before(t *testing.T, first, then string) {
	t.Helper()
	i, j := slices.Index(r.steps, first), slices.Index(r.steps, then)
	require.NotEqual(t, -1, i, "%s in %v", first, r.steps)
	require.NotEqual(t, -1, j, "%s in %v", then, r.steps)
	assert.Less(t, i, j, "%s before %s in %v", first, then, r.steps)
}

const moves = "update aws:ecs/service:Service api"

// A gateway takes about two minutes in AWS. Tasks in subnets that lead nowhere could
// not even pull their image.
func TestTasksMoveToSubnetsThatHaveTheirWayOut(t *testing.T) {
	e := start(t)
	s := usual()
	s.nat, s.api = network.NATNone, func(*service.Args) {}
	e.up(worker(s))
	require.NoError(t, e.server.Account().Plan(account.Fault{
		Type: "aws:ec2/natGateway:NatGateway", Operation: account.OnCreate, Delay: account.Duration(2 * time.Second),
	}))
	s.nat = network.NATSingle
	r := e.up(worker(s))
	for _, route := range []string{"net-app-0-internet", "net-app-1-internet"} {
		r.before(t, "create aws:ec2/route:Route "+route, moves)
	}

	s.zones = append(s.zones, "us-east-1c")
	require.NoError(t, e.server.Account().Plan(account.Fault{
		Type: "aws:ec2/routeTableAssociation:RouteTableAssociation", Operation: account.OnCreate, Times: 3, Delay: account.Duration(2 * time.Second),
	}))
	grown := e.up(worker(s))
	grown.before(t, "create aws:ec2/routeTableAssociation:RouteTableAssociation net-app-2", moves)
	grown.before(t, "create aws:ec2/route:Route net-app-2-internet", moves)
}

// ECS goes back to the revision with the old port, and until then its tasks answer.
func TestBothPortsAreOpenUntilADeploymentEndedWell(t *testing.T) {
	e := start(t)
	at := func(port int, tag string) pulumi.RunFunc {
		s := usual()
		s.api = func(a *service.Args) { a.Port, a.Image = port, image(tag) }
		return environment(s)
	}
	e.up(at(8080, "1"))
	require.NoError(t, e.server.Account().Plan(rollback(account.OnUpdate, 0)))
	back := e.try(at(3000, "2"))
	require.Error(t, back.err)
	assert.Contains(t, back.output, `service "api" was rolled back`)
	assert.Equal(t, []string{"create api-edge-out-3000"}, back.of("SecurityGroupEgressRule"))
	assert.Equal(t, []string{"create api-from-edge-3000"}, back.of("SecurityGroupIngressRule"))

	done := e.up(at(3000, "3"))
	done.before(t, moves, "delete aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule api-from-edge-8080")
	done.before(t, moves, "delete aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule api-edge-out-8080")
}

// routes is an edge with services at hosts, each a service and its host.
func routes(pairs ...[2]string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		zone, err := route53.NewZone(ctx, "zone", &route53.ZoneArgs{Name: pulumi.String("example.com")})
		if err != nil {
			return err
		}
		net, err := network.New(ctx, "net", network.Args{Zones: usual().zones, NAT: network.NATNone, Disposable: true, Monitors: none})
		if err != nil {
			return err
		}
		front, err := edge.New(ctx, "edge", edge.Args{Domain: "example.com", ZoneID: zone.ZoneId, VPCID: net.VPCID, SubnetIDs: net.PublicSubnetIDs, Disposable: true})
		if err != nil {
			return err
		}
		for _, p := range pairs {
			owner := &routed{}
			if err := ctx.RegisterComponentResource("tenfold:test:Service", p[0], owner); err != nil {
				return err
			}
			claim, err := front.Claim(p[0], edge.Route{Host: p[1] + ".example.com"})
			if err != nil {
				return err
			}
			if _, err := claim.Register(ctx, p[0], owner); err != nil {
				return err
			}
		}
		return nil
	}
}

// AWS refuses a priority that another rule of the listener has, and the rule that
// takes a route over is made or changed before the other one lets go of it.
func TestARouteGoesFromOneServiceToAnother(t *testing.T) {
	e := start(t)
	e.up(routes([2]string{"web", "app"}, [2]string{"api", "api"}))
	for _, step := range []struct {
		name  string
		pairs [][2]string
	}{
		{"the service gets another name", [][2]string{{"frontend", "app"}, {"api", "api"}}},
		{"two services swap their hosts", [][2]string{{"frontend", "api"}, {"api", "app"}}},
		{"one takes the host that the other gives up", [][2]string{{"frontend", "app2"}, {"api", "api"}}},
	} {
		t.Run(step.name, func(t *testing.T) {
			assert.NotEmpty(t, e.up(routes(step.pairs...)).of("ListenerRule"))
			assert.Empty(t, e.up(routes(step.pairs...)).steps)
		})
	}
}

// database is a worker that uses grants of one database, in an order.
func database(verbs ...string) pulumi.RunFunc {
	s := usual()
	return func(ctx *pulumi.Context) error {
		return worker(shape{zones: s.zones, nat: network.NATNone, cluster: s.cluster, api: func(a *service.Args) {
			for _, verb := range verbs {
				a.Uses = append(a.Uses, access.Grant{Key: "db-" + verb, Reach: []access.Path{{Name: "db", SecurityGroupID: pulumi.String("sg-0db00000000000000"), Port: 5432}}})
			}
		}})(ctx)
	}
}

// AWS refuses the second of two equal rules.
func TestWhichGrantOfADatabaseComesFirstChangesNoRule(t *testing.T) {
	e := start(t)
	preview := func(verbs ...string) []string { return e.preview(database(verbs...)).of("SecurityGroupIngressRule") }
	want := []string{"create api-db-in-5432"}
	assert.Equal(t, want, preview("connect"))
	assert.Equal(t, want, preview("read"))
	assert.Equal(t, want, preview("connect", "read"))
	assert.Equal(t, want, preview("read", "connect"))
}

// Running tasks are asked for the new path at once, and a rollback does not take that back.
func TestTheHealthCheckDoesNotMoveWithTheRevision(t *testing.T) {
	e := start(t)
	at := func(path, tag, reason string) pulumi.RunFunc {
		s := usual()
		s.nat, s.api = network.NATNone, func(a *service.Args) {
			a.Image, a.Route.Health.Path, a.Route.Health.Now = image(tag), path, reason
		}
		return environment(s)
	}
	e.up(at("/up", "1", ""))
	const want = `service "api" changes the path of its health check from /up to /healthy in the same run as its revision: running tasks would be asked for it at once`
	planned := e.plans(at("/healthy", "2", ""))
	require.Error(t, planned.err)
	assert.Contains(t, planned.output, want)
	for range 2 { // the second time, the revision is there already
		refused := e.try(at("/healthy", "2", ""))
		require.Error(t, refused.err)
		assert.Contains(t, refused.output, want)
		assert.Empty(t, refused.of("TargetGroup"))
		assert.Empty(t, refused.of("Service"))
	}

	assert.Equal(t, []string{"update api"}, e.up(at("/up", "2", "")).of("Service"))
	alone := e.up(at("/healthy", "2", ""))
	assert.Equal(t, []string{"update api"}, alone.of("TargetGroup"))
	assert.Empty(t, alone.of("Service"))
	both := e.up(at("/", "3", "every revision answers it"))
	assert.Equal(t, []string{"update api"}, both.of("TargetGroup"))
	assert.Contains(t, both.output, "every revision answers it")
}

func TestAServiceThatComesBackFindsItsLog(t *testing.T) {
	e := start(t)
	with := func(there bool, days int) pulumi.RunFunc {
		return func(ctx *pulumi.Context) error {
			tasks, err := cluster.New(ctx, "main", cluster.Args{})
			if err != nil {
				return err
			}
			net, err := network.New(ctx, "net", network.Args{Zones: usual().zones, NAT: network.NATNone, Disposable: true, Monitors: none})
			if err != nil || !there {
				return err
			}
			_, err = service.New(ctx, "api", service.Args{Cluster: tasks, Network: net.Tasks(), Image: image("1"), LogRetentionDays: days, Monitors: none})
			return err
		}
	}
	log := func() *account.Resource {
		var list []*account.Resource
		require.NoError(t, e.server.Account().View(func(tx *account.Tx) error {
			list = tx.ByName("aws:cloudwatch/logGroup:LogGroup", "tenfold/test/api")
			return nil
		}))
		require.Len(t, list, 1)
		return list[0]
	}
	e.up(with(true, 30))
	made := log().Created
	e.up(with(false, 30))
	assert.Equal(t, made, log().Created, "production keeps what was logged")
	assert.Equal(t, []string{"import api", "update api"}, e.up(with(true, 90)).of("LogGroup"))
	assert.Equal(t, made, log().Created)
	assert.Equal(t, 90.0, log().Properties["retentionInDays"].NumberValue())
	assert.Empty(t, e.up(with(true, 90)).steps)
}
