package postgrestest

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// debianBinaries is where Debian and Ubuntu keep the server's programs, which
// are not on PATH there.
const debianBinaries = "/usr/lib/postgresql/*/bin"

// settings trade durability for speed. Prepared transactions and logical
// replication are available, because what guards a database must hold there too.
var settings = []string{
	"listen_addresses=",
	"fsync=off",
	"full_page_writes=off",
	"synchronous_commit=off",
	"max_connections=100",
	"max_prepared_transactions=8",
	"wal_level=logical",
	"shared_buffers=128MB",
	"max_wal_size=2GB",
	"timezone=UTC",
}

// supervise creates the cluster, starts it, says so, waits until standard input
// closes, which the end of the test process brings about, and cleans up.
const supervise = `
bin=$1 dir=$2
cd "$dir" || exit 1
"$bin/initdb" -D data -U postgres -A trust -E UTF8 --no-locale --no-sync >log 2>&1 &&
printf '%s\n' "$3" >>data/postgresql.conf &&
"$bin/pg_ctl" -D data -l log -w -t 110 start >>log 2>&1
if [ $? -ne 0 ]; then
	cat log
	cd / && rm -rf "$dir"
	exit 1
fi
echo ready
cat >/dev/null
"$bin/pg_ctl" -D data -m immediate -w stop >/dev/null 2>&1
cd / && rm -rf "$dir"
`

// findBinaries returns the directory that holds initdb and pg_ctl.
func findBinaries() (string, error) {
	var dirs []string
	if p, err := exec.LookPath("initdb"); err == nil {
		// PATH may hold a symbolic link; pg_ctl looks for postgres beside itself.
		if real, err := filepath.EvalSymlinks(p); err == nil {
			p = real
		}
		dirs = append(dirs, filepath.Dir(p))
	}
	debian, _ := filepath.Glob(debianBinaries) // fails only for a malformed pattern
	return chooseBinaries(append(dirs, newestFirst(debian)...))
}

// chooseBinaries returns the first directory that holds all the programs.
func chooseBinaries(dirs []string) (string, error) {
	for _, dir := range dirs {
		if executable(dir, "initdb") && executable(dir, "pg_ctl") && executable(dir, "postgres") {
			return dir, nil
		}
	}
	return "", fmt.Errorf("initdb, pg_ctl and postgres not found on PATH or in %s; "+
		"install the PostgreSQL server, version 15 or newer (Debian, Ubuntu: apt-get install postgresql; "+
		"macOS: brew install postgresql@17 and put its bin directory on PATH)", debianBinaries)
}

// newestFirst sorts directories such as /usr/lib/postgresql/15/bin by the
// version in their path.
func newestFirst(dirs []string) []string {
	version := func(dir string) int {
		v, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
		return v
	}
	sorted := slices.Clone(dirs)
	slices.SortStableFunc(sorted, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
	return sorted
}

func executable(dir, name string) bool {
	info, err := os.Stat(filepath.Join(dir, name))
	return err == nil && !info.IsDir() && info.Mode()&0o111 != 0
}

// launch starts the server and returns the directory of its socket.
func launch(bin string) (string, error) {
	// The path of a unix socket is limited to about 100 bytes, and a temporary
	// directory of macOS already takes half of it; /tmp is short everywhere.
	dir, err := os.MkdirTemp("/tmp", "pgtest-")
	if err != nil {
		return "", fmt.Errorf("create a directory for the server: %w", err)
	}
	cmd := exec.Command("/bin/sh", "-c", supervise, "sh", bin, dir, configuration(dir))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt at the terminal reaches the tests only
	if os.Getuid() == 0 {
		cred, err := unprivileged()
		if err != nil {
			return "", errors.Join(err, os.RemoveAll(dir))
		}
		if err := os.Chown(dir, int(cred.Uid), int(cred.Gid)); err != nil {
			return "", errors.Join(fmt.Errorf("hand the directory to the server's user: %w", err), os.RemoveAll(dir))
		}
		cmd.SysProcAttr.Credential = cred
	}
	if err := startSupervisor(cmd); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

// lifeline is the writing side of the supervisor's standard input. It stays
// open, and referenced, until the process ends.
var lifeline io.WriteCloser //nolint:unused // written to keep the pipe from being closed by the garbage collector

func startSupervisor(cmd *exec.Cmd) error {
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("open a pipe to the server: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("open a pipe from the server: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	lifeline = stdin
	out := bufio.NewReader(stdout)
	line, _ := out.ReadString('\n')
	if strings.TrimSpace(line) == "ready" {
		return nil
	}
	rest, _ := io.ReadAll(out)
	return fmt.Errorf("start the server: %w; its log:\n%s%s", cmd.Wait(), line, rest)
}

func configuration(dir string) string {
	lines := []string{"unix_socket_directories='" + dir + "'"}
	for _, s := range settings {
		key, value, _ := strings.Cut(s, "=")
		lines = append(lines, key+"='"+value+"'")
	}
	return strings.Join(lines, "\n")
}

// unprivileged returns a user of the machine to run the server as. The user
// must have an entry in the user database: initdb asks for its name.
func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
		if errUID == nil && errGID == nil && uid != 0 {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("the tests run as root, PostgreSQL refuses to, and neither user postgres nor nobody exists; " +
		"run the tests as another user")
}
