package tenantguard

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Entry says how the application may enter a tenant, from the weakest to the
// strongest way.
type Entry string

const (
	// EntryTenant lets the application name any active tenant, with or without a
	// principal. It stops forgotten conditions, not injected SQL. The default.
	EntryTenant Entry = "tenant"
	// EntryPrincipal lets the application enter only on behalf of an active member.
	EntryPrincipal Entry = "principal"
	// EntrySealed lets the application enter only with a token that was signed
	// outside of the database. It stops injected SQL from choosing a tenant.
	EntrySealed Entry = "sealed"
)

// SetEntry changes how the application enters a tenant. A sealed entry needs a
// key first, see AddSealKey.
func SetEntry(ctx context.Context, conn *pgx.Conn, entry Entry) error {
	switch entry {
	case EntryTenant, EntryPrincipal, EntrySealed:
	default:
		return fmt.Errorf("set the entry: must be %q, %q or %q, got %q", EntryTenant, EntryPrincipal, EntrySealed, entry)
	}
	files, err := Files()
	if err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, safePath); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, installLock); err != nil {
			return err
		}
		if entry == EntrySealed {
			var keys int
			if err := tx.QueryRow(ctx, "SELECT count(*) FROM tenancy.seal_key WHERE retired_at IS NULL").Scan(&keys); err != nil {
				return err
			}
			if keys == 0 {
				return errors.New("there is no key in use; add one with AddSealKey first")
			}
		}
		if _, err := tx.Exec(ctx, "UPDATE tenancy.setting SET entry = $1", string(entry)); err != nil {
			return err
		}
		return reinstall(ctx, tx, files)
	})
	if err != nil {
		return fmt.Errorf("set the entry to %q: %w", entry, err)
	}
	return nil
}

// useEntry installs the sealed context where the setting asks for it.
func useEntry(ctx context.Context, tx pgx.Tx) error {
	var entry Entry
	if err := tx.QueryRow(ctx, "SELECT entry FROM tenancy.setting").Scan(&entry); err != nil {
		return fmt.Errorf("read the setting of the entry: %w", err)
	}
	if entry != EntrySealed {
		return nil
	}
	f, err := readFile(sealedContext)
	if err != nil {
		return err
	}
	return run(ctx, tx, f)
}
