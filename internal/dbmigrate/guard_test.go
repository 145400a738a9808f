package dbmigrate

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/tenantguard"
)

// bootstrap makes the database what `tenfold db bootstrap` makes it, as far as
// the runner depends on it.
func (d *database) bootstrap() {
	d.t.Helper()
	d.exec(`
DO $$
BEGIN
	IF to_regrole('tenfold_guard') IS NULL THEN
		CREATE ROLE tenfold_guard; CREATE ROLE tenfold_owner; CREATE ROLE tenfold_migrator NOINHERIT;
		GRANT tenfold_owner TO tenfold_migrator, tenfold_guard;
	END IF;
	IF to_regrole('` + login + `') IS NULL THEN
		CREATE ROLE ` + login + ` LOGIN; GRANT tenfold_migrator TO ` + login + `;
	END IF;
END $$;
CREATE SCHEMA tenancy AUTHORIZATION tenfold_guard;
GRANT CREATE, USAGE ON SCHEMA public TO tenfold_owner`)
	require.NoError(d.t, Prepare(d.context(), d.admin))
}

// columnGuard wants a tenant_id in every table: enough to see what the runner
// does with a guard's answer, and cheap. The real guard has its own tests, and
// the commands are tested with it.
type columnGuard struct{}

var testGuard Guard = columnGuard{}

func (columnGuard) Version() string { return "test" }

func (columnGuard) Violations(ctx context.Context, conn *pgx.Conn) ([]tenantguard.Violation, error) {
	rows, err := conn.Query(ctx, `
		SELECT 'schema', 'column', c.relname::text, 'has no tenant_id', ''::text FROM pg_class c
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
		  AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
		UNION ALL
		SELECT 'schema', 'unique', i.indexrelid::regclass::text, 'has no tenant_id', '' FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
		WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique
		  AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND a.attnum = ANY (i.indkey))
		UNION ALL
		SELECT 'cluster', 'role', rolname::text, 'may create databases', '' FROM pg_roles WHERE rolname = 'dbmigrate_creator' AND rolcreatedb
		UNION ALL
		SELECT 'guard', 'armed', 'triggers', 'are missing', '' WHERE to_regnamespace('disarmed') IS NOT NULL
		ORDER BY 1, 2, 3`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[tenantguard.Violation])
}
