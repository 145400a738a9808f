package dbmigrate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/tenfold-iac/tenfold/internal/dbmigrate/sqlscript"
)

// Migration is one file of the migrations directory.
type Migration struct {
	Seq    int
	Name   string // the file's name, such as 0001_invoices.sql
	SHA256 string // of the content with line ends as \n, in hexadecimal

	// NoTransaction is set by the directive no-transaction: each statement
	// commits by itself.
	NoTransaction bool

	// LockTimeout and StatementTimeout are set by the directives lock-timeout
	// and statement-timeout; zero means that the run's own apply.
	LockTimeout, StatementTimeout time.Duration

	Statements []sqlscript.Statement
}

var fileName = regexp.MustCompile(`^(\d{4})_[a-z0-9][a-z0-9_]*\.sql$`)

// ReadSource reads the migrations at the root of files, in the order of their
// numbers. Files that do not end in .sql are left alone. The error lists every
// problem of every file.
func ReadSource(files fs.FS) ([]Migration, error) {
	entries, err := fs.ReadDir(files, ".") // sorted by name, hence by number
	if err != nil {
		return nil, fmt.Errorf("read the migrations directory: %w", err)
	}
	var all []Migration
	var problems []error
	for _, entry := range entries {
		if entry.IsDir() || !strings.HasSuffix(entry.Name(), ".sql") {
			continue
		}
		m, err := readMigration(files, entry.Name())
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if n := len(all); n > 0 && all[n-1].Seq == m.Seq {
			problems = append(problems, fmt.Errorf("%s: number %04d is also taken by %s; give it the next free number",
				m.Name, m.Seq, all[n-1].Name))
		}
		all = append(all, m)
	}
	return all, errors.Join(problems...)
}

func readMigration(files fs.FS, name string) (Migration, error) {
	match := fileName.FindStringSubmatch(name)
	if match == nil {
		return Migration{}, fmt.Errorf("%s: a migration is named NNNN_what_it_does.sql, with four digits, "+
			"lower-case letters, digits and underscores; rename it", name)
	}
	content, err := fs.ReadFile(files, name)
	if err != nil {
		return Migration{}, fmt.Errorf("%s: %w", name, err)
	}
	// A checkout on Windows may have other line ends; that is no change.
	content = bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))
	script, err := sqlscript.Split(string(content))
	if err != nil {
		return Migration{}, fmt.Errorf("%s: %w", name, err)
	}
	sum := sha256.Sum256(content)
	m := Migration{Name: name, SHA256: hex.EncodeToString(sum[:]), Statements: script.Statements}
	m.Seq, _ = strconv.Atoi(match[1]) // four digits
	problems := []error{m.readDirectives(script.Comments)}
	if len(m.Statements) == 0 {
		problems = append(problems, fmt.Errorf("%s: there is no statement in it; write one or remove the file", name))
	}
	problems = append(problems, checkStatements(m)...)
	return m, errors.Join(problems...)
}

// prefixSHA256 identifies the first n statements, whatever comments and blanks
// stand between them.
func (m Migration) prefixSHA256(n int) string {
	h := sha256.New()
	for _, s := range m.Statements[:min(n, len(m.Statements))] {
		fmt.Fprintf(h, "%d:%s\n", len(s.Text), s.Text)
	}
	return hex.EncodeToString(h.Sum(nil))
}
