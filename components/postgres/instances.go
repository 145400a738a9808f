package postgres

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tenfold-iac/tenfold/components/internal/problem"
)

const (
	serverless = "db.serverless"
	// mostReaders is Aurora's limit on instances besides the writer.
	mostReaders = 15
)

var instanceName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (a Args) checkInstances(p *problem.List) {
	p.Check(a.Readers >= 0 && a.Readers <= mostReaders, "Readers must be 0 to 15, got %d; Aurora has no room for more", a.Readers)
	p.Check(a.Readers <= 0 || a.Readers > mostReaders || a.Readers == a.readers(),
		"Readers must be left out with Instances, got %d readers and %d instances", a.Readers, len(a.Instances))
	p.Check(len(a.Instances) <= 1+mostReaders, "Instances must be at most 16, got %d; Aurora has no room for more", len(a.Instances))
	seen := map[string]bool{}
	for _, i := range a.Instances {
		p.Check(instanceName.MatchString(i.Name), "Instances must have names of lower-case letters, digits and single inner hyphens, got %q", i.Name)
		p.Check(!seen[i.Name], "Instances must not repeat the name %q; it tells them apart for life", i.Name)
		seen[i.Name] = true
		_, err := sizeOf(i.Class)
		p.Add(err)
	}
	if a.MaxReaders != 0 {
		p.Check(a.readers() >= 1, "MaxReaders needs a reader to start from; set Readers to at least 1")
		p.Check(a.MaxReaders > a.readers() && a.MaxReaders <= mostReaders,
			"MaxReaders must be more than the %d readers there are and at most 15, got %d", a.readers(), a.MaxReaders)
	}
	p.Check(a.ReaderCPUPercent >= 10 && a.ReaderCPUPercent <= 90, "ReaderCPUPercent must be 10 to 90, got %d", a.ReaderCPUPercent)
}

// checkConflicts refuses what AWS refuses, or accepts and then does not do.
func (a Args) checkConflicts(p *problem.List) {
	if a.AutoPause > 0 {
		p.Check(!a.replicates(), "AutoPause must be left out with logical replication (rds.logical_replication); a replication slot keeps instances awake")
		p.Check(!a.Proxy.on(), "AutoPause must be left out with Proxy; the proxy's connections keep instances awake")
		p.Check(!a.Global, "AutoPause must be left out with Global; replication to other regions keeps instances awake")
	}
	if a.Global {
		p.Check(a.MasterPassword != nil, "MasterPassword must be set with Global; AWS has no global databases whose master password RDS manages")
		for _, i := range a.Instances {
			p.Check(!strings.HasPrefix(i.Class, "db.t"), "Instances must not be of a burstable class with Global, got %q; take a db.r class or db.serverless", i.Class)
		}
	}
}

func (a Args) replicates() bool {
	return slices.ContainsFunc(a.Parameters, func(p Parameter) bool { return p.Name == "rds.logical_replication" && p.Value == "1" })
}

func (a Args) readers() int { return len(a.Instances) - 1 }

// hasServerless tells whether any instance scales by capacity units.
func (a Args) hasServerless() bool {
	return slices.ContainsFunc(a.Instances, func(i Instance) bool { return i.Class == serverless })
}

// size is what a provisioned class has. A serverless instance has none.
type size struct{ vcpus, memoryGiB int }

var classPattern = regexp.MustCompile(`^db\.([a-z0-9]+)\.(medium|large|([0-9]*)xlarge)$`)

// gibPerVCPU are the families of classes Aurora PostgreSQL runs on.
var gibPerVCPU = map[string]int{
	"r5": 8, "r6g": 8, "r6i": 8, "r6id": 8, "r7g": 8, "r7i": 8, "r8g": 8, "x2g": 16,
}

// sizeOf is the size of a class, or why there is none of that name.
func sizeOf(class string) (size, error) {
	if class == serverless {
		return size{}, nil
	}
	unknown := fmt.Errorf("Instances must be of the class db.serverless or a memory-optimized or burstable one such as db.r8g.large or db.t4g.medium, got %q", class)
	m := classPattern.FindStringSubmatch(class)
	if m == nil {
		return size{}, unknown
	}
	family, step := m[1], m[2]
	if family == "t3" || family == "t4g" {
		switch step {
		case "medium":
			return size{vcpus: 2, memoryGiB: 4}, nil
		case "large":
			return size{vcpus: 2, memoryGiB: 8}, nil
		}
		return size{}, unknown
	}
	perVCPU, known := gibPerVCPU[family]
	vcpus := 0
	switch {
	case step == "large":
		vcpus = 2
	case m[3] == "" && step == "xlarge":
		vcpus = 4
	case slices.Contains([]string{"2", "4", "8", "12", "16", "24", "32", "48"}, m[3]):
		n, _ := strconv.Atoi(m[3]) // one of the numbers above
		vcpus = 4 * n
	}
	if !known || vcpus == 0 {
		return size{}, unknown
	}
	return size{vcpus: vcpus, memoryGiB: vcpus * perVCPU}, nil
}
