package dbmigrate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// lockKey is the advisory lock of a run, "tenfold" in ASCII. Advisory locks are
// separate in each database.
const lockKey int64 = 0x0074656e666f6c64

// lockPoll is how often a waiting run tries the lock again.
const lockPoll = 200 * time.Millisecond

// acquire takes the lock of a run, which ends with the connection, or returns an error that names its holder
// once wait is over.
//
// It tries again and again instead of waiting in the server: a session that
// waits in pg_advisory_lock holds a snapshot, and a CREATE INDEX CONCURRENTLY of
// the other run waits for every older snapshot to end. The two would wait for
// each other.
func acquire(ctx context.Context, conn *pgx.Conn, wait time.Duration, progress func(string)) error {
	deadline := time.NewTimer(wait)
	defer deadline.Stop()
	for told := false; ; {
		var got bool
		if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", lockKey).Scan(&got); err != nil {
			return fmt.Errorf("take the migration lock: %w", err)
		}
		if got {
			return nil
		}
		who, err := lockHolder(ctx, conn)
		if err != nil {
			return err
		}
		if !told && who != "" {
			progress("waiting for another run: " + who)
			told = true
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("stopped while waiting for another run (%s): %w", who, context.Cause(ctx))
		case <-deadline.C:
			return &LockedError{Waited: wait, Holder: who}
		case <-time.After(lockPoll):
		}
	}
}

// lockHolder describes the session that holds the lock, or returns "" when it
// has just ended.
func lockHolder(ctx context.Context, conn *pgx.Conn) (string, error) {
	rows, err := conn.Query(ctx, `
		SELECT a.pid, coalesce(a.usename, ''), coalesce(a.application_name, ''), coalesce(a.state, ''),
		       extract(epoch FROM clock_timestamp() - a.backend_start)::float8, ''
		FROM pg_locks l JOIN pg_stat_activity a USING (pid)
		WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
		  AND l.classid::int8 << 32 | l.objid::int8 = $1
		  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`, lockKey)
	if err != nil {
		return "", fmt.Errorf("look for the holder of the migration lock: %w", err)
	}
	holder, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[session])
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look for the holder of the migration lock: %w", err)
	}
	if holder.Seconds == nil {
		return holder.who(), nil
	}
	return fmt.Sprintf("%s, connected for %s", holder.who(), seconds(*holder.Seconds)), nil
}
