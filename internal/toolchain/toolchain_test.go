package toolchain

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// greeter is a pinned tool of one file: it prints the version linked into it.
var greeter = pin{
	name: "greeter", dir: "greeter", pkg: "example.com/greeter/cmd/greeter",
	ldflags: "-X main.version=%s", why: "a tool for tests", takes: "a moment",
}

// newCheckout lays out a repository that pins greeter at version, and returns a
// builder for it.
func newCheckout(t *testing.T, version string) *builder {
	t.Helper()
	root := t.TempDir()
	write(t, root, "go.mod", "module "+modulePath+"\n")
	write(t, root, "tools/greeter/go.mod", pinFile(version))
	write(t, root, "tools/greeter/source/go.mod", "module example.com/greeter\n\ngo 1.26\n")
	write(t, root, "tools/greeter/source/cmd/greeter/main.go",
		"package main\n\nvar version string\n\nfunc main() { print(version) }\n")
	return &builder{root: root, goCommand: "go", progress: &safeBuffer{}, every: time.Minute}
}

func pinFile(version string) string {
	return "module tools/greeter\n\ngo 1.26\n\nrequire example.com/greeter " + version +
		"\n\nreplace example.com/greeter => ./source\n\ntool example.com/greeter/cmd/greeter\n"
}

func write(t *testing.T, root, name, content string) string {
	t.Helper()
	path := filepath.Join(root, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o755))
	return path
}

// safeBuffer takes progress lines from several goroutines.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func run(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.Command(path).CombinedOutput()
	require.NoError(t, err)
	return string(out)
}

func TestAToolIsBuiltOnceWithItsPinnedVersion(t *testing.T) {
	b := newCheckout(t, "v1.2.3")

	first, err := b.ensure(t.Context(), greeter)
	require.NoError(t, err)
	assert.Equal(t, "v1.2.3", run(t, first))
	assert.Contains(t, first, filepath.Join(".tenfold", "tools", "greeter-1.2.3-go"))
	assert.Contains(t, fmt.Sprint(b.progress), "building greeter 1.2.3 (a tool for tests): a moment the first time")

	before, err := os.Stat(first)
	require.NoError(t, err)
	second, err := b.ensure(t.Context(), greeter)
	require.NoError(t, err)
	after, err := os.Stat(second)
	require.NoError(t, err)
	assert.True(t, os.SameFile(before, after), "an unchanged pin must not be built again")
	assert.Equal(t, 1, strings.Count(fmt.Sprint(b.progress), "building greeter"))
}

func TestAChangedPinBuildsBesideTheOldOne(t *testing.T) {
	b := newCheckout(t, "v1.2.3")
	old, err := b.ensure(t.Context(), greeter)
	require.NoError(t, err)

	write(t, b.root, "tools/greeter/go.mod", pinFile("v1.3.0"))
	renewed, err := b.ensure(t.Context(), greeter)
	require.NoError(t, err)
	assert.Equal(t, "v1.3.0", run(t, renewed))
	assert.Equal(t, "v1.2.3", run(t, old), "another branch may still use the old one")
}

func TestABuildThatFailsSaysWhyAndLeavesNothing(t *testing.T) {
	b := newCheckout(t, "v1.2.3")
	source := write(t, b.root, "tools/greeter/source/cmd/greeter/main.go", "package main\n\nfunc main() { missing() }\n")

	_, err := b.ensure(t.Context(), greeter)
	require.ErrorContains(t, err, "build greeter v1.2.3")
	require.ErrorContains(t, err, "undefined: missing")
	assert.Empty(t, visible(t, b.store()))

	require.NoError(t, os.WriteFile(source, []byte("package main\n\nfunc main() { print(\"mended\") }\n"), 0o644))
	path, err := b.ensure(t.Context(), greeter)
	require.NoError(t, err)
	assert.Equal(t, "mended", run(t, path))
}

// visible lists a folder without lock files.
func visible(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".lock") {
			names = append(names, e.Name())
		}
	}
	return names
}

// countingGo is a go command that notes each build in a file, writes half a
// result and holds the build until the file "go-on" exists.
func countingGo(t *testing.T, b *builder) {
	t.Helper()
	real, err := exec.LookPath("go")
	require.NoError(t, err)
	b.goCommand = write(t, b.root, "fake/go", `#!/bin/sh
if [ "$1" = build ]; then
  echo $$ >> "`+b.root+`/builds"
  for flag in "$@"; do [ "$out" = next ] && out=$flag; [ "$flag" = -o ] && out=next; done
  printf half > "$out"
  until [ -e "`+b.root+`/go-on" ]; do sleep 0.02; done
  rm "$out"
fi
exec "`+real+`" "$@"
`)
}

