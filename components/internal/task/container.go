package task

import (
	"sort"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/output"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
)

// maxStartPeriod is the longest time AWS lets checks fail without counting them.
const maxStartPeriod = 5 * time.Minute

// HealthCheck is a check that ECS runs inside the container. A failure within the
// startup time counts only beyond the first 5 minutes of it.
type HealthCheck struct {
	// Command is what is run; it passes when it exits with 0. The first element
	// is CMD, or CMD-SHELL for a shell to run the rest. Default: no check.
	Command []string
	// Interval is the time between checks: 5 to 300 whole seconds. Default: 30s.
	Interval time.Duration
	// Timeout is how long a check may take: 2 to 60 whole seconds. Default: 5s.
	Timeout time.Duration
	// Retries is how many checks in a row have to fail, 1 to 10. Default: 3.
	Retries int
}

func (h HealthCheck) withDefaults() HealthCheck {
	if h.Interval == 0 {
		h.Interval = 30 * time.Second
	}
	if h.Timeout == 0 {
		h.Timeout = 5 * time.Second
	}
	if h.Retries == 0 {
		h.Retries = 3
	}
	return h
}

// check holds the ranges that AWS documents for a container's health check.
func (h HealthCheck) check(l *problem.List) {
	if len(h.Command) > 0 {
		first := h.Command[0]
		l.Check(len(h.Command) > 1 && (first == "CMD" || first == "CMD-SHELL"),
			"HealthCheck.Command must start with CMD or CMD-SHELL and name a command, got %q", h.Command)
	}
	l.Check(Whole(h.Interval, 5, 300), "HealthCheck.Interval must be whole seconds from 5s to 5m, got %s", h.Interval)
	l.Check(Whole(h.Timeout, 2, 60), "HealthCheck.Timeout must be whole seconds from 2s to 1m, got %s", h.Timeout)
	l.Check(h.Retries >= 1 && h.Retries <= 10, "HealthCheck.Retries must be 1 to 10, got %d", h.Retries)
}

// container is what the definition of a container is made of.
type container struct {
	name, image    string
	command        []string
	port           int    // 0 for none
	portName       string // empty for a port that has no name
	user           string
	env            map[string]pulumi.StringInput
	secrets        map[string]access.Secret
	writable       []string
	volumes        string // put before the names of the volumes
	essential      bool
	memory         int // MiB, 0 for no limit of its own
	after          []dependency
	health         HealthCheck
	startup        time.Duration
	stopTimeout    time.Duration
	logGroup       pulumi.StringInput
	region, stream string
}

// dependency is a container that has to be in a condition first.
type dependency struct{ container, condition string }

// definitions renders container definitions in their one canonical form.
//
// ECS cannot change a task definition; a difference in the text, however
// meaningless, makes a new revision and rolls every task. So lists are sorted,
// and each optional field whose absence and default the provider tells apart
// (user, start period, read-only root, read-only mount, stop timeout) is always
// written, with a value AWS would not leave out. Lists within linuxParameters
// and logConfiguration are never written: absent and empty differ there too.
func definitions(containers ...container) pulumi.StringOutput {
	sort.Slice(containers, func(i, j int) bool { return containers[i].name < containers[j].name })
	rendered := make([]any, len(containers))
	for i, c := range containers {
		rendered[i] = c.render()
	}
	return output.JSON(rendered)
}

func (c container) render() map[string]any {
	m := map[string]any{
		"name":                   c.name,
		"image":                  c.image,
		"cpu":                    0,
		"essential":              c.essential,
		"environment":            pairs("value", c.env),
		"secrets":                pairs("valueFrom", valuesFrom(c.secrets)),
		"mountPoints":            mounts(c.volumes, c.writable),
		"portMappings":           ports(c.port, c.portName),
		"volumesFrom":            []any{},
		"systemControls":         []any{},
		"user":                   c.user,
		"readonlyRootFilesystem": true,
		"stopTimeout":            int(c.stopTimeout.Seconds()),
		// Without an init process nothing reaps the orphans a shell leaves.
		"linuxParameters": map[string]any{"initProcessEnabled": true},
		"logConfiguration": map[string]any{
			"logDriver": "awslogs",
			"options": map[string]any{
				"awslogs-group":         c.logGroup,
				"awslogs-region":        c.region,
				"awslogs-stream-prefix": c.stream,
				// A container must not stop because its log cannot be delivered.
				"mode":            "non-blocking",
				"max-buffer-size": "25m",
			},
		},
	}
	if labels := versions(c.secrets); len(labels) > 0 {
		m["dockerLabels"] = labels
	}
	if len(c.command) > 0 {
		m["command"] = c.command
	}
	if c.memory > 0 {
		m["memory"] = c.memory
	}
	if len(c.after) > 0 {
		after := make([]any, len(c.after))
		for i, d := range c.after {
			after[i] = map[string]any{"containerName": d.container, "condition": d.condition}
		}
		m["dependsOn"] = after
	}
	if len(c.health.Command) > 0 {
		m["healthCheck"] = map[string]any{
			"command":     c.health.Command,
			"interval":    int(c.health.Interval.Seconds()),
			"timeout":     int(c.health.Timeout.Seconds()),
			"retries":     c.health.Retries,
			"startPeriod": int(min(c.startup, maxStartPeriod).Seconds()),
		}
	}
	return m
}

// valuesFrom is where the variables get their values from.
func valuesFrom(secrets map[string]access.Secret) map[string]pulumi.StringInput {
	from := map[string]pulumi.StringInput{}
	for variable, secret := range secrets {
		from[variable] = secret.ValueFrom
	}
	return from
}

// versions labels a container with the versions of its secrets: a value that was
// renewed makes a new revision, and with it new tasks. The definition does not
// fetch that version, but whichever is current when a task starts: a task that is
// replaced between a renewal and the next deployment must not get the old one.
func versions(secrets map[string]access.Secret) map[string]any {
	labels := map[string]any{}
	for variable, secret := range secrets {
		if secret.Version != nil {
			labels["tenfold.secret-version."+variable] = secret.Version
		}
	}
	return labels
}

// pairs renders variables sorted by name.
func pairs(key string, values map[string]pulumi.StringInput) []any {
	list := make([]any, 0, len(values))
	for _, name := range sortedNames(values) {
		list = append(list, map[string]any{"name": name, key: values[name]})
	}
	return list
}

func sortedNames(values map[string]pulumi.StringInput) []string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// ports renders the port. A name is for Service Connect, which has to know the
// protocol too.
func ports(port int, name string) []any {
	if port == 0 {
		return []any{}
	}
	mapping := map[string]any{"containerPort": port, "hostPort": port, "protocol": "tcp"}
	if name != "" {
		mapping["name"], mapping["appProtocol"] = name, "http"
	}
	return []any{mapping}
}

func mounts(volumes string, paths []string) []any {
	sorted := append([]string{}, paths...)
	sort.Strings(sorted)
	list := make([]any, 0, len(sorted))
	for _, p := range sorted {
		list = append(list, map[string]any{"sourceVolume": volumes + volumeName(p), "containerPath": p, "readOnly": false})
	}
	return list
}

// volumeName is the name of the volume that is mounted at a path.
func volumeName(path string) string {
	return strings.NewReplacer("/", "-", ".", "_").Replace(strings.TrimPrefix(path, "/"))
}

// Whole tells whether a duration is whole seconds between the limits.
func Whole(d time.Duration, from, to int) bool {
	return d%time.Second == 0 && d >= time.Duration(from)*time.Second && d <= time.Duration(to)*time.Second
}
