package service

import (
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/edge"
	"github.com/tenfold-iac/tenfold/components/internal/naming"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
	"github.com/tenfold-iac/tenfold/components/internal/task"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

// plan is what validation works out of the arguments.
type plan struct {
	service                  string
	errorAlarm, latencyAlarm string
	task                     task.Plan
	claim                    *edge.Claim
}

// spec is the part of the arguments that describes a task.
func (a Args) spec() task.Spec {
	portName := ""
	if a.Serve {
		portName = servedPort
	}
	return task.Spec{
		Cluster: a.Cluster, Network: a.Network, Image: a.Image, MutableImage: a.MutableImage, Command: a.Command,
		Architecture: a.Architecture, CPU: a.CPU, MemoryMiB: a.MemoryMiB, StorageGiB: a.StorageGiB, Port: a.Port, PortName: portName,
		StartupTime: a.StartupTime, HealthCheck: a.HealthCheck, StopTimeout: a.StopTimeout,
		Uses: append(slices.Clone(a.Uses), a.callGrants()...), Egress: a.Egress, Env: a.Env, User: a.User, WritablePaths: a.WritablePaths, Shell: a.Shell, Sidecars: a.Sidecars,
		LogRetentionDays: a.LogRetentionDays, LogKeyARN: a.LogKeyARN, Disposable: a.Disposable,
	}.WithDefaults()
}

func (a Args) withDefaults() Args {
	if a.DeployTimeout == 0 {
		a.DeployTimeout = 20 * time.Minute
	}
	a.Migration = a.Migration.withDefaults()
	a.Alarms = a.Alarms.withDefaults()
	a.Scaling = a.Scaling.withDefaults()
	a.Spot = a.Spot.withDefaults(a.Edge != nil, a.Scaling.Min)
	return a
}

// plan checks the arguments and reports everything that is wrong with them.
func (a Args) plan(ctx *pulumi.Context, name string, spec task.Spec) (plan, error) {
	l := problem.Of("service", name)
	physical := func(kind naming.Kind, name string) string {
		fit, err := naming.Physical(ctx, kind, name)
		l.Add(err)
		return fit
	}
	p := plan{
		task: spec.Plan(ctx, name, l), service: physical(naming.Service, name),
		errorAlarm: physical(naming.Alarm, name+"-5xx"), latencyAlarm: physical(naming.Alarm, name+"-p99"),
	}
	l.Add(checkEngine(ctx.RequirePulumiVersion))
	a.Migration.check(l)
	a.Alarms.check(l)
	a.Scaling.check(l, a.Edge != nil)
	a.Spot.check(l, a.Scaling.Max)
	p.claim = a.route(name, spec, l)
	a.checkConnect(l)
	l.Check(task.Whole(a.DeployTimeout, 300, 3*3600), "DeployTimeout must be whole seconds from 5m to 3h, got %s", a.DeployTimeout)
	if needed := a.needed(spec); needed >= a.DeployTimeout {
		l.Addf("DeployTimeout must be above the %s that a new task may take to start and an old one to stop, got %s; raise it, or lower StartupTime", needed, a.DeployTimeout)
	}
	l.Check(a.Monitors != nil, "Monitors is missing; pass a sink, or monitor.Off with the reason")
	_, err := monitor.Apply(a.specs(ctx.Stack(), name, p.service, nil, nil), a.MonitorsOff)
	l.Add(err)
	return p, l.Err()
}

// needed is how long a healthy deployment may take: the start of a new task, the
// requests that an old one still has, and its end.
func (a Args) needed(spec task.Spec) time.Duration {
	needed := spec.StartupTime + spec.StopTimeout
	if a.Edge != nil {
		needed += edge.DeregistrationDelay
	}
	return needed
}

// route checks how users reach the service and claims its route.
func (a Args) route(name string, spec task.Spec, l *problem.List) *edge.Claim {
	if a.Edge == nil {
		l.Check(a.Route == (edge.Route{}), "Route is set without an Edge; pass the edge that routes it")
		return nil
	}
	l.Check(a.Port > 0, "Port is missing; the edge has to know where the container listens")
	l.Check(spec.StopTimeout > edge.DeregistrationDelay, "StopTimeout must be longer than the %s that requests have to finish, got %s", edge.DeregistrationDelay, spec.StopTimeout)
	claim, err := a.Edge.Claim(name, a.Route)
	l.Add(err)
	return claim
}
