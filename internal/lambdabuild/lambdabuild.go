// Package lambdabuild makes the deployment package of a Go Lambda function for
// arm64. The same sources and the same Go give the same bytes on every machine,
// so the hash of the package changes only when something in it does.
package lambdabuild

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Options say what to build.
type Options struct {
	// Dir is a directory of the module.
	Dir string

	// Package is the main package, such as ./functions/dbmigrate.
	Package string

	// Files are put beside the program: their names in the package and their
	// contents. Default: none.
	Files map[string][]byte

	// Output is the zip file. It is left alone when it is the same already.
	Output string
}

// Result is a deployment package.
type Result struct {
	Output     string `json:"output"`
	Size       int    `json:"size"`       // in bytes
	SHA256     string `json:"sha256"`     // in hexadecimal
	CodeSHA256 string `json:"codeSha256"` // in base64, as Lambda reports it
	Changed    bool   `json:"changed"`    // false when Output had these bytes
}

// program is the file that Lambda's provided.al2023 runtime starts.
const program = "bootstrap"

// environment replaces what a developer's settings could change in the program.
// GOTOOLCHAIN stays: go.mod decides which Go builds.
var environment = []string{
	"GOOS=linux", "GOARCH=arm64", "GOARM64=v8.0", "CGO_ENABLED=0",
	"GOFLAGS=", "GOEXPERIMENT=", "GOWORK=off", "GOFIPS140=off", "GODEBUG=",
}

// Build compiles the program and writes the package.
func Build(ctx context.Context, o Options) (Result, error) {
	if err := o.check(); err != nil {
		return Result{}, err
	}
	binary, err := compile(ctx, o)
	if err != nil {
		return Result{}, err
	}
	content := map[string][]byte{program: binary}
	for name, data := range o.Files {
		content[name] = data
	}
	data, err := pack(content)
	if err != nil {
		return Result{}, err
	}
	changed, err := write(o.Output, data)
	if err != nil {
		return Result{}, err
	}
	sum := sha256.Sum256(data)
	return Result{
		Output: o.Output, Size: len(data), Changed: changed,
		SHA256: hex.EncodeToString(sum[:]), CodeSHA256: base64.StdEncoding.EncodeToString(sum[:]),
	}, nil
}

func (o Options) check() error {
	var problems []error
	if o.Package == "" || o.Output == "" {
		problems = append(problems, errors.New("lambda package: Package and Output are required"))
	}
	for name := range o.Files {
		if name == program || !filepath.IsLocal(name) {
			problems = append(problems, fmt.Errorf("lambda package: file %q must have a relative name other than %s", name, program))
		}
	}
	return errors.Join(problems...)
}

func compile(ctx context.Context, o Options) ([]byte, error) {
	dir, err := os.MkdirTemp("", "tenfold-lambda-")
	if err != nil {
		return nil, fmt.Errorf("build %s: %w", o.Package, err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // a leftover in the temporary directory does no harm
	target := filepath.Join(dir, program)
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-tags=lambda.norpc",
		"-ldflags=-s -w -buildid=", "-o", target, o.Package)
	cmd.Dir = o.Dir
	cmd.Env = append(os.Environ(), environment...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("build %s for linux/arm64: %w\n%s", o.Package, err, strings.TrimSpace(stderr.String()))
	}
	return os.ReadFile(target)
}

// write replaces the file at once, or not at all.
func write(path string, data []byte) (changed bool, err error) {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return false, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return false, fmt.Errorf("write the lambda package: %w", err)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".lambda-*.zip")
	if err != nil {
		return false, fmt.Errorf("write the lambda package: %w", err)
	}
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return false, errors.Join(fmt.Errorf("write the lambda package: %w", err), os.Remove(temp.Name()))
	}
	return true, nil
}
