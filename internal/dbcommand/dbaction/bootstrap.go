package dbaction

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/jackc/pgx/v5"

	"github.com/tenfold-iac/tenfold/internal/dbmigrate"
	"github.com/tenfold-iac/tenfold/internal/tenantguard"
)

// Logins are the roles that connect. The guard's own roles are groups.
type Logins struct {
	// Migrator signs in to migrate. Default: tenfold_migrator_login.
	Migrator string

	// App is what the services sign in as. Default: tenfold_app_login.
	App string
}

func (l Logins) withDefaults() Logins {
	if l.Migrator == "" {
		l.Migrator = "tenfold_migrator_login"
	}
	if l.App == "" {
		l.App = "tenfold_app_login"
	}
	return l
}

var loginName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

func (l Logins) check() error {
	l = l.withDefaults()
	var problems []error
	for _, name := range []string{l.Migrator, l.App} {
		if !loginName.MatchString(name) {
			problems = append(problems, fmt.Errorf("login %q must be lower-case letters, digits and underscores, at most 63 of them", name))
		}
	}
	if l.Migrator == l.App {
		problems = append(problems, fmt.Errorf("the migrator and the application must be two logins, both are %q", l.App))
	}
	return errors.Join(problems...)
}

// Bootstrapped is the result of bootstrap.
type Bootstrapped struct {
	Action       string                   `json:"action"`
	GuardVersion string                   `json:"guardVersion"`
	Changed      bool                     `json:"changed"` // false when everything was in place
	CatalogHash  string                   `json:"catalogHash"`
	Violations   []tenantguard.Violation  `json:"violations"`
	Logins       []string                 `json:"logins"`
	IAM          bool                     `json:"iam"` // the logins sign in with IAM tokens
	Capabilities tenantguard.Capabilities `json:"capabilities"`
}

// bootstrap installs the guard, the ledger and the logins. What is there already
// stays as it is.
func (r Runner) bootstrap(ctx context.Context, conn *pgx.Conn) (any, error) {
	before, err := dbmigrate.CatalogHash(ctx, conn)
	if err != nil {
		return nil, err
	}
	r.progress("installing tenant guard %s", tenantguard.Version)
	if err := tenantguard.Install(ctx, conn); err != nil {
		return nil, err
	}
	r.progress("preparing the migration ledger")
	if err := ledger(ctx, conn); err != nil {
		return nil, err
	}
	logins := r.Logins.withDefaults()
	out := Bootstrapped{Action: Bootstrap, GuardVersion: tenantguard.Version, Logins: []string{logins.Migrator, logins.App},
		Violations: []tenantguard.Violation{}}
	for login, group := range map[string]string{logins.Migrator: tenantguard.RoleMigrator, logins.App: tenantguard.RoleApp} {
		r.progress("login %s, a member of %s", login, group)
		if out.IAM, err = createLogin(ctx, conn, login, group); err != nil {
			return nil, err
		}
	}
	if out.Capabilities, err = tenantguard.Probe(ctx, conn); err != nil {
		return nil, err
	}
	if out.CatalogHash, err = dbmigrate.CatalogHash(ctx, conn); err != nil {
		return nil, err
	}
	open, err := tenantguard.Verify(ctx, conn)
	out.Violations = append(out.Violations, open...)
	out.Changed = out.CatalogHash != before
	return out, err
}

func (r Runner) progress(format string, args ...any) {
	if r.Progress != nil {
		r.Progress(fmt.Sprintf(format, args...))
	}
}

// ledger exempts and creates the ledger in one transaction, because the guard
// looks at the end of each.
func ledger(ctx context.Context, conn *pgx.Conn) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		for _, e := range []tenantguard.Exemption{
			{Rule: "tenant-column", Object: dbmigrate.LedgerTable, Reason: "the ledger of migrations belongs to no tenant"},
			{Rule: "owner", Object: dbmigrate.LedgerTable, Reason: "a migration must not rewrite the ledger"},
			{Rule: "grantee", Object: dbmigrate.LedgerTable + " to " + tenantguard.RoleMigrator, Reason: "the migrator writes the ledger"},
		} {
			var there bool
			if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM tenancy.exemption WHERE rule = $1 AND object = $2)",
				e.Rule, e.Object).Scan(&there); err != nil {
				return fmt.Errorf("look for the exemption of the ledger: %w", err)
			}
			if there {
				continue
			}
			e.Approver = "tenfold db bootstrap"
			if err := tenantguard.Exempt(ctx, tx.Conn(), e); err != nil {
				return err
			}
		}
		return dbmigrate.Prepare(ctx, tx.Conn())
	})
}

// createLogin creates a login without a password and makes it a member of its
// group. Where IAM can sign logins in, it does; elsewhere pg_hba.conf decides.
func createLogin(ctx context.Context, conn *pgx.Conn, login, group string) (iam bool, err error) {
	name := pgx.Identifier{login}.Sanitize()
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		var exists bool
		if err := tx.QueryRow(ctx, "SELECT to_regrole($1) IS NOT NULL, to_regrole('rds_iam') IS NOT NULL", name).Scan(&exists, &iam); err != nil {
			return err
		}
		if !exists {
			if _, err := tx.Exec(ctx, "CREATE ROLE "+name+" LOGIN"); err != nil {
				return err
			}
		}
		if err := join(ctx, tx, login, group); err != nil || !iam {
			return err
		}
		return join(ctx, tx, login, "rds_iam")
	})
	if err != nil {
		return false, fmt.Errorf("create login %s: %w", login, err)
	}
	return iam, nil
}

func join(ctx context.Context, tx pgx.Tx, login, group string) error {
	var member bool
	if err := tx.QueryRow(ctx, "SELECT pg_has_role($1, $2, 'member')", login, group).Scan(&member); err != nil || member {
		return err
	}
	_, err := tx.Exec(ctx, "GRANT "+pgx.Identifier{group}.Sanitize()+" TO "+pgx.Identifier{login}.Sanitize())
	return err
}
