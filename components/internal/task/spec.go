// Package task is what services and jobs have in common: a task definition with
// one container, the two roles it runs under, its log group, and the security
// group with the paths its grants open.
package task

import (
	"path"
	"regexp"
	"slices"
	"sort"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/cluster"
	"github.com/tenfold-iac/tenfold/components/internal/naming"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
	"github.com/tenfold-iac/tenfold/components/internal/retention"
	"github.com/tenfold-iac/tenfold/components/network"
)

// Spec describes a task. The fields mean what those of service.Args mean.
type Spec struct {
	Cluster          *cluster.Cluster
	Network          network.Placement
	Image            string
	MutableImage     bool
	Command          []string
	Architecture     Architecture
	CPU              int
	MemoryMiB        int
	StorageGiB       int
	Port             int
	PortName         string
	StartupTime      time.Duration
	HealthCheck      HealthCheck
	StopTimeout      time.Duration
	Uses             []access.Grant
	Egress           Egress
	Env              map[string]pulumi.StringInput
	User             string
	WritablePaths    []string
	Shell            bool
	Sidecars         []Sidecar
	LogRetentionDays int
	LogKeyARN        pulumi.StringInput
	Disposable       bool
}

// Plan is what validation works out of a spec: names, and everything the task
// uses.
type Plan struct {
	Family, LogGroup string

	repositories []*repository
	uses         []access.Grant
	destinations []destination
	writable     []string
}

var (
	// namePattern leaves room for the eight characters the provider adds to a
	// target group's name, which has at most 32.
	namePattern = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,22}[a-z0-9])?$`)
	userPattern = regexp.MustCompile(`^[0-9]{1,9}(:[0-9]{1,9})?$`)
	rootPattern = regexp.MustCompile(`^0+(:|$)`)
	pathPattern = regexp.MustCompile(`^(/[A-Za-z0-9_.-]+)+$`)
	systemPath  = regexp.MustCompile(`^/(proc|sys|dev)(/|$)`)
	envPattern  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// shellPaths are what the agent that ECS starts for a shell writes to.
var shellPaths = []string{"/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm"}

// ValidName tells whether a name fits the names that are made of it.
func ValidName(name string) bool { return namePattern.MatchString(name) }

// WithDefaults fills in what was left out.
func (s Spec) WithDefaults() Spec {
	if s.Architecture == 0 {
		s.Architecture = ARM64
	}
	if s.CPU == 0 {
		s.CPU = 256
	}
	if s.MemoryMiB == 0 {
		s.MemoryMiB = 2 * s.CPU
	}
	if s.StorageGiB == 0 {
		s.StorageGiB = 20
	}
	if s.StartupTime == 0 {
		s.StartupTime = time.Minute
	}
	if s.StopTimeout == 0 {
		s.StopTimeout = 45 * time.Second
	}
	if s.User == "" {
		s.User = "65532:65532"
	}
	if s.LogRetentionDays == 0 {
		s.LogRetentionDays = 30
	}
	s.HealthCheck = s.HealthCheck.withDefaults()
	s.Sidecars = slices.Clone(s.Sidecars)
	for i := range s.Sidecars {
		s.Sidecars[i] = s.Sidecars[i].withDefaults(s.User)
	}
	return s
}

// Plan checks the spec and adds everything that is wrong with it to the list.
func (s Spec) Plan(ctx *pulumi.Context, name string, l *problem.List) Plan {
	l.Check(ValidName(name), "the name must be at most 24 lower-case letters, digits and inner hyphens and start with a letter")
	l.Add(naming.SecurityGroup(name))
	var p Plan
	var err error
	p.Family, err = naming.Physical(ctx, naming.TaskFamily, name)
	l.Add(err)
	p.LogGroup, err = naming.Path(ctx, naming.LogGroup, name)
	l.Add(err)
	l.Check(s.Cluster != nil, "Cluster is missing; pass the cluster it runs in")
	l.Check(s.Network.VPCID != nil && s.Network.SubnetIDs != nil, "Network is missing; pass network.Tasks()")
	own, err := parseImage(s.Image, s.MutableImage)
	l.Add(err)
	s.checkTask(l)
	p.repositories = append([]*repository{own}, s.checkSidecars(name, l)...)
	p.uses = s.grants(l)
	p.destinations = s.egress(p, l)
	p.writable = s.paths(l)
	retention.Check(l, "LogRetentionDays", s.LogRetentionDays)
	return p
}

func (s Spec) checkTask(l *problem.List) {
	l.Check(s.Architecture == ARM64 || s.Architecture == X8664, "Architecture must be ARM64 or X8664, got %d", s.Architecture)
	l.Add(checkSize(s.CPU, s.MemoryMiB))
	l.Check(s.StorageGiB >= 20 && s.StorageGiB <= 200, "StorageGiB must be 20 to 200, got %d", s.StorageGiB)
	l.Check(s.Port >= 0 && s.Port <= 65535, "Port must be 1 to 65535, or 0 for a worker, got %d", s.Port)
	l.Check(Whole(s.StartupTime, 1, 1800), "StartupTime must be whole seconds from 1s to 30m, got %s", s.StartupTime)
	l.Check(Whole(s.StopTimeout, 1, 120), "StopTimeout must be whole seconds from 1s to 2m, which is Fargate's limit, got %s", s.StopTimeout)
	l.Check(validUser(s.User), "User must be a number other than 0, or uid:gid, got %q; a container has no need to be root", s.User)
	s.HealthCheck.check(l)
}

// grants are what the task uses, with the shell's when it has one.
func (s Spec) grants(l *problem.List) []access.Grant {
	uses := slices.Clone(s.Uses)
	if s.Shell && s.Cluster != nil {
		shell, possible := s.Cluster.Shell()
		l.Check(possible, "Shell needs a cluster that records sessions; set Exec.KeyARN of the cluster")
		if possible {
			uses = append(uses, shell)
		}
	}
	l.Add(access.Validate(uses))
	checkVariables(l, s.Env)
	for _, name := range sortedNames(s.Env) {
		for _, g := range uses {
			_, plain := g.Env[name]
			_, secret := g.Secrets[name]
			l.Check(!plain && !secret, "Env sets %s, which grant %q sets as well; leave it out", name, g.Key)
		}
	}
	return uses
}

// paths are the writable paths in order, with the shell's when it has one.
func (s Spec) paths(l *problem.List) []string {
	paths := slices.Clone(s.WritablePaths)
	if s.Shell {
		paths = append(paths, shellPaths...)
	}
	sort.Strings(paths)
	checkPaths(l, paths)
	return paths
}

func validUser(user string) bool {
	return userPattern.MatchString(user) && !rootPattern.MatchString(user)
}

func checkVariables(l *problem.List, env map[string]pulumi.StringInput) {
	for _, name := range sortedNames(env) {
		l.Check(envPattern.MatchString(name), "Env holds %q; a name holds letters, digits and underscores and does not start with a digit", name)
		l.Check(env[name] != nil, "Env holds no value for %s", name)
	}
}

func checkPaths(l *problem.List, paths []string) {
	volumes := map[string]string{}
	for _, p := range paths {
		l.Check(pathPattern.MatchString(p) && path.Clean(p) == p && !systemPath.MatchString(p),
			"WritablePaths holds %q; a path is absolute and without . and .., of letters, digits and _ . -, and not the root, /proc, /sys or /dev", p)
		volume := volumeName(p)
		other, taken := volumes[volume]
		l.Check(!taken, "WritablePaths holds %q and %q, which would share the volume %s; leave one out", other, p, volume)
		volumes[volume] = p
	}
}
