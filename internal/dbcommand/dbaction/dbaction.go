// Package dbaction carries out what `tenfold db` and its Lambda function offer:
// the two differ only in where the request comes from and where the result goes.
package dbaction

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tenfold-iac/tenfold/internal/dbconnect"
	"github.com/tenfold-iac/tenfold/internal/dbmigrate"
	"github.com/tenfold-iac/tenfold/internal/tenantguard"
)

// The actions. Those of the administrator need the administrator's secret, the
// others the login of the migrator.
const (
	Bootstrap = "bootstrap" // administrator: guard, ledger and logins
	Arm       = "arm"       // administrator: the guard refuses violations again
	Disarm    = "disarm"    // administrator: before a major version upgrade
	Probe     = "probe"     // administrator: what this server allows
	Migrate   = "migrate"   // migrator: apply the files
	Verify    = "verify"    // migrator: fail when something differs
	Report    = "report"    // migrator: say how the database is
)

// Actions lists all actions.
func Actions() []string { return []string{Bootstrap, Migrate, Verify, Arm, Disarm, Probe, Report} }

// Request is one action.
type Request struct {
	Action string `json:"action"`

	// Reason is recorded with arm and disarm, which require it.
	Reason string `json:"reason,omitempty"`

	// RequestID names the run in the ledger and the report. Default: empty; the
	// Lambda function uses its own request id.
	RequestID string `json:"requestId,omitempty"`

	// LockWaitSeconds bounds the wait for another run. Default: 120.
	LockWaitSeconds int `json:"lockWaitSeconds,omitempty"`

	// Adopting lets migrations leave violations in a database that had tables
	// before it had the guard. Default: they are rolled back.
	Adopting bool `json:"adopting,omitempty"`
}

// Check returns everything that is wrong with the request.
func (r Request) Check() error {
	var problems []error
	if !slices.Contains(Actions(), r.Action) {
		problems = append(problems, fmt.Errorf("action must be one of %s, got %q", strings.Join(Actions(), ", "), r.Action))
	}
	if (r.Action == Arm || r.Action == Disarm) && strings.TrimSpace(r.Reason) == "" {
		problems = append(problems, fmt.Errorf("%s needs a reason, which is recorded; say why", r.Action))
	}
	if r.LockWaitSeconds < 0 || r.LockWaitSeconds > 900 {
		problems = append(problems, fmt.Errorf("lock wait must be between 0 and 900 seconds, got %d", r.LockWaitSeconds))
	}
	return errors.Join(problems...)
}

// Runner carries out requests against one database.
type Runner struct {
	Connector *dbconnect.Connector
	Logins    Logins

	// Files holds the migrations. Default: none, which bootstrap, arm, disarm and
	// probe do not need.
	Files fs.FS

	// Progress receives one line for each thing that happened. Default: dropped.
	Progress func(line string)
}

// Run carries out a request. The result is a value that encodes to JSON; it is
// returned with an error too when it says how far the action came.
func (r Runner) Run(ctx context.Context, q Request) (any, error) {
	if err := errors.Join(q.Check(), r.Logins.check()); err != nil {
		return nil, err
	}
	switch q.Action {
	case Bootstrap:
		return r.asAdministrator(ctx, r.bootstrap)
	case Arm, Disarm:
		return r.asAdministrator(ctx, func(ctx context.Context, conn *pgx.Conn) (any, error) { return r.arm(ctx, conn, q) })
	case Probe:
		return r.asAdministrator(ctx, func(ctx context.Context, conn *pgx.Conn) (any, error) { return tenantguard.Probe(ctx, conn) })
	default:
		return r.asMigrator(ctx, q)
	}
}

func (r Runner) asAdministrator(ctx context.Context, do func(context.Context, *pgx.Conn) (any, error)) (any, error) {
	conn, err := r.Connector.AsAdministrator(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_ = conn.Close(ctx) // everything is committed; the server ends the session either way
	}()
	return do(ctx, conn)
}

func (r Runner) asMigrator(ctx context.Context, q Request) (any, error) {
	if r.Files == nil {
		return nil, fmt.Errorf("%s needs the migrations and none were given; name their directory", q.Action)
	}
	run := map[string]func(context.Context, dbmigrate.Options) (*dbmigrate.Report, error){
		Migrate: dbmigrate.Migrate, Verify: dbmigrate.Verify, Report: dbmigrate.Describe,
	}[q.Action]
	report, err := run(ctx, dbmigrate.Options{
		Connect: func(ctx context.Context) (*pgx.Conn, error) {
			return r.Connector.As(ctx, r.Logins.withDefaults().Migrator)
		},
		Files: r.Files, Guard: dbmigrate.TenantGuard(), RequestID: q.RequestID, Progress: r.Progress,
		LockWait: time.Duration(q.LockWaitSeconds) * time.Second, Adopting: q.Adopting,
	})
	if report == nil { // an interface must not hold a nil pointer
		return nil, err
	}
	return report, err
}

// Armed is the result of arm and disarm.
type Armed struct {
	Action     string                  `json:"action"`
	Reason     string                  `json:"reason"`
	Violations []tenantguard.Violation `json:"violations"` // after it
}

func (r Runner) arm(ctx context.Context, conn *pgx.Conn, q Request) (any, error) {
	do := tenantguard.Arm
	if q.Action == Disarm {
		do = tenantguard.Disarm
	}
	if err := do(ctx, conn, q.Reason); err != nil {
		return nil, err
	}
	open, err := tenantguard.Verify(ctx, conn)
	if open == nil {
		open = []tenantguard.Violation{}
	}
	return Armed{Action: q.Action, Reason: q.Reason, Violations: open}, err
}
