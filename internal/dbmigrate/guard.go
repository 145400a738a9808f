package dbmigrate

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Violation is one way in which tenants are not isolated.
type Violation struct {
	Object string `json:"object"`
	Rule   string `json:"rule"`
}

func (v Violation) String() string { return v.Object + ": " + v.Rule }

// Guard decides whether tenants are isolated in a database. The methods run
// with the rights of the owner role, inside whatever transaction is open.
type Guard interface {
	// Version is the guard this program carries.
	Version() string

	// Violations returns every way in which the database, as the current
	// transaction sees it, does not isolate tenants.
	Violations(ctx context.Context, conn *pgx.Conn) ([]Violation, error)

	// CatalogHash identifies everything the database defines: equal hashes mean
	// that nothing was changed in between.
	CatalogHash(ctx context.Context, conn *pgx.Conn) (string, error)
}
