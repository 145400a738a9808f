// Package postgrestest gives a test a real PostgreSQL to work against.
//
// The first call of Start in a test binary creates a cluster in a random
// directory with initdb and starts it with pg_ctl; later calls return the same
// server. It listens on a unix socket only, trusts every login on that socket,
// and trades durability for speed. Each test asks for its own database, because
// databases are cheap (about 0.1 s) and roles are the only thing the tests of
// one binary share: a test that changes roles must not call t.Parallel and must
// undo the change.
//
// The server ends with the test process, however that process ends: a shell
// holds the other side of a pipe and, when the pipe closes, stops the server and
// removes the directory. PostgreSQL refuses to run as root, so a test that runs
// as root starts it as the user postgres or nobody.
//
// A machine without PostgreSQL fails the test with the command that installs
// it. Nothing here ever skips.
package postgrestest

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// patience bounds every wait for the server: creating the cluster, connecting,
// creating a database. It is generous because a busy two-core machine may run
// several test binaries at once.
const patience = 2 * time.Minute

// Server is one running PostgreSQL cluster, shared by the tests of a binary.
type Server struct {
	socketDir string
	databases atomic.Int64

	templatesMu sync.Mutex
	templates   map[string]string // connection string by name
}

// start runs once in a test binary; a failure is remembered, so that every
// test reports it instead of trying again.
var start = sync.OnceValues(func() (*Server, error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	dir, err := launch(bin)
	if err != nil {
		return nil, err
	}
	return &Server{socketDir: dir, templates: map[string]string{}}, nil
})

// Start returns the server of this test binary and starts it on first use.
func Start(t testing.TB) *Server {
	t.Helper()
	s, err := start()
	if err != nil {
		t.Fatalf("postgrestest: %v", err)
	}
	return s
}

// Database creates an empty database, drops it when the test ends, and returns
// a connection string for it as the superuser postgres.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	return s.create(t, "template0")
}

// Clone creates a database with the content of the one connString names and
// drops it when the test ends. Nobody may be connected to the original while it
// is copied.
func (s *Server) Clone(t testing.TB, connString string) string {
	t.Helper()
	cfg, err := pgx.ParseConfig(connString)
	if err != nil {
		t.Fatalf("postgrestest: read connection string: %v", err)
	}
	return s.create(t, cfg.Database)
}

// Template returns a database to Clone from. The first call for a name creates
// it and lets prepare fill it; prepare has to close its connections. The database
// stays until the server ends.
func (s *Server) Template(t testing.TB, name string, prepare func(connString string)) string {
	t.Helper()
	s.templatesMu.Lock()
	defer s.templatesMu.Unlock()
	if connString, ok := s.templates[name]; ok {
		return connString
	}
	database := fmt.Sprintf("template_%d", s.databases.Add(1))
	s.admin(t, "CREATE DATABASE "+quote(database)+" TEMPLATE template0")
	connString := s.connString(database, "postgres")
	prepare(connString)
	s.templates[name] = connString // only now: a failed preparation is not reused
	return connString
}

func (s *Server) create(t testing.TB, template string) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", s.databases.Add(1))
	s.admin(t, "CREATE DATABASE "+quote(name)+" TEMPLATE "+quote(template))
	t.Cleanup(func() { s.admin(t, "DROP DATABASE IF EXISTS "+quote(name)+" WITH (FORCE)") })
	return s.connString(name, "postgres")
}

// As returns connString with another login in it. The role must exist and have
// LOGIN; the server asks for no password.
func As(t testing.TB, connString, role string) string {
	t.Helper()
	u, err := url.Parse(connString)
	if err != nil {
		t.Fatalf("postgrestest: read connection string: %v", err)
	}
	q := u.Query()
	q.Set("user", role)
	u.RawQuery = q.Encode()
	return u.String()
}

// Connect opens a connection and closes it when the test ends.
func (s *Server) Connect(t testing.TB, connString string) *pgx.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, connString)
	if err != nil {
		t.Fatalf("postgrestest: connect: %v", err)
	}
	t.Cleanup(func() { closeConn(conn) })
	return conn
}

// ConnectAs opens a connection to the same database as connString under
// another login and closes it when the test ends.
func (s *Server) ConnectAs(t testing.TB, connString, role string) *pgx.Conn {
	t.Helper()
	return s.Connect(t, As(t, connString, role))
}

func (s *Server) connString(database, role string) string {
	u := url.URL{Scheme: "postgres", Path: "/" + database}
	u.RawQuery = url.Values{"host": {s.socketDir}, "user": {role}, "sslmode": {"disable"}}.Encode()
	return u.String()
}

// admin runs one statement in the maintenance database, outside of a
// transaction.
func (s *Server) admin(t testing.TB, sql string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.connString("postgres", "postgres"))
	if err != nil {
		t.Fatalf("postgrestest: connect: %v", err)
	}
	defer closeConn(conn)
	if _, err := conn.Exec(ctx, sql); err != nil {
		t.Fatalf("postgrestest: %s: %v", sql, err)
	}
}

func closeConn(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_ = conn.Close(ctx)
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
