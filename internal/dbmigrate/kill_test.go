package dbmigrate

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// gate makes a statement wait for a lock the test holds, so that the run can be
// killed at a known place. The returned function opens the gate.
func (d *database) gate() (statement string, open func()) {
	d.t.Helper()
	const key = 4711
	holder := d.s.Connect(d.t, d.root)
	_, err := holder.Exec(d.context(), "SELECT pg_advisory_lock($1)", key)
	require.NoError(d.t, err)
	return fmt.Sprintf("SELECT pg_advisory_xact_lock(%d);", key), func() {
		_, err := holder.Exec(d.context(), "SELECT pg_advisory_unlock($1)", key)
		require.NoError(d.t, err)
	}
}

const waitsAtGate = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted)"

// nobodyMigrates is true once the server has noticed the end of a killed run.
const nobodyMigrates = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE usename = '" + login + "' AND datname = current_database())"

func TestRunKilledBetweenFilesIsTakenUp(t *testing.T) {
	d := newDatabase(t)
	d.killed(d.start(twoFiles, "applied 0001_invoices.sql"))
	assert.Equal(t, []string{"0001_invoices.sql 2/2 finished"}, d.ledger())

	report := d.mustMigrate(twoFiles)
	require.Len(t, report.Applied, 1)
	assert.Equal(t, "0002_total.sql", report.Applied[0].Name)
	assert.Equal(t, []string{"0001_invoices.sql 2/2 finished", "0002_total.sql 1/1 finished"}, d.ledger())
}

func TestRunKilledInsideAFileLeavesNothingOfIt(t *testing.T) {
	d := newDatabase(t)
	wait, open := d.gate()
	content := with(twoFiles, "0002_total.sql", "CREATE TABLE half (tenant_id uuid);\n"+wait+"\nALTER TABLE invoice ADD COLUMN total bigint;")
	child := d.start(content, "")
	d.eventually(waitsAtGate)
	require.NoError(t, child.Process.Kill())
	d.killed(child)

	// The gate stays closed: the server must notice by itself that the run is gone.
	d.eventually(nobodyMigrates)
	assert.False(t, one[bool](d, "SELECT to_regclass('half') IS NOT NULL"))
	assert.Equal(t, []string{"0001_invoices.sql 2/2 finished"}, d.ledger())

	open()
	report := d.mustMigrate(content)
	require.Len(t, report.Applied, 1)
	assert.True(t, one[bool](d, "SELECT to_regclass('half') IS NOT NULL"))
}

func TestNextRunWaitsForTheServerToNoticeAKilledOne(t *testing.T) {
	d := newDatabase(t)
	wait, open := d.gate()
	content := with(twoFiles, "0002_total.sql", wait+"\nALTER TABLE invoice ADD COLUMN total bigint;")
	child := d.start(content, "")
	d.eventually(waitsAtGate)
	require.NoError(t, child.Process.Kill())
	d.killed(child)
	open()
	d.mustMigrate(content) // while the killed run's session may still be there
	assert.Len(t, d.ledger(), 2)
}

const concurrentFile = "-- tenfold:no-transaction\n" +
	"CREATE INDEX CONCURRENTLY invoice_id ON invoice (tenant_id, id);\n" +
	"CREATE INDEX CONCURRENTLY IF NOT EXISTS invoice_total ON invoice (tenant_id, total);\n" +
	"ANALYZE invoice;"

func indexes(d *database) []string {
	return one[[]string](d, `SELECT coalesce(array_agg(c.relname || CASE WHEN i.indisvalid THEN '' ELSE ' invalid' END ORDER BY c.relname), '{}')
		FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 'invoice'::regclass AND c.relname LIKE 'invoice\__%'`)
}

