package environment

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	digestPattern   = regexp.MustCompile(`^[a-z0-9][a-z0-9._/:-]*@sha256:[0-9a-f]{64}$`)
	taggedPattern   = regexp.MustCompile(`^[a-z0-9][a-z0-9._/:-]*:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)
	writablePattern = regexp.MustCompile(`^(/[A-Za-z0-9_.-]+)+$`)
	userPattern     = regexp.MustCompile(`^[1-9][0-9]{0,8}(:[0-9]{1,9})?$`)
)

// maxStop is how long Fargate lets a task end.
const maxStop = 2 * time.Minute

// checkContainer checks what services and jobs have in common.
func (c *Config) checkContainer(s Container, key string, p *problems) {
	c.checkImage(s.Image, key, p)
	checkSize(s, key, p)
	oneOf(key+".architecture", s.Architecture, architectures, p)
	between(key+".storage", s.Storage, 20, 200, p)
	lasts(key+".stop", s.Stop, time.Second, maxStop, p)
	checkUser(s.User, key, p)
	checkEnv(s.Env, key, p)
	if _, given := s.Env[environmentVariable]; given {
		p.add(key+".env."+environmentVariable, "holds the name of the environment in every container; name the variable differently")
	}
}

func checkUser(user, key string, p *problems) {
	if user != "" && !userPattern.MatchString(user) {
		p.add(key+".user", "%q is not a user other than root; write it as numbers, for example \"1000:1000\"", user)
	}
}

func (c *Config) checkImage(image, key string, p *problems) {
	switch {
	case digestPattern.MatchString(image):
	case c.Production:
		p.add(key+".image", "%q is not pinned; production runs <repository>@sha256:<64 hex digits>, so that a rollback runs what ran before", image)
	case !taggedPattern.MatchString(image):
		p.add(key+".image", "%q is not an image; write <repository>:<tag> or <repository>@sha256:<digest>", image)
	case strings.HasSuffix(image, ":latest"):
		p.add(key+".image", "%q means another program at every push, and the policy pack refuses it (ecs-task-image-pinned); name a tag that is never pushed twice, or a digest", image)
	}
}

// sizes maps Fargate CPU units to the memory in MiB they go with: from, to and
// step. Source: AWS, task CPU and memory error, Fargate task sizes.
var sizes = map[int][3]int{
	256: {512, 2048, 0}, 512: {1024, 4096, 1024}, 1024: {2048, 8192, 1024}, 2048: {4096, 16384, 1024},
	4096: {8192, 30720, 1024}, 8192: {16384, 61440, 4096}, 16384: {32768, 122880, 8192},
}

func checkSize(s Container, key string, p *problems) {
	cpu, memory := s.size()
	if p.zeros[key+".cpu"] {
		cpu = 0
	}
	if p.zeros[key+".memory"] {
		memory = 0
	}
	r, ok := sizes[cpu]
	if !ok {
		p.add(key+".cpu", "%d is not a Fargate size; allowed are 256, 512, 1024, 2048, 4096, 8192 and 16384 CPU units", cpu)
		return
	}
	if r[2] == 0 {
		if !slices.Contains([]int{512, 1024, 2048}, memory) {
			p.add(key+".memory", "%d MiB does not go with %d CPU units; allowed are 512, 1024 and 2048", memory, cpu)
		}
		return
	}
	if memory < r[0] || memory > r[1] || (memory-r[0])%r[2] != 0 {
		p.add(key+".memory", "%d MiB does not go with %d CPU units; allowed are %d to %d in steps of %d", memory, cpu, r[0], r[1], r[2])
	}
}

// size returns CPU units and MiB of memory, with the smallest Fargate size as
// the default.
func (s Container) size() (cpu, memory int) {
	cpu, memory = s.CPU, s.Memory
	if cpu == 0 {
		cpu = 256
	}
	if memory == 0 {
		memory = sizes[cpu][0]
	}
	return cpu, memory
}

// check notes what is wrong with a check that is run inside a container. The ranges
// are those that AWS documents.
func (k Check) check(key string, p *problems) {
	switch {
	case len(k.Command) > 1 && (k.Command[0] == "CMD" || k.Command[0] == "CMD-SHELL"):
	case len(k.Command) > 0:
		p.add(key+".command", "%q does not begin with CMD, to run a program, or CMD-SHELL, to run a line in a shell; write it like [CMD, /bin/ready]", k.Command)
	case given(key+".interval", k.Interval, p) || given(key+".timeout", k.Timeout, p) || given(key+".retries", k.Retries, p):
		p.add(key+".command", "is missing; name what is run, like [CMD, /bin/ready]")
	}
	lasts(key+".interval", k.Interval, 5*time.Second, 5*time.Minute, p)
	lasts(key+".timeout", k.Timeout, 2*time.Second, time.Minute, p)
	between(key+".retries", k.Retries, 1, 10, p)
}
