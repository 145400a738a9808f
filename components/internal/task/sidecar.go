package task

import (
	"sort"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
)

// Sidecar is a container beside the service's, in the same task: an agent, a
// proxy. They reach each other on localhost. Its root file system is read-only,
// and it is not root, like the service's own.
type Sidecar struct {
	// Name is the container's name: lower-case letters, digits and hyphens,
	// unlike the service's.
	Name string
	// Image is the container image, by digest: repository@sha256:digest.
	Image string
	// Command replaces the image's command. Default: the image's.
	Command []string
	// Env holds environment variables. Default: none.
	Env map[string]pulumi.StringInput
	// Secrets holds environment variables that come from Secrets Manager.
	// Default: none.
	Secrets map[string]access.Secret
	// User is who the process runs as, "uid" or "uid:gid" in numbers, not root.
	// Default: the service's.
	User string
	// MemoryMiB is the most memory it may take of the task's, at least 6, so that
	// it cannot starve the service. Default: no limit of its own.
	MemoryMiB int
	// WritablePaths are directories it may write to. Default: none.
	WritablePaths []string
	// HealthCheck runs inside the container. Default: none.
	HealthCheck HealthCheck
	// Essential stops the task when the sidecar ends. Default: false, the task
	// goes on without it.
	Essential bool
	// First starts the service's container only when the sidecar is healthy, or
	// has started if it has no health check. Default: false.
	First bool
}

// withDefaults fills in what was left out.
func (s Sidecar) withDefaults(user string) Sidecar {
	if s.User == "" {
		s.User = user
	}
	s.HealthCheck = s.HealthCheck.withDefaults()
	return s
}

// checkSidecars adds everything that is wrong with the sidecars and returns the
// ECR repositories of their images.
func (s Spec) checkSidecars(name string, l *problem.List) []*repository {
	var repositories []*repository
	taken := map[string]bool{name: true}
	memory := 0
	for _, c := range s.Sidecars {
		l.Check(ValidName(c.Name), "Sidecars holds the name %q; a name is at most 24 lower-case letters, digits and inner hyphens", c.Name)
		l.Check(!taken[c.Name], "Sidecars holds the name %q, which another container of the task has; choose another", c.Name)
		taken[c.Name] = true
		inner := problem.Within(l, "Sidecar "+c.Name)
		r, err := parseImage(c.Image, s.MutableImage)
		inner.Add(err)
		repositories = append(repositories, r)
		inner.Check(validUser(c.User), "User must be a number other than 0, or uid:gid, got %q; a container has no need to be root", c.User)
		inner.Check(c.MemoryMiB == 0 || c.MemoryMiB >= 6, "MemoryMiB must be at least 6, or 0, got %d", c.MemoryMiB)
		memory += c.MemoryMiB
		c.HealthCheck.check(inner)
		checkVariables(inner, c.Env)
		for _, variable := range sortedSecrets(c.Secrets) {
			secret := c.Secrets[variable]
			_, plain := c.Env[variable]
			inner.Check(!plain, "Env and Secrets both set %s; leave one out", variable)
			inner.Check(secret.ValueFrom != nil && secret.SecretARN != nil, "Secrets holds no secret for %s; set ValueFrom and SecretARN", variable)
		}
		checkPaths(inner, c.WritablePaths)
	}
	l.Check(memory < s.MemoryMiB, "Sidecars may take %d MiB of the task's %d; leave some for the service, or raise MemoryMiB", memory, s.MemoryMiB)
	return repositories
}

func sortedSecrets(secrets map[string]access.Secret) []string {
	names := make([]string, 0, len(secrets))
	for name := range secrets {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// sidecars are the definitions of the sidecars.
func (t *Task) sidecars() []container {
	var list []container
	for _, s := range t.spec.Sidecars {
		c := container{
			name: s.Name, image: s.Image, command: s.Command, user: s.User, essential: s.Essential, memory: s.MemoryMiB,
			env: s.Env, secrets: s.Secrets, writable: s.WritablePaths, volumes: s.Name + "-",
			health: s.HealthCheck, startup: t.spec.StartupTime, stopTimeout: t.spec.StopTimeout,
			logGroup: t.LogGroup.Name, region: t.Here.Region, stream: "task",
		}
		list = append(list, c)
	}
	return list
}

// dependencies are what the service's container waits for.
func (s Spec) dependencies() []dependency {
	var list []dependency
	for _, c := range s.Sidecars {
		if !c.First {
			continue
		}
		condition := "START"
		if len(c.HealthCheck.Command) > 0 {
			condition = "HEALTHY"
		}
		list = append(list, dependency{c.Name, condition})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].container < list[j].container })
	return list
}
