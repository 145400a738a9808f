package sandboxrun

import (
	"bytes"
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

func TestAProcessThatOutlivesItsRunIsWaitedFor(t *testing.T) {
	dir := t.TempDir()
	killed, _ := emptySandbox(t, dir)
	require.NoError(t, killed.engage(t.Context()))
	orphan := exec.Command("sleep", "600")
	require.NoError(t, orphan.Start())
	require.NoError(t, killed.disengage())

	next, notes := emptySandbox(t, dir)
	engaged := make(chan error, 1)
	go func() { engaged <- next.engage(t.Context()) }()
	select {
	case err := <-engaged:
		t.Fatal("went on while a process of the run before was alive", err)
	case <-time.After(200 * time.Millisecond):
	}
	require.NoError(t, orphan.Process.Kill())
	_ = orphan.Wait() // it was killed
	require.NoError(t, <-engaged)
	assert.Contains(t, []string{"", "waiting for the processes of a run that was killed\n"}, notes.String())
	require.NoError(t, next.disengage())
}

func TestARunThatEndedIsNotWaitedFor(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		s, notes := emptySandbox(t, dir)
		require.NoError(t, s.engage(t.Context()))
		require.NoError(t, exec.Command("true").Run())
		require.NoError(t, s.disengage())
		assert.Empty(t, notes.String())
	}
}
