package postgres

import (
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/naming"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
	"github.com/tenfold-iac/tenfold/components/internal/retention"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

// plan is what is decided before anything is registered.
type plan struct {
	cluster, subnetGroup, finalSnapshot, scalingPolicy, proxy string

	instances []string
	version   version
	monitors  []monitor.Spec
}

func (a Args) withDefaults(name string) Args {
	set := func(field *string, to string) {
		if *field == "" {
			*field = to
		}
	}
	set(&a.DatabaseName, "app")
	set(&a.MasterUsername, "tenfold_master")
	set(&a.EngineVersion, "17.9")
	set(&a.BackupWindow, "03:00-04:00")
	set(&a.MaintenanceWindow, "sun:04:30-sun:05:30")
	if a.EnvPrefix == "" {
		a.EnvPrefix = access.EnvName(name, "")
		a.EnvPrefix = a.EnvPrefix[:len(a.EnvPrefix)-1]
	}
	if a.MinACU == 0 && a.AutoPause == 0 {
		a.MinACU = 0.5
	}
	if a.MaxACU == 0 {
		a.MaxACU = 4
	}
	if len(a.Instances) == 0 {
		for i := range 1 + max(0, min(a.Readers, mostReaders)) {
			a.Instances = append(a.Instances, Instance{Name: strconv.Itoa(i)})
		}
	}
	a.Instances = slices.Clone(a.Instances)
	for i := range a.Instances {
		set(&a.Instances[i].Class, serverless)
	}
	if a.ReaderCPUPercent == 0 {
		a.ReaderCPUPercent = 60
	}
	a.Proxy = a.Proxy.withDefaults()
	if a.BackupRetentionDays == 0 {
		a.BackupRetentionDays = 7
	}
	if a.LogRetentionDays == 0 {
		a.LogRetentionDays = 30
	}
	if a.SlowStatement == 0 {
		a.SlowStatement = time.Second
	}
	if a.IdleInTransaction == 0 {
		a.IdleInTransaction = time.Minute
	}
	if a.Generation == 0 {
		a.Generation = 1
	}
	return a
}

// plan reports every problem, or the names and the monitors.
func (a Args) plan(ctx *pulumi.Context, name string) (plan, error) {
	p := problem.Of("postgres cluster", name)
	p.Add(naming.Component(name))
	p.Add(naming.SecurityGroup(name))
	made := plan{}
	named := func(kind naming.Kind, of string) string {
		physical, err := naming.Physical(ctx, kind, of)
		p.Add(err)
		return physical
	}
	made.cluster = named(naming.RDSIdentifier, name)
	made.subnetGroup = named(naming.SubnetGroup, name)
	a.checkRequired(p)
	a.checkDatabase(p)
	a.checkCapacity(p)
	a.checkInstances(p)
	a.checkConflicts(p)
	a.Proxy.check(p)
	a.checkOperations(p)
	a.checkParameters(p)
	var err error
	made.version, err = parseVersion(a.EngineVersion)
	p.Add(err)
	if p.Err() != nil {
		return plan{}, p.Err()
	}
	made.proxy = named(naming.RDSIdentifier, name+"-proxy")
	made.scalingPolicy = named(naming.ScalingPolicy, name+"-readers")
	for _, i := range a.Instances {
		made.instances = append(made.instances, named(naming.RDSIdentifier, name+"-"+i.Name))
	}
	made.finalSnapshot = finalSnapshot(made.cluster, a.RestoredFrom, a.Generation)
	specs := a.specs(made)
	p.Add(monitor.Validate(specs))
	made.monitors, err = monitor.Apply(specs, a.MonitorsOff)
	p.Add(err)
	return made, p.Err()
}

func (a Args) checkRequired(p *problem.List) {
	p.Check(a.VPCID != nil, "VPCID must be set; pass the network the cluster stands in")
	p.Check(a.SubnetIDs != nil, "SubnetIDs must be set; pass the data subnets of the network")
	if literal, ok := a.SubnetIDs.(pulumi.StringArray); ok {
		p.Check(len(literal) >= 2, "SubnetIDs must be in at least two zones, got %d subnets; pass one of each zone", len(literal))
	}
	p.Check(a.KeyARN != nil, "KeyARN must be set; pass the ARN of an encryption key, because a cluster can never change its key")
	p.Check(a.Monitors != nil, "Monitors must be set; pass a sink, or monitor.Off with the reason why nothing is watched")
}

var (
	identifierPattern = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)
	prefixPattern     = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)
)

