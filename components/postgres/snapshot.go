package postgres

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// finalSnapshot is the identifier of the snapshot RDS takes when the cluster is
// deleted. RDS uses the one in the state, so it has to be there before the
// deletion begins, and it must not be the name of a snapshot that exists.
//
// A name made from the time or from chance would do, but a program has to give
// the same answer in every run. So the name tells the life of the cluster apart:
//
//   - the first cluster of a name:         <cluster>-final
//   - the n-th that was made empty:        <cluster>-final-<n>
//   - one restored from a snapshot:        <cluster>-final-<n>-from-<hash>
//
// Restoring from a final snapshot therefore changes the name of the next one,
// again and again, because each hash is of the name before. Two cases need a
// person: making a cluster again without restoring, and restoring the same
// snapshot twice. Both need a higher Generation.
func finalSnapshot(cluster, restoredFrom string, generation int) string {
	name := cluster + "-final"
	if generation > 1 {
		name += fmt.Sprintf("-%d", generation)
	}
	if restoredFrom != "" {
		sum := sha256.Sum256([]byte(restoredFrom))
		name += "-from-" + hex.EncodeToString(sum[:])[:8]
	}
	return name
}
