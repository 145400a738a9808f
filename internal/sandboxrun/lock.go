package sandboxrun

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// orphanPatience is how long a Pulumi process that outlived its tenfold may take
// to end. Its providers are gone, so it fails at its next step; what lives
// longer is another program that was given the same process id.
const orphanPatience = 20 * time.Second

// releaseBackend removes the locks a killed run left in the state backend.
// Whoever holds the account is the only one that starts runs in this sandbox,
// so nobody else can own them; but a Pulumi process may have outlived the
// tenfold that started it, and it is waited for, because it still writes state.
func (s *Sandbox) releaseBackend(ctx context.Context) error {
	dir := filepath.Join(s.folders.Backend(), ".pulumi", "locks")
	told := false
	for deadline := time.Now().Add(orphanPatience); time.Now().Before(deadline); {
		pid := lockOwner(dir)
		if pid == 0 {
			break
		}
		if !told {
			s.note("waiting for process %d, which still ends a run that was killed", pid)
			told = true
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("release the state of a run that was killed: %w", err)
	}
	return nil
}

// lockOwner returns the id of a living process that a lock below dir names, 0
// when there is none.
func lockOwner(dir string) int {
	owner := 0
	host, _ := os.Hostname()
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil // no folder of locks is no lock
		}
		var lock struct {
			PID      int    `json:"pid"`
			Hostname string `json:"hostname"`
		}
		content, err := os.ReadFile(path)
		if err == nil && json.Unmarshal(content, &lock) == nil && lock.PID > 0 && lock.Hostname == host && alive(lock.PID) {
			owner = lock.PID
			return fs.SkipAll
		}
		return nil
	})
	return owner
}
