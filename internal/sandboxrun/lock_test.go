package sandboxrun

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func emptySandbox(t *testing.T, dir string) (*Sandbox, *bytes.Buffer) {
	t.Helper()
	notes := &bytes.Buffer{}
	s := &Sandbox{options: Options{Notes: notes, Stack: "dev"}, folders: FoldersOf(dir, "dev")}
	require.NoError(t, os.MkdirAll(s.folders.dir, 0o755))
	return s, notes
}

func TestLocksThatAKilledRunLeftAreRemoved(t *testing.T) {
	s, _ := emptySandbox(t, t.TempDir())
	require.NoError(t, s.releaseBackend(), "no locks")
	path := filepath.Join(s.folders.locks(), "organization", "shop", "dev", "a.json")
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte("{}"), 0o644))
	require.NoError(t, s.releaseBackend())
	assert.NoFileExists(t, path)
}

// held is the lock of a sandbox in a folder, and what was told while it was taken.
func held(t *testing.T, dir string) (*lineage, int) {
	t.Helper()
	told := 0
	l, err := FoldersOf(dir, "dev").lineage(t.Context(), func() { told++ })
	require.NoError(t, err)
	return l, told
}

func TestAProcessThatOutlivesItsRunIsWaitedFor(t *testing.T) {
	for name, next := range map[string]func(Folders) error{
		"a run": func(f Folders) error {
			l, err := f.lineage(t.Context(), func() {})
			return errors.Join(err, l.release())
		},
		"a reset": func(f Folders) error {
			_, err := f.Remove(t.Context(), io.Discard)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := emptySandbox(t, t.TempDir())
			killed, err := s.folders.lineage(t.Context(), func() {})
			require.NoError(t, err)
			orphan := exec.Command("sleep", "600")
			require.NoError(t, orphan.Start())
			require.NoError(t, killed.release())

			done := make(chan error, 1)
			go func() { done <- next(s.folders) }()
			select {
			case err := <-done:
				t.Fatal("went on while a process of the run before was alive", err)
			case <-time.After(200 * time.Millisecond):
			}
			require.NoError(t, orphan.Process.Kill())
			_ = orphan.Wait() // it was killed
			require.NoError(t, <-done)
		})
	}
}

func TestWaitingIsToldOnceAndOnlyIfThereIsSomethingToWaitFor(t *testing.T) {
	dir := t.TempDir()
	emptySandbox(t, dir)
	first, told := held(t, dir)
	assert.Zero(t, told)
	require.NoError(t, exec.Command("true").Run())
	orphan := exec.Command("sleep", "0.3")
	require.NoError(t, orphan.Start())
	require.NoError(t, first.release())
	second, told := held(t, dir)
	require.NoError(t, orphan.Wait())
	assert.Equal(t, 1, told)
	require.NoError(t, second.release())
	third, told := held(t, dir)
	assert.Zero(t, told, "the run before has ended")
	require.NoError(t, third.release())
}

func TestWaitingEndsWithTheRun(t *testing.T) {
	dir := t.TempDir()
	s, _ := emptySandbox(t, dir)
	first, _ := held(t, dir)
	defer func() { require.NoError(t, first.release()) }()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.folders.lineage(ctx, cancel)
	require.ErrorIs(t, err, context.Canceled)
}
