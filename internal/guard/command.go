package guard

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Runner runs a command with variables added to the environment.
type Runner func(args, env []string) error

// upOnly are the flags of pulumi up that pulumi preview does not have and that
// make no difference to a plan.
var upOnly = []string{"-y", "--yes", "-f", "--skip-preview", "--continue-on-error"}

// Run runs pulumi preview or pulumi up and judges the plan. For up, the plan is
// that of a preview with the same flags, and the update runs only when nothing
// in it is refused.
func Run(args []string, allowed Allowed, run Runner) error {
	preview, err := previewOf(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "tenfold-guard-")
	if err != nil {
		return fmt.Errorf("make room for the engine's event log: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "events.json")
	// Without the variable the CLI does not know the flag.
	if err := run(append(preview, "--event-log", path), []string{"PULUMI_DEBUG_COMMANDS=true"}); err != nil {
		return err
	}
	log, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("the preview wrote no event log; use a pulumi of the pinned version: %w", err)
	}
	defer log.Close()
	var plan Plan
	if err := errors.Join(plan.Read(log), plan.Check(allowed)); err != nil {
		return err
	}
	if args[1] == "preview" {
		return nil
	}
	return run(args, nil)
}

// previewOf turns a pulumi command line into its preview.
func previewOf(args []string) ([]string, error) {
	if len(args) < 2 || strings.TrimSuffix(filepath.Base(args[0]), ".exe") != "pulumi" || args[1] != "preview" && args[1] != "up" {
		return nil, fmt.Errorf("%q is not a command to guard; write pulumi preview or pulumi up, with flags after the verb", strings.Join(args, " "))
	}
	for _, arg := range args {
		if name, _, _ := strings.Cut(arg, "="); name == "--event-log" {
			return nil, errors.New("--event-log is used by the guard itself; drop it")
		}
	}
	preview := []string{args[0], "preview"}
	for _, arg := range args[2:] {
		if name, _, _ := strings.Cut(arg, "="); args[1] == "preview" || !slices.Contains(upOnly, name) {
			preview = append(preview, arg)
		}
	}
	return preview, nil
}
