package dbmigrate

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTwoRunsAtOnceApplyEachFileOnce(t *testing.T) {
	d := newDatabase(t)
	content := map[string]string{}
	for i := 1; i <= 9; i++ {
		content[fmt.Sprintf("%04d_t.sql", i)] = fmt.Sprintf("CREATE TABLE t%d (tenant_id uuid);", i)
	}
	// A second run that waits must not keep the first one's concurrent build waiting.
	content["0010_index.sql"] = "-- tenfold:no-transaction\nCREATE INDEX CONCURRENTLY t1_tenant ON t1 (tenant_id);"

	type result struct {
		report *Report
		err    error
	}
	results := make(chan result, 2)
	for range 2 {
		go func() {
			r, err := Migrate(d.context(), options(d.url, files(content)))
			results <- result{r, err}
		}()
	}
	a, b := <-results, <-results
	require.NoError(t, a.err)
	require.NoError(t, b.err)
	assert.Equal(t, 10, len(a.report.Applied)+len(b.report.Applied))
	assert.Equal(t, 10, len(a.report.Skipped)+len(b.report.Skipped))
	assert.Equal(t, a.report.CatalogHash, b.report.CatalogHash)
}

func TestRunThatWaitsTooLongNamesTheHolder(t *testing.T) {
	d := newDatabase(t)
	holder := d.s.Connect(t, d.url+"&application_name=backfill")
	_, err := holder.Exec(d.context(), "SELECT pg_advisory_lock($1)", lockKey)
	require.NoError(t, err)
	var progress lines

	_, err = d.migrate(twoFiles, quick, func(o *Options) { o.Progress = progress.add })
	var locked *LockedError
	require.ErrorAs(t, err, &locked)
	who := fmt.Sprintf(`pid %d (user %s, application "backfill", idle), connected for `, holder.PgConn().PID(), login)
	assert.ErrorContains(t, err, "another run holds the migration lock: "+who)
	assert.ErrorContains(t, err, "waited 400ms and changed nothing")
	assert.Contains(t, progress.String(), "waiting for another run: "+who)
	assert.Empty(t, d.ledger())
}

func TestSlowLockIsGivenUpNamingTheBlockingSession(t *testing.T) {
	d := newDatabase(t)
	d.mustMigrate(twoFiles)
	d.exec("GRANT SELECT ON invoice TO " + login)
	blocker := d.s.Connect(t, d.url+"&application_name=reporting")
	_, err := blocker.Exec(d.context(), "BEGIN; SELECT FROM invoice")
	require.NoError(t, err)
	var progress lines

	content := with(twoFiles, "0003_slow.sql", "CREATE TABLE more (tenant_id uuid);\nALTER TABLE invoice ADD COLUMN x int;")
	_, err = d.migrate(content, quick, func(o *Options) { o.Progress = progress.add })
	var slow *LockTimeoutError
	require.ErrorAs(t, err, &slow)
	who := fmt.Sprintf(`a lock on invoice held by pid %d (user %s, application "reporting", idle in transaction), its transaction open for `,
		blocker.PgConn().PID(), login)
	assert.ErrorContains(t, err, "0003_slow.sql:2: gave up after 400ms waiting for "+who)
	assert.ErrorContains(t, err, "nothing of this file was applied; end that transaction or run again when it is over")
	assert.Contains(t, progress.String(), "0003_slow.sql:2: waiting for "+who)
	assert.False(t, one[bool](d, "SELECT to_regclass('more') IS NOT NULL"))

	_, err = blocker.Exec(d.context(), "ROLLBACK")
	require.NoError(t, err)
	d.mustMigrate(content, quick)
}

func TestBlockingSessionOfAnotherLoginIsNamedAsFarAsTheServerShowsIt(t *testing.T) {
	d := newDatabase(t)
	d.mustMigrate(twoFiles)
	blocker := d.s.Connect(t, d.root+"&application_name=app")
	_, err := blocker.Exec(d.context(), "BEGIN; SELECT FROM invoice")
	require.NoError(t, err)
	_, err = d.migrate(with(twoFiles, "0003_slow.sql", "ALTER TABLE invoice ADD COLUMN x int;"), quick)
	assert.ErrorContains(t, err, fmt.Sprintf(`held by pid %d (user postgres, application "app"); nothing`, blocker.PgConn().PID()))
}

func TestSlowLockIsTriedAgain(t *testing.T) {
	d := newDatabase(t)
	d.mustMigrate(twoFiles)
	blocker := d.s.Connect(t, d.root)
	_, err := blocker.Exec(d.context(), "BEGIN; SELECT FROM invoice")
	require.NoError(t, err)

	var progress lines
	report := d.mustMigrate(with(twoFiles, "0003_slow.sql", "ALTER TABLE invoice ADD COLUMN x int;"), quick, func(o *Options) {
		o.LockAttempts = 3
		o.Progress = func(line string) {
			progress.add(line)
			if strings.HasSuffix(line, "attempt 2 of 3 follows") {
				_, err := blocker.Exec(d.context(), "ROLLBACK")
				assert.NoError(t, err)
			}
		}
	})
	assert.Len(t, report.Applied, 1)
	assert.Contains(t, progress.String(), "rolled back, attempt 2 of 3 follows")
}

func TestLockTimeoutOfAFileIsItsOwn(t *testing.T) {
	d := newDatabase(t)
	d.mustMigrate(twoFiles)
	blocker := d.s.Connect(t, d.root)
	_, err := blocker.Exec(d.context(), "BEGIN; SELECT FROM invoice")
	require.NoError(t, err)
	start := time.Now()
	_, err = d.migrate(with(twoFiles, "0003_slow.sql", "-- tenfold:lock-timeout 20ms\nALTER TABLE invoice ADD COLUMN x int;"))
	assert.ErrorContains(t, err, "gave up after 20ms")
	assert.Less(t, time.Since(start), 5*time.Second, "the default lock timeout was used")
}

func TestDeadlockIsTriedAgain(t *testing.T) {
	d := newDatabase(t)
	content := with(twoFiles, "0003_other.sql", "CREATE TABLE other (tenant_id uuid);")
	d.mustMigrate(content)
	blocker := d.s.Connect(t, d.root)
	// The other session is patient, so the server chooses the run as the victim.
	_, err := blocker.Exec(d.context(), "BEGIN; SET LOCAL deadlock_timeout = '1h'; LOCK TABLE invoice")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() {
		_, err := Migrate(d.context(), func() Options {
			o := options(d.url, files(with(content, "0004_both.sql", "LOCK TABLE other; LOCK TABLE invoice;")))
			o.LockAttempts, o.LockTimeout = 2, 3*time.Second
			return o
		}())
		done <- err
	}()
	d.eventually("SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'invoice'::regclass AND NOT granted)")
	_, err = blocker.Exec(d.context(), "LOCK TABLE other")
	require.NoError(t, err)
	_, err = blocker.Exec(d.context(), "COMMIT")
	require.NoError(t, err)
	require.NoError(t, <-done)
	assert.Len(t, d.ledger(), 4)
}
