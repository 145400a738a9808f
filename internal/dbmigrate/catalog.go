package dbmigrate

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// CatalogHash identifies everything a database defines: equal hashes mean that
// what ran in between changed no object, no privilege and no role of the guard.
//
// It reads the system catalogs alone, which every login may, so the migrator and
// the administrator get the same answer; the guard's own digest is for its owner.
// It holds no object ids, so a restored copy of a database gives it as well.
func CatalogHash(ctx context.Context, conn *pgx.Conn) (string, error) {
	var hash string
	err := pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		// The path decides which names are printed with their schema.
		if _, err := tx.Exec(ctx, "SET LOCAL search_path = pg_catalog"); err != nil {
			return err
		}
		return tx.QueryRow(ctx, catalogSQL).Scan(&hash)
	})
	if err != nil {
		return "", fmt.Errorf("hash the catalog: %w", err)
	}
	return hash, nil
}

// catalogSQL writes one line for each thing and hashes the sorted lines.
const catalogSQL = `
WITH s AS (
	SELECT n.oid, n.nspname, n.nspowner, n.nspacl FROM pg_namespace n
	WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), r AS (
	SELECT c.*, format('%I.%I', s.nspname, c.relname) AS name FROM pg_class c JOIN s ON s.oid = c.relnamespace
), lines(line) AS (
	SELECT concat_ws('|', 'schema', nspname, nspowner::regrole, nspacl::text) FROM s
	UNION ALL
	SELECT concat_ws('|', 'relation', name, relkind, relowner::regrole, relacl::text, relrowsecurity, relforcerowsecurity, reloptions::text,
		CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END)
	FROM r WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
	UNION ALL
	SELECT concat_ws('|', 'column', r.name, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
		pg_get_expr(d.adbin, d.adrelid), a.attacl::text)
	FROM r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
	LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
	WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f')
	UNION ALL
	SELECT concat_ws('|', 'index', pg_get_indexdef(r.oid), i.indisvalid) FROM r JOIN pg_index i ON i.indexrelid = r.oid
	UNION ALL
	SELECT concat_ws('|', 'constraint', r.name, k.conname, pg_get_constraintdef(k.oid), k.convalidated)
	FROM r JOIN pg_constraint k ON k.conrelid = r.oid
	UNION ALL
	SELECT concat_ws('|', 'trigger', pg_get_triggerdef(g.oid), g.tgenabled)
	FROM r JOIN pg_trigger g ON g.tgrelid = r.oid WHERE NOT g.tgisinternal
	UNION ALL
	SELECT concat_ws('|', 'rule', pg_get_ruledef(w.oid)) FROM r JOIN pg_rewrite w ON w.ev_class = r.oid WHERE w.rulename <> '_RETURN'
	UNION ALL
	SELECT concat_ws('|', 'policy', r.name, p.polname, p.polcmd, p.polpermissive, p.polroles::regrole[]::text,
		pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
	FROM r JOIN pg_policy p ON p.polrelid = r.oid
	UNION ALL
	SELECT concat_ws('|', 'function', s.nspname, p.oid::regprocedure, pg_get_function_result(p.oid), p.proowner::regrole, p.proacl::text,
		p.prosecdef, p.proleakproof, p.provolatile, p.proconfig::text, p.prosrc, pg_get_function_sqlbody(p.oid))
	FROM s JOIN pg_proc p ON p.pronamespace = s.oid
	UNION ALL
	SELECT concat_ws('|', 'type', s.nspname, t.typname, t.typtype,
		(SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid))
	FROM s JOIN pg_type t ON t.typnamespace = s.oid WHERE t.typtype IN ('e', 'd', 'r')
	UNION ALL
	SELECT concat_ws('|', 'event trigger', evtname, evtevent, evtfoid::regproc, evtenabled, evttags::text) FROM pg_event_trigger
	UNION ALL
	SELECT concat_ws('|', 'extension', extname, extversion) FROM pg_extension
	UNION ALL
	SELECT concat_ws('|', 'default privileges', defaclrole::regrole, defaclnamespace::regnamespace, defaclobjtype, defaclacl::text)
	FROM pg_default_acl
	UNION ALL
	SELECT concat_ws('|', 'database', datacl::text) FROM pg_database WHERE datname = current_database()
	UNION ALL
	SELECT concat_ws('|', 'role', rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls)
	FROM pg_roles WHERE rolname LIKE 'tenfold\_%'
	UNION ALL
	SELECT concat_ws('|', 'member', roleid::regrole, member::regrole, admin_option) FROM pg_auth_members
	WHERE roleid::regrole::text LIKE 'tenfold\_%'
)
SELECT encode(sha256(convert_to(coalesce(string_agg(line, E'\n' ORDER BY line COLLATE "C"), ''), 'UTF8')), 'hex') FROM lines`
