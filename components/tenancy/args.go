package tenancy

import (
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/naming"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
	"github.com/tenfold-iac/tenfold/components/internal/retention"
	"github.com/tenfold-iac/tenfold/components/internal/timetable"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/postgres"
)

// The functions, by what they do.
const (
	bootstrap = "bootstrap"
	migrate   = "migrate"
	audit     = "audit"
)

// plan is what validation works out of the arguments.
type plan struct {
	functions       map[string]string // physical names
	schedule, queue string
	archive         archive
	grants          map[string]access.Grant
	monitors        []monitor.Spec
}

func (a Args) withDefaults() Args {
	if a.LogRetentionDays == 0 {
		a.LogRetentionDays = 30
	}
	if a.Audit.Schedule == "" {
		a.Audit.Schedule = "cron(17 * * * ? *)"
	}
	if a.Audit.TimeZone == "" {
		a.Audit.TimeZone = "UTC"
	}
	if a.Audit.Within == 0 {
		a.Audit.Within = 3 * time.Hour
	}
	return a
}

// plan checks the arguments and reports everything that is wrong with them.
func (a Args) plan(ctx *pulumi.Context, name string) (plan, error) {
	l := problem.Of("tenancy", name)
	l.Add(naming.Component(name))
	l.Add(naming.SecurityGroup(name))
	p := plan{functions: map[string]string{}, grants: map[string]access.Grant{}}
	named := func(kind naming.Kind, of string) string {
		physical, err := naming.Physical(ctx, kind, of)
		l.Add(err)
		return physical
	}
	for _, what := range []string{bootstrap, migrate, audit} {
		p.functions[what] = named(naming.Function, name+"-"+what)
	}
	p.schedule, p.queue = named(naming.Schedule, name+"-audit"), named(naming.Queue, name+"-audit-failed")
	a.checkRequired(l)
	a.checkAudit(l)
	retention.Check(l, "LogRetentionDays", a.LogRetentionDays)
	if a.Database != nil {
		p.grants = a.access(l)
	}
	if a.Archive != "" {
		var err error
		if p.archive, err = readArchive(a.Archive); err != nil {
			l.Addf("Archive %w", err)
		}
	}
	var err error
	p.monitors, err = monitor.Apply(a.specs(p.functions[audit]), a.MonitorsOff)
	l.Add(err)
	return p, l.Err()
}

func (a Args) checkRequired(l *problem.List) {
	l.Check(a.Database != nil, "Database is missing; pass the cluster that is to be guarded")
	l.Check(a.Network.VPCID != nil && a.Network.SubnetIDs != nil, "Network is missing; pass the placement of tasks")
	l.Check(a.Archive != "", "Archive is missing; pass the path of the package that `make functions` builds")
	l.Check(a.Monitors != nil, "Monitors is missing; pass a sink, or monitor.Off with the reason")
}

func (a Args) checkAudit(l *problem.List) {
	if err := timetable.CheckExpression(a.Audit.Schedule); err != nil {
		l.Addf("Audit.Schedule %w", err)
	}
	if err := timetable.CheckZone(a.Audit.TimeZone); err != nil {
		l.Addf("Audit.TimeZone %w", err)
	}
	l.Check(a.Audit.Within >= 10*time.Minute && a.Audit.Within <= 48*time.Hour && a.Audit.Within%time.Minute == 0,
		"Audit.Within must be whole minutes from 10m to 48h, got %s", a.Audit.Within)
}

// access is what each function may do with the database.
func (a Args) access(l *problem.List) map[string]access.Grant {
	administer, err := a.Database.Administer()
	l.Add(err)
	signIn, err := a.Database.ConnectAs(postgres.MigratorRole)
	l.Add(err)
	return map[string]access.Grant{bootstrap: administer, migrate: signIn, audit: signIn}
}
