package dbmigrate

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tenfold-iac/tenfold/internal/tenantguard"
)

// Report is what a run did and how the database is after it. It holds no
// secret and no tenant's data, so it may be logged and kept.
type Report struct {
	Action        string                  `json:"action"`
	RequestID     string                  `json:"requestId,omitempty"`
	Database      string                  `json:"database"`
	ServerVersion string                  `json:"serverVersion"`
	User          string                  `json:"user"`
	Encrypted     bool                    `json:"encrypted"`
	GuardVersion  string                  `json:"guardVersion"`
	Applied       []AppliedFile           `json:"applied"`
	Skipped       []string                `json:"skipped"` // applied by an earlier run
	Pending       []string                `json:"pending"` // not applied
	CatalogHash   string                  `json:"catalogHash"`
	Violations    []tenantguard.Violation `json:"violations"`
	Roles         []Role                  `json:"roles"`
	Problems      []string                `json:"problems"` // that verify would fail for
	Started       time.Time               `json:"started"`
	DurationMS    int64                   `json:"durationMs"`
}

// AppliedFile is a migration this run applied.
type AppliedFile struct {
	Name          string `json:"name"`
	SHA256        string `json:"sha256"`
	Statements    int    `json:"statements"`
	NoTransaction bool   `json:"noTransaction"`
	ResumedAfter  int    `json:"resumedAfter"` // statements an interrupted run had done
	DurationMS    int64  `json:"durationMs"`
}

// Role is a role of the guard, or one that is a member of such a role.
type Role struct {
	Name      string   `json:"name"`
	Login     bool     `json:"login"`
	Inherit   bool     `json:"inherit"`
	Superuser bool     `json:"superuser"`
	BypassRLS bool     `json:"bypassRls"`
	MemberOf  []string `json:"memberOf"`
}

func newReport(action string, o Options) *Report {
	return &Report{
		Action: action, RequestID: o.RequestID, GuardVersion: o.Guard.Version(), Started: time.Now().UTC(),
		Applied: []AppliedFile{}, Skipped: []string{}, Pending: []string{},
		Violations: []tenantguard.Violation{}, Roles: []Role{}, Problems: []string{},
	}
}

func (r *Report) describe(s server) {
	r.Database, r.ServerVersion, r.User, r.Encrypted = s.Database, s.Version, s.User, s.Encrypted
}

// finish adds how the database is now.
func (r *Report) finish(ctx context.Context, conn *pgx.Conn, guard Guard) error {
	if conn.IsClosed() {
		return nil // the run's own error says why
	}
	violations, err := asOwner(ctx, conn, guard.Violations)
	if err != nil {
		return err
	}
	r.Violations = append(r.Violations, violations...)
	if r.CatalogHash, err = CatalogHash(ctx, conn); err != nil {
		return err
	}
	rows, err := conn.Query(ctx, rolesSQL)
	if err != nil {
		return fmt.Errorf("read the roles: %w", err)
	}
	if r.Roles, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Role]); err != nil {
		return fmt.Errorf("read the roles: %w", err)
	}
	r.DurationMS = time.Since(r.Started).Milliseconds()
	return nil
}

const rolesSQL = `
SELECT r.rolname::text, r.rolcanlogin, r.rolinherit, r.rolsuper, r.rolbypassrls,
       ARRAY(SELECT DISTINCT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
             WHERE m.member = r.oid ORDER BY 1)
FROM pg_roles r
WHERE r.rolname LIKE 'tenfold\_%'
   OR EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
              WHERE m.member = r.oid AND g.rolname LIKE 'tenfold\_%')
ORDER BY 1`
