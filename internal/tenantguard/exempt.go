package tenantguard

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// minReason is the shortest reason that can say something, in bytes. The table
// checks the same.
const minReason = 10

// Exemption lets one object break one rule.
type Exemption struct {
	// Rule, Object and Fingerprint are those of the violation. A global table is
	// exempted before it is created, by rule "tenant-column" and its name.
	Rule, Object, Fingerprint string
	// Reason says why, in at least 10 characters.
	Reason string
	// Approver says who decided.
	Approver string
}

// Exempt records an exemption, replacing an earlier one of the same rule and
// object. Only the account that installed the guard may call it.
func Exempt(ctx context.Context, conn *pgx.Conn, e Exemption) error {
	var problems []error
	if e.Rule == "" {
		problems = append(problems, errors.New("the rule is empty; take it from the violation"))
	}
	if e.Object == "" {
		problems = append(problems, errors.New("the object is empty; take it from the violation"))
	}
	if len(e.Reason) < minReason {
		problems = append(problems, fmt.Errorf("the reason must have at least %d characters, got %q; say why the rule need not hold", minReason, e.Reason))
	}
	if e.Approver == "" {
		problems = append(problems, errors.New("the approver is empty; say who decided"))
	}
	if err := errors.Join(problems...); err != nil {
		return fmt.Errorf("exempt %q from rule %q: %w", e.Object, e.Rule, err)
	}
	_, err := conn.Exec(ctx, "SELECT tenancy.exempt($1, $2, $3, $4, $5)", e.Rule, e.Object, e.Fingerprint, e.Reason, e.Approver)
	if err != nil {
		return fmt.Errorf("exempt %q from rule %q: %w", e.Object, e.Rule, err)
	}
	return nil
}
