package toolchain

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// builder compiles pinned tools for one checkout.
type builder struct {
	root      string
	goCommand string
	progress  io.Writer
	every     time.Duration // between two progress lines
}

// ensure returns the path of the tool's executable, compiling it first when the
// folder for its pin does not exist yet.
//
// A folder comes into being by one rename of a finished build, so its presence
// means that the build was complete. The lock is the operating system's own: it
// ends with the process that holds it, however that process ends.
func (b *builder) ensure(ctx context.Context, p pin) (string, error) {
	key, version, err := b.key(ctx, p)
	if err != nil {
		return "", err
	}
	final := filepath.Join(b.store(), key)
	path := filepath.Join(final, "bin", executable(p.name))
	if isFile(path) {
		return path, nil
	}
	if err := os.MkdirAll(b.store(), 0o755); err != nil {
		return "", fmt.Errorf("prepare the folder of built tools: %w", err)
	}
	unlock, err := b.lock(ctx, p, key)
	if err != nil {
		return "", err
	}
	defer unlock()
	if isFile(path) { // built by the process that held the lock before
		return path, nil
	}
	if err := b.compile(ctx, p, version, key, final); err != nil {
		return "", err
	}
	return path, nil
}

func (b *builder) store() string { return filepath.Join(b.root, ".tenfold", "tools") }

// lock waits until no other process builds the same folder.
func (b *builder) lock(ctx context.Context, p pin, key string) (func(), error) {
	type result struct {
		unlock func()
		err    error
	}
	got := make(chan result, 1)
	go func() {
		unlock, err := lockedfile.MutexAt(filepath.Join(b.store(), "."+key+".lock")).Lock()
		got <- result{unlock, err}
	}()
	tell := time.NewTimer(time.Second)
	defer tell.Stop()
	for {
		select {
		case r := <-got:
			if r.err != nil {
				return nil, fmt.Errorf("lock the build of %s: %w", p.name, r.err)
			}
			return r.unlock, nil
		case <-tell.C:
			fmt.Fprintf(b.progress, "another process builds %s; waiting for it\n", p.name)
		case <-ctx.Done():
			go func() { // the lock may still be granted: give it back
				if r := <-got; r.err == nil {
					r.unlock()
				}
			}()
			return nil, fmt.Errorf("wait for another build of %s: %w", p.name, ctx.Err())
		}
	}
}

func (b *builder) compile(ctx context.Context, p pin, version, key, final string) error {
	partial := filepath.Join(b.store(), ".partial-"+key)
	if err := os.RemoveAll(partial); err != nil { // left by a build that was killed
		return fmt.Errorf("remove an unfinished build of %s: %w", p.name, err)
	}
	defer os.RemoveAll(partial)
	if err := os.MkdirAll(filepath.Join(partial, "bin"), 0o755); err != nil {
		return fmt.Errorf("prepare the build of %s: %w", p.name, err)
	}

	report := startReport(b.progress, b.every, p.name, p.announcement(version))
	defer report.stop()
	dir := filepath.Join(b.root, "tools", p.dir)
	ldflags := strings.ReplaceAll(p.ldflags, "%s", version)
	if err := b.link(ctx, report, dir, p.pkg, ldflags, filepath.Join(partial, "bin", executable(p.name))); err != nil {
		return fmt.Errorf("build %s %s: %w", p.name, version, err)
	}
	if err := os.RemoveAll(final); err != nil { // a folder without its executable
		return fmt.Errorf("replace an incomplete %s: %w", p.name, err)
	}
	if err := os.Rename(partial, final); err != nil {
		return fmt.Errorf("put %s in place: %w", p.name, err)
	}
	report.done(final)
	return nil
}

// link compiles a main package of the module in dir into an executable.
func (b *builder) link(ctx context.Context, report *report, dir, pkg, ldflags, out string) error {
	packages, err := b.run(ctx, report, dir, "list", "-mod=readonly", "-deps", pkg) // fetches the sources
	if err != nil {
		return err
	}
	report.setTotal(bytes.Count(packages, []byte("\n")))
	_, err = b.run(ctx, report, dir, "build", "-mod=readonly", "-v", "-ldflags", ldflags, "-o", out, pkg)
	return err
}

// run starts the go command in a module, feeds the report from its standard
// error and returns its standard output.
func (b *builder) run(ctx context.Context, report *report, dir string, args ...string) ([]byte, error) {
	var stdout bytes.Buffer
	messages := &messageWriter{report: report}
	cmd := b.goCmd(ctx, dir, args...)
	cmd.Stdout, cmd.Stderr = &stdout, messages
	err := cmd.Run()
	messages.flush()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("stopped: %w", ctx.Err())
	}
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, messages.text())
	}
	return stdout.Bytes(), nil
}

func (b *builder) goCmd(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, b.goCommand, args...)
	cmd.Dir = dir
	cmd.Env = hostEnv(os.Environ())
	// The go command stops its compilers on an interrupt, and none on a kill.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// hostEnv drops what would build the tool for another machine, or take its
// modules from a workspace instead of its pin.
func hostEnv(env []string) []string {
	kept := make([]string, 0, len(env)+1)
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		if name != "GOOS" && name != "GOARCH" && name != "GOWORK" {
			kept = append(kept, kv)
		}
	}
	return append(kept, "GOWORK=off")
}
