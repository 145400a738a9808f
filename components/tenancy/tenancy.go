// Package tenancy keeps the tenants of a database apart: it installs the guard
// in the database, applies the migrations, and checks at regular times that both
// still hold.
//
// Three Lambda functions in the VPC run the same package. The first acts as the
// master user and installs the guard. The second signs in with IAM as the login
// that migrates, which can do neither what the master user nor what the owner of
// the tables can do before it is told to. The third signs in like the second and
// only looks. They run in an up and never in a preview, and only when something
// changed: the program, the migrations or the cluster.
//
// What uses the database takes its grant through [Tenancy.After], so that no
// task starts on a schema that is not there and a failed migration leaves every
// service at the revision it has.
package tenancy

import (
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/network"
	"github.com/tenfold-iac/tenfold/components/postgres"
)

// Args configures the tenancy of a database. Database, Network, Archive and
// Monitors are required.
type Args struct {
	// Database is the cluster. RDS has to manage its master password. Required.
	Database *postgres.Cluster
	// Network says in which subnets the functions run; see network.Network.Tasks.
	// Where tasks have public addresses, which functions never get, they reach
	// Secrets Manager through an endpoint of their own. Required.
	Network network.Placement
	// Archive is the path of the package that `make functions` builds. The same
	// sources give the same package, and only another package runs again. Required.
	Archive string
	// Adopting lets migrations leave violations in a database that had tables
	// before it had the guard. Default: false, they are rolled back.
	Adopting bool
	// Audit is when the database is checked. Default: every hour.
	Audit Audit
	// SharedConcurrency leaves the concurrency of the functions to the account.
	// AWS refuses to reserve any while the account's quota is as low as that of a
	// new account. Default: false, one run at a time is reserved for each of the
	// functions that change the database; the lock in the database holds either way.
	SharedConcurrency bool
	// LogRetentionDays is how long the logs of the functions are kept, one of the
	// periods CloudWatch Logs offers. Default: 30.
	LogRetentionDays int
	// LogKeyARN is the KMS key that encrypts the logs; its policy has to admit
	// CloudWatch Logs. Default: nil, CloudWatch Logs' own encryption.
	LogKeyARN pulumi.StringInput
	// Disposable deletes the logs and the record of audits that did not start
	// with the component. Default: false, the logs stay and the queue is protected.
	Disposable bool
	// Monitors makes the monitors tenancy-violations and tenancy-audit-silent.
	// Required; monitor.Off has none and says why.
	Monitors monitor.Sink
	// MonitorsOff switches monitors off by ID and says why. Default: all on.
	MonitorsOff map[string]string
}

// Audit is when the database is checked.
type Audit struct {
	// Schedule is a cron or rate expression of AWS. Default: "cron(17 * * * ? *)",
	// every hour.
	Schedule string
	// TimeZone is the name of the time zone of a cron expression. Default: UTC.
	TimeZone string
	// Within is how long may pass without an audit before someone is told: whole
	// minutes, 10 minutes to 48 hours. It has to be longer than the time between
	// two audits. Default: 3 hours.
	Within time.Duration
}

// Tenancy is a database whose tenants are kept apart.
type Tenancy struct {
	pulumi.ResourceState

	// BootstrapFunction, MigrateFunction and AuditFunction are the names of the
	// functions, known while the program runs.
	BootstrapFunction, MigrateFunction, AuditFunction string
	// Report says in words how the last run left the database: guardVersion,
	// catalogHash, applied and violations. It holds no secret. The whole report is
	// in the log of the function.
	Report pulumi.StringMap

	done []pulumi.Resource
}

// New makes the functions and runs them where something changed.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Tenancy, error) {
	args = args.withDefaults()
	p, err := args.plan(ctx, name)
	if err != nil {
		return nil, err
	}
	t := &Tenancy{BootstrapFunction: p.functions[bootstrap], MigrateFunction: p.functions[migrate], AuditFunction: p.functions[audit]}
	if err := ctx.RegisterComponentResource("tenfold:tenancy:Tenancy", name, t, opts...); err != nil {
		return nil, err
	}
	b := &builder{ctx: ctx, name: name, args: args, plan: p, tenancy: t, made: map[string]*function{}}
	for _, step := range []func() error{b.locate, b.endpoint, b.functions, b.run, b.failures, b.schedule, b.monitors} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return t, ctx.RegisterResourceOutputs(t, pulumi.Map{
		"bootstrapFunction": pulumi.String(t.BootstrapFunction), "migrateFunction": pulumi.String(t.MigrateFunction),
		"auditFunction": pulumi.String(t.AuditFunction), "report": t.Report,
	})
}

// After returns the grant of a database for those who come after its migrations:
// their first task starts, and every later revision of theirs, when the last
// migration is through.
func (t *Tenancy) After(grant access.Grant) access.Grant {
	grant.After = append(slices.Clone(grant.After), t.done...)
	return grant
}
