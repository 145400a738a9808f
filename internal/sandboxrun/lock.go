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

// engage waits until the processes of earlier runs have ended, and holds the lock
// for those of this one. A Pulumi process may outlive the tenfold that started it,
// and until it ends it may lock the state and write it.
func (s *Sandbox) engage(ctx context.Context) error {
	file, err := os.OpenFile(s.folders.engines(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("lock the sandbox: %w", err)
	}
	told := false
	for deadline := time.Now().Add(orphanPatience); !tryLock(file) && time.Now().Before(deadline); {
		if !told {
			s.note("waiting for the processes of a run that was killed")
			told = true
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return errors.Join(ctx.Err(), file.Close())
		}
	}
	inherited, err := handDown(file)
	if err != nil {
		return errors.Join(fmt.Errorf("lock the sandbox: %w", err), file.Close())
	}
	s.lineage = &lineage{file: file, inherited: inherited}
	return nil
}

// disengage gives the lock up; processes that still run keep it.
func (s *Sandbox) disengage() error {
	if s.lineage == nil {
		return nil
	}
	return errors.Join(s.lineage.inherited(), s.lineage.file.Close())
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
