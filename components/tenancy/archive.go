package tenancy

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// archive is the package of the functions. Its two hashes say what has to run
// again: the guard is part of the program, the migrations lie beside it.
type archive struct {
	path    string // absolute, because the engine may run in another folder
	program string // hash of everything but the migrations
	whole   string // hash of everything
}

// program is the file that Lambda's provided.al2023 runtime starts.
const program = "bootstrap"

// readArchive hashes names and contents, not the file: packing does not count.
func readArchive(path string) (archive, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return archive{}, fmt.Errorf("%q: %w", path, err)
	}
	file, err := zip.OpenReader(absolute)
	if errors.Is(err, fs.ErrNotExist) {
		return archive{}, fmt.Errorf("%q does not exist; run `make functions`, which builds it", path)
	}
	if err != nil {
		return archive{}, fmt.Errorf("%q cannot be read (%w); delete it and run `make functions`", path, err)
	}
	defer func() { _ = file.Close() }() // it was only read
	entries := slices.Clone(file.File)
	slices.SortFunc(entries, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	code, all, found := sha256.New(), sha256.New(), false
	for _, entry := range entries {
		found = found || entry.Name == program
		into := io.Writer(all)
		if !strings.HasPrefix(entry.Name, "migrations/") {
			into = io.MultiWriter(all, code)
		}
		if err := copyEntry(into, entry); err != nil {
			return archive{}, fmt.Errorf("%q cannot be read (%w); delete it and run `make functions`", path, err)
		}
	}
	if !found {
		return archive{}, fmt.Errorf("%q holds no program named %s; delete it and run `make functions`", path, program)
	}
	text := func(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
	return archive{path: absolute, program: text(code), whole: text(all)}, nil
}

// copyEntry writes a file with its name and size, so that no two archives that
// differ give the same stream.
func copyEntry(into io.Writer, entry *zip.File) error {
	if _, err := fmt.Fprintf(into, "%q %d\n", entry.Name, entry.UncompressedSize64); err != nil {
		return err
	}
	content, err := entry.Open()
	if err != nil {
		return err
	}
	_, err = io.Copy(into, content)
	return errors.Join(err, content.Close())
}
