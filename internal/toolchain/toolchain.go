// Package toolchain finds or builds the command-line tools the repository is
// pinned to: the Pulumi CLI, its Go language host and the linters.
//
// The pins are the go.mod files under tools/. A tool is compiled once into
// .tenfold/tools under the repository root, in a folder named after its
// version, the Go release and a hash of its pin, so that a changed pin builds
// a new folder and an unchanged one costs milliseconds. Nothing is installed
// outside the repository, and a newcomer needs Go and nothing else.
package toolchain

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/blang/semver"
)

// Names of the pinned tools, as Tool takes them.
const (
	NamePulumi       = "pulumi"
	NameLanguageHost = "pulumi-language-go"
	NameGolangCILint = "golangci-lint"
	NameActionlint   = "actionlint"
)

// versionProbe is how long a pulumi found on PATH may take to tell its version.
const versionProbe = 20 * time.Second

// pin says where a tool is pinned and how it is compiled. Its version is not
// here: it is the one tools/<dir>/go.mod requires.
type pin struct {
	name    string
	dir     string // folder under tools/ that holds the pin
	pkg     string // main package
	ldflags string // %s is replaced by the version, with its leading v
	why     string // one clause, shown while it is built
	takes   string // first build on a two-core machine
}

func pins() []pin {
	return []pin{
		{
			name: NamePulumi, dir: "pulumi",
			pkg:     "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
			ldflags: "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=%s",
			why:     "the Pulumi CLI, which runs every preview and update",
			takes:   "about 4 minutes",
		},
		{
			name: NameLanguageHost, dir: "langhost",
			pkg:     "github.com/pulumi/pulumi/sdk/v3/go/pulumi-language-go",
			ldflags: "-s -w",
			why:     "the language host through which a plain pulumi command starts a Go program",
			takes:   "about half a minute",
		},
		{
			name: NameGolangCILint, dir: "lint",
			pkg:     "github.com/golangci/golangci-lint/v2/cmd/golangci-lint",
			ldflags: "-s -w",
			why:     "the Go linter of this repository",
			takes:   "about 2 minutes",
		},
		{
			name: NameActionlint, dir: "actionlint",
			pkg:     "github.com/rhysd/actionlint/cmd/actionlint",
			ldflags: "-s -w",
			why:     "the linter of the workflow files",
			takes:   "about 10 seconds",
		},
	}
}

// Pulumi returns the path of a Pulumi CLI of at least the pinned version: the
// one on PATH when it is new enough, otherwise the pinned one, built first when
// that has not happened yet. Building reports its progress on standard error.
func Pulumi(ctx context.Context) (string, error) {
	b, err := newBuilder()
	if err != nil {
		return "", err
	}
	return b.pulumi(ctx)
}

// LanguageHost returns the folder that holds pulumi-language-go, to be put on
// PATH for a plain pulumi command: the one on PATH when an acceptable pulumi is
// there as well, otherwise that of the pinned one, which is also the folder of
// the pinned CLI when that is in use.
func LanguageHost(ctx context.Context) (string, error) {
	b, err := newBuilder()
	if err != nil {
		return "", err
	}
	return b.languageHost(ctx)
}

// Tool returns the path of a pinned tool by name, built first when needed. It
// never looks at PATH: a linter of another version reports other findings.
func Tool(ctx context.Context, name string) (string, error) {
	b, err := newBuilder()
	if err != nil {
		return "", err
	}
	p, err := findPin(name)
	if err != nil {
		return "", err
	}
	return b.ensure(ctx, p)
}

// Names lists the pinned tools in alphabetical order.
func Names() []string {
	var names []string
	for _, p := range pins() {
		names = append(names, p.name)
	}
	sort.Strings(names)
	return names
}

func findPin(name string) (pin, error) {
	for _, p := range pins() {
		if p.name == name {
			return p, nil
		}
	}
	return pin{}, fmt.Errorf("unknown tool %q; the pinned tools are %s", name, strings.Join(Names(), ", "))
}

func newBuilder() (*builder, error) {
	root, err := Root()
	if err != nil {
		return nil, err
	}
	return &builder{root: root, goCommand: "go", progress: os.Stderr, every: 10 * time.Second}, nil
}

func (b *builder) pulumi(ctx context.Context) (string, error) {
	p, err := findPin(NamePulumi)
	if err != nil {
		return "", err
	}
	found, reason, err := b.pulumiOnPath(ctx, p)
	if err != nil || found != "" {
		return found, err
	}
	p.why += "; " + reason
	return b.ensure(ctx, p)
}

func (b *builder) languageHost(ctx context.Context) (string, error) {
	cli, err := findPin(NamePulumi)
	if err != nil {
		return "", err
	}
	found, _, err := b.pulumiOnPath(ctx, cli)
	if err != nil {
		return "", err
	}
	if host, lookErr := exec.LookPath(NameLanguageHost); lookErr == nil && found != "" {
		return absoluteDir(host)
	}
	p, err := findPin(NameLanguageHost)
	if err != nil {
		return "", err
	}
	path, err := b.ensure(ctx, p)
	if err != nil || found != "" {
		return filepath.Dir(path), err
	}
	built, err := b.ensure(ctx, cli)
	if err != nil {
		return "", err
	}
	return filepath.Dir(built), placeBeside(path, filepath.Dir(built))
}

// placeBeside puts the language host into the folder of the CLI, where an
// installed Pulumi has it; found elsewhere, the CLI warns on every run.
func placeBeside(host, dir string) error {
	beside := filepath.Join(dir, filepath.Base(host))
	source, err := os.Stat(host)
	if err != nil {
		return fmt.Errorf("place the language host: %w", err)
	}
	if existing, err := os.Stat(beside); err == nil && os.SameFile(source, existing) {
		return nil
	}
	temp := fmt.Sprintf("%s.%d", beside, os.Getpid())
	defer os.Remove(temp)
	if err := os.Link(host, temp); err != nil {
		return fmt.Errorf("place the language host beside the Pulumi CLI: %w", err)
	}
	return os.Rename(temp, beside)
}

// pulumiOnPath returns the pulumi on PATH when its version is at least the
// pinned one; otherwise it returns the reason why it is not used.
func (b *builder) pulumiOnPath(ctx context.Context, p pin) (path, reason string, err error) {
	pinned, err := b.pinnedVersion(p)
	if err != nil {
		return "", "", err
	}
	least, err := semver.ParseTolerant(pinned)
	if err != nil {
		return "", "", fmt.Errorf("tools/%s/go.mod pins %s at %q, which is not a version: %w", p.dir, p.name, pinned, err)
	}
	found, err := exec.LookPath(p.name)
	if err != nil {
		return "", fmt.Sprintf("no pulumi is on PATH, and %s or newer is needed", least), nil
	}
	probe, cancel := context.WithTimeout(ctx, versionProbe)
	defer cancel()
	cmd := exec.CommandContext(probe, found, "version")
	cmd.Env = append(os.Environ(), "PULUMI_SKIP_UPDATE_CHECK=true")
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Sprintf("%s does not tell its version (%v)", found, err), ctx.Err()
	}
	has, err := semver.ParseTolerant(strings.TrimSpace(string(out)))
	if err != nil {
		return "", fmt.Sprintf("%s tells no version that can be read", found), nil
	}
	if has.LT(least) || has.Major != least.Major {
		return "", fmt.Sprintf("%s is %s, and %s or newer is needed", found, has, least), nil
	}
	found, err = filepath.Abs(found)
	return found, "", err
}

func absoluteDir(path string) (string, error) {
	abs, err := filepath.Abs(path)
	return filepath.Dir(abs), err
}
