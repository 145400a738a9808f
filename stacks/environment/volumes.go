package environment

import "strings"

// shellPaths are what the agent of a shell writes to; the component adds them.
var shellPaths = []string{"/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm"}

// volumes collects the volumes of a task by their names. Each writable directory
// is one, and its name is made of the directory's.
type volumes map[string]string

var volumeName = strings.NewReplacer("/", "-", ".", "_")

// add adds the writable directories of a container. Those of a sidecar have its
// name in front.
func (v volumes) add(key, prefix string, paths []string, p *problems) {
	for i, path := range paths {
		where := at(key+".writable", i)
		if !writablePattern.MatchString(path) {
			p.add(where, "%q is not an absolute directory; write it like /tmp", path)
			continue
		}
		name := prefix + volumeName.Replace(strings.TrimPrefix(path, "/"))
		if other, taken := v[name]; taken {
			p.add(where, "%q would share a volume with %s; leave it out or choose another", path, other)
			continue
		}
		v[name] = path
	}
}

// shell adds the directories of the shell, which the file leaves out.
func (v volumes) shell(key string, p *problems) {
	for _, path := range shellPaths {
		name := volumeName.Replace(strings.TrimPrefix(path, "/"))
		if other, taken := v[name]; taken {
			p.add(key+".writable", "%s would share a volume with %s, which shell adds; leave it out", other, path)
		}
		v[name] = path
	}
}
