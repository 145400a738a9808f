package service_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/cluster"
	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/edge"
	"github.com/tenfold-iac/tenfold/components/service"
	"github.com/tenfold-iac/tenfold/components/service/runtask"
)

func TestEachBadArgumentIsRefusedWithItsFix(t *testing.T) {
	for want, change := range map[string]func(*service.Args, world){
		`Cluster is missing; pass the cluster it runs in`:                                              func(a *service.Args, _ world) { a.Cluster = nil },
		`Network is missing; pass network.Tasks()`:                                                     func(a *service.Args, _ world) { a.Network.SubnetIDs = nil },
		`Image must name a digest, got "ghcr.io/example/api:v1"; a tag can come to mean another image`: func(a *service.Args, _ world) { a.Image = "ghcr.io/example/api:v1" },
		`Image must be repository@sha256:digest, got ""`:                                               func(a *service.Args, _ world) { a.Image = "" },
		`Architecture must be ARM64 or X8664, got 3`:                                                   func(a *service.Args, _ world) { a.Architecture = 3 },
		`CPU must be 256, 512, 1024, 2048, 4096, 8192 or 16384, got 300`:                               func(a *service.Args, _ world) { a.CPU = 300 },
		`MemoryMiB must be 512, 1024 or 2048 with CPU 256, got 777; choose one, or more CPU`:           func(a *service.Args, _ world) { a.MemoryMiB = 777 },
		`StorageGiB must be 20 to 200, got 10`:                                                         func(a *service.Args, _ world) { a.StorageGiB = 10 },
		`Port must be 1 to 65535, or 0 for a worker, got 70000`:                                        func(a *service.Args, _ world) { a.Port = 70000 },
		`Route is set without an Edge; pass the edge that routes it`:                                   func(a *service.Args, _ world) { a.Route.Path = "/v1" },
		`Port is missing; the edge has to know where the container listens`:                            func(a *service.Args, w world) { a.Edge = w.edge },
		`Route.Host must be example.com, a name one label below it, or *.example.com, got "other.com"`: func(a *service.Args, w world) { a.Port, a.Edge, a.Route.Host = 80, w.edge, "other.com" },
		`StartupTime must be whole seconds from 1s to 30m, got 1h0m0s`:                                 func(a *service.Args, _ world) { a.StartupTime = time.Hour },
		`StopTimeout must be whole seconds from 1s to 2m, which is Fargate's limit, got 3m0s`:          func(a *service.Args, _ world) { a.StopTimeout = 3 * time.Minute },
		`StopTimeout must be longer than the 30s that requests have to finish, got 30s`:                func(a *service.Args, w world) { routed(a, w); a.StopTimeout = 30 * time.Second },
		`HealthCheck.Command must start with CMD or CMD-SHELL and name a command, got ["/bin/check"]`:  func(a *service.Args, _ world) { a.HealthCheck.Command = []string{"/bin/check"} },
		`HealthCheck.Interval must be whole seconds from 5s to 5m, got 1s`:                             func(a *service.Args, _ world) { a.HealthCheck.Interval = time.Second },
		`HealthCheck.Timeout must be whole seconds from 2s to 1m, got 1s`:                              func(a *service.Args, _ world) { a.HealthCheck.Timeout = time.Second },
		`HealthCheck.Timeout must be whole seconds from 2s to 1m, got 1m1s`:                            func(a *service.Args, _ world) { a.HealthCheck.Timeout = 61 * time.Second },
		`Sidecar agent: HealthCheck.Timeout must be whole seconds from 2s to 1m, got 2m0s`: sidecar(func(s *service.Sidecar) {
			s.HealthCheck = service.HealthCheck{Command: []string{"CMD", "/ready"}, Timeout: 2 * time.Minute}
		}),
		`HealthCheck.Retries must be 1 to 10, got 11`:                                                         func(a *service.Args, _ world) { a.HealthCheck.Retries = 11 },
		`Scaling.Min must be 1 to 5000, got -1`:                                                               func(a *service.Args, _ world) { a.Scaling.Min = -1 },
		`Scaling.Max must be Scaling.Min (4) to 5000, got 3`:                                                  func(a *service.Args, _ world) { a.Scaling = service.Scaling{Min: 4, Max: 3} },
		`Scaling.CPUPercent must be 10 to 95, got 100`:                                                        func(a *service.Args, _ world) { a.Scaling.CPUPercent = 100 },
		`Scaling.MemoryPercent must be 10 to 95, or 0, got 5`:                                                 func(a *service.Args, _ world) { a.Scaling.MemoryPercent = 5 },
		`Scaling.RequestsPerTask must not be negative, got -1`:                                                func(a *service.Args, _ world) { a.Scaling.RequestsPerTask = -1 },
		`Scaling.RequestsPerTask is 100, but no request comes without a route; set Edge, or scale by Backlog`: func(a *service.Args, _ world) { a.Scaling.RequestsPerTask = 100 },
		`Scaling.Backlog.AcceptableLatency must be at least the time for one message, 2m0s, got 1m0s`:         func(a *service.Args, _ world) { a.Scaling.Backlog.TimePerMessage = 2 * time.Minute },
		`Scaling.Idle needs a Backlog whose messages wake the first task, and a Max above Min`:                func(a *service.Args, _ world) { a.Scaling.Idle = true },
		`DeployTimeout must be above the 5m0s that a new task may take to start and an old one to stop, got 5m0s; raise it, or lower StartupTime`: func(a *service.Args, _ world) {
			a.DeployTimeout, a.StartupTime, a.StopTimeout = 5*time.Minute, 4*time.Minute, time.Minute
		},
		`WritablePaths holds "/proc/self"; a path is absolute and without . and ..`:        func(a *service.Args, _ world) { a.WritablePaths = []string{"/proc/self"} },
		`WritablePaths holds "/a/../b"; a path is absolute and without . and ..`:           func(a *service.Args, _ world) { a.WritablePaths = []string{"/a/../b"} },
		`Scaling.Schedules holds the name "Sale"`:                                          schedule("Sale", "rate(1 day)", "UTC", 1, 1),
		`Scaling.Schedules holds the name "wake" twice, or a name of Sleep's`:              schedule("wake", "rate(1 day)", "UTC", 1, 1),
		`Scaling.Schedules sale: At must be cron(`:                                         schedule("sale", "0 7 * * *", "UTC", 1, 1),
		`Scaling.Schedules sale: TimeZone must be the name of a time zone`:                 schedule("sale", "rate(1 day)", "CET+1", 1, 1),
		`Scaling.Schedules sale: Min and Max must be 0 to 5000 in this order, got 3 and 2`: schedule("sale", "rate(1 day)", "UTC", 3, 2),
		`Scaling.Sleep.Stop must be a time of day such as 07:30, got "8pm"`:                func(a *service.Args, _ world) { a.Scaling.Sleep = service.Sleep{Stop: "8pm", Start: "07:00"} },
		`Scaling.Sleep.Start must be a time of day such as 07:30, got ""`:                  func(a *service.Args, _ world) { a.Scaling.Sleep = service.Sleep{Stop: "20:00"} },
		`Scaling.Sleep.Stop and Start are both 20:00; nothing would run`:                   func(a *service.Args, _ world) { a.Scaling.Sleep = service.Sleep{Stop: "20:00", Start: "20:00"} },
		`Scaling.Sleep.TimeZone must be the name of a time zone`: func(a *service.Args, _ world) {
			a.Scaling.Sleep = service.Sleep{Stop: "20:00", Start: "07:00", TimeZone: "X"}
		},
		`Spot.Percent must be 0 to 100, got 101`:                                                    func(a *service.Args, _ world) { a.Spot.Percent = 101 },
		`Spot.OnDemand must be 0 to Scaling.Max (8), got 9`:                                         func(a *service.Args, _ world) { a.Spot = service.Spot{Percent: 50, OnDemand: 9} },
		`Spot.OnDemand is 2 but Spot.Percent is 0, so every task is on demand; leave it out`:        func(a *service.Args, _ world) { a.Spot.OnDemand = 2 },
		`grant "bad" allows "sqs:*", which is not one complete IAM action`:                          func(a *service.Args, _ world) { a.Uses = []access.Grant{bad()} },
		`Env holds "1X"; a name holds letters, digits and underscores`:                              func(a *service.Args, _ world) { a.Env = env("1X") },
		`Env holds no value for X`:                                                                  func(a *service.Args, _ world) { a.Env = map[string]pulumi.StringInput{"X": nil} },
		`Env sets MAIN_HOST, which grant "main-connect" sets as well; leave it out`:                 func(a *service.Args, _ world) { a.Env, a.Uses = env("MAIN_HOST"), uses() },
		`Env sets STRIPE_SECRET_KEY, which grant "billing" sets as well; leave it out`:              func(a *service.Args, _ world) { a.Env, a.Uses = env("STRIPE_SECRET_KEY"), uses() },
		`User must be a number other than 0, or uid:gid, got "root"; a container has no need to be`: func(a *service.Args, _ world) { a.User = "root" },
		`User must be a number other than 0, or uid:gid, got "0:1000"`:                              func(a *service.Args, _ world) { a.User = "0:1000" },
		`WritablePaths holds "tmp"; a path is absolute`:                                             func(a *service.Args, _ world) { a.WritablePaths = []string{"tmp"} },
		`WritablePaths holds "/a-b" and "/a/b", which would share the volume a-b; leave one out`:    func(a *service.Args, _ world) { a.WritablePaths = []string{"/a/b", "/a-b"} },
		`Migration.Timeout must be whole seconds from 1m to 2h, got 1s`:                             func(a *service.Args, _ world) { a.Migration.Timeout = time.Second },
		`Migration.Runner is set without a Command; name what to run`:                               func(a *service.Args, _ world) { a.Migration.Runner = &runtask.Runner{} },
		`Alarms.ErrorPercent must be 1 to 100, got 200`:                                             func(a *service.Args, _ world) { a.Alarms.ErrorPercent = 200 },
		`Alarms.Latency must be 10ms to 1m, got 1ms`:                                                func(a *service.Args, _ world) { a.Alarms.Latency = time.Millisecond },
		`Alarms.MinRequests must be at least 1, got -1`:                                             func(a *service.Args, _ world) { a.Alarms.MinRequests = -1 },
		`Sidecars holds the name "Agent"; a name is`:                                                sidecar(func(s *service.Sidecar) { s.Name = "Agent" }),
		`Sidecars holds the name "api", which another container of the task has`:                    sidecar(func(s *service.Sidecar) { s.Name = "api" }),
		`Sidecar agent: Image must name a digest`:                                                   sidecar(func(s *service.Sidecar) { s.Image = "agent:7" }),
		`Sidecar agent: User must be a number other than 0`:                                         sidecar(func(s *service.Sidecar) { s.User = "0" }),
		`Sidecar agent: MemoryMiB must be at least 6, or 0, got 1`:                                  sidecar(func(s *service.Sidecar) { s.MemoryMiB = 1 }),
		`Sidecars may take 512 MiB of the task's 512; leave some for the service`:                   sidecar(func(s *service.Sidecar) { s.MemoryMiB = 512 }),
		`Sidecar agent: HealthCheck.Retries must be 1 to 10, got 20`:                                sidecar(func(s *service.Sidecar) { s.HealthCheck.Retries = 20 }),
		`Sidecar agent: Env holds "1X"`:                                                             sidecar(func(s *service.Sidecar) { s.Env = env("1X") }),
		`Sidecar agent: Env and Secrets both set KEY; leave one out`:                                sidecar(func(s *service.Sidecar) { s.Env, s.Secrets = env("KEY"), map[string]access.Secret{"KEY": {}} }),
		`Sidecar agent: Secrets holds no secret for KEY; set ValueFrom and SecretARN`:               sidecar(func(s *service.Sidecar) { s.Secrets = map[string]access.Secret{"KEY": {}} }),
		`Sidecar agent: WritablePaths holds "tmp"`:                                                  sidecar(func(s *service.Sidecar) { s.WritablePaths = []string{"tmp"} }),
		`Serve needs a Port; name where the container listens`:                                      func(a *service.Args, _ world) { a.Serve = true },
		`Serve and Calls need a cluster with Connect; set it on cluster "tenfold-test-main"`:        func(a *service.Args, _ world) { a.Serve, a.Port = true, 80 },
		`Calls holds no service at position 1`:                                                      func(a *service.Args, _ world) { a.Calls = []*service.Service{nil} },
		`LogRetentionDays must be one of [1 3 5`:                                                    func(a *service.Args, _ world) { a.LogRetentionDays = 8 },
		`DeployTimeout must be whole seconds from 5m to 3h, got 1m0s`:                               func(a *service.Args, _ world) { a.DeployTimeout = time.Minute },
		`Monitors is missing; pass a sink, or monitor.Off with the reason`:                          func(a *service.Args, _ world) { a.Monitors = nil },
		`there is no monitor "alb-5xx-ratio" here to switch off`:                                    func(a *service.Args, _ world) { a.MonitorsOff = map[string]string{"alb-5xx-ratio": "no users"} },
	} {
		t.Run(want, func(t *testing.T) {
			inv, err := componenttest.RunErr(t, program(change))
			assert.ErrorContains(t, err, `service "api": `+want)
			assert.Empty(t, inv.ByType(component), "nothing of the service is registered")
		})
	}
}

