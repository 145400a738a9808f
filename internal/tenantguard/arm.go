package tenantguard

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Arm creates the event triggers that log DDL, protect new tables and refuse a
// violating transaction at commit. It refuses while the schema is in violation,
// because from then on no migration could commit that does not repair everything
// at once; the error is a *ViolationError that lists what to repair or exempt.
func Arm(ctx context.Context, conn *pgx.Conn, reason string) error {
	if reason == "" {
		return errors.New("arm tenant guard: the reason is empty; say why it is armed, it is recorded")
	}
	return arm(ctx, conn, reason)
}

// beginner is what a connection and a transaction have in common: both can open
// a transaction, or one within.
type beginner interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}

func arm(ctx context.Context, db beginner, reason string) error {
	return pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, installLock); err != nil {
			return fmt.Errorf("arm tenant guard: %w", err)
		}
		open, err := violations(ctx, tx, true)
		if err != nil {
			return fmt.Errorf("arm tenant guard: %w", err)
		}
		if len(open) > 0 {
			return fmt.Errorf("arm tenant guard: %w", &ViolationError{Violations: open})
		}
		if _, err := tx.Exec(ctx, "SELECT tenancy.arm($1)", reason); err != nil {
			return fmt.Errorf("arm tenant guard: %w", err)
		}
		return nil
	})
}

// Disarm drops the event triggers, which a managed service demands before a
// major version upgrade. Policies keep holding. The reason is recorded, and
// Verify reports the rule "armed" until Arm is called.
func Disarm(ctx context.Context, conn *pgx.Conn, reason string) error {
	if reason == "" {
		return errors.New("disarm tenant guard: the reason is empty; say why it is disarmed, it is recorded")
	}
	if _, err := conn.Exec(ctx, "SELECT tenancy.disarm($1)", reason); err != nil {
		return fmt.Errorf("disarm tenant guard: %w", err)
	}
	return nil
}

// armInstalled arms a guard that was just installed, or records why it could not.
func armInstalled(ctx context.Context, tx pgx.Tx) error {
	err := arm(ctx, tx, "installed version "+Version)
	if err == nil {
		return nil
	}
	var reason string
	var open *ViolationError
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &open):
		reason = fmt.Sprintf("installed on a schema with %d violations", len(open.Violations))
	case errors.As(err, &pg) && pg.Code == SQLStateRefused:
		reason = "the server lets this login create no event triggers"
	default:
		return err
	}
	if _, err := tx.Exec(ctx, "SELECT tenancy.record_arming(false, false, $1)", reason); err != nil {
		return fmt.Errorf("record that the tenant guard is disarmed: %w", err)
	}
	return nil
}
