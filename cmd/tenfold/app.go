package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/tenfold-iac/tenfold/internal/dbcommand"
	"github.com/tenfold-iac/tenfold/internal/project"
	"github.com/tenfold-iac/tenfold/internal/sandboxrun"
)

// Exit codes of the command line.
const (
	exitFailure = 1
	exitUsage   = 2
)

// app holds what commands share: the streams and the program to deploy.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	terminal       bool // standard input is a terminal
	color          bool
	program        pulumi.RunFunc
	// root finds the checkout, and sandboxes is the folder its sandboxes are
	// in; empty means the default of package sandboxrun.
	root      func() (string, error)
	sandboxes string
}

// usageError is a mistake in the command line itself.
type usageError struct {
	error
	command string // path of the command whose help explains it
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// run executes one command line and returns the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	err := root.ExecuteContext(ctx)
	var usage usageError
	var exit *sandboxrun.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit): // the command has reported its own failure
		return exit.Code
	case errors.As(err, &usage):
		fmt.Fprintf(a.stderr, "error: %v\nrun \"%s --help\" for what it takes\n", err, usage.command)
		return exitUsage
	default:
		fmt.Fprintf(a.stderr, "error: %v\n", err)
		return exitFailure
	}
}

// rootCommand assembles the verbs. A verb is a function that returns a cobra
// command; one that lives in another package is added the same way.
func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "tenfold",
		Short:         "Work on the AWS foundation of a SaaS",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(a.sandboxCommand(), a.tiersCommand(), a.guardCommand(), a.secretCommand(), dbcommand.Command(), a.runCommand(), a.versionCommand())
	markUsageErrors(root)
	return root
}

// markUsageErrors makes a mistake in the command line recognisable in every
// command of a tree, and an unknown verb an error instead of a help text.
func markUsageErrors(cmd *cobra.Command) {
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{err, c.CommandPath()}
	})
	if cmd.HasSubCommands() && !cmd.Runnable() {
		cmd.Args = cobra.ArbitraryArgs
		cmd.RunE = func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.Help()
			}
			return usageError{unknownVerb(c, args[0]), c.CommandPath()}
		}
	} else if check := cmd.Args; check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usageError{err, c.CommandPath()}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		markUsageErrors(sub)
	}
}

func unknownVerb(c *cobra.Command, verb string) error {
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(verb); len(near) > 0 {
		return fmt.Errorf("%s has no command %q; did you mean %s", c.CommandPath(), verb, strings.Join(near, " or "))
	}
	return fmt.Errorf("%s has no command %q", c.CommandPath(), verb)
}

// checkout returns the repository root and the sandbox folders of a stack it has.
func (a *app) checkout(stack string) (root string, folders sandboxrun.Folders, err error) {
	root, err = a.root()
	if err != nil {
		return "", folders, err
	}
	p, err := project.Load(root)
	if err != nil {
		return "", folders, err
	}
	if _, err := p.Stack(stack); err != nil {
		return "", folders, err
	}
	dir := a.sandboxes
	if dir == "" {
		dir = sandboxrun.DefaultDir(root)
	}
	return root, sandboxrun.FoldersOf(dir, stack), nil
}

// open opens the sandbox of a stack; program is nil when none is to be deployed.
func (a *app) open(ctx context.Context, root, stack string, program pulumi.RunFunc) (*sandboxrun.Sandbox, error) {
	return sandboxrun.Open(ctx, sandboxrun.Options{
		Root: root, Stack: stack, Dir: a.sandboxes, Notes: a.stderr, Program: program,
	})
}

// exactArgs wants the named arguments, no more and no fewer.
func exactArgs(names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return fmt.Errorf("%s: argument missing", strings.Join(names[len(args):], ", "))
		case len(args) > len(names):
			return fmt.Errorf("%q is one argument too many; it takes %s", args[len(names)], strings.Join(names, " "))
		}
		return nil
	}
}