func env(name string) map[string]pulumi.StringInput {
	return map[string]pulumi.StringInput{name: pulumi.String("x")}
}

func bad() access.Grant {
	return access.Grant{Key: "bad", Allow: []access.Statement{{Actions: []string{"sqs:*"}, Resources: []pulumi.StringInput{pulumi.String("arn")}}}}
}

func TestTheLongestHealthCheckOfAContainerPasses(t *testing.T) {
	_, err := componenttest.Record(program(func(a *service.Args, _ world) {
		a.HealthCheck = service.HealthCheck{Command: []string{"CMD", "/ready"}, Interval: 5 * time.Minute, Timeout: time.Minute, Retries: 10}
		s := agent()
		s.HealthCheck = a.HealthCheck
		a.Sidecars = []service.Sidecar{s}
	}))
	assert.NoError(t, err)
}

func TestAServicesSecurityGroupIsNotNamedLikeTheIdOfOne(t *testing.T) {
	_, err := componenttest.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := service.New(ctx, "sg-api", service.Args{})
		return err
	})
	assert.ErrorContains(t, err, `service "sg-api": the name must not be sg or begin with sg-, got "sg-api"; its security group would be named so, and EC2 keeps that for the ids of groups; rename it`)
}

func TestAllProblemsAreReportedTogether(t *testing.T) {
	_, err := componenttest.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := service.New(ctx, "Api", service.Args{CPU: 3, User: "root"})
		return err
	})
	for _, want := range []string{"the name must be at most 24", "Cluster is missing", "Network is missing", "CPU must be", "Image must be", "User must be", "Monitors is missing"} {
		assert.ErrorContains(t, err, `service "Api": `+want)
	}
}

