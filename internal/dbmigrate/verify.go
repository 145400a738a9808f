package dbmigrate

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Describe reports how the database compares with the files, without changing
// anything. What is wrong stands in the report's Problems and is no error.
func Describe(ctx context.Context, o Options) (*Report, error) { return inspect(ctx, "report", o) }

// Verify does the same and fails when the database is not exactly what the
// files describe, does not isolate tenants, or lets roles do what they must not.
func Verify(ctx context.Context, o Options) (*Report, error) {
	report, err := inspect(ctx, "verify", o)
	if err != nil || len(report.Problems) == 0 {
		return report, err
	}
	return report, fmt.Errorf("database %s does not pass:\n%s", report.Database, strings.Join(report.Problems, "\n"))
}

func inspect(ctx context.Context, action string, o Options) (*Report, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	report := newReport(action, o)
	files, sourceErr := ReadSource(o.Files)
	conn, err := o.Connect(ctx)
	if err != nil {
		return report, err
	}
	defer func() { _ = closeConn(ctx, conn) }()
	s, sessionErr := preflight(ctx, conn)
	report.describe(s)
	if !s.Bootstrapped {
		return report, sessionErr
	}
	report.problem(sourceErr)
	report.problem(sessionErr)
	if sourceErr == nil {
		ledger, err := readLedger(ctx, conn)
		if err != nil {
			return report, err
		}
		applied, steps, err := plan(files, ledger)
		report.problem(err)
		report.Skipped = append(report.Skipped, applied...)
		for _, s := range steps {
			report.Pending = append(report.Pending, s.Name)
			report.problem(pending(s))
		}
	}
	if err := report.finish(ctx, conn, o.Guard); err != nil {
		return report, err
	}
	for _, v := range report.Violations {
		report.problem(errors.New(v.String()))
	}
	return report, nil
}

func pending(s step) error {
	if s.from > 0 || s.interrupted {
		return fmt.Errorf("%s was interrupted after %d of %d statements; run `tenfold db migrate`", s.Name, s.from, len(s.Statements))
	}
	return fmt.Errorf("%s is not applied; run `tenfold db migrate`", s.Name)
}

// problem adds each line of an error as one entry.
func (r *Report) problem(err error) {
	if err != nil {
		r.Problems = append(r.Problems, strings.Split(err.Error(), "\n")...)
	}
}
