package dbmigrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenfold-iac/tenfold/internal/dbmigrate/sqlscript"

	"github.com/tenfold-iac/tenfold/internal/tenantguard"
)

const nothingApplied = "nothing of this file was applied"

// limits bound one statement.
type limits struct{ lock, statement time.Duration }

// applyInTransaction applies a file as one transaction, and tries again when a
// lock cannot be had in time or two sessions waited for each other: everything
// was rolled back, so that is safe.
func (r *run) applyInTransaction(ctx context.Context, s step) error {
	for attempt := 1; ; attempt++ {
		err := r.tryInTransaction(ctx, s.Migration)
		var slow *LockTimeoutError
		if !errors.As(err, &slow) && !isCode(err, deadlock) || attempt >= r.LockAttempts {
			return err
		}
		r.Progress(fmt.Sprintf("%s: rolled back, attempt %d of %d follows", err, attempt+1, r.LockAttempts))
		select {
		case <-ctx.Done():
			return errors.Join(err, context.Cause(ctx))
		case <-time.After(r.LockTimeout): // let the queries pass that queued behind the lock
		}
	}
}

func (r *run) tryInTransaction(ctx context.Context, m Migration) error {
	l := limits{lock: cmp.Or(m.LockTimeout, r.LockTimeout), statement: cmp.Or(m.StatementTimeout, r.StatementTimeout)}
	tx, err := r.conn.Begin(ctx)
	if err != nil {
		return fmt.Errorf("%s: begin a transaction: %w", m.Name, err)
	}
	defer func() {
		ctx, cancel := cleanup(ctx)
		defer cancel()
		_ = tx.Rollback(ctx) // after a commit this does nothing; after a lost connection the server has done it
	}()
	if _, err := tx.Exec(ctx, fmt.Sprintf("SET LOCAL ROLE %s; SET LOCAL lock_timeout = %d; SET LOCAL statement_timeout = %d; "+
		"SET LOCAL idle_in_transaction_session_timeout = '1min'",
		OwnerRole, l.lock.Milliseconds(), l.statement.Milliseconds())); err != nil {
		return fmt.Errorf("%s: prepare the transaction: %w", m.Name, err)
	}
	for _, s := range m.Statements {
		if err := r.exec(ctx, m, s, l, nothingApplied); err != nil {
			return err
		}
	}
	if err := r.checkViolations(ctx, m.Name, nothingApplied); err != nil {
		return err
	}
	if err := r.checkRole(ctx, m.Name); err != nil {
		return err
	}
	if err := r.record(ctx, tx, m, len(m.Statements)); err != nil {
		return err
	}
	return r.commit(ctx, tx, m, l)
}

// checkRole refuses a file that changed the role by a way that is not seen in
// its text, and goes back to the migrator, who may write the ledger.
func (r *run) checkRole(ctx context.Context, name string) error {
	var user string
	if err := r.conn.QueryRow(ctx, "SELECT current_user").Scan(&user); err != nil {
		return fmt.Errorf("%s: look at the role: %w", name, err)
	}
	if user != OwnerRole {
		return fmt.Errorf("%s: the file ends as role %s and not as %s; remove what changes the role; %s",
			name, user, OwnerRole, nothingApplied)
	}
	if _, err := r.conn.Exec(ctx, "SET LOCAL ROLE NONE"); err != nil {
		return fmt.Errorf("%s: give the role of the owner back: %w", name, err)
	}
	return nil
}

func (r *run) commit(ctx context.Context, tx pgx.Tx, m Migration, l limits) error {
	tell := func(text string) { r.Progress(fmt.Sprintf("%s: %s", m.Name, text)) }
	blockers, err := r.observer.during(ctx, tell, func() error { return tx.Commit(ctx) })
	var pg *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case isCode(err, lockNotAvailable): // a deferred check may take locks
		return &LockTimeoutError{At: m.Name, Waited: l.lock, Blockers: blockers, Left: nothingApplied}
	case errors.As(err, &pg):
		return fmt.Errorf("%s: refused at commit: %s; %s", m.Name, describe(pg), nothingApplied)
	default:
		return fmt.Errorf("%s: the connection was lost while the file was committing (%w); run again, the ledger knows whether it was",
			m.Name, err)
	}
}

func (r *run) checkViolations(ctx context.Context, at, left string) error {
	found, err := r.schemaViolations(ctx, r.conn)
	if err != nil {
		return fmt.Errorf("%s: ask the guard: %w", at, err)
	}
	if len(found) == 0 {
		return nil
	}
	if r.Adopting {
		r.Progress(fmt.Sprintf("%s: %d violations are left until the guard is armed", at, len(found)))
		return nil
	}
	known := map[tenantguard.Violation]bool{}
	for _, v := range r.before {
		known[v] = true
	}
	old := 0
	for _, v := range found {
		if known[v] {
			old++
		}
	}
	if old > 0 {
		left += fmt.Sprintf("; %d of the violations were there before, the same file has to repair them", old)
	}
	return &ViolationError{At: at, Violations: found, Left: left}
}

// exec runs one statement and explains its failure. It uses the simple protocol,
// which takes every statement there is.
func (r *run) exec(ctx context.Context, m Migration, s sqlscript.Statement, l limits, left string) error {
	tell := func(text string) { r.Progress(fmt.Sprintf("%s:%d: %s", m.Name, s.Line, text)) }
	blockers, err := r.observer.during(ctx, tell, func() error {
		_, err := r.conn.PgConn().Exec(ctx, s.Text).ReadAll()
		return err
	})
	at := fmt.Sprintf("%s:%d", m.Name, s.Line)
	var pg *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: stopped: %w; %s", at, context.Cause(ctx), left)
	case isCode(err, lockNotAvailable):
		return &LockTimeoutError{At: at, Waited: l.lock, Blockers: blockers, Left: left}
	case isCode(err, queryCanceled):
		return fmt.Errorf("%s: %s: ran longer than the statement timeout of %s and was cancelled; %s; "+
			"split the work, or raise the limit of this file with -- tenfold:statement-timeout", at, s.Summary(), l.statement, left)
	case errors.As(err, &pg):
		if pg.Position > 0 {
			at = fmt.Sprintf("%s:%d", m.Name, lineAt(s, int(pg.Position)))
		}
		return &StatementError{At: at, Cause: pg, Left: left}
	default:
		return fmt.Errorf("%s: the connection was lost: %w; %s", at, err, left)
	}
}

// lineAt turns the server's position, in characters from 1, into a line.
func lineAt(s sqlscript.Statement, position int) int {
	runes := []rune(s.Text)
	return s.Line + strings.Count(string(runes[:min(position-1, len(runes))]), "\n")
}
