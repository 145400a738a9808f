package tenantguard

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Scope says what a violation is about and who can refuse it.
type Scope string

const (
	// ScopeSchema is about objects of the database. The gate refuses it at commit.
	ScopeSchema Scope = "schema"
	// ScopeCluster is about roles and the server, which only an audit can see.
	ScopeCluster Scope = "cluster"
	// ScopeGuard is about the guard: disarmed or changed.
	ScopeGuard Scope = "guard"
)

// Violation is one object that breaks one rule of the definition.
type Violation struct {
	Scope Scope `json:"scope"`
	// Rule is the name of the rule, such as tenant-index.
	Rule string `json:"rule"`
	// Object is the schema-qualified name of what breaks it.
	Object string `json:"object"`
	// Detail says what is wrong and what to do.
	Detail string `json:"detail"`
	// Fingerprint identifies the body of a function, view or key, so that an
	// exemption ends when the body changes. Empty for other objects.
	Fingerprint string `json:"fingerprint,omitempty"`
}

// String returns the violation as one line.
func (v Violation) String() string {
	s := fmt.Sprintf("%s: %s %s", v.Rule, v.Object, v.Detail)
	if v.Fingerprint != "" {
		s += fmt.Sprintf(" [fingerprint %s]", v.Fingerprint)
	}
	return s
}

// ViolationError is the error of a call that needs an isolated schema.
type ViolationError struct{ Violations []Violation }

// Error lists the violations, one a line.
func (e *ViolationError) Error() string {
	lines := make([]string, len(e.Violations))
	for i, v := range e.Violations {
		lines[i] = v.String()
	}
	return fmt.Sprintf("%d violations of tenant isolation; repair or exempt them:\n%s", len(lines), strings.Join(lines, "\n"))
}

// Verify returns everything that breaks tenant isolation and is not exempted,
// roles and the guard itself included. No violation means isolated.
func Verify(ctx context.Context, conn *pgx.Conn) ([]Violation, error) {
	found, err := violations(ctx, conn, false)
	if err != nil {
		return nil, fmt.Errorf("verify tenant isolation: %w", err)
	}
	return found, nil
}

func violations(ctx context.Context, q querier, onlySchema bool) ([]Violation, error) {
	rows, err := q.Query(ctx, "SELECT scope, rule, object, detail, fingerprint FROM tenancy.violations($1)", onlySchema)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Violation])
}

// CatalogHash returns a digest of everything but data: schemas, objects,
// privileges, event triggers, exemptions. Two equal digests mean that what ran in
// between changed nothing.
func CatalogHash(ctx context.Context, conn *pgx.Conn) (string, error) {
	var hash string
	if err := conn.QueryRow(ctx, "SELECT tenancy.catalog_hash()").Scan(&hash); err != nil {
		return "", fmt.Errorf("hash the catalog: %w", err)
	}
	return hash, nil
}

// CheckLogin fails unless the connection is a login that policies hold for: a
// member of tenfold_app and of nothing that sees more. An application calls it
// when it starts.
func CheckLogin(ctx context.Context, conn *pgx.Conn) error {
	if _, err := conn.Exec(ctx, "SELECT tenancy.check_login()"); err != nil {
		return fmt.Errorf("check the database login: %w", err)
	}
	return nil
}
