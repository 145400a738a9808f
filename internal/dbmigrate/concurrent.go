package dbmigrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/tenfold-iac/tenfold/internal/dbmigrate/sqlscript"
)

// applyConcurrently applies a file without a transaction, statement by
// statement, and notes each one that is done. The run can end between a
// statement and its note, so the statement that comes next may be half done,
// or done: that is what repair and the rules of the file are for.
func (r *run) applyConcurrently(ctx context.Context, s step) error {
	if s.from > 0 {
		r.Progress(fmt.Sprintf("%s: %d of %d statements are done, going on from there", s.Name, s.from, len(s.Statements)))
	}
	if err := r.record(ctx, r.conn, s.Migration, s.from); err != nil {
		return err
	}
	l := limits{lock: cmp.Or(s.LockTimeout, r.ConcurrentTimeout), statement: cmp.Or(s.StatementTimeout, r.ConcurrentTimeout)}
	defer func() {
		ctx, cancel := cleanup(ctx)
		defer cancel()
		_, _ = r.conn.Exec(ctx, "RESET ROLE; RESET lock_timeout; RESET statement_timeout") // a lost connection has none
	}()
	for i := s.from; i < len(s.Statements); i++ {
		if _, err := r.conn.Exec(ctx, fmt.Sprintf("SET ROLE %s; SET lock_timeout = %d; SET statement_timeout = %d",
			OwnerRole, l.lock.Milliseconds(), l.statement.Milliseconds())); err != nil {
			return fmt.Errorf("%s: prepare the session: %w", s.Name, err)
		}
		c := concurrentStep{run: r, m: s.Migration, s: s.Statements[i], limits: l,
			left: fmt.Sprintf("%d of %d statements are done and the next run goes on from there", i, len(s.Statements))}
		if err := c.apply(ctx, s.interrupted && i == s.from); err != nil {
			return err
		}
		r.Progress(fmt.Sprintf("%s:%d: done: %s", s.Name, c.s.Line, c.s.Summary()))
		if _, err := r.conn.Exec(ctx, "RESET ROLE"); err != nil {
			return fmt.Errorf("%s: give the role of the owner back: %w", s.Name, err)
		}
		if err := r.record(ctx, r.conn, s.Migration, i+1); err != nil {
			return err
		}
	}
	return nil
}

// concurrentStep is one statement of such a file.
type concurrentStep struct {
	*run
	m      Migration
	s      sqlscript.Statement
	limits limits
	left   string
}

func (c concurrentStep) apply(ctx context.Context, interrupted bool) error {
	if x, ok := parseCreateIndex(c.s); ok {
		return c.createIndex(ctx, x, interrupted)
	}
	if c.s.Starts("reindex") {
		return c.reindex(ctx)
	}
	if err := c.exec(ctx, c.m, c.s, c.limits, c.left); err != nil {
		return err
	}
	return c.checkViolations(ctx, c.at(), "this statement is committed and cannot be rolled back; "+c.left)
}

func (c concurrentStep) at() string { return fmt.Sprintf("%s:%d", c.m.Name, c.s.Line) }

// createIndex builds an index. An invalid index of its name serves no query and
// would make IF NOT EXISTS do nothing, so it is removed first. A valid one that
// an interrupted run left is what that run wanted.
func (c concurrentStep) createIndex(ctx context.Context, x index, interrupted bool) error {
	exists, valid, err := x.valid(ctx, c.conn)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w; %s", c.at(), err, c.left)
	case exists && !valid:
		c.Progress(fmt.Sprintf("%s: index %s is invalid, an earlier build did not finish; removing it", c.at(), x.name))
		if err := x.drop(ctx, c.conn); err != nil {
			return fmt.Errorf("%s: %w; %s", c.at(), err, c.left)
		}
	case exists && interrupted:
		c.Progress(fmt.Sprintf("%s: index %s was finished by the interrupted run", c.at(), x.name))
		return c.checkViolations(ctx, c.at(), c.left)
	}
	err = c.exec(ctx, c.m, c.s, c.limits, c.left)
	if err == nil {
		err = c.checkIndex(ctx, x)
	}
	if err != nil && (!exists || !valid) {
		err = errors.Join(err, c.discard(ctx, x))
	}
	return err
}

func (c concurrentStep) checkIndex(ctx context.Context, x index) error {
	if _, valid, err := x.valid(ctx, c.conn); err != nil || !valid {
		return errors.Join(err, fmt.Errorf("%s: index %s was not built completely; %s", c.at(), x.name, c.left))
	}
	return c.checkViolations(ctx, c.at(), "the index was removed again; "+c.left)
}

// discard removes what a failed build left. When that fails as well the next
// run does it.
func (c concurrentStep) discard(ctx context.Context, x index) error {
	ctx, cancel := cleanup(ctx)
	defer cancel()
	exists, _, err := x.valid(ctx, c.conn)
	if err == nil && exists {
		err = x.drop(ctx, c.conn)
	}
	if err != nil {
		return fmt.Errorf("%s: the unfinished index stays until the next run removes it: %w", c.at(), err)
	}
	return nil
}

// reindex rebuilds indexes, without what an interrupted rebuild left behind.
func (c concurrentStep) reindex(ctx context.Context) error {
	found, err := leftovers(ctx, c.conn, c.s)
	if err != nil {
		return fmt.Errorf("%s: %w; %s", c.at(), err, c.left)
	}
	for _, x := range found {
		c.Progress(fmt.Sprintf("%s: removing %s, left by a rebuild that did not finish", c.at(), x.name))
		if err := x.drop(ctx, c.conn); err != nil {
			return fmt.Errorf("%s: %w; %s", c.at(), err, c.left)
		}
	}
	if err := c.exec(ctx, c.m, c.s, c.limits, c.left); err != nil {
		return err
	}
	return c.checkViolations(ctx, c.at(), "this statement is committed and cannot be rolled back; "+c.left)
}