func (a Args) checkDatabase(p *problem.List) {
	const allowed = "must be 1 to 63 lower-case letters, digits and underscores, not starting with a digit"
	p.Check(identifierPattern.MatchString(a.DatabaseName), "DatabaseName %s, got %q; it can never be changed", allowed, a.DatabaseName)
	p.Check(identifierPattern.MatchString(a.MasterUsername), "MasterUsername %s, got %q; it can never be changed", allowed, a.MasterUsername)
	switch a.MasterUsername {
	case "postgres", "admin", "root", "rdsadmin", ApplicationRole, MigratorRole,
		"tenfold_app", "tenfold_migrator", "tenfold_owner", "tenfold_platform", "tenfold_guard":
		p.Addf("MasterUsername must be none of the usual names and no application role, got %q; leave it out for tenfold_master", a.MasterUsername)
	}
	p.Check(prefixPattern.MatchString(a.EnvPrefix), "EnvPrefix must be upper-case letters, digits and underscores, not starting with a digit, got %q; leave it out for the name", a.EnvPrefix)
}

func (a Args) checkCapacity(p *problem.List) {
	if a.AutoPause != 0 {
		p.Check(a.MinACU == 0, "MinACU must be left out with AutoPause, got %g; a paused instance has no capacity", a.MinACU)
		p.Check(a.AutoPause >= 5*time.Minute && a.AutoPause <= 24*time.Hour && a.AutoPause%time.Second == 0,
			"AutoPause must be 5m to 24h in whole seconds, got %s", a.AutoPause)
	} else {
		p.Check(a.MinACU >= 0.5 && a.MinACU <= 256 && halves(a.MinACU), "MinACU must be 0.5 to 256 in steps of 0.5, got %g", a.MinACU)
	}
	p.Check(a.MaxACU >= 1 && a.MaxACU <= 256 && halves(a.MaxACU), "MaxACU must be 1 to 256 in steps of 0.5, got %g", a.MaxACU)
	p.Check(a.MinACU <= a.MaxACU, "MinACU must be at most MaxACU (%g), got %g", a.MaxACU, a.MinACU)
}

func halves(acu float64) bool { return acu*2 == float64(int(acu*2)) }

func (a Args) checkOperations(p *problem.List) {
	least := 7
	if a.Disposable {
		least = 1
	}
	p.Check(a.BackupRetentionDays >= least && a.BackupRetentionDays <= 35,
		"BackupRetentionDays must be %d to 35, got %d; only a Disposable cluster may keep fewer than 7 days", least, a.BackupRetentionDays)
	p.Add(checkWindows(a.BackupWindow, a.MaintenanceWindow))
	retention.Check(p, "LogRetentionDays", a.LogRetentionDays)
	p.Check(a.SlowStatement >= time.Millisecond, "SlowStatement must be at least 1ms, got %s", a.SlowStatement)
	p.Check(a.IdleInTransaction >= time.Second && a.IdleInTransaction <= 24*time.Hour,
		"IdleInTransaction must be 1s to 24h, got %s", a.IdleInTransaction)
	p.Check(!a.Disposable || !a.Retiring, "Retiring and Disposable must not both be set; Retiring takes a final snapshot, Disposable takes none")
	p.Check(a.Generation >= 1 && a.Generation <= 999, "Generation must be 1 to 999, got %d", a.Generation)
}
