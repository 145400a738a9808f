package environment

import (
	"path"
	"slices"
	"strings"
)

// shellPaths are what the agent of a shell writes to; the component adds them.
var shellPaths = []string{"/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm"}

// volumes collects the volumes of a task by their names. Each writable directory
// is one, and its name is made of the directory's.
type volumes map[string]string

var volumeName = strings.NewReplacer("/", "-", ".", "_")

// add adds the writable directories of a container. Those of a sidecar have its
// name in front.
func (v volumes) add(key, prefix string, paths []string, p *problems) {
	for i, dir := range paths {
		where := at(key+".writable", i)
		switch {
		case !writablePattern.MatchString(dir):
			p.add(where, "%q is not an absolute directory; write it like /tmp", dir)
			continue
		case path.Clean(dir) != dir:
			p.add(where, "%q goes through . or ..; write the directory itself, like /tmp", dir)
			continue
		case ofSystem(dir):
			p.add(where, "%q is of the operating system, which puts its own there; choose another directory, like /tmp", dir)
			continue
		}
		name := prefix + volumeName.Replace(strings.TrimPrefix(dir, "/"))
		if other, taken := v[name]; taken {
			p.add(where, "%q would share a volume with %s; leave it out or choose another", dir, other)
			continue
		}
		v[name] = dir
	}
}

// ofSystem tells whether a directory is one that the runtime of containers mounts,
// or is below one.
func ofSystem(dir string) bool {
	return slices.ContainsFunc([]string{"/proc", "/sys", "/dev"}, func(mounted string) bool {
		return dir == mounted || strings.HasPrefix(dir, mounted+"/")
	})
}

// shell adds the directories of the shell, which the file leaves out.
func (v volumes) shell(key string, p *problems) {
	for _, dir := range shellPaths {
		name := volumeName.Replace(strings.TrimPrefix(dir, "/"))
		if other, taken := v[name]; taken {
			p.add(key+".writable", "%s would share a volume with %s, which shell adds; leave it out", other, dir)
		}
		v[name] = dir
	}
}
