package toolchain

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
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

	report := startReport(b.progress, b.every, p, version)
	defer report.stop()
	if out, err := b.run(ctx, p, report, "list", "-mod=readonly", "-deps", p.pkg); err == nil {
		report.setTotal(bytes.Count(out, []byte("\n")))
	} else {
		return fmt.Errorf("fetch the sources of %s %s: %w", p.name, version, err)
	}
	_, err := b.run(ctx, p, report, "build", "-mod=readonly", "-v",
		"-ldflags", strings.ReplaceAll(p.ldflags, "%s", version),
		"-o", filepath.Join(partial, "bin", executable(p.name)), p.pkg)
	if err != nil {
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

// run starts the go command in the tool's module, feeds the report from its
// standard error and returns its standard output.
func (b *builder) run(ctx context.Context, p pin, report *report, args ...string) ([]byte, error) {
	var stdout bytes.Buffer
	messages := &messageWriter{report: report}
	cmd := b.goCmd(ctx, p, args...)
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

func (b *builder) goCmd(ctx context.Context, p pin, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, b.goCommand, args...)
	cmd.Dir = filepath.Join(b.root, "tools", p.dir)
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

// key names the folder of a built tool: everything that decides its bytes.
func (b *builder) key(ctx context.Context, p pin) (key, version string, err error) {
	version, err = b.pinnedVersion(p)
	if err != nil {
		return "", "", err
	}
	release, err := b.goRelease(ctx, p)
	if err != nil {
		return "", "", err
	}
	hash := sha256.New()
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(b.root, "tools", p.dir, name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", "", fmt.Errorf("read the pin of %s: %w", p.name, err)
		}
		fmt.Fprintf(hash, "%s %d\n%s", name, len(content), content)
	}
	fmt.Fprintf(hash, "%s\n%s\n", p.pkg, p.ldflags)
	digest := hex.EncodeToString(hash.Sum(nil))[:8]
	return fmt.Sprintf("%s-%s-%s-%s", p.name, strings.TrimPrefix(version, "v"), release, digest), version, nil
}

// pinnedVersion reads the version of the module that holds the tool's main
// package from the tool's go.mod.
func (b *builder) pinnedVersion(p pin) (string, error) {
	file := filepath.Join(b.root, "tools", p.dir, "go.mod")
	content, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read the pin of %s: %w", p.name, err)
	}
	var version, module string
	for line := range strings.Lines(string(content)) {
		fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(fields) < 2 || !strings.HasPrefix(fields[1], "v") || strings.Contains(line, "=>") {
			continue
		}
		if (p.pkg == fields[0] || strings.HasPrefix(p.pkg, fields[0]+"/")) && len(fields[0]) > len(module) {
			module, version = fields[0], fields[1]
		}
	}
	if version == "" {
		return "", fmt.Errorf("tools/%s/go.mod requires no module that holds %s; add a require line with the version to use", p.dir, p.pkg)
	}
	return version, nil
}

// goRelease returns the Go release that will compile the tool, such as go1.26.8.
func (b *builder) goRelease(ctx context.Context, p pin) (string, error) {
	if _, err := exec.LookPath(b.goCommand); err != nil {
		return "", fmt.Errorf("building %s needs Go, and no go command is on PATH; install it from https://go.dev/dl and run this again", p.name)
	}
	cmd := b.goCmd(ctx, p, "env", "GOVERSION")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	release := strings.TrimSpace(string(out))
	if err != nil || !strings.HasPrefix(release, "go") {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("building %s needs a newer Go than the one on PATH (%s); install it from https://go.dev/dl and run this again",
			p.name, strings.TrimSpace(stderr.String()+" "+release))
	}
	return strings.Fields(release)[0], nil
}
