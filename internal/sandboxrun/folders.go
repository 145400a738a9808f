package sandboxrun

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// Folders are where a sandbox keeps its parts.
type Folders struct{ dir string }

// DefaultDir is the folder that holds the sandboxes of a repository.
func DefaultDir(root string) string { return filepath.Join(root, ".tenfold", "sandbox") }

// FoldersOf returns the folders of a stack's sandbox below dir. They need not
// exist.
func FoldersOf(dir, stack string) Folders { return Folders{dir: filepath.Join(dir, stack)} }

// Account is the file of the offline account.
func (f Folders) Account() string { return filepath.Join(f.dir, "account") }

// Backend holds the Pulumi state.
func (f Folders) Backend() string { return filepath.Join(f.dir, "backend") }

// Home is the Pulumi home: logs and the selected stack, no plugins.
func (f Folders) Home() string { return filepath.Join(f.dir, "home") }

// Project holds the copies of Pulumi.yaml and the stack's settings.
func (f Folders) Project() string { return filepath.Join(f.dir, "project") }

// run is there while a run is under way, and after one that was killed. It holds
// the time on the account's clock at which it began.
func (f Folders) run() string { return filepath.Join(f.dir, "run") }

// engines is the file whose lock the processes of a run hold.
func (f Folders) engines() string { return filepath.Join(f.dir, "engines.lock") }

// Remove removes a sandbox with everything in it and reports whether there was
// one. It fails while another process uses the sandbox, and waits for what is left
// of a run that was killed, which would write into the next one.
func (f Folders) Remove(ctx context.Context, notes io.Writer) (bool, error) {
	if _, err := os.Stat(f.dir); errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	held, err := account.Open(f.Account(), account.Options{})
	var inUse *account.InUseError
	if errors.As(err, &inUse) {
		return false, err
	}
	if err == nil { // a damaged account is removed like any other
		defer held.Close()
	}
	earlier, err := f.lineage(ctx, func() { fmt.Fprintln(notes, waiting) })
	if err != nil {
		return false, err
	}
	if err := errors.Join(os.RemoveAll(f.dir), earlier.release()); err != nil {
		return false, fmt.Errorf("remove the sandbox %s: %w", f.dir, err)
	}
	return true, nil
}
