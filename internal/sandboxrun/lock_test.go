package sandboxrun

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// locked is a sandbox whose backend holds a lock of the given process.
func locked(t *testing.T, pid int, host string) (*Sandbox, *bytes.Buffer, string) {
	t.Helper()
	notes := &bytes.Buffer{}
	s := &Sandbox{options: Options{Notes: notes}, folders: FoldersOf(t.TempDir(), "dev")}
	path := filepath.Join(s.folders.Backend(), ".pulumi", "locks", "organization", "shop", "dev", "a.json")
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, fmt.Appendf(nil, `{"pid":%d,"hostname":%q}`, pid, host), 0o644))
	return s, notes, path
}

func TestALockOfAProcessThatIsGoneIsRemovedAtOnce(t *testing.T) {
	gone := exec.Command("true")
	require.NoError(t, gone.Run())
	host, err := os.Hostname()
	require.NoError(t, err)
	for name, s := range map[string]func() (*Sandbox, *bytes.Buffer, string){
		"ended":         func() (*Sandbox, *bytes.Buffer, string) { return locked(t, gone.Process.Pid, host) },
		"other machine": func() (*Sandbox, *bytes.Buffer, string) { return locked(t, os.Getpid(), "elsewhere.example.com") },
	} {
		sandbox, notes, path := s()
		require.NoError(t, sandbox.releaseBackend(t.Context()), name)
		assert.NoFileExists(t, path, name)
		assert.Empty(t, notes.String(), name)
	}
}

func TestAnOrphanedEngineIsWaitedFor(t *testing.T) {
	orphan := exec.Command("sleep", "600")
	require.NoError(t, orphan.Start())
	host, err := os.Hostname()
	require.NoError(t, err)
	s, notes, path := locked(t, orphan.Process.Pid, host)
	released := make(chan error, 1)
	go func() { released <- s.releaseBackend(t.Context()) }()
	select {
	case err := <-released:
		t.Fatal("released while its owner was alive", err)
	default:
	}
	require.FileExists(t, path)
	require.NoError(t, orphan.Process.Kill())
	_ = orphan.Wait()
	require.NoError(t, <-released)
	assert.NoFileExists(t, path)
	assert.Contains(t, []string{"", fmt.Sprintf("waiting for process %d, which still ends a run that was killed\n", orphan.Process.Pid)}, notes.String())
}
