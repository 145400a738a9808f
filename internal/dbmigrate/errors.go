package dbmigrate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenfold-iac/tenfold/internal/tenantguard"
)

// LockedError means that another run held the migration lock for too long.
type LockedError struct {
	Waited time.Duration
	Holder string
}

func (e *LockedError) Error() string {
	who := e.Holder
	if who == "" {
		who = "a session that has ended since"
	}
	return fmt.Sprintf("another run holds the migration lock: %s; waited %s and changed nothing; let it finish and run again, "+
		"or end it with pg_terminate_backend when it is no longer wanted", who, e.Waited)
}

// LockTimeoutError means that a statement waited too long for a table lock.
type LockTimeoutError struct {
	At       string // file:line
	Waited   time.Duration
	Blockers string // who was in the way; "" when nobody was seen
	Left     string // what is left of the file
}

func (e *LockTimeoutError) Error() string {
	who := e.Blockers
	if who == "" {
		who = "a lock whose holder was gone before it could be named"
	}
	return fmt.Sprintf("%s: gave up after %s waiting for %s; %s; end that transaction or run again when it is over",
		e.At, e.Waited, who, e.Left)
}

// ViolationError means that the database would not be isolated after a file.
type ViolationError struct {
	At         string
	Violations []tenantguard.Violation
	Left       string
}

func (e *ViolationError) Error() string {
	lines := []string{fmt.Sprintf("%s: tenants are not isolated (%d violations); %s", e.At, len(e.Violations), e.Left)}
	for _, v := range e.Violations {
		lines = append(lines, "  "+v.String())
	}
	return strings.Join(lines, "\n")
}

// StatementError means that the server refused a statement.
type StatementError struct {
	At    string // file:line
	Cause *pgconn.PgError
	Left  string // what is left of the file
}

func (e *StatementError) Error() string {
	return fmt.Sprintf("%s: %s; %s", e.At, describe(e.Cause), e.Left)
}

func (e *StatementError) Unwrap() error { return e.Cause }

// SQLSTATE codes the runner acts on.
const (
	lockNotAvailable = "55P03"
	queryCanceled    = "57014"
	deadlock         = "40P01"
	invalidValue     = "22023"
)

// isCode reports whether err carries one of these SQLSTATE codes.
func isCode(err error, codes ...string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && slices.Contains(codes, pg.Code)
}

// describe renders a server's error with all that helps to find the cause.
func describe(pg *pgconn.PgError) string {
	text := fmt.Sprintf("%s (SQLSTATE %s)", pg.Message, pg.Code)
	if pg.Detail != "" {
		text += "; " + pg.Detail
	}
	if pg.Hint != "" {
		text += "; hint: " + pg.Hint
	}
	return text
}
