package dbmigrate

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSourceNamesEveryProblemOfEveryFile(t *testing.T) {
	for name, c := range map[string]struct {
		file, text, want string
	}{
		"name":             {"1_a.sql", "SELECT 1", "1_a.sql: a migration is named NNNN_what_it_does.sql, with four digits, lower-case letters, digits and underscores; rename it"},
		"upper case":       {"0001_Add.sql", "SELECT 1", "0001_Add.sql: a migration is named"},
		"empty":            {"0001_a.sql", "-- nothing", "0001_a.sql: there is no statement in it; write one or remove the file"},
		"open quote":       {"0001_a.sql", "SELECT 1;\nSELECT 'x", "0001_a.sql: line 2: the quote that opens here is never closed"},
		"late directive":   {"0001_a.sql", "SELECT 1;\n-- tenfold:no-transaction", `0001_a.sql:2: directive "no-transaction" comes after a statement; move it above the first one`},
		"directive":        {"0001_a.sql", "-- tenfold:no-transactions\nSELECT 1", `0001_a.sql:1: directive "no-transactions" is not known; known are no-transaction, lock-timeout DURATION and statement-timeout DURATION`},
		"no duration":      {"0001_a.sql", "-- tenfold:lock-timeout soon\nSELECT 1", `0001_a.sql:1: lock-timeout takes a duration such as 10s or 5m, got "soon"`},
		"long lock":        {"0001_a.sql", "-- tenfold:lock-timeout 2m\nSELECT 1", "0001_a.sql:1: lock-timeout must be between 1ms and 1m0s, got 2m"},
		"zero statement":   {"0001_a.sql", "-- tenfold:statement-timeout 0s\nSELECT 1", "0001_a.sql:1: statement-timeout must be between 1ms and 2h0m0s, got 0s"},
		"begin":            {"0001_a.sql", "BEGIN; SELECT 1", "0001_a.sql:1: BEGIN: the file already runs in a transaction that the runner opens and commits; remove this statement"},
		"commit":           {"0001_a.sql", "SELECT 1;\ncommit work", "0001_a.sql:2: commit work: the file already runs"},
		"two-phase":        {"0001_a.sql", "PREPARE TRANSACTION 'x'", "the file already runs"},
		"rollback":         {"0001_a.sql", "ROLLBACK", "the file already runs"},
		"set role":         {"0001_a.sql", "SET LOCAL ROLE x", "0001_a.sql:1: SET LOCAL ROLE x: the runner chooses the role so that every object has the right owner; remove this statement"},
		"authorization":    {"0001_a.sql", "SET SESSION AUTHORIZATION x", "the runner chooses the role"},
		"reset role":       {"0001_a.sql", "RESET ROLE", "the runner chooses the role"},
		"set":              {"0001_a.sql", "SET search_path = x", "a session setting would outlive the file; use SET LOCAL"},
		"discard":          {"0001_a.sql", "DISCARD ALL", "a session setting would outlive the file"},
		"copy":             {"0001_a.sql", "COPY t FROM STDIN", "there is no client data to copy from or to; use INSERT"},
		"concurrently":     {"0001_a.sql", "CREATE INDEX CONCURRENTLY i ON t (a)", "this cannot run in a transaction; move it to a file of its own that begins with -- tenfold:no-transaction"},
		"vacuum":           {"0001_a.sql", "VACUUM", "this cannot run in a transaction"},
		"detach":           {"0001_a.sql", "ALTER TABLE t DETACH PARTITION p CONCURRENTLY", "an interrupted concurrent detach cannot be taken up again without a person"},
		"unnamed index":    {"0001_a.sql", "-- tenfold:no-transaction\nCREATE INDEX CONCURRENTLY ON t (a)", "0001_a.sql:2: CREATE INDEX CONCURRENTLY ON t ( a ): the index needs a name, so that an interrupted build can be found and removed"},
		"drop":             {"0001_a.sql", "-- tenfold:no-transaction\nDROP INDEX CONCURRENTLY i", "write DROP INDEX CONCURRENTLY IF EXISTS, so that it can be repeated"},
		"table":            {"0001_a.sql", "-- tenfold:no-transaction\nCREATE TABLE t (a int)", "a file marked no-transaction may hold only CREATE INDEX CONCURRENTLY, DROP INDEX CONCURRENTLY IF EXISTS, REINDEX INDEX CONCURRENTLY, REINDEX TABLE CONCURRENTLY, VACUUM, ANALYZE and CALL; move this statement to a file with a transaction"},
		"plain index":      {"0001_a.sql", "-- tenfold:no-transaction\nCREATE INDEX i ON t (a)", "a file marked no-transaction may hold only"},
		"reindex database": {"0001_a.sql", "-- tenfold:no-transaction\nREINDEX DATABASE CONCURRENTLY d", "a file marked no-transaction may hold only"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadSource(files(map[string]string{c.file: c.text, "0009_bad.sql": "ROLLBACK"}))
			assert.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, err, "0009_bad.sql:1: ROLLBACK")
		})
	}
}

func TestSourceRefusesANumberThatIsTakenTwice(t *testing.T) {
	_, err := ReadSource(files(map[string]string{"0001_a.sql": "SELECT 1", "0001_b.sql": "SELECT 1"}))
	assert.EqualError(t, err, "0001_b.sql: number 0001 is also taken by 0001_a.sql; give it the next free number")
}

func TestSourceReadsDirectivesAndLeavesOtherFilesAlone(t *testing.T) {
	source := fstest.MapFS{
		"0002_b.sql":     {Data: []byte("-- tenfold:no-transaction\n/* and */ -- tenfold:statement-timeout 20m\n-- tenfold:lock-timeout 30s\nANALYZE; VACUUM t; CALL p();")},
		"0001_a.sql":     {Data: []byte("SET LOCAL search_path = x; SAVEPOINT a; ROLLBACK TO SAVEPOINT a; SET CONSTRAINTS ALL DEFERRED")},
		"README.md":      {Data: []byte("BEGIN")},
		"old/0001_x.sql": {Data: []byte("BEGIN")},
	}
	all, err := ReadSource(source)
	require.NoError(t, err)
	require.Len(t, all, 2)
	assert.Equal(t, 1, all[0].Seq)
	assert.False(t, all[0].NoTransaction)
	assert.Equal(t, "0002_b.sql", all[1].Name)
	assert.True(t, all[1].NoTransaction)
	assert.Equal(t, 20*time.Minute, all[1].StatementTimeout)
	assert.Equal(t, 30*time.Second, all[1].LockTimeout)
	assert.Len(t, all[1].Statements, 3)
}

func TestOptionsAreCheckedTogether(t *testing.T) {
	_, err := Migrate(t.Context(), Options{LockTimeout: -time.Second, LockAttempts: -1})
	assert.EqualError(t, err, "migrate: Connect, Files and Guard are required\n"+
		"migrate: LockTimeout must be at least 1ms, got -1s\n"+
		"migrate: LockAttempts must be at least 1, got -1")
}
