package dbmigrate

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/tenfold-iac/tenfold/internal/tenantguard"
)

// Guard decides whether tenants are isolated in a database. The methods run
// with the rights of the owner role, inside whatever transaction is open.
type Guard interface {
	// Version is the guard this program carries.
	Version() string

	// Violations returns every way in which the database, as the current
	// transaction sees it, does not isolate tenants.
	Violations(ctx context.Context, conn *pgx.Conn) ([]tenantguard.Violation, error)
}

// TenantGuard returns the guard that `tenfold db bootstrap` installs.
func TenantGuard() Guard { return tenantGuard{} }

type tenantGuard struct{}

// Version is that of the SQL in this program.
func (tenantGuard) Version() string { return tenantguard.Version }

// Violations asks the guard in the database.
func (tenantGuard) Violations(ctx context.Context, conn *pgx.Conn) ([]tenantguard.Violation, error) {
	return tenantguard.Verify(ctx, conn)
}

// schemaViolations returns the violations a migration can cause and repair.
// Those of roles and of the guard itself are not its business; the end of the
// run reports them.
func (r *run) schemaViolations(ctx context.Context, conn *pgx.Conn) ([]tenantguard.Violation, error) {
	all, err := r.Guard.Violations(ctx, conn)
	var found []tenantguard.Violation
	for _, v := range all {
		if v.Scope == tenantguard.ScopeSchema {
			found = append(found, v)
		}
	}
	return found, err
}

// checkAdopting refuses to let violations pass once the guard is armed.
func (r *run) checkAdopting(ctx context.Context) error {
	if !r.Adopting {
		return nil
	}
	all, err := asOwner(ctx, r.conn, r.Guard.Violations)
	if err != nil {
		return err
	}
	for _, v := range all {
		if v.Scope == tenantguard.ScopeGuard && v.Rule == ruleArmed {
			return nil
		}
	}
	return errors.New("the guard is armed, so the database is adopted already; run without --adopting")
}

// ruleArmed is the guard's rule that its event triggers exist.
const ruleArmed = "armed"
