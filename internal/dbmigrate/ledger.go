package dbmigrate

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// LedgerTable is the table the guard has to exempt before Prepare: it belongs to
// no tenant and not to the owner role.
const LedgerTable = "migration.ledger"

// ledgerDDL creates the ledger out of reach of the owner role that migrations
// run as: a migration cannot rewrite its own history. It belongs to the guard's
// owner; only logins of the migrator may write it, and nobody may delete.
const ledgerDDL = `
CREATE SCHEMA IF NOT EXISTS migration AUTHORIZATION tenfold_guard;
CREATE TABLE IF NOT EXISTS migration.ledger (
	seq           integer PRIMARY KEY,
	name          text NOT NULL,
	sha256        text NOT NULL,
	guard_version text NOT NULL,
	statements    integer NOT NULL,
	done          integer NOT NULL,
	done_sha256   text NOT NULL,
	started       timestamptz NOT NULL,
	finished      timestamptz,
	applied_by    text NOT NULL,
	request_id    text NOT NULL,
	CHECK (done BETWEEN 0 AND statements),
	CHECK (finished IS NULL OR done = statements)
);
ALTER TABLE migration.ledger OWNER TO tenfold_guard;
GRANT USAGE ON SCHEMA migration TO tenfold_migrator;
GRANT SELECT, INSERT, UPDATE ON migration.ledger TO tenfold_migrator`

// entry is one row of the ledger. A row without Finished belongs to a file
// marked no-transaction that was interrupted after Done statements.
type entry struct {
	Seq        int
	Name       string
	SHA256     string
	Done       int
	DoneSHA256 string
	Finished   *time.Time
}

// Prepare creates the ledger and lets the migrator use it. It needs the
// administrator's connection and an installed guard that exempts LedgerTable. It
// changes nothing when the ledger is there.
func Prepare(ctx context.Context, conn *pgx.Conn) error {
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", LedgerTable).Scan(&exists); err != nil {
		return fmt.Errorf("look for the migration ledger: %w", err)
	}
	if exists {
		return nil
	}
	if _, err := conn.Exec(ctx, ledgerDDL, pgx.QueryExecModeSimpleProtocol); err != nil {
		return fmt.Errorf("create the migration ledger: %w", err)
	}
	return nil
}

func readLedger(ctx context.Context, conn *pgx.Conn) ([]entry, error) {
	// An error of the query is also an error of its rows.
	rows, _ := conn.Query(ctx, `SELECT seq, name, sha256, done, done_sha256, finished FROM migration.ledger ORDER BY seq`)
	entries, err := pgx.CollectRows(rows, pgx.RowToStructByPos[entry])
	if isCode(err, "42P01", "3F000", "42501") {
		return nil, fmt.Errorf("the database has no migration ledger the migrator can read (%w); "+
			"run `tenfold db bootstrap` first", err)
	}
	if err != nil {
		return nil, fmt.Errorf("read the migration ledger: %w", err)
	}
	return entries, nil
}

type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// record writes how far a file is. The row starts with the first call; the file
// is finished when done reaches the number of its statements.
func (r *run) record(ctx context.Context, db execer, m Migration, done int) error {
	tag, err := db.Exec(ctx, `
		INSERT INTO migration.ledger AS l (seq, name, sha256, guard_version, statements, done, done_sha256,
			started, finished, applied_by, request_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp(),
			CASE WHEN $5::int = $6::int THEN clock_timestamp() END, session_user, $8)
		ON CONFLICT (seq) DO UPDATE SET name = excluded.name, sha256 = excluded.sha256,
			guard_version = excluded.guard_version, statements = excluded.statements, done = excluded.done,
			done_sha256 = excluded.done_sha256, finished = excluded.finished,
			applied_by = excluded.applied_by, request_id = excluded.request_id
		WHERE l.finished IS NULL`,
		m.Seq, m.Name, m.SHA256, r.Guard.Version(), len(m.Statements), done, m.prefixSHA256(done), r.RequestID)
	if err != nil {
		return fmt.Errorf("%s: write the migration ledger: %w", m.Name, err)
	}
	if tag.RowsAffected() != 1 {
		return fmt.Errorf("%s: the ledger says that the file was finished meanwhile; run again", m.Name)
	}
	return nil
}
