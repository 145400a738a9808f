package environment

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/service"
)

// services makes each service after those it calls.
func (e *environment) services() (err error) {
	order, _ := e.config.order()
	for _, name := range order {
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
		Architecture:     architectures[s.Architecture],
		CPU:              cpu,
		MemoryMiB:        memory,
		StorageGiB:       s.Storage,
		Port:             s.Port,
		Serve:            s.Serve,
		StartupTime:      s.Startup,
		HealthCheck:      s.Check.component(),
		StopTimeout:      s.Stop,
		Scaling:          e.scaling(s),
		Spot:             service.Spot{Percent: s.Spot},
		Uses:             e.grants(uses(s.Container, s.Queue, nil)),
		Egress:           s.Egress.component(),
		Env:              e.env(s.Container),
		User:             s.User,
		WritablePaths:    s.Writable,
		Sidecars:         e.sidecars(s),
		Shell:            s.Shell,
		LogRetentionDays: e.settings.LogDays,
		LogKeyARN:        e.logKey.ARN,
		Migration:        e.migration(s.Migration),
		Alarms: service.Alarms{
			Off: s.Alarms.Off, ErrorPercent: s.Alarms.Errors, Latency: s.Alarms.Latency, MinRequests: s.Alarms.MinRequests,
		},
		AWS:            e.aws,
		AcceptRollback: s.AcceptRollback,
		DeployTimeout:  s.DeployTimeout,
		Disposable:     e.disposable(),
		Monitors:       e.monitors,
	}
	for _, name := range s.Calls {
		args.Calls = append(args.Calls, e.running[name])
	}
	if s.Host != "" {
		args.Edge, args.Route = e.front, e.route(s)
	}
	return args
}

// migration is the command that runs before a service moves to a new revision.
func (e *environment) migration(m Migration) service.Migration {
	return service.Migration{Command: m.Command, Timeout: m.Timeout, Off: m.Off}
}

// scaling turns the numbers of the file into the component's.
func (e *environment) scaling(s Service) service.Scaling {
	low, high := e.config.tasks(s)
	scaling := service.Scaling{
		Min: low, Max: high, CPUPercent: s.Scaling.CPU, MemoryPercent: s.Scaling.Memory, RequestsPerTask: s.Scaling.Requests,
		Sleep: service.Sleep{Stop: s.Scaling.Sleep.Stop, Start: s.Scaling.Sleep.Start, TimeZone: s.Scaling.Sleep.TimeZone},
	}
	for _, t := range s.Scaling.Schedules {
		scaling.Schedules = append(scaling.Schedules, service.Schedule{Name: t.Name, At: t.At, TimeZone: t.TimeZone, Min: t.Min, Max: t.Max})
	}
	if s.Scaling.Latency != 0 {
		scaling.Idle = s.Scaling.Idle
		scaling.Backlog = service.Backlog{
			QueueName: e.queued[s.Queue].Name, AcceptableLatency: s.Scaling.Latency, TimePerMessage: s.Scaling.PerMessage,
		}
	}
	return scaling
}

// env is the container's own variables, and the name of the environment for logs
// and error reports.
func (e *environment) env(s Container) map[string]pulumi.StringInput {
	env := texts(s.Env)
	env[environmentVariable] = pulumi.String(e.ctx.Stack())
	return env
}

func texts(values map[string]string) map[string]pulumi.StringInput {
	made := map[string]pulumi.StringInput{}
	for name, value := range values {
		made[name] = pulumi.String(value)
	}
	return made
}

// sidecars are the containers beside a service's, by name.
func (e *environment) sidecars(s Service) []service.Sidecar {
	var made []service.Sidecar
	for _, name := range sorted(s.Sidecars) {
		beside := s.Sidecars[name]
		secrets := map[string]access.Secret{}
		for _, g := range e.grants(uses(Container{Uses: beside.Uses}, "", nil)) {
			for variable, secret := range g.Secrets {
				secrets[variable] = secret
			}
		}
		made = append(made, service.Sidecar{
			Name: name, Image: beside.Image, Command: beside.Command, Env: texts(beside.Env), Secrets: secrets,
			User: beside.User, MemoryMiB: beside.Memory, WritablePaths: beside.Writable,
			HealthCheck: beside.Check.component(), Essential: beside.Essential, First: beside.First,
		})
	}
	return made
}

func (k Check) component() service.HealthCheck {
	return service.HealthCheck{Command: k.Command, Interval: k.Interval, Timeout: k.Timeout, Retries: k.Retries}
}

func (g Egress) component() service.Egress {
	made := service.Egress{Private: g.Private}
	for _, o := range g.Also {
		made.Also = append(made.Also, service.Destination{Port: o.Port, CIDR: o.CIDR, Why: o.Why})
	}
	return made
}

// grants turns what a container uses into what its task may do.
func (e *environment) grants(all []use) []access.Grant {
	var grants []access.Grant
	for _, u := range all {
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
		case "cache:":
			grants = append(grants, e.caches[u.name].Pull())
		}
	}
	return grants
}
