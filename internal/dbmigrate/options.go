package dbmigrate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
)

// Options say what a run works with.
type Options struct {
	// Connect opens a connection to the writer as the migrator. A run opens two:
	// one applies the files, the other watches what the first one waits for.
	Connect func(context.Context) (*pgx.Conn, error)

	// Files holds the migrations at its root.
	Files fs.FS

	// Guard decides what may commit.
	Guard Guard

	// Adopting is for a database that had tables before it had the guard: files
	// may leave violations, which are reported and refused no longer. It needs a
	// disarmed guard. Default: a file that leaves a violation is rolled back.
	Adopting bool

	// RequestID names the run in the ledger and the report, for example the
	// request id of the Lambda function. Default: empty.
	RequestID string

	// Progress receives one line for each thing that happened. Default: dropped.
	Progress func(line string)

	// LockWait bounds the wait for another run. Default: 2 minutes.
	LockWait time.Duration

	// LockTimeout bounds a statement's wait for a table lock in a file with a
	// transaction. Every later query on the table waits behind the statement.
	// Default: 5 seconds.
	LockTimeout time.Duration

	// LockAttempts is how often such a file is tried before its lock timeout
	// becomes an error. Default: 3.
	LockAttempts int

	// StatementTimeout bounds a statement in a file with a transaction.
	// Default: 5 minutes.
	StatementTimeout time.Duration

	// ConcurrentTimeout bounds a statement in a file marked no-transaction, its
	// waits for locks included; nothing queues behind those. Default: 1 hour.
	ConcurrentTimeout time.Duration
}

func (o Options) withDefaults() (Options, error) {
	var problems []error
	if o.Connect == nil || o.Files == nil || o.Guard == nil {
		problems = append(problems, errors.New("migrate: Connect, Files and Guard are required"))
	}
	for _, d := range []struct {
		name  string
		value *time.Duration
		def   time.Duration
	}{
		{"LockWait", &o.LockWait, 2 * time.Minute},
		{"LockTimeout", &o.LockTimeout, 5 * time.Second},
		{"StatementTimeout", &o.StatementTimeout, 5 * time.Minute},
		{"ConcurrentTimeout", &o.ConcurrentTimeout, time.Hour},
	} {
		if *d.value == 0 {
			*d.value = d.def
		}
		if *d.value < time.Millisecond {
			problems = append(problems, fmt.Errorf("migrate: %s must be at least 1ms, got %s", d.name, *d.value))
		}
	}
	if o.LockAttempts == 0 {
		o.LockAttempts = 3
	}
	if o.LockAttempts < 0 {
		problems = append(problems, fmt.Errorf("migrate: LockAttempts must be at least 1, got %d", o.LockAttempts))
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	return o, errors.Join(problems...)
}
