package service

import (
	"regexp"
	"slices"
	"sort"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/edge"
	"github.com/tenfold-iac/tenfold/components/internal/naming"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
	"github.com/tenfold-iac/tenfold/components/internal/retention"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

// plan is what validation works out of the arguments.
type plan struct {
	service, family, logGroup string
	errorAlarm, latencyAlarm  string
	repository                *repository
	claim                     *edge.Claim
	uses                      []access.Grant
	writable                  []string
}

var (
	// The provider adds eight characters to a target group's name, which has at
	// most 32.
	namePattern = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,22}[a-z0-9])?$`)
	userPattern = regexp.MustCompile(`^[0-9]{1,9}(:[0-9]{1,9})?$`)
	rootPattern = regexp.MustCompile(`^0+(:|$)`)
	pathPattern = regexp.MustCompile(`^(/[A-Za-z0-9_.-]+)+$`)
	envPattern  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// shellPaths are what the agent that ECS starts for a shell writes to.
var shellPaths = []string{"/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm"}

func (a Args) withDefaults() Args {
	if a.Architecture == 0 {
		a.Architecture = ARM64
	}
	if a.CPU == 0 {
		a.CPU = 256
	}
	if a.MemoryMiB == 0 {
		a.MemoryMiB = 2 * a.CPU
	}
	if a.StorageGiB == 0 {
		a.StorageGiB = 20
	}
	if a.StartupTime == 0 {
		a.StartupTime = time.Minute
	}
	if a.StopTimeout == 0 {
		a.StopTimeout = 45 * time.Second
	}
	if a.User == "" {
		a.User = "65532:65532"
	}
	if a.LogRetentionDays == 0 {
		a.LogRetentionDays = 30
	}
	if a.DeployTimeout == 0 {
		a.DeployTimeout = 20 * time.Minute
	}
	a.HealthCheck = a.HealthCheck.withDefaults()
	a.Alarms = a.Alarms.withDefaults()
	a.Scaling = a.Scaling.withDefaults()
	a.Spot = a.Spot.withDefaults(a.Edge != nil, a.Scaling.Min)
	return a
}

// plan checks the arguments and reports everything that is wrong with them.
func (a Args) plan(ctx *pulumi.Context, name string) (plan, error) {
	l := problem.Of("service", name)
	p := a.names(ctx, name, l)
	a.checkPlace(l)
	a.checkTask(l)
	var err error
	p.repository, err = parseImage(a.Image, a.MutableImage)
	l.Add(err)
	a.Alarms.check(l)
	a.Scaling.check(l, a.Edge != nil)
	a.Spot.check(l, a.Scaling.Max)
	p.uses = a.grants(l)
	p.writable = a.paths(l)
	p.claim = a.claim(name, l)
	retention.Check(l, "LogRetentionDays", a.LogRetentionDays)
	l.Check(whole(a.DeployTimeout, 300, 3*3600), "DeployTimeout must be whole seconds from 5m to 3h, got %s", a.DeployTimeout)
	l.Check(a.Monitors != nil, "Monitors is missing; pass a sink, or monitor.Off with the reason")
	_, err = monitor.Apply(a.specs(ctx.Stack(), name, p.service, nil, nil), a.MonitorsOff)
	l.Add(err)
	return p, l.Err()
}

func (a Args) names(ctx *pulumi.Context, name string, l *problem.List) plan {
	l.Check(namePattern.MatchString(name), "the name must be at most 24 lower-case letters, digits and inner hyphens and start with a letter")
	physical := func(kind naming.Kind, name string) string {
		fit, err := naming.Physical(ctx, kind, name)
		l.Add(err)
		return fit
	}
	group, err := naming.Path(ctx, naming.LogGroup, name)
	l.Add(err)
	return plan{
		service: physical(naming.Service, name), family: physical(naming.TaskFamily, name), logGroup: group,
		errorAlarm: physical(naming.Alarm, name+"-5xx"), latencyAlarm: physical(naming.Alarm, name+"-p99"),
	}
}

// checkPlace checks where the service runs and how it is reached.
func (a Args) checkPlace(l *problem.List) {
	l.Check(a.Cluster != nil, "Cluster is missing; pass the cluster the service runs in")
	l.Check(a.Network.VPCID != nil && a.Network.SubnetIDs != nil, "Network is missing; pass network.Tasks()")
	l.Check(a.Port >= 0 && a.Port <= 65535, "Port must be 1 to 65535, or 0 for a worker, got %d", a.Port)
	if a.Edge == nil {
		l.Check(a.Route == (edge.Route{}), "Route is set without an Edge; pass the edge that routes it")
		return
	}
	l.Check(a.Port > 0, "Port is missing; the edge has to know where the container listens")
	l.Check(a.StopTimeout > edge.DeregistrationDelay, "StopTimeout must be longer than the %s that requests have to finish, got %s", edge.DeregistrationDelay, a.StopTimeout)
}

// checkTask checks what a task is.
func (a Args) checkTask(l *problem.List) {
	l.Check(a.Architecture == ARM64 || a.Architecture == X8664, "Architecture must be ARM64 or X8664, got %d", a.Architecture)
	l.Add(checkSize(a.CPU, a.MemoryMiB))
	l.Check(a.StorageGiB >= 20 && a.StorageGiB <= 200, "StorageGiB must be 20 to 200, got %d", a.StorageGiB)
	l.Check(whole(a.StartupTime, 1, 1800), "StartupTime must be whole seconds from 1s to 30m, got %s", a.StartupTime)
	l.Check(whole(a.StopTimeout, 1, 120), "StopTimeout must be whole seconds from 1s to 2m, which is Fargate's limit, got %s", a.StopTimeout)
	l.Check(userPattern.MatchString(a.User) && !rootPattern.MatchString(a.User), "User must be a number other than 0, or uid:gid, got %q; a container has no need to be root", a.User)
	a.HealthCheck.check(l)
}

// grants are what the service uses, with the shell's when it has one.
func (a Args) grants(l *problem.List) []access.Grant {
	uses := slices.Clone(a.Uses)
	if a.Shell && a.Cluster != nil {
		shell, possible := a.Cluster.Shell()
		l.Check(possible, "Shell needs a cluster that records sessions; set Exec.KeyARN of the cluster")
		if possible {
			uses = append(uses, shell)
		}
	}
	l.Add(access.Validate(uses))
	for _, name := range sortedNames(a.Env) {
		l.Check(envPattern.MatchString(name), "Env holds %q; a name holds letters, digits and underscores and does not start with a digit", name)
		l.Check(a.Env[name] != nil, "Env holds no value for %s", name)
		for _, g := range uses {
			_, plain := g.Env[name]
			_, secret := g.Secrets[name]
			l.Check(!plain && !secret, "Env sets %s, which grant %q sets as well; leave it out", name, g.Key)
		}
	}
	return uses
}

// paths are the writable paths in order, with the shell's when it has one.
func (a Args) paths(l *problem.List) []string {
	paths := slices.Clone(a.WritablePaths)
	if a.Shell {
		paths = append(paths, shellPaths...)
	}
	sort.Strings(paths)
	volumes := map[string]string{}
	for _, p := range paths {
		l.Check(pathPattern.MatchString(p), "WritablePaths holds %q; a path is absolute, of letters, digits and _ . - and not the root", p)
		volume := volumeName(p)
		other, taken := volumes[volume]
		l.Check(!taken, "WritablePaths holds %q and %q, which would share the volume %s; leave one out", other, p, volume)
		volumes[volume] = p
	}
	return paths
}

func (a Args) claim(name string, l *problem.List) *edge.Claim {
	if a.Edge == nil {
		return nil
	}
	claim, err := a.Edge.Claim(name, a.Route)
	l.Add(err)
	return claim
}
