package dbmigrate

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// The roles of the guard that a run works with. Both are groups; logins are
// members of the migrator.
const (
	OwnerRole    = "tenfold_owner"    // owns every table
	MigratorRole = "tenfold_migrator" // owns nothing, may become the owner
)

// server is what the preflight finds out about the session.
type server struct {
	Database   string
	Version    string
	User       string
	Encrypted  bool // by TLS
	Local      bool // over a unix socket or the loopback interface
	Reader     bool
	Privileged bool // superuser or BYPASSRLS

	Bootstrapped  bool // the owner and the migrator exist
	OwnerCanLogin bool
	Migrator      bool     // a member of the migrator's group
	Inherits      bool     // the owner's rights, without SET ROLE
	Others        []string // logins that may become the owner and must not
}

const preflightSQL = `
SELECT current_database(), current_setting('server_version'), session_user,
       coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false),
       coalesce(inet_client_addr() <<= '127.0.0.0/8' OR inet_client_addr() = '::1', true),
       pg_is_in_recovery(),
       (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = session_user),
       o.oid IS NOT NULL AND m.oid IS NOT NULL, coalesce(o.rolcanlogin, false),
       coalesce(pg_has_role(session_user, m.oid, 'member'), false),
       coalesce(pg_has_role(session_user, o.oid, 'usage'), false),
       -- The administrator who installed the guard is a member of its owner.
       coalesce((SELECT array_agg(r.rolname::text ORDER BY r.rolname) FROM pg_roles r
                 WHERE r.rolcanlogin AND NOT r.rolsuper AND r.oid <> o.oid AND pg_has_role(r.oid, o.oid, 'member')
                   AND NOT pg_has_role(r.oid, m.oid, 'member')
                   AND NOT pg_has_role(r.oid, (SELECT nspowner FROM pg_namespace WHERE nspname = 'tenancy'), 'member')), '{}')
FROM (VALUES (1)) one LEFT JOIN pg_roles o ON o.rolname = $1 LEFT JOIN pg_roles m ON m.rolname = $2`

// preflight refuses a session that must not migrate, with every reason.
func preflight(ctx context.Context, conn *pgx.Conn) (server, error) {
	rows, err := conn.Query(ctx, preflightSQL, OwnerRole, MigratorRole)
	if err != nil {
		return server{}, fmt.Errorf("look at the session: %w", err)
	}
	s, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[server])
	if err != nil {
		return server{}, fmt.Errorf("look at the session: %w", err)
	}
	return s, s.check()
}

func (s server) check() error {
	if !s.Bootstrapped {
		return fmt.Errorf("database %s has no roles %s and %s; run `tenfold db bootstrap` first", s.Database, OwnerRole, MigratorRole)
	}
	var problems []error
	refuse := func(when bool, format string, args ...any) {
		if when {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	refuse(!s.Encrypted && !s.Local, "the connection to database %s is not encrypted; connect with TLS", s.Database)
	refuse(s.Reader, "database %s is read only on this server; connect to the writer endpoint", s.Database)
	refuse(s.OwnerCanLogin, "role %s may log in, so an application could connect as the owner of its tables; ALTER ROLE %s NOLOGIN",
		OwnerRole, OwnerRole)
	refuse(len(s.Others) > 0, "these logins may become %s: %s; only members of %s may, revoke the other membership",
		OwnerRole, strings.Join(s.Others, ", "), MigratorRole)
	switch {
	case s.Privileged:
		refuse(true, "login %s is a superuser or bypasses row-level security; connect as a member of %s", s.User, MigratorRole)
	case !s.Migrator:
		refuse(true, "login %s is not a member of %s; connect as one", s.User, MigratorRole)
	case s.Inherits:
		refuse(true, "login %s has the rights of %s without asking for them; ALTER ROLE %s NOINHERIT and revoke direct grants of it",
			s.User, OwnerRole, MigratorRole)
	}
	return errors.Join(problems...)
}
