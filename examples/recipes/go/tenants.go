// Package recipe is how a Go service works for one tenant at a time: every
// transaction enters its tenant, and there is no other way to the database.
// Copy it into your service.
package recipe

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Tenants is a pool of connections that are only handed out inside a tenant.
type Tenants struct{ pool *pgxpool.Pool }

// Open connects and refuses a login that sees more than one tenant. change, if
// not nil, adjusts the configuration, for example to fetch an IAM token in
// BeforeConnect.
func Open(ctx context.Context, url string, change func(*pgxpool.Config)) (*Tenants, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read the database configuration: %w", err)
	}
	// Statements without a name leave nothing behind in the session, so a proxy
	// may give the next transaction another one.
	cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	if change != nil {
		change(cfg)
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the database pool: %w", err)
	}
	if _, err := pool.Exec(ctx, "SELECT tenancy.check_login()"); err != nil {
		pool.Close()
		return nil, fmt.Errorf("check the database login: %w", err)
	}
	return &Tenants{pool: pool}, nil
}

// Close closes all connections.
func (t *Tenants) Close() { t.pool.Close() }

// In runs work in a transaction that sees tenant's rows and nothing else. The
// context ends with the transaction, so the connection goes back to the pool
// without it.
func (t *Tenants) In(ctx context.Context, tenant string, work func(pgx.Tx) error) error {
	return t.in(ctx, work, "SELECT tenancy.enter($1)", tenant)
}

// InAs does the same on behalf of a principal, who must be an active member of
// the tenant; the permissions of the membership hold as well.
func (t *Tenants) InAs(ctx context.Context, tenant, principal string, work func(pgx.Tx) error) error {
	return t.in(ctx, work, "SELECT tenancy.enter($1, $2)", tenant, principal)
}

func (t *Tenants) in(ctx context.Context, work func(pgx.Tx) error, enter string, args ...any) error {
	return pgx.BeginFunc(ctx, t.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, enter, args...); err != nil {
			return fmt.Errorf("enter the tenant: %w", err)
		}
		return work(tx)
	})
}
