package dbmigrate

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFailedConcurrentBuildLeavesNoIndexAndTheFileCanBeCorrected(t *testing.T) {
	d := newDatabase(t)
	d.mustMigrate(twoFiles)
	d.exec("INSERT INTO invoice (tenant_id, id, total) VALUES ('00000000-0000-0000-0000-000000000001', gen_random_uuid(), 1), ('00000000-0000-0000-0000-000000000001', gen_random_uuid(), 1)")
	content := with(twoFiles, "0003_index.sql", "-- tenfold:no-transaction\nANALYZE invoice;\n"+
		"CREATE UNIQUE INDEX CONCURRENTLY invoice_total ON invoice (tenant_id, total);")
	_, err := d.migrate(content)
	assert.ErrorContains(t, err, `0003_index.sql:3: could not create unique index "invoice_total" (SQLSTATE 23505)`)
	assert.ErrorContains(t, err, "1 of 2 statements are done and the next run goes on from there")
	assert.Equal(t, []string{"invoice_tenant_id_idx"}, indexes(d))

	changed := with(twoFiles, "0003_index.sql", "-- tenfold:no-transaction\nVACUUM invoice;\n"+
		"CREATE INDEX CONCURRENTLY invoice_total ON invoice (tenant_id, total);")
	_, err = d.migrate(changed)
	assert.ErrorContains(t, err, "0003_index.sql was interrupted after 1 statements and one of those was changed")
	_, err = d.migrate(with(twoFiles, "0003_index.sql", "ANALYZE invoice; ALTER TABLE invoice ADD COLUMN x int"))
	assert.ErrorContains(t, err, "0003_index.sql was interrupted as a file without a transaction and no longer says so")

	content["0003_index.sql"] = "-- tenfold:no-transaction\nANALYZE invoice; -- same statement, other blanks\n\n" +
		"CREATE INDEX CONCURRENTLY invoice_total ON invoice (tenant_id, total);"
	report := d.mustMigrate(content)
	assert.Equal(t, 1, report.Applied[0].ResumedAfter)
	assert.Equal(t, []string{"invoice_tenant_id_idx", "invoice_total"}, indexes(d))
	assert.Equal(t, "0003_index.sql 2/2 finished", d.ledger()[2])
	assert.Empty(t, d.mustMigrate(content).Applied)
}

func TestConcurrentIndexThatBreaksIsolationIsRemovedAgain(t *testing.T) {
	d := newDatabase(t)
	d.mustMigrate(twoFiles)
	_, err := d.migrate(with(twoFiles, "0003_index.sql", "-- tenfold:no-transaction\n"+
		`CREATE UNIQUE INDEX CONCURRENTLY "invoice Total" ON ONLY public."invoice" (total);`))
	var violations *ViolationError
	require.ErrorAs(t, err, &violations)
	assert.ErrorContains(t, err, "0003_index.sql:2: tenants are not isolated (1 violations); the index was removed again")
	assert.Equal(t, []string{"invoice_tenant_id_idx"}, indexes(d))
}

func TestIndexThatIsThereAlreadyIsTheServersDecision(t *testing.T) {
	d := newDatabase(t)
	d.mustMigrate(with(twoFiles, "0003_index.sql", "CREATE INDEX invoice_total ON invoice (tenant_id, total);"))
	content := with(twoFiles, "0003_index.sql", "CREATE INDEX invoice_total ON invoice (tenant_id, total);")
	_, err := d.migrate(with(content, "0004_again.sql", "-- tenfold:no-transaction\nCREATE INDEX CONCURRENTLY invoice_total ON invoice (tenant_id);"))
	assert.ErrorContains(t, err, `0004_again.sql:2: relation "invoice_total" already exists (SQLSTATE 42P07)`)
	assert.Equal(t, []string{"invoice_tenant_id_idx", "invoice_total"}, indexes(d), "an index that was there before is kept")
}

func TestLeftoversOfAnInterruptedReindexAreRemoved(t *testing.T) {
	for _, statement := range []string{"REINDEX INDEX CONCURRENTLY invoice_total", "REINDEX TABLE CONCURRENTLY public.invoice"} {
		t.Run(statement, func(t *testing.T) {
			d := newDatabase(t)
			content := with(twoFiles, "0003_index.sql", "CREATE INDEX invoice_total ON invoice (tenant_id, total);")
			d.mustMigrate(content)
			d.exec("CREATE INDEX invoice_total_ccnew ON invoice (tenant_id, total)")
			d.exec("ALTER INDEX invoice_total_ccnew OWNER TO tenfold_owner; UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'invoice_total_ccnew'::regclass")
			before := one[uint32](d, "SELECT 'invoice_total'::regclass::oid")

			d.mustMigrate(with(content, "0004_rebuild.sql", "-- tenfold:no-transaction\n"+statement+";"))
			assert.Equal(t, []string{"invoice_tenant_id_idx", "invoice_total"}, indexes(d))
			assert.NotEqual(t, before, one[uint32](d, "SELECT 'invoice_total'::regclass::oid"), "nothing was rebuilt")
		})
	}
}

func TestCancelledConcurrentBuildLeavesNoIndex(t *testing.T) {
	d := newDatabase(t)
	d.mustMigrate(twoFiles)
	writer := d.s.Connect(t, d.root)
	_, err := writer.Exec(d.context(), "BEGIN; INSERT INTO invoice VALUES (gen_random_uuid(), gen_random_uuid())")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(d.context())
	done := make(chan error, 1)
	content := with(twoFiles, "0003_index.sql", "-- tenfold:no-transaction\nCREATE INDEX CONCURRENTLY invoice_total ON invoice (tenant_id, total);")
	go func() {
		_, err := Migrate(ctx, options(d.url, files(content)))
		done <- err
	}()
	d.eventually("SELECT EXISTS (SELECT FROM pg_index i WHERE NOT i.indisvalid AND i.indexrelid::regclass::text = 'invoice_total')")
	cancel()
	d.eventually("SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND state = 'active' AND pid <> pg_backend_pid())")
	_, err = writer.Exec(d.context(), "COMMIT")
	require.NoError(t, err)
	require.ErrorIs(t, <-done, context.Canceled)
	assert.Equal(t, []string{"invoice_tenant_id_idx"}, indexes(d))
	d.mustMigrate(content)
}

func TestSettingsOfAConcurrentFileEndWithIt(t *testing.T) {
	d := newDatabase(t)
	d.mustMigrate(with(map[string]string{
		"0001_a.sql": "CREATE TABLE a (tenant_id uuid);",
		"0002_b.sql": "-- tenfold:no-transaction\n-- tenfold:statement-timeout 7s\nANALYZE a;",
	}, "0003_c.sql", `DO $$ BEGIN IF session_user = current_user OR current_setting('statement_timeout') = '7s' THEN
		RAISE 'settings of the file before are still there'; END IF; END $$;`))
}
