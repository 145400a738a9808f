package environment

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/edge"
	"github.com/tenfold-iac/tenfold/components/service"
)

func (e *environment) services() (err error) {
	for _, name := range sorted(e.config.Services) {
		e.running[name], err = service.New(e.ctx, name, e.service(e.config.Services[name]))
		if err != nil {
			return err
		}
	}
	return nil
}

// service turns what the file says about a service into its arguments.
func (e *environment) service(s Service) service.Args {
	cpu, memory := s.size()
	args := service.Args{
		Cluster:          e.compute,
		Network:          e.net.Tasks(),
		Image:            s.Image,
		MutableImage:     !e.config.Production,
		Command:          s.Command,
		CPU:              cpu,
		MemoryMiB:        memory,
		Port:             s.Port,
		Scaling:          e.scaling(s),
		Spot:             service.Spot{Percent: s.Spot},
		Uses:             e.grants(s.Container, s.Queue),
		Env:              e.env(s.Container),
		User:             s.User,
		WritablePaths:    s.Writable,
		LogRetentionDays: e.settings.LogDays,
		LogKeyARN:        e.logKey.ARN,
		Disposable:       e.disposable(),
		Monitors:         e.monitors,
	}
	if s.Host != "" {
		args.Edge = e.front
		args.Route = edge.Route{
			Host: s.hostname(e.config.Domain), Path: s.Path,
			Health: edge.HealthCheck{Path: s.Health},
		}
	}
	return args
}

// scaling turns the numbers of the file into the component's.
func (e *environment) scaling(s Service) service.Scaling {
	low, high := e.config.tasks(s)
	scaling := service.Scaling{
		Min: low, Max: high, CPUPercent: s.Scaling.CPU, MemoryPercent: s.Scaling.Memory, RequestsPerTask: s.Scaling.Requests,
		Sleep: service.Sleep{Stop: s.Scaling.Sleep.Stop, Start: s.Scaling.Sleep.Start, TimeZone: s.Scaling.Sleep.TimeZone},
	}
	if s.Scaling.Latency != 0 {
		scaling.Backlog = service.Backlog{
			QueueName: e.queued[s.Queue].Name, AcceptableLatency: s.Scaling.Latency, TimePerMessage: s.Scaling.PerMessage,
		}
	}
	return scaling
}

// env is the container's own variables, and the name of the environment for logs
// and error reports.
func (e *environment) env(s Container) map[string]pulumi.StringInput {
	env := map[string]pulumi.StringInput{"ENVIRONMENT": pulumi.String(e.ctx.Stack())}
	for name, value := range s.Env {
		env[name] = pulumi.String(value)
	}
	return env
}

// grants turns the uses of a container, and the queue a worker works off, into
// what its task may do.
func (e *environment) grants(s Container, worksOff string) []access.Grant {
	var grants []access.Grant
	if worksOff != "" {
		grants = append(grants, e.queued[worksOff].Consume())
	}
	for _, text := range s.Uses {
		// Load has refused a text that does not parse and a name that is not
		// declared.
		u, _ := parseUse(text)
		switch u.kind + ":" + u.verb {
		case "database:write":
			grants = append(grants, e.tenants.After(e.db.Connect()))
		case "database:read":
			grants = append(grants, e.tenants.After(e.db.ConnectReadOnly()))
		case "queue:send":
			grants = append(grants, e.queued[u.name].Send())
		case "queue:consume":
			grants = append(grants, e.queued[u.name].Consume())
		case "secret:":
			grants = append(grants, e.secretsBy[u.name].Inject(e.config.Secrets[u.name].Env))
		}
	}
	return grants
}
