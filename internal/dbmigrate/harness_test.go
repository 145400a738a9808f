package dbmigrate

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/dbconnect"
	"github.com/tenfold-iac/tenfold/internal/postgrestest"
)

// patience bounds what a test waits for; reaching it is a failure.
const patience = time.Minute

const login = "dbmigrate_test"

// database is a database with roles and a ledger, ready for migrations.
type database struct {
	t     *testing.T
	url   string // of the migrator's login
	admin *pgx.Conn
	s     *postgrestest.Server
	root  string
}

func newDatabase(t *testing.T) *database {
	t.Helper()
	s := postgrestest.Start(t)
	root := s.Database(t)
	d := &database{t: t, url: postgrestest.As(t, root, login), admin: s.Connect(t, root), s: s, root: root}
	d.bootstrap()
	return d
}

func (d *database) context() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	d.t.Cleanup(cancel)
	return ctx
}

func (d *database) exec(sql string) {
	d.t.Helper()
	_, err := d.admin.Exec(d.context(), sql)
	require.NoError(d.t, err)
}

// one reads a single value as the administrator.
func one[T any](d *database, sql string, args ...any) T {
	d.t.Helper()
	var v T
	require.NoError(d.t, d.admin.QueryRow(d.context(), sql, args...).Scan(&v))
	return v
}

// eventually waits until the database says so.
func (d *database) eventually(sql string, args ...any) {
	d.t.Helper()
	require.Eventually(d.t, func() bool { return one[bool](d, sql, args...) }, patience, 10*time.Millisecond, sql)
}

// lines collects progress.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, line)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.all, "\n")
}

func files(content map[string]string) fs.FS {
	out := fstest.MapFS{}
	for name, text := range content {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

// with returns content and one more file.
func with(content map[string]string, name, text string) map[string]string {
	out := maps.Clone(content)
	out[name] = text
	return out
}

func options(url string, source fs.FS) Options {
	return Options{Connect: connector(url), Files: source, Guard: testGuard, LockAttempts: 1, RequestID: "test"}
}

func connector(url string) func(context.Context) (*pgx.Conn, error) {
	return func(ctx context.Context) (*pgx.Conn, error) {
		c, err := dbconnect.New(dbconnect.Target{URL: url, ApplicationName: "tenfold test"}, nil)
		if err != nil {
			return nil, err
		}
		return c.As(ctx, MigratorRole)
	}
}

func (d *database) migrate(content map[string]string, change ...func(*Options)) (*Report, error) {
	d.t.Helper()
	o := options(d.url, files(content))
	for _, f := range change {
		f(&o)
	}
	return Migrate(d.context(), o)
}

func (d *database) mustMigrate(content map[string]string, change ...func(*Options)) *Report {
	d.t.Helper()
	report, err := d.migrate(content, change...)
	require.NoError(d.t, err)
	return report
}

// ledger renders the ledger as "name done/statements finished".
func (d *database) ledger() []string {
	d.t.Helper()
	return one[[]string](d, `SELECT coalesce(array_agg(format('%s %s/%s %s', name, done, statements,
		CASE WHEN finished IS NULL THEN 'open' ELSE 'finished' END) ORDER BY seq), '{}') FROM migration.ledger`)
}

// The child process is this test binary; it migrates and, when it is told to,
// kills itself at a line of progress.
const (
	childURL  = "DBMIGRATE_CHILD_URL"
	childDir  = "DBMIGRATE_CHILD_DIR"
	childKill = "DBMIGRATE_CHILD_KILL"

	// childPause makes the child wait at a line of progress until its standard
	// input closes.
	childPause = "DBMIGRATE_CHILD_PAUSE"
)

func TestMain(m *testing.M) {
	if os.Getenv(childURL) == "" {
		os.Exit(m.Run())
	}
	o := options(os.Getenv(childURL), os.DirFS(os.Getenv(childDir)))
	o.Progress = func(line string) {
		fmt.Println(line)
		if at := os.Getenv(childKill); at != "" && strings.HasPrefix(line, at) {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal is on its way
		}
		if at := os.Getenv(childPause); at != "" && strings.HasPrefix(line, at) {
			_, _ = io.Copy(io.Discard, os.Stdin)
		}
	}
	if _, err := Migrate(context.Background(), o); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

// start runs a migration in a process of its own, which kills itself at the
// line of progress that begins with killAt.
func (d *database) start(content map[string]string, killAt string) *exec.Cmd {
	d.t.Helper()
	cmd := d.command(content, childKill+"="+killAt)
	cmd.Stdout = d.t.Output()
	require.NoError(d.t, cmd.Start())
	return cmd
}

// startPaused runs a migration in a process of its own, stops it at a line of
// progress, calls meanwhile, and lets it go on.
func (d *database) startPaused(content map[string]string, at string, meanwhile func()) *exec.Cmd {
	d.t.Helper()
	cmd := d.command(content, childPause+"="+at)
	stdin, err := cmd.StdinPipe()
	require.NoError(d.t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(d.t, err)
	require.NoError(d.t, cmd.Start())
	for scanner := bufio.NewScanner(stdout); scanner.Scan(); {
		if strings.HasPrefix(scanner.Text(), at) {
			meanwhile()
			require.NoError(d.t, stdin.Close())
			return cmd
		}
	}
	require.Fail(d.t, "the child never came to "+at)
	return nil
}

func (d *database) command(content map[string]string, env ...string) *exec.Cmd {
	d.t.Helper()
	dir := d.t.TempDir()
	require.NoError(d.t, os.CopyFS(dir, files(content)))
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childURL+"="+d.url, childDir+"="+dir)
	cmd.Env = append(cmd.Env, env...)
	cmd.Stderr = d.t.Output()
	d.t.Cleanup(func() {
		if cmd.ProcessState == nil { // the test ended before it
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	return cmd
}

// killed waits for the child and makes sure that a signal ended it.
func (d *database) killed(cmd *exec.Cmd) {
	d.t.Helper()
	err := cmd.Wait()
	var exit *exec.ExitError
	require.ErrorAs(d.t, err, &exit)
	require.True(d.t, exit.Sys().(syscall.WaitStatus).Signaled(), "the child was not killed: %v", err)
}
