package dbmigrate

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tenfold-iac/tenfold/internal/dbmigrate/sqlscript"
)

// directivePrefix begins a line comment that is meant for the runner.
const directivePrefix = "tenfold:"

// Bounds of the two timeouts a file may ask for. A statement that waits for a
// lock makes every later query on that table wait behind it, so the first bound
// is short.
const (
	longestLockTimeout      = time.Minute
	longestStatementTimeout = 2 * time.Hour
)

const knownDirectives = "known are no-transaction, lock-timeout DURATION and statement-timeout DURATION"

func (m *Migration) readDirectives(comments []sqlscript.Comment) error {
	var problems []error
	for _, c := range comments {
		text, ok := strings.CutPrefix(c.Text, directivePrefix)
		if !ok {
			continue
		}
		if err := m.readDirective(text, c.Before); err != nil {
			problems = append(problems, fmt.Errorf("%s:%d: %w", m.Name, c.Line, err))
		}
	}
	return errors.Join(problems...)
}

func (m *Migration) readDirective(text string, beforeStatements bool) error {
	if !beforeStatements {
		return fmt.Errorf("directive %q comes after a statement; move it above the first one", text)
	}
	word, value, _ := strings.Cut(text, " ")
	var err error
	switch {
	case word == "no-transaction" && value == "":
		m.NoTransaction = true
	case word == "lock-timeout":
		m.LockTimeout, err = directiveDuration(word, value, longestLockTimeout)
	case word == "statement-timeout":
		m.StatementTimeout, err = directiveDuration(word, value, longestStatementTimeout)
	default:
		err = fmt.Errorf("directive %q is not known; %s", text, knownDirectives)
	}
	return err
}

func directiveDuration(word, value string, most time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(strings.TrimSpace(value))
	if err != nil {
		return 0, fmt.Errorf("%s takes a duration such as 10s or 5m, got %q", word, value)
	}
	if d < time.Millisecond || d > most {
		return 0, fmt.Errorf("%s must be between 1ms and %s, got %s", word, most, value)
	}
	return d, nil
}
