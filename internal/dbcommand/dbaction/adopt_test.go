package dbaction

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/dbmigrate"
)

// A database that had tables before the guard is brought to isolation by
// migrations, file by file, and armed in the end.
func TestExistingTablesAreAdoptedByMigrations(t *testing.T) {
	d := newDatabase(t)
	super := d.server.Connect(t, d.admin)
	_, err := super.Exec(d.context(), "CREATE TABLE note (id uuid PRIMARY KEY, text text)")
	require.NoError(t, err)
	assert.NotEmpty(t, d.bootstrap().Violations)
	_, err = super.Exec(d.context(), "ALTER TABLE note OWNER TO tenfold_owner")
	require.NoError(t, err)

	files := fstest.MapFS{"0001_column.sql": {Data: []byte("ALTER TABLE note ADD COLUMN tenant_id uuid;")}}
	_, err = d.migrate(files)
	assert.ErrorContains(t, err, "0001_column.sql: tenants are not isolated (")
	result, err := d.run(d.migrator, files, Request{Action: Migrate, Adopting: true})
	require.NoError(t, err)
	assert.Len(t, result.(*dbmigrate.Report).Applied, 1)
	assert.NotEmpty(t, result.(*dbmigrate.Report).Violations)

	files["0002_key.sql"] = &fstest.MapFile{Data: []byte(`
		ALTER TABLE note DROP CONSTRAINT note_pkey, ALTER tenant_id SET NOT NULL;
		SELECT tenancy.create_primary_key('note', 'id');
		SELECT tenancy.protect('note');`)}
	_, err = d.run(d.migrator, files, Request{Action: Migrate, Adopting: true})
	require.NoError(t, err)
	armed, err := d.run(d.admin, nil, Request{Action: Arm, Reason: "adopted"})
	require.NoError(t, err)
	assert.Empty(t, armed.(Armed).Violations)
	report, err := d.migrate(files)
	require.NoError(t, err)
	assert.Len(t, report.Skipped, 2)
}
