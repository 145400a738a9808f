package dbmigrate

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/postgrestest"
)

func TestSessionThatMustNotMigrateIsRefusedWithEveryReason(t *testing.T) {
	d := newDatabase(t)
	d.exec("CREATE ROLE dbmigrate_stranger LOGIN; CREATE ROLE dbmigrate_member LOGIN; GRANT tenfold_owner TO dbmigrate_member")
	t.Cleanup(func() {
		d.exec("DROP OWNED BY dbmigrate_stranger, dbmigrate_member; DROP ROLE dbmigrate_stranger, dbmigrate_member")
	})
	const others = "these logins may become tenfold_owner: dbmigrate_member; only members of tenfold_migrator may, revoke the other membership"
	for name, want := range map[string]string{
		"postgres":           "login postgres is a superuser or bypasses row-level security; connect as a member of tenfold_migrator",
		"dbmigrate_stranger": "login dbmigrate_stranger is not a member of tenfold_migrator; connect as one",
		"dbmigrate_member":   "login dbmigrate_member is not a member of tenfold_migrator; connect as one",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Migrate(d.context(), options(postgrestest.As(t, d.root, name), files(twoFiles)))
			assert.EqualError(t, err, "this session must not migrate:\n"+others+"\n"+want)
		})
	}
	_, err := d.migrate(twoFiles)
	assert.EqualError(t, err, "this session must not migrate:\n"+others)
	assert.Empty(t, d.ledger())
}

func TestOwnerThatMayLogInIsRefused(t *testing.T) {
	d := newDatabase(t)
	d.exec("ALTER ROLE tenfold_owner LOGIN")
	t.Cleanup(func() { d.exec("ALTER ROLE tenfold_owner NOLOGIN") })
	const want = "role tenfold_owner may log in, so an application could connect as the owner of its tables; ALTER ROLE tenfold_owner NOLOGIN"
	_, err := d.migrate(twoFiles)
	assert.EqualError(t, err, "this session must not migrate:\n"+want)
	report, err := Describe(d.context(), options(d.url, files(twoFiles)))
	require.NoError(t, err)
	assert.Contains(t, report.Problems, want)
}

func TestMigratorThatInheritsTheOwnersRightsIsRefused(t *testing.T) {
	d := newDatabase(t)
	d.exec("ALTER ROLE tenfold_migrator INHERIT")
	t.Cleanup(func() { d.exec("ALTER ROLE tenfold_migrator NOINHERIT") })
	_, err := d.migrate(twoFiles)
	assert.ErrorContains(t, err, "login "+login+" has the rights of tenfold_owner without asking for them; ALTER ROLE tenfold_migrator NOINHERIT")
}

func TestUnencryptedRemoteSessionAndReaderAreRefused(t *testing.T) {
	ok := server{Database: "app", User: "x", Bootstrapped: true, Migrator: true}
	ok.Local = true
	require.NoError(t, ok.check())
	ok.Local, ok.Encrypted = false, true
	require.NoError(t, ok.check())
	bad := ok
	bad.Encrypted, bad.Reader = false, true
	assert.EqualError(t, bad.check(), "the connection to database app is not encrypted; connect with TLS\n"+
		"database app is read only on this server; connect to the writer endpoint")
}

func TestDatabaseWithoutBootstrapSaysWhatToRun(t *testing.T) {
	d := newDatabase(t)
	d.exec("DROP TABLE migration.ledger")
	_, err := d.migrate(twoFiles)
	assert.ErrorContains(t, err, "the database has no migration ledger the migrator can read")
	assert.ErrorContains(t, err, "run `tenfold db bootstrap` first")
	assert.EqualError(t, server{Database: "app"}.check(),
		"database app has no roles tenfold_owner and tenfold_migrator; run `tenfold db bootstrap` first")
}

func TestPrepareCanBeRepeated(t *testing.T) {
	d := newDatabase(t)
	d.mustMigrate(twoFiles)
	require.NoError(t, Prepare(d.context(), d.admin))
	assert.Len(t, d.ledger(), 2)
}

func TestVerifyPassesOnlyForTheDatabaseTheFilesDescribe(t *testing.T) {
	d := newDatabase(t)
	_, err := Verify(d.context(), options(d.url, files(twoFiles)))
	assert.ErrorContains(t, err, "does not pass:\n0001_invoices.sql is not applied; run `tenfold db migrate`\n0002_total.sql is not applied")
	d.mustMigrate(twoFiles)
	report, err := Verify(d.context(), options(d.url, files(twoFiles)))
	require.NoError(t, err)
	assert.Empty(t, report.Problems)
	assert.Equal(t, []string{"0001_invoices.sql", "0002_total.sql"}, report.Skipped)

	_, err = Verify(d.context(), options(d.url, files(with(twoFiles, "0002_total.sql", "BEGIN"))))
	assert.ErrorContains(t, err, "0002_total.sql:1: BEGIN: the file already runs")
	_, err = Verify(d.context(), options(d.url, files(with(twoFiles, "0002_total.sql", "SELECT 1"))))
	assert.ErrorContains(t, err, "0002_total.sql was changed after it was applied")
	d.exec("CREATE TABLE loose (id int)")
	_, err = Verify(d.context(), options(d.url, files(twoFiles)))
	assert.ErrorContains(t, err, "column: loose has no tenant_id")
}
