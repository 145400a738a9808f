package dbmigrate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tenfold-iac/tenfold/internal/tenantguard"
)

// cleanupTime bounds what is still done after a run was stopped: rolling back,
// removing an unfinished index, closing the connection.
const cleanupTime = 30 * time.Second

// orphanCheck makes the server notice that a run was killed while one of its
// statements was still at work, so that the lock becomes free again.
const orphanCheck = 2 * time.Second

// run is one call of Migrate.
type run struct {
	Options
	conn     *pgx.Conn
	observer *observer
	before   []tenantguard.Violation // that were there before the first file
}

// Migrate applies the files that the database does not have yet. The report is
// also returned, with what was done so far, when the run fails.
func Migrate(ctx context.Context, o Options) (*Report, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	files, err := ReadSource(o.Files)
	if err != nil {
		return nil, fmt.Errorf("the migration files cannot be used:\n%w", err)
	}
	r := &run{Options: o}
	report := newReport("migrate", o)
	if err := r.open(ctx, report); err != nil {
		return report, err
	}
	defer r.close(ctx)
	if err := acquire(ctx, r.conn, o.LockWait, o.Progress); err != nil {
		return report, err
	}
	err = r.apply(ctx, files, report)
	// A stopped run still says what it did and how it leaves the database.
	ctx, cancel := cleanup(ctx)
	defer cancel()
	err = errors.Join(err, report.finish(ctx, r.conn, o.Guard))
	if err == nil && len(report.Violations) > 0 && !o.Adopting {
		err = &ViolationError{At: "database " + report.Database, Violations: report.Violations, Left: "all files are applied"}
	}
	return report, err
}

func (r *run) apply(ctx context.Context, files []Migration, report *Report) error {
	ledger, err := readLedger(ctx, r.conn)
	if err != nil {
		return err
	}
	applied, steps, err := plan(files, ledger)
	if err != nil {
		return fmt.Errorf("the files do not fit database %s, nothing was changed:\n%w", report.Database, err)
	}
	report.Skipped = append(report.Skipped, applied...)
	if len(steps) == 0 {
		r.Progress(fmt.Sprintf("database %s has all %d migrations", report.Database, len(applied)))
		return nil
	}
	for _, s := range steps {
		report.Pending = append(report.Pending, s.Name)
	}
	if err := r.checkAdopting(ctx); err != nil {
		return err
	}
	if r.before, err = asOwner(ctx, r.conn, r.schemaViolations); err != nil {
		return err
	}
	for _, s := range steps {
		if err := r.applyStep(ctx, s, report); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) applyStep(ctx context.Context, s step, report *Report) error {
	r.Progress(fmt.Sprintf("applying %s", s.Name))
	start, apply := time.Now(), r.applyInTransaction
	if s.NoTransaction {
		apply = r.applyConcurrently
	}
	if err := apply(ctx, s); err != nil {
		return err
	}
	took := time.Since(start)
	report.Applied = append(report.Applied, AppliedFile{
		Name: s.Name, SHA256: s.SHA256, Statements: len(s.Statements), NoTransaction: s.NoTransaction,
		ResumedAfter: s.from, DurationMS: took.Milliseconds(),
	})
	report.Pending = report.Pending[1:]
	r.Progress(fmt.Sprintf("applied %s in %s", s.Name, took.Round(time.Millisecond)))
	return nil
}

// open connects twice and refuses a session that must not migrate.
func (r *run) open(ctx context.Context, report *Report) error {
	var err error
	if r.conn, err = r.Connect(ctx); err != nil {
		return err
	}
	s, err := preflight(ctx, r.conn)
	report.describe(s)
	if err != nil {
		return errors.Join(fmt.Errorf("this session must not migrate:\n%w", err), closeConn(ctx, r.conn))
	}
	_, err = r.conn.Exec(ctx, fmt.Sprintf("SET client_connection_check_interval = %d", orphanCheck.Milliseconds()))
	switch {
	case isCode(err, invalidValue):
		r.Progress("this server runs on a system that cannot notice killed clients; a killed run keeps its lock until its statement ends")
	case err != nil:
		return errors.Join(fmt.Errorf("prepare the session: %w", err), closeConn(ctx, r.conn))
	}
	second, err := r.Connect(ctx)
	if err != nil {
		return errors.Join(err, closeConn(ctx, r.conn))
	}
	interval := min(time.Second, r.LockTimeout/4)
	r.observer = &observer{conn: second, pid: r.conn.PgConn().PID(), interval: max(interval, time.Millisecond)}
	return nil
}

func (r *run) close(ctx context.Context) {
	// The server ends both sessions as soon as their sockets close, so an error
	// here has no consequence.
	_ = closeConn(ctx, r.conn)
	_ = closeConn(ctx, r.observer.conn)
}

func closeConn(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := cleanup(ctx)
	defer cancel()
	return conn.Close(ctx)
}

// cleanup returns a context that outlives the end of ctx for a bounded time.
func cleanup(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
}

// asOwner asks something outside of a transaction with the owner's rights.
func asOwner[T any](ctx context.Context, conn *pgx.Conn, ask func(context.Context, *pgx.Conn) (T, error)) (T, error) {
	var none T
	if _, err := conn.Exec(ctx, "SET ROLE "+OwnerRole); err != nil {
		return none, fmt.Errorf("become %s: %w", OwnerRole, err)
	}
	answer, err := ask(ctx, conn)
	after, cancel := cleanup(ctx)
	defer cancel()
	if _, reset := conn.Exec(after, "RESET ROLE"); reset != nil {
		err = errors.Join(err, fmt.Errorf("give the role of the owner back: %w", reset))
	}
	if err != nil {
		return none, err
	}
	return answer, nil
}
