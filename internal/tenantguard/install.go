package tenantguard

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// oldestServer is the first version with views that read as their caller.
const oldestServer = 150000

// installLock keeps two installations of one database apart. The number spells
// "tenf".
const installLock = "SELECT pg_advisory_xact_lock(1952804454, 1)"

// safePath keeps functions and operators that a migration put into the schema
// public from being called with the rights of whoever installs. An overload with
// closer argument types wins even over a function of PostgreSQL.
const safePath = "SET LOCAL search_path = pg_catalog, pg_temp"

// Install brings the guard of a database to Version, in one transaction. It
// changes nothing where that version is in place and unchanged.
//
// The caller connects as the superuser or as the main user of a managed service,
// who owns the database. Where the schema is isolated already, as an empty one
// is, Install arms the guard. Where it is not, or the server refuses event
// triggers, the guard stays disarmed: policies and definition are in place, and
// Verify names what is missing. Arm arms it then.
func Install(ctx context.Context, conn *pgx.Conn) error {
	files, err := Files()
	if err != nil {
		return err
	}
	if err := checkServer(ctx, conn); err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, safePath); err != nil {
			return fmt.Errorf("set the search path: %w", err)
		}
		if _, err := tx.Exec(ctx, installLock); err != nil {
			return fmt.Errorf("wait for another installation: %w", err)
		}
		// Roles and the privileges of the database live outside of what the
		// catalog hash covers, and a copy of a database comes without them.
		for _, f := range files {
			if f.outsideSchemas() {
				if err := run(ctx, tx, f); err != nil {
					return err
				}
			}
		}
		current, err := isCurrent(ctx, tx, digest(files))
		if err != nil || current {
			return err
		}
		return reinstall(ctx, tx, files)
	})
	if err != nil {
		return fmt.Errorf("install tenant guard %s: %w", Version, err)
	}
	return nil
}

// reinstall applies the files with the event triggers out of the way, which
// would otherwise watch the guard change itself, and arms the guard again unless
// somebody disarmed it on purpose.
func reinstall(ctx context.Context, tx pgx.Tx, files []File) error {
	disarmed, err := disarmedOnPurpose(ctx, tx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, dropEventTriggers); err != nil {
		return fmt.Errorf("put the event triggers aside: %w", err)
	}
	if err := apply(ctx, tx, files); err != nil {
		return err
	}
	if disarmed {
		return nil
	}
	return armInstalled(ctx, tx)
}

const dropEventTriggers = "DROP EVENT TRIGGER IF EXISTS tenancy_ddl; DROP EVENT TRIGGER IF EXISTS tenancy_drop"

func checkServer(ctx context.Context, conn *pgx.Conn) error {
	var number int
	var name string
	err := conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::int, current_setting('server_version')").Scan(&number, &name)
	if err != nil {
		return fmt.Errorf("ask for the version of the server: %w", err)
	}
	if number < oldestServer {
		return fmt.Errorf("install tenant guard: the server runs PostgreSQL %s, the guard needs 15 or newer; upgrade the server", name)
	}
	return nil
}

// isCurrent says whether these files are installed and nobody changed the result.
func isCurrent(ctx context.Context, tx pgx.Tx, hash string) (bool, error) {
	exists, err := installed(ctx, tx)
	if err != nil || !exists {
		return false, err
	}
	var same bool
	err = tx.QueryRow(ctx, `
		SELECT i.files_hash = $1 AND i.catalog_hash IS NOT DISTINCT FROM tenancy.guard_hash()
		FROM tenancy.installation i ORDER BY i.id DESC LIMIT 1`, hash).Scan(&same)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return same, err
}

func installed(ctx context.Context, q querier) (bool, error) {
	var exists bool
	err := q.QueryRow(ctx, "SELECT to_regclass('tenancy.installation') IS NOT NULL").Scan(&exists)
	return exists, err
}

// disarmedOnPurpose says whether Disarm was the last word.
func disarmedOnPurpose(ctx context.Context, tx pgx.Tx) (bool, error) {
	exists, err := installed(ctx, tx)
	if err != nil || !exists {
		return false, err
	}
	var disarmed bool
	err = tx.QueryRow(ctx, "SELECT NOT armed AND by_hand FROM tenancy.arming ORDER BY id DESC LIMIT 1").Scan(&disarmed)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return disarmed, err
}

// apply runs all files and records the result.
func apply(ctx context.Context, tx pgx.Tx, files []File) error {
	guard := false
	for _, f := range files {
		if !guard && f.asGuard() {
			if _, err := tx.Exec(ctx, "SET LOCAL ROLE "+RoleGuard); err != nil {
				return fmt.Errorf("become %s: %w; the caller must be a superuser or own the database and have CREATEROLE", RoleGuard, err)
			}
			guard = true
		}
		if err := run(ctx, tx, f); err != nil {
			return err
		}
	}
	if err := useEntry(ctx, tx); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, exemptInstaller); err != nil {
		return fmt.Errorf("exempt the accounts that run the server: %w", err)
	}
	if _, err := tx.Exec(ctx, recordInstallation, Version, digest(files)); err != nil {
		return fmt.Errorf("record the installation: %w", err)
	}
	_, err := tx.Exec(ctx, "RESET ROLE")
	return err
}

const recordInstallation = `INSERT INTO tenancy.installation (version, files_hash, catalog_hash) VALUES ($1, $2, tenancy.guard_hash())`

// exemptInstaller accepts the accounts without which the server does not run:
// the one that installs, and those a managed service keeps for itself. Nothing
// else is accepted silently, and these stand in the table for everybody to see.
const exemptInstaller = `
	INSERT INTO tenancy.exemption (rule, object, reason, approver)
	SELECT DISTINCT v.rule, v.object,
	       CASE WHEN v.object = session_user THEN 'the account that installed the guard'
	            ELSE 'an account of the managed service' END,
	       'the guard'
	FROM tenancy.role_violations() v
	WHERE v.rule IN ('role-bypasses', 'role-replicates', 'role-administers', 'app-membership',
	                 'owner-membership', 'platform-membership', 'role-reads-files')
	  AND (v.object = session_user OR v.object ~ '^rds')
	ON CONFLICT DO NOTHING`

// run executes a file of many statements. An error names the file and what
// PostgreSQL says about it.
func run(ctx context.Context, tx pgx.Tx, f File) error {
	if _, err := tx.Conn().PgConn().Exec(ctx, f.SQL).ReadAll(); err != nil {
		return fmt.Errorf("%s: %w", f.Name, locate(err, f.SQL))
	}
	return nil
}

// locate adds the line of the file to an error that knows its position.
func locate(err error, sql string) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Position <= 0 || int(pg.Position) > len(sql) {
		return err
	}
	return fmt.Errorf("line %d: %w", 1+strings.Count(sql[:pg.Position], "\n"), err)
}

// querier is what a connection and a transaction have in common.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}
