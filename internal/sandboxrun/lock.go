package sandboxrun

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// orphanPatience is how long a process that outlived its tenfold may take to end.
// Its providers are gone, so an engine fails at its next step; what lives longer
// was left running by a command in the sandbox, and does not write state.
const orphanPatience = 20 * time.Second

// lineage is a lock that every process started in a sandbox inherits, whether it
// knows or not. It is free again when the last of them has ended, however it did.
type lineage struct {
	file      *os.File
	inherited func() error // closes what is handed down
}

// lineage waits until the processes of earlier runs have ended, and holds the lock
// for those of this one. A Pulumi process may outlive the tenfold that started it,
// and until it ends it may lock the state and write it. Told is called once if
// there is something to wait for.
func (f Folders) lineage(ctx context.Context, told func()) (*lineage, error) {
	file, err := os.OpenFile(f.engines(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the sandbox: %w", err)
	}
	for deadline := time.Now().Add(orphanPatience); !tryLock(file) && time.Now().Before(deadline); {
		told()
		told = func() {}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), file.Close())
		}
	}
	inherited, err := handDown(file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the sandbox: %w", err), file.Close())
	}
	return &lineage{file: file, inherited: inherited}, nil
}

// release gives the lock up; processes that still run keep it.
func (l *lineage) release() error {
	if l == nil {
		return nil
	}
	return errors.Join(l.inherited(), l.file.Close())
}

// locks is where the state backend keeps its locks.
func (f Folders) locks() string { return filepath.Join(f.Backend(), ".pulumi", "locks") }

// releaseBackend removes the locks a killed run left in the state backend. Nobody
// owns them: whoever holds the account is the only one that starts runs in this
// sandbox, and the processes of earlier ones have ended.
func (s *Sandbox) releaseBackend() error {
	if err := os.RemoveAll(s.folders.locks()); err != nil {
		return fmt.Errorf("release the state of a run that was killed: %w", err)
	}
	return nil
}
