package toolchain

import (
	"context"
	"fmt"
	"path/filepath"
	"sort"
	"strings"
)

// own says which main package of this repository is built into which file
// below its root, and how long a first build takes on a two-core machine.
var own = map[string]struct{ pkg, takes string }{
	"bin/tenfold":  {"./cmd/tenfold", "about 5 minutes"}, // most of it for aws/ec2
	"bin/policies": {"./policies", "about a minute"},
}

// Binaries lists the repository's own binaries, as paths below its root.
func Binaries() []string {
	names := make([]string, 0, len(own))
	for name := range own {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Binary builds one of the repository's own binaries, such as "bin/policies",
// and returns its absolute path. The go command decides what has to be
// compiled, so an unchanged binary takes about a second.
func Binary(ctx context.Context, name string) (string, error) {
	b, err := newBuilder()
	if err != nil {
		return "", err
	}
	return b.binary(ctx, name)
}

func (b *builder) binary(ctx context.Context, name string) (string, error) {
	binary, found := own[name]
	if !found {
		return "", fmt.Errorf("unknown binary %q; this repository builds %s", name, strings.Join(Binaries(), " and "))
	}
	if _, err := b.goRelease(ctx, name, b.root); err != nil {
		return "", err
	}
	out := filepath.Join(b.root, filepath.FromSlash(executable(name)))
	announcement := ""
	if !isFile(out) {
		announcement = fmt.Sprintf("building %s: %s the first time on 2 cores, seconds when its packages are in Go's build cache", name, binary.takes)
	}
	report := startReport(b.progress, b.every, name, announcement)
	defer report.stop()
	if err := b.link(ctx, report, b.root, binary.pkg, "-s -w", out); err != nil {
		return "", fmt.Errorf("build %s: %w", name, err)
	}
	return out, nil
}
