package toolchain

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// key names the folder of a built tool: everything that decides its bytes.
func (b *builder) key(ctx context.Context, p pin) (key, version string, err error) {
	version, err = b.pinnedVersion(p)
	if err != nil {
		return "", "", err
	}
	release, err := b.goRelease(ctx, p.name, filepath.Join(b.root, "tools", p.dir))
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

// goRelease returns the Go release that compiles in a module, such as go1.26.8.
func (b *builder) goRelease(ctx context.Context, name, dir string) (string, error) {
	if _, err := exec.LookPath(b.goCommand); err != nil {
		return "", fmt.Errorf("building %s needs Go, and no go command is on PATH; install it from https://go.dev/dl and run this again", name)
	}
	cmd := b.goCmd(ctx, dir, "env", "GOVERSION")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	release := strings.TrimSpace(string(out))
	if err != nil || !strings.HasPrefix(release, "go") {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("building %s needs a newer Go than the one on PATH (%s); install it from https://go.dev/dl and run this again",
			name, strings.TrimSpace(stderr.String()+" "+release))
	}
	return strings.Fields(release)[0], nil
}
