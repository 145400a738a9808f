package sandboxrun

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/tenfold-iac/tenfold/internal/project"
	"github.com/tenfold-iac/tenfold/internal/toolchain"
)

// Command is what Exec runs.
type Command struct {
	// Args are the command and its arguments.
	Args []string
	// Stdin, Stdout and Stderr are handed to it as they are.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Terminal says that the command shares our terminal, which then sends it
	// the interrupts of the keyboard itself.
	Terminal bool
}

// ExitError reports that a command ended with a code other than 0.
type ExitError struct{ Code int }

func (e *ExitError) Error() string { return fmt.Sprintf("the command ended with exit code %d", e.Code) }

// Exec runs a command with the offline cloud attached. A pulumi command in it
// uses this sandbox's backend and copy of the settings, and its stack unless
// the command names another one. Signals are handed on; a command that ends
// with a code other than 0 is an *ExitError.
func (s *Sandbox) Exec(ctx context.Context, c Command) error {
	host, err := toolchain.LanguageHost(ctx)
	if err != nil {
		return err
	}
	return runCommand(s.execEnv(os.Environ(), host), c)
}

func runCommand(env []string, c Command) error {
	path, err := lookPath(c.Args[0], env)
	if err != nil {
		return err
	}
	cmd := &exec.Cmd{Path: path, Args: c.Args, Env: env, Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", c.Args[0], err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case received := <-signals:
			if received == os.Interrupt && c.Terminal {
				continue
			}
			_ = cmd.Process.Signal(received) // it may have ended meanwhile
		case err := <-ended:
			return exitError(err)
		}
	}
}

func exitError(err error) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return &ExitError{Code: 128 + int(status.Signal())}
	}
	return &ExitError{Code: exit.ExitCode()}
}

// execEnv makes an environment over for the sandbox; host is the folder of the
// language host.
func (s *Sandbox) execEnv(environ []string, host string) []string {
	added := s.engineEnv()
	set, gone := s.sdkEnv(environ)
	maps.Copy(added, set)
	added["PULUMI_STACK"] = s.options.Stack
	// Settings come from the copy, because Pulumi writes to the file it reads,
	// and removing a stack must not remove the checkout's file.
	added["PULUMI_OPTION_CONFIG_FILE"] = project.SandboxSettings(s.folders.Project(), s.options.Stack)
	added["PULUMI_OPTION_PRESERVE_CONFIG"] = "true"
	env := make([]string, 0, len(environ)+len(added))
	searched := ""
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		_, replaced := added[name]
		switch {
		case name == "PATH":
			searched = value
		case !replaced && name != "PULUMI_ACCESS_TOKEN" && name != "PULUMI_CONFIG_PASSPHRASE_FILE" && !slices.Contains(gone, name):
			env = append(env, kv)
		}
	}
	dirs := slices.Compact([]string{filepath.Dir(s.pulumi), host, searched})
	added["PATH"] = strings.Join(dirs, string(os.PathListSeparator))
	for _, name := range slices.Sorted(maps.Keys(added)) {
		env = append(env, name+"="+added[name])
	}
	return env
}

// lookPath finds a command on the PATH it will run with, not on ours.
func lookPath(name string, env []string) (string, error) {
	if filepath.Base(name) != name {
		return name, nil
	}
	for _, kv := range env {
		list, isPath := strings.CutPrefix(kv, "PATH=")
		if !isPath {
			continue
		}
		for _, dir := range filepath.SplitList(list) {
			if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
				return path, nil
			}
		}
	}
	return "", fmt.Errorf("there is no command %q on PATH; check its spelling, or give its path", name)
}
