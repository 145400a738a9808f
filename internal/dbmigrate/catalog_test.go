package dbmigrate

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCatalogHashTellsEveryKindOfChangeAndNoOtherDifference(t *testing.T) {
	d := newDatabase(t)
	hash := func() string {
		t.Helper()
		h, err := CatalogHash(d.context(), d.admin)
		require.NoError(t, err)
		return h
	}
	seen := map[string]string{hash(): "empty"}
	for _, change := range []string{
		"CREATE TABLE t (a int, b text)",
		"ALTER TABLE t ALTER a SET NOT NULL",
		"ALTER TABLE t ALTER a SET DEFAULT 7",
		"CREATE INDEX i ON t (a)",
		"UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass",
		"ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT VALID",
		"ALTER TABLE t VALIDATE CONSTRAINT k",
		"ALTER TABLE t ENABLE ROW LEVEL SECURITY",
		"ALTER TABLE t FORCE ROW LEVEL SECURITY",
		"CREATE POLICY p ON t USING (a = 1)",
		"ALTER POLICY p ON t USING (a = 2)",
		"ALTER POLICY p ON t TO tenfold_owner",
		"GRANT SELECT ON t TO tenfold_owner",
		"GRANT UPDATE (b) ON t TO tenfold_owner",
		"ALTER TABLE t OWNER TO tenfold_owner",
		"CREATE VIEW v AS SELECT a FROM t",
		"CREATE OR REPLACE VIEW v AS SELECT a FROM t WHERE a > 1",
		"ALTER VIEW v SET (security_invoker = true)",
		"CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
		"CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
		"ALTER FUNCTION f() SECURITY DEFINER",
		"ALTER FUNCTION f() SET search_path = pg_catalog",
		"REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC",
		"CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
		"ALTER TABLE t DISABLE TRIGGER g",
		"CREATE RULE u AS ON DELETE TO t DO INSTEAD NOTHING",
		"CREATE TYPE e AS ENUM ('a')",
		"ALTER TYPE e ADD VALUE 'b'",
		"CREATE SCHEMA x",
		"GRANT USAGE ON SCHEMA x TO tenfold_owner",
		"ALTER DEFAULT PRIVILEGES IN SCHEMA x GRANT SELECT ON TABLES TO tenfold_owner",
		"REVOKE TEMPORARY ON DATABASE " + d.admin.Config().Database + " FROM PUBLIC",
		"CREATE FUNCTION ev() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
		"CREATE EVENT TRIGGER ev ON ddl_command_end EXECUTE FUNCTION ev()",
		"ALTER EVENT TRIGGER ev DISABLE",
		"CREATE ROLE tenfold_probe",
		"ALTER ROLE tenfold_probe CREATEDB",
		"GRANT tenfold_owner TO tenfold_probe",
	} {
		d.exec(change)
		h := hash()
		assert.NotContains(t, seen, h, "%s gives the hash of %q", change, seen[h])
		seen[h] = change
	}
	t.Cleanup(func() { d.exec("DROP ROLE tenfold_probe") })

	before := hash()
	d.exec("INSERT INTO t VALUES (8); ANALYZE t; SET search_path = x, public")
	assert.Equal(t, before, hash(), "rows, statistics and settings are no definition")
	asMigrator := d.s.Connect(t, d.url)
	h, err := CatalogHash(d.context(), asMigrator)
	require.NoError(t, err)
	assert.Equal(t, before, h, "another login sees another catalog")
}
