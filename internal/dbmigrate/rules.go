package dbmigrate

import (
	"fmt"

	"github.com/tenfold-iac/tenfold/internal/dbmigrate/sqlscript"
)

// checkStatements returns what a file must not contain. Everything here could
// be found out by running the file; finding it first means that a run with such
// a file touches nothing.
func checkStatements(m Migration) []error {
	check := inTransaction
	if m.NoTransaction {
		check = outsideTransaction
	}
	var problems []error
	for _, s := range m.Statements {
		if problem := check(s); problem != "" {
			problems = append(problems, fmt.Errorf("%s:%d: %s: %s", m.Name, s.Line, s.Summary(), problem))
		}
	}
	return problems
}

// inTransaction returns why a statement may not stand in an ordinary file, or "".
func inTransaction(s sqlscript.Statement) string {
	switch {
	case endsTransaction(s):
		return "the file already runs in a transaction that the runner opens and commits; remove this statement"
	case changesRole(s):
		return "the runner chooses the role so that every object has the right owner; remove this statement"
	case s.Starts("set") && !s.Starts("set", "local") && !s.Starts("set", "constraints"), s.Starts("reset"), s.Starts("discard"):
		return "a session setting would outlive the file; use SET LOCAL"
	case s.Starts("copy") && (s.Has("stdin") || s.Has("stdout")):
		return "there is no client data to copy from or to; use INSERT"
	case s.Starts("alter", "table") && s.Has("detach") && s.Has("concurrently"):
		return "an interrupted concurrent detach cannot be taken up again without a person; use DETACH PARTITION without CONCURRENTLY"
	case concurrent(s), s.Starts("vacuum"):
		return "this cannot run in a transaction; move it to a file of its own that begins with -- tenfold:no-transaction"
	}
	return ""
}

func endsTransaction(s sqlscript.Statement) bool {
	for _, word := range []string{"begin", "start", "commit", "end", "abort"} {
		if s.Starts(word) {
			return true
		}
	}
	return s.Starts("prepare", "transaction") || s.Starts("rollback") && !s.Has("to")
}

func changesRole(s sqlscript.Statement) bool {
	for i, t := range s.Tokens {
		if i > 2 {
			break
		}
		if name := t.Name(); i > 0 && (name == "role" || name == "authorization") {
			return s.Starts("set") || s.Starts("reset")
		}
	}
	return false
}

// concurrent reports a statement with CONCURRENTLY in the place of a keyword.
func concurrent(s sqlscript.Statement) bool {
	return (s.Starts("create") || s.Starts("drop") || s.Starts("reindex")) && s.Has("concurrently")
}

// outsideTransaction returns why a statement may not stand in a file marked
// no-transaction, or "". Such a file can be interrupted between a statement and
// the note that it is done, so only statements are allowed that the runner knows
// how to take up again.
func outsideTransaction(s sqlscript.Statement) string {
	switch {
	case s.Starts("create", "index", "concurrently"), s.Starts("create", "unique", "index", "concurrently"):
		if _, ok := parseCreateIndex(s); !ok {
			return "the index needs a name, so that an interrupted build can be found and removed"
		}
		return ""
	case s.Starts("drop", "index", "concurrently", "if", "exists"):
		return ""
	case s.Starts("drop", "index", "concurrently"):
		return "write DROP INDEX CONCURRENTLY IF EXISTS, so that it can be repeated"
	case s.Starts("reindex", "index", "concurrently"), s.Starts("reindex", "table", "concurrently"):
		return ""
	case s.Starts("vacuum"), s.Starts("analyze"), s.Starts("call"):
		return ""
	}
	return "a file marked no-transaction may hold only CREATE INDEX CONCURRENTLY, DROP INDEX CONCURRENTLY IF EXISTS, " +
		"REINDEX INDEX CONCURRENTLY, REINDEX TABLE CONCURRENTLY, VACUUM, ANALYZE and CALL; " +
		"move this statement to a file with a transaction"
}
