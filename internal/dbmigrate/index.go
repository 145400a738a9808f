package dbmigrate

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tenfold-iac/tenfold/internal/dbmigrate/sqlscript"
)

// index is an index by name and the table it is on, both as the script means
// them.
type index struct {
	name  string
	table pgx.Identifier
}

// parseCreateIndex reads CREATE [UNIQUE] INDEX CONCURRENTLY [IF NOT EXISTS]
// name ON [ONLY] table. It reports false when the index has no name.
func parseCreateIndex(s sqlscript.Statement) (index, bool) {
	tokens := s.Tokens
	skip := func(words ...string) {
		for _, word := range words {
			if len(tokens) > 0 && tokens[0].Kind == sqlscript.Word && tokens[0].Name() == word {
				tokens = tokens[1:]
			}
		}
	}
	skip("create", "unique", "index", "concurrently", "if", "not", "exists")
	if len(tokens) < 3 || tokens[1].Name() != "on" {
		return index{}, false
	}
	name := tokens[0].Name()
	tokens = tokens[2:]
	skip("only")
	table := parseName(tokens)
	return index{name: name, table: table}, len(table) > 0
}

// parseName reads a name with or without a schema from the beginning of tokens.
func parseName(tokens []sqlscript.Token) pgx.Identifier {
	var name pgx.Identifier
	for len(tokens) > 0 && (tokens[0].Kind == sqlscript.Word || tokens[0].Kind == sqlscript.Quoted) {
		name = append(name, tokens[0].Name())
		if len(tokens) < 3 || tokens[1].Text != "." {
			break
		}
		tokens = tokens[2:]
	}
	return name
}

// valid reports whether the index exists and whether it is complete.
func (x index) valid(ctx context.Context, conn *pgx.Conn) (exists, valid bool, err error) {
	err = conn.QueryRow(ctx, `
		SELECT i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
		WHERE i.indrelid = to_regclass($1) AND c.relname = $2`, x.table.Sanitize(), x.name).Scan(&valid)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, false, nil
	}
	if err != nil {
		return false, false, fmt.Errorf("look at index %s: %w", x.name, err)
	}
	return true, valid, nil
}

// drop removes the index without blocking writes to its table.
func (x index) drop(ctx context.Context, conn *pgx.Conn) error {
	var schema string
	err := conn.QueryRow(ctx, `
		SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.oid = to_regclass($1)`, x.table.Sanitize()).Scan(&schema)
	if err == nil {
		_, err = conn.PgConn().Exec(ctx, "DROP INDEX CONCURRENTLY IF EXISTS "+pgx.Identifier{schema, x.name}.Sanitize()).ReadAll()
	}
	if err != nil {
		return fmt.Errorf("remove index %s: %w", x.name, err)
	}
	return nil
}

// leftovers returns the invalid indexes an interrupted REINDEX CONCURRENTLY left
// behind; PostgreSQL names them after the index with _ccnew or _ccold.
func leftovers(ctx context.Context, conn *pgx.Conn, s sqlscript.Statement) ([]index, error) {
	target := parseName(s.Tokens[3:]) // REINDEX INDEX|TABLE CONCURRENTLY name
	rows, err := conn.Query(ctx, `
		SELECT n.nspname, t.relname, c.relname
		FROM pg_index i
		JOIN pg_class c ON c.oid = i.indexrelid
		JOIN pg_class t ON t.oid = i.indrelid
		JOIN pg_namespace n ON n.oid = t.relnamespace
		WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$'
		  AND (i.indrelid = to_regclass($1)
		    OR i.indrelid = (SELECT o.indrelid FROM pg_index o WHERE o.indexrelid = to_regclass($1)))`, target.Sanitize())
	if err != nil {
		return nil, fmt.Errorf("look for what an interrupted REINDEX left: %w", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (index, error) {
		var schema, table, name string
		err := row.Scan(&schema, &table, &name)
		return index{name: name, table: pgx.Identifier{schema, table}}, err
	})
	if err != nil {
		return nil, fmt.Errorf("look for what an interrupted REINDEX left: %w", err)
	}
	return found, nil
}