func TestRunKilledInsideAConcurrentBuildIsTakenUp(t *testing.T) {
	d := newDatabase(t)
	d.mustMigrate(twoFiles)
	content := with(twoFiles, "0003_index.sql", concurrentFile)
	// An open write makes the second build wait in the middle. The first one is
	// done by then: the test enters before its file's second statement.
	writer := d.s.Connect(t, d.root)
	child := d.startPaused(content, "0003_index.sql:2: done", func() {
		_, err := writer.Exec(d.context(), "BEGIN; INSERT INTO invoice VALUES (gen_random_uuid(), gen_random_uuid())")
		require.NoError(t, err)
	})
	d.eventually("SELECT EXISTS (SELECT FROM pg_index i WHERE NOT i.indisvalid AND i.indexrelid::regclass::text = 'invoice_total')")
	require.NoError(t, child.Process.Kill())
	d.killed(child)
	d.eventually(nobodyMigrates)

	assert.Equal(t, []string{"invoice_id", "invoice_tenant_id_idx", "invoice_total invalid"}, indexes(d))
	assert.Equal(t, "0003_index.sql 1/3 open", d.ledger()[2])
	_, err := Verify(d.context(), options(d.url, files(content)))
	assert.ErrorContains(t, err, "0003_index.sql was interrupted after 1 of 3 statements; run `tenfold db migrate`")

	_, err = writer.Exec(d.context(), "COMMIT")
	require.NoError(t, err)
	var progress lines
	report := d.mustMigrate(content, func(o *Options) { o.Progress = progress.add })
	assert.Contains(t, progress.String(), "0003_index.sql: 1 of 3 statements are done, going on from there")
	assert.Contains(t, progress.String(), "0003_index.sql:3: index invoice_total is invalid, an earlier build did not finish; removing it")
	assert.Equal(t, 1, report.Applied[0].ResumedAfter)
	assert.Equal(t, []string{"invoice_id", "invoice_tenant_id_idx", "invoice_total"}, indexes(d))
	assert.Equal(t, "0003_index.sql 3/3 finished", d.ledger()[2])
}

func TestRunKilledBetweenAStatementAndItsNoteDoesNotRepeatIt(t *testing.T) {
	d := newDatabase(t)
	d.mustMigrate(twoFiles)
	content := with(twoFiles, "0003_index.sql", concurrentFile)
	d.killed(d.start(content, "0003_index.sql:2: done"))
	assert.Equal(t, "0003_index.sql 0/3 open", d.ledger()[2])
	before := one[uint32](d, "SELECT 'invoice_id'::regclass::oid")

	var progress lines
	d.mustMigrate(content, func(o *Options) { o.Progress = progress.add })
	assert.Contains(t, progress.String(), "0003_index.sql:2: index invoice_id was finished by the interrupted run")
	assert.Equal(t, before, one[uint32](d, "SELECT 'invoice_id'::regclass::oid"))
	assert.Equal(t, "0003_index.sql 3/3 finished", d.ledger()[2])
}

func TestIndexOfAnInterruptedRunIsNotTakenForAnotherDefinition(t *testing.T) {
	d := newDatabase(t)
	d.mustMigrate(twoFiles)
	d.killed(d.start(with(twoFiles, "0003_index.sql", concurrentFile), "0003_index.sql:2: done"))
	_, err := d.migrate(with(twoFiles, "0003_index.sql", "-- tenfold:no-transaction\nCREATE INDEX CONCURRENTLY invoice_id ON invoice (tenant_id, total);"))
	assert.ErrorContains(t, err, `relation "invoice_id" already exists (SQLSTATE 42P07); 0 of 1 statements are done`)
	assert.Equal(t, []string{"invoice_id", "invoice_tenant_id_idx"}, indexes(d))
}

func TestRunKilledAfterEachLineOfProgressConverges(t *testing.T) {
	reference := newDatabase(t)
	content := with(twoFiles, "0003_index.sql", concurrentFile)
	var progress lines
	reference.mustMigrate(content, func(o *Options) { o.Progress = progress.add })
	want := schema(reference)

	d := newDatabase(t)
	for _, at := range []string{
		"applying 0001", "applied 0001", "applying 0002", "applied 0002", "applying 0003",
		"0003_index.sql:2: done", "0003_index.sql:3: done", "0003_index.sql:4: done", "applied 0003",
	} {
		require.Contains(t, "\n"+progress.String(), "\n"+at)
		d.killed(d.start(content, at))
	}
	report := d.mustMigrate(content)
	assert.Empty(t, report.Applied)
	assert.Equal(t, want, schema(d))
}

// schema describes the tables and indexes without what differs from database to
// database.
func schema(d *database) string {
	return one[string](d, `SELECT string_agg(line, E'\n' ORDER BY line) FROM (
		SELECT pg_get_indexdef(indexrelid) || ' ' || indisvalid FROM pg_index WHERE indrelid = 'invoice'::regclass
		UNION ALL SELECT attname || ' ' || atttypid::regtype FROM pg_attribute WHERE attrelid = 'invoice'::regclass AND attnum > 0) x(line)`)
}