func builds(b *builder) int {
	content, _ := os.ReadFile(filepath.Join(b.root, "builds"))
	return bytes.Count(content, []byte("\n"))
}

func TestTwoThatNeedTheSameToolBuildItOnce(t *testing.T) {
	b := newCheckout(t, "v1.2.3")
	countingGo(t, b)
	paths := make(chan string, 2)
	for range 2 {
		go func() {
			path, err := b.ensure(t.Context(), greeter)
			assert.NoError(t, err)
			paths <- path
		}()
	}
	require.Eventually(t, func() bool {
		return strings.Contains(fmt.Sprint(b.progress), "another process builds greeter; waiting for it")
	}, time.Minute, 10*time.Millisecond)
	write(t, b.root, "go-on", "")

	assert.Equal(t, <-paths, <-paths)
	assert.Equal(t, 1, builds(b))
}

func TestACancelledBuildLeavesNothingAndFreesTheLock(t *testing.T) {
	b := newCheckout(t, "v1.2.3")
	countingGo(t, b)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := b.ensure(ctx, greeter)
		failed <- err
	}()
	require.Eventually(t, func() bool { return builds(b) == 1 }, time.Minute, 10*time.Millisecond)
	cancel()
	require.ErrorIs(t, <-failed, context.Canceled)
	assert.Empty(t, visible(t, b.store()))

	write(t, b.root, "go-on", "")
	path, err := b.ensure(t.Context(), greeter)
	require.NoError(t, err)
	assert.Equal(t, "v1.2.3", run(t, path))
}

// TestHelperBuild is not a test of its own: it is the process that
// TestAKilledBuildIsStartedAgain kills.
func TestHelperBuild(t *testing.T) {
	root, fakeGo := os.Getenv("TOOLCHAIN_TEST_ROOT"), os.Getenv("TOOLCHAIN_TEST_GO")
	if root == "" {
		return
	}
	b := &builder{root: root, goCommand: fakeGo, progress: os.Stderr, every: time.Minute}
	_, err := b.ensure(context.Background(), greeter)
	require.NoError(t, err)
}

func TestAKilledBuildIsStartedAgain(t *testing.T) {
	b := newCheckout(t, "v1.2.3")
	countingGo(t, b)
	cmd := exec.Command(os.Args[0], "-test.run=^TestHelperBuild$")
	cmd.Env = append(os.Environ(), "TOOLCHAIN_TEST_ROOT="+b.root, "TOOLCHAIN_TEST_GO="+b.goCommand)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that its go command dies with it
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool { return builds(b) == 1 }, time.Minute, 10*time.Millisecond)
	require.NoError(t, syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL))
	require.Error(t, cmd.Wait())
	require.Len(t, visible(t, b.store()), 1, "the killed build left its partial folder, which no one may take for a tool")

	write(t, b.root, "go-on", "")
	path, err := b.ensure(t.Context(), greeter)
	require.NoError(t, err)
	assert.Equal(t, "v1.2.3", run(t, path))
	assert.Len(t, visible(t, b.store()), 1)
}

func TestAMissingGoIsNamed(t *testing.T) {
	b := newCheckout(t, "v1.2.3")
	b.goCommand = "no-such-go"
	_, err := b.ensure(t.Context(), greeter)
	require.EqualError(t, err, "building greeter needs Go, and no go command is on PATH; install it from https://go.dev/dl and run this again")
}

func TestATooOldGoIsNamedWithWhatItSays(t *testing.T) {
	b := newCheckout(t, "v1.2.3")
	b.goCommand = write(t, b.root, "fake/go",
		"#!/bin/sh\necho 'go: go.mod requires go >= 1.26 (running go 1.21; GOTOOLCHAIN=local)' >&2\nexit 1\n")
	_, err := b.ensure(t.Context(), greeter)
	require.ErrorContains(t, err, "building greeter needs a newer Go than the one on PATH (go: go.mod requires go >= 1.26 (running go 1.21; GOTOOLCHAIN=local))")
}

func TestAToolIsBuiltForThisMachineWhateverTheEnvironmentTargets(t *testing.T) {
	t.Setenv("GOOS", "plan9")
	t.Setenv("GOARCH", "arm")
	b := newCheckout(t, "v1.2.3")
	path, err := b.ensure(t.Context(), greeter)
	require.NoError(t, err)
	assert.Equal(t, "v1.2.3", run(t, path))
}
