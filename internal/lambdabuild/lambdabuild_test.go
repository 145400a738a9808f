package lambdabuild

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// module writes a module whose program is small and quick to compile.
func module(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/function\n\ngo 1.26\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte("package main\n\nfunc main() { println(\""+text+"\") }\n"), 0o644))
	return dir
}

func build(t *testing.T, dir string, files map[string][]byte) (Result, []byte) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "function.zip")
	result, err := Build(t.Context(), Options{Dir: dir, Package: ".", Files: files, Output: out})
	require.NoError(t, err)
	data, err := os.ReadFile(out)
	require.NoError(t, err)
	return result, data
}

func TestSameSourcesGiveTheSameBytesWhereverAndWhenever(t *testing.T) {
	files := map[string][]byte{"migrations/0001_a.sql": []byte("SELECT 1"), "ca.pem": []byte("x")}
	a, first := build(t, module(t, "hello"), files)

	other := module(t, "hello")
	old := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	require.NoError(t, os.Chtimes(filepath.Join(other, "main.go"), old, old))
	t.Setenv("GOFLAGS", "-tags=other")
	t.Setenv("GOARCH", "amd64")
	b, second := build(t, other, files)

	assert.True(t, bytes.Equal(first, second))
	assert.Equal(t, a.SHA256, b.SHA256)
	assert.Len(t, a.CodeSHA256, 44)
	assert.Equal(t, len(first), a.Size)
}

func TestChangedSourceOrFileChangesTheHash(t *testing.T) {
	files := map[string][]byte{"a.sql": []byte("SELECT 1")}
	a, _ := build(t, module(t, "hello"), files)
	b, _ := build(t, module(t, "goodbye"), files)
	c, _ := build(t, module(t, "hello"), map[string][]byte{"a.sql": []byte("SELECT 2")})
	d, _ := build(t, module(t, "hello"), map[string][]byte{"b.sql": []byte("SELECT 1")})
	assert.Len(t, map[string]bool{a.SHA256: true, b.SHA256: true, c.SHA256: true, d.SHA256: true}, 4)
}

func TestPackageHoldsAnExecutableForArmAndTheFiles(t *testing.T) {
	_, data := build(t, module(t, "hello"), map[string][]byte{"migrations/0001_a.sql": []byte("SELECT 1")})
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	require.Len(t, archive.File, 2)
	assert.Equal(t, "bootstrap", archive.File[0].Name)
	assert.Equal(t, os.FileMode(0o755), archive.File[0].Mode())
	assert.Equal(t, "migrations/0001_a.sql", archive.File[1].Name)
	assert.Equal(t, os.FileMode(0o644), archive.File[1].Mode())

	file, err := archive.File[0].Open()
	require.NoError(t, err)
	binary, err := io.ReadAll(file)
	require.NoError(t, err)
	program, err := elf.NewFile(bytes.NewReader(binary))
	require.NoError(t, err)
	assert.Equal(t, elf.EM_AARCH64, program.Machine)
	assert.Nil(t, program.Section(".interp"), "the program needs a dynamic linker")
}

func TestOutputThatIsTheSameIsLeftAlone(t *testing.T) {
	o := Options{Dir: module(t, "hello"), Package: ".", Output: filepath.Join(t.TempDir(), "new", "function.zip")}
	first, err := Build(t.Context(), o)
	require.NoError(t, err)
	assert.True(t, first.Changed)
	before, err := os.Stat(o.Output)
	require.NoError(t, err)

	second, err := Build(t.Context(), o)
	require.NoError(t, err)
	assert.False(t, second.Changed)
	after, err := os.Stat(o.Output)
	require.NoError(t, err)
	assert.True(t, os.SameFile(before, after))
	left, err := os.ReadDir(filepath.Dir(o.Output))
	require.NoError(t, err)
	assert.Len(t, left, 1)
}

func TestProgramThatDoesNotCompileIsReportedAndWritesNothing(t *testing.T) {
	dir := module(t, `") + ("`)
	out := filepath.Join(t.TempDir(), "function.zip")
	_, err := Build(t.Context(), Options{Dir: dir, Package: "./missing", Output: out})
	assert.ErrorContains(t, err, "build ./missing for linux/arm64: ")
	assert.ErrorContains(t, err, "missing")
	assert.NoFileExists(t, out)
}

func TestOptionsAreCheckedTogether(t *testing.T) {
	_, err := Build(t.Context(), Options{Files: map[string][]byte{"bootstrap": nil}})
	assert.EqualError(t, err, "lambda package: Package and Output are required\n"+
		`lambda package: file "bootstrap" must have a relative name other than bootstrap`)
	_, err = Build(t.Context(), Options{Package: ".", Output: "x", Files: map[string][]byte{"../x": nil}})
	assert.ErrorContains(t, err, `file "../x" must have a relative name`)
}
