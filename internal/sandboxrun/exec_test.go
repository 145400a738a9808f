package sandboxrun

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func shell(script string) Command {
	return Command{Args: []string{"sh", "-c", script}, Stdin: strings.NewReader(""), Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}}
}

func TestACommandGetsItsStreamsAndItsExitCodeIsPassedOn(t *testing.T) {
	c := shell("read line; echo got $line; echo bad >&2; exit 7")
	c.Stdin = strings.NewReader("hello\n")
	err := runCommand(os.Environ(), c)
	var exit *ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, 7, exit.Code)
	assert.Equal(t, "got hello\n", c.Stdout.(*bytes.Buffer).String())
	assert.Equal(t, "bad\n", c.Stderr.(*bytes.Buffer).String())
	assert.NoError(t, runCommand(os.Environ(), shell("exit 0")))
}

func TestACommandKilledBySignalExitsAsAShellReportsIt(t *testing.T) {
	var exit *ExitError
	require.ErrorAs(t, runCommand(os.Environ(), shell("kill -KILL $$")), &exit)
	assert.Equal(t, 128+9, exit.Code)
}

func TestACommandIsLookedUpOnThePathItRunsWith(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "only-here"), []byte("#!/bin/sh\nexit 3\n"), 0o755))
	var exit *ExitError
	require.ErrorAs(t, runCommand([]string{"PATH=/bin:" + dir}, Command{Args: []string{"only-here"}}), &exit)
	assert.Equal(t, 3, exit.Code)
	require.EqualError(t, runCommand([]string{"PATH=/bin"}, Command{Args: []string{"only-here"}}),
		`there is no command "only-here" on PATH; check its spelling, or give its path`)
}

func TestSignalsReachTheCommandOnceAndKeyboardInterruptsAreLeftToTheTerminal(t *testing.T) {
	for _, tc := range []struct {
		name     string
		terminal bool
		want     int
	}{
		{"without a terminal the interrupt is handed on", false, 41},
		{"on a terminal the interrupt is not sent a second time", true, 42},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ready := filepath.Join(t.TempDir(), "ready")
			c := shell("trap 'exit 41' INT; trap 'exit 42' TERM; : > " + ready + "; while :; do sleep 0.02; done")
			c.Terminal = tc.terminal
			ended := make(chan error, 1)
			go func() { ended <- runCommand(os.Environ(), c) }()
			require.Eventually(t, func() bool { _, err := os.Stat(ready); return err == nil }, time.Minute, 5*time.Millisecond)
			require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGINT))
			if tc.terminal {
				require.NoError(t, syscall.Kill(os.Getpid(), syscall.SIGTERM))
			}
			var exit *ExitError
			require.ErrorAs(t, <-ended, &exit)
			assert.Equal(t, tc.want, exit.Code)
		})
	}
}
