package postgrestest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// childVariable makes TestServerOfAKilledProcessGoesAway behave as the child.
const childVariable = "POSTGRESTEST_CHILD"

func TestDatabasesOfOneServerDoNotShareTables(t *testing.T) {
	s, ctx := Start(t), context.Background()
	a, b := s.Connect(t, s.Database(t)), s.Connect(t, s.Database(t))

	_, err := a.Exec(ctx, "CREATE TABLE only_here (id int)")
	require.NoError(t, err)

	var found *string
	require.NoError(t, b.QueryRow(ctx, "SELECT to_regclass('only_here')::text").Scan(&found))
	assert.Nil(t, found)
}

func TestCloneCopiesTheOriginal(t *testing.T) {
	s, ctx := Start(t), context.Background()
	original := s.Database(t)
	conn := s.Connect(t, original)
	_, err := conn.Exec(ctx, "CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)")
	require.NoError(t, err)
	require.NoError(t, conn.Close(ctx))

	var id int
	require.NoError(t, s.Connect(t, s.Clone(t, original)).QueryRow(ctx, "SELECT id FROM kept").Scan(&id))
	assert.Equal(t, 7, id)
}

func TestTemplateIsPreparedOnce(t *testing.T) {
	s, prepared := Start(t), 0
	prepare := func(string) { prepared++ }
	assert.Equal(t, s.Template(t, "once", prepare), s.Template(t, "once", prepare))
	assert.Equal(t, 1, prepared)
}

func TestConnectAsLogsInAsTheNamedRole(t *testing.T) {
	s, ctx := Start(t), context.Background()
	db := s.Database(t)
	admin := s.Connect(t, db)
	_, err := admin.Exec(ctx, "CREATE ROLE postgrestest_login LOGIN")
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := admin.Exec(context.Background(), "DROP ROLE postgrestest_login")
		assert.NoError(t, err)
	})

	conn := s.ConnectAs(t, db, "postgrestest_login")
	var who string
	require.NoError(t, conn.QueryRow(ctx, "SELECT session_user").Scan(&who))
	assert.Equal(t, "postgrestest_login", who)
}

func TestServerListensOnNoNetworkAddress(t *testing.T) {
	s := Start(t)
	var addresses string
	require.NoError(t, s.Connect(t, s.Database(t)).QueryRow(context.Background(), "SHOW listen_addresses").Scan(&addresses))
	assert.Empty(t, addresses)
}

func TestMissingBinariesNameTheInstallCommand(t *testing.T) {
	_, err := chooseBinaries([]string{t.TempDir()})
	require.ErrorContains(t, err, "apt-get install postgresql")
}

func TestNewestDebianVersionIsPreferred(t *testing.T) {
	got := newestFirst([]string{"/usr/lib/postgresql/9/bin", "/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/17/bin"})
	assert.Equal(t, "/usr/lib/postgresql/17/bin", got[0])
}

// TestServerOfAKilledProcessGoesAway kills a process that started a server and expects
// server and directory to go away. In the child it is the process to kill.
func TestServerOfAKilledProcessGoesAway(t *testing.T) {
	if os.Getenv(childVariable) != "" {
		s := Start(t)
		_, err := os.Stdout.WriteString("dir " + s.socketDir + "\n")
		require.NoError(t, err)
		select {} // until killed
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestServerOfAKilledProcessGoesAway$")
	cmd.Env = append(os.Environ(), childVariable+"=1")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	buf := make([]byte, 256)
	n, err := out.Read(buf)
	require.NoError(t, err)
	dir, ok := strings.CutPrefix(strings.TrimSpace(string(buf[:n])), "dir ")
	require.True(t, ok, "the child said %q", buf[:n])
	require.FileExists(t, filepath.Join(dir, "data", "postmaster.pid"))

	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait() // reports the kill

	assert.Eventually(t, func() bool {
		_, err := os.Stat(dir)
		return os.IsNotExist(err)
	}, patience, 20*time.Millisecond)
}
