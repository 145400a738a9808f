package sandboxrun

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// A run that is killed may have made a resource that no state records: the cloud
// had made it when the engine, or the cloud itself, came to its end. In AWS it
// stays, and somebody has to find it. A sandbox knows what it made for whom, so
// the next run takes it back and goes on as if it had never been asked for.

// begin notes that a run is under way, and from when on, by the account's clock.
func (s *Sandbox) begin() error {
	now := s.cloud.Account().Now().Format(time.RFC3339Nano)
	if err := os.WriteFile(s.folders.run(), []byte(now+"\n"), 0o600); err != nil {
		return fmt.Errorf("prepare the sandbox of %s: %w", s.options.Stack, err)
	}
	return nil
}

// end removes the note of a run, unless an engine in it was killed.
func (s *Sandbox) end() error {
	killed := false
	err := filepath.WalkDir(s.folders.locks(), func(_ string, entry fs.DirEntry, err error) error {
		killed = killed || err == nil && !entry.IsDir()
		return nil // no folder of locks is no lock
	})
	if err != nil || killed {
		return err
	}
	if err := os.Remove(s.folders.run()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// recover takes back what a run that was killed has made without recording it, and
// has the state forget what the engine was about to do.
func (s *Sandbox) recover(ctx context.Context, project string) error {
	note, err := os.ReadFile(s.folders.run())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("go on from a run that was killed: %w", err)
	}
	since, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(string(note)))
	if err != nil {
		return nil // killed while it was written, before anything was made
	}
	exported, err := s.stack.Export(ctx)
	if err != nil {
		return fmt.Errorf("go on from a run that was killed: %w", err)
	}
	state, err := readState(exported)
	if err != nil {
		return fmt.Errorf("go on from a run that was killed: %w", err)
	}
	lost, err := s.cloud.TakeBack(s.options.Stack, project, since, state.holds)
	if err != nil {
		return fmt.Errorf("go on from a run that was killed: %w", err)
	}
	if len(lost) > 0 {
		names := make([]string, 0, len(lost))
		for _, r := range lost {
			names = append(names, r.LogicalName())
		}
		s.note("a run was killed before it had recorded what it made: %s; taken back here, while AWS would keep it (docs/runbooks/run-killed.md)", strings.Join(names, ", "))
	}
	if len(state.PendingOperations) == 0 {
		return nil
	}
	// Importing a state drops its pending operations.
	if err := s.stack.Import(ctx, exported); err != nil {
		return fmt.Errorf("go on from a run that was killed: %w", err)
	}
	return nil
}

// state is what is read of an exported state.
type state struct {
	Resources []struct {
		Type string `json:"type"`
		ID   string `json:"id"`
	} `json:"resources"`
	PendingOperations []json.RawMessage `json:"pending_operations"`
}

// readState reads a state; that of a stack that never ran is empty.
func readState(exported apitype.UntypedDeployment) (state, error) {
	var s state
	if len(exported.Deployment) == 0 {
		return s, nil
	}
	err := json.Unmarshal(exported.Deployment, &s)
	return s, err
}

// holds reports whether the state records a resource.
func (s state) holds(typ, id string) bool {
	for _, r := range s.Resources {
		if r.Type == typ && r.ID == id {
			return true
		}
	}
	return false
}