func TestAShellNeedsAClusterThatRecordsIt(t *testing.T) {
	_, err := componenttest.RunErr(t, func(ctx *pulumi.Context) error {
		unrecorded, err := cluster.New(ctx, "unrecorded", cluster.Args{})
		require.NoError(t, err)
		return program(func(a *service.Args, _ world) { a.Cluster, a.Shell = unrecorded, true })(ctx)
	})
	assert.ErrorContains(t, err, `service "api": Shell needs a cluster that records sessions; set Exec.KeyARN of the cluster`)
}

func TestTwoServicesOnOneRouteAreRefusedBeforeTheSecondIsRegistered(t *testing.T) {
	inv, err := componenttest.RunErr(t, program(func(a *service.Args, w world) {
		_, err := w.edge.Claim("web", edge.Route{Host: "api.example.com"})
		require.NoError(t, err)
		routed(a, w)
	}))
	assert.ErrorContains(t, err, fmt.Sprintf(`service "api": the route api.example.com/ is taken by service %q`, "web"))
	assert.Empty(t, inv.ByType(component))
}

func schedule(name, at, zone string, low, high int) func(*service.Args, world) {
	return func(a *service.Args, _ world) {
		a.Scaling.Schedules = []service.Schedule{{Name: name, At: at, TimeZone: zone, Min: low, Max: high}}
	}
}

// agent is a sidecar.
func agent() service.Sidecar {
	return service.Sidecar{Name: "agent", Image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/tenfold/agent@sha256:0000000000000000000000000000000000000000000000000000000000000002"}
}

func sidecar(change func(*service.Sidecar)) func(*service.Args, world) {
	return func(a *service.Args, _ world) {
		s := agent()
		change(&s)
		a.Sidecars = []service.Sidecar{s}
	}
}
