package cloud

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// undo takes back what was made under a name.
func (w *world) undo(name string) {
	w.t.Helper()
	made := w.made[name]
	var found *account.Resource
	require.NoError(w.t, w.account.View(func(tx *account.Tx) (err error) {
		found, err = tx.Find(made.token + "::" + made.ID)
		return err
	}))
	require.NoError(w.t, w.cloud.Undo(found))
}

func TestACreationThatIsUndoneLeavesNothing(t *testing.T) {
	w := newWorld(t)
	w.database()
	w.create(secretType, "key", map[string]any{"name": "shop/key"})
	before := len(w.account.List().Resources)

	// Protected, with a final snapshot to take and a secret of its own; a delete would be refused.
	protected := databaseArgs(map[string]any{"clusterIdentifier": "second", "deletionProtection": true, "finalSnapshotIdentifier": nil})
	w.create(clusterType, "second", protected)
	require.Greater(t, len(w.account.List().Resources), before+1, "the cluster brings its secret")
	w.undo("second")
	assert.Len(t, w.account.List().Resources, before)

	w.create(instanceType, "writer", map[string]any{"clusterIdentifier": "$(main)", "engine": "aurora-postgresql", "instanceClass": "db.t4g.medium"})
	w.undo("writer")
	assert.Empty(t, textsAt(w.read("main").State, "clusterMembers[]"))

	// AWS keeps the name of a secret that was deleted.
	w.undo("key")
	w.create(secretType, "key", map[string]any{"name": "shop/key"})
	assert.Len(t, w.account.List().Resources, before)
}
