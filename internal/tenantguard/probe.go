package tenantguard

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Capabilities is what a server allows the connected login. Each one was tried
// in a transaction that was rolled back, so the answers are the server's, not a
// guess from its name.
type Capabilities struct {
	// Version is the server's version number, such as 150018.
	Version int `json:"version"`
	// VersionName is the version as the server writes it.
	VersionName string `json:"version_name"`
	// Login is the login the answers hold for.
	Login string `json:"login"`
	// Superuser says whether the login is one.
	Superuser bool `json:"superuser"`
	// EventTrigger says whether the login may create event triggers, which the
	// gate needs.
	EventTrigger bool `json:"event_trigger"`
	// CreateRole says whether the login may create roles and grant them.
	CreateRole bool `json:"create_role"`
	// BypassRLSGrantable says whether the login could create a role that policies
	// do not hold for. The guard never does.
	BypassRLSGrantable bool `json:"bypass_rls_grantable"`
	// ReplicationRoleSettable says whether the login can switch plain triggers off
	// for its session.
	ReplicationRoleSettable bool `json:"session_replication_role_settable"`
	// SecurityInvoker says whether views can read with the rights of the caller,
	// which the guard demands.
	SecurityInvoker bool `json:"security_invoker"`
	// LeakproofCreatable says whether the login could make a function see rows
	// before the policy filters them.
	LeakproofCreatable bool `json:"leakproof_creatable"`
	// Refusals holds, by the JSON name of a capability, what the server said.
	Refusals map[string]string `json:"refusals,omitempty"`
}

// probeFunction is created under a name that nothing else uses and rolled back.
const probeFunction = "CREATE FUNCTION pg_temp.tenfold_probe() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'"

// Probe tries what this server allows. It leaves nothing behind.
func Probe(ctx context.Context, conn *pgx.Conn) (Capabilities, error) {
	c := Capabilities{Refusals: map[string]string{}}
	err := conn.QueryRow(ctx, `
		SELECT current_setting('server_version_num')::int, current_setting('server_version'), session_user,
		       (SELECT rolsuper FROM pg_roles WHERE rolname = session_user)`,
	).Scan(&c.Version, &c.VersionName, &c.Login, &c.Superuser)
	if err != nil {
		return Capabilities{}, fmt.Errorf("probe the server: %w", err)
	}
	trials := []struct {
		name       string
		allowed    *bool
		statements []string
	}{
		{"event_trigger", &c.EventTrigger, []string{probeFunction, "CREATE EVENT TRIGGER tenfold_probe ON ddl_command_end EXECUTE FUNCTION pg_temp.tenfold_probe()"}},
		{"create_role", &c.CreateRole, []string{"CREATE ROLE tenfold_probe_a NOLOGIN", "CREATE ROLE tenfold_probe_b NOLOGIN", "GRANT tenfold_probe_a TO tenfold_probe_b"}},
		{"bypass_rls_grantable", &c.BypassRLSGrantable, []string{"CREATE ROLE tenfold_probe NOLOGIN BYPASSRLS"}},
		{"session_replication_role_settable", &c.ReplicationRoleSettable, []string{"SET LOCAL session_replication_role = replica"}},
		{"security_invoker", &c.SecurityInvoker, []string{"CREATE TEMP VIEW tenfold_probe WITH (security_invoker = true) AS SELECT 1 AS one"}},
		{"leakproof_creatable", &c.LeakproofCreatable, []string{"CREATE FUNCTION pg_temp.tenfold_probe_leak() RETURNS int LANGUAGE sql LEAKPROOF AS 'SELECT 1'"}},
	}
	for _, trial := range trials {
		refusal, err := try(ctx, conn, trial.statements)
		if err != nil {
			return Capabilities{}, fmt.Errorf("probe %s: %w", trial.name, err)
		}
		*trial.allowed = refusal == ""
		if refusal != "" {
			c.Refusals[trial.name] = refusal
		}
	}
	return c, nil
}

// try runs statements in a transaction that is always rolled back and returns
// what the server answered to the one it refused.
func try(ctx context.Context, conn *pgx.Conn, statements []string) (refusal string, err error) {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return "", err
	}
	defer func() {
		if e := tx.Rollback(ctx); err == nil && e != nil {
			err = e
		}
	}()
	for _, sql := range statements {
		if _, err := tx.Exec(ctx, sql); err != nil {
			var pg *pgconn.PgError
			if errors.As(err, &pg) {
				return fmt.Sprintf("%s (%s)", pg.Message, pg.Code), nil
			}
			return "", err
		}
	}
	return "", nil
}
