package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/tenfold-iac/tenfold/internal/project"
	"github.com/tenfold-iac/tenfold/internal/sandboxrun"
)

func (a *app) execCommand() *cobra.Command {
	var stack string
	cmd := &cobra.Command{
		Use:   "exec [--stack STACK] -- COMMAND [ARGUMENT...]",
		Short: "Run any command with the offline cloud attached",
		Long: `Run any command with the offline cloud attached.

A plain pulumi command then works against the sandbox of the stack: its backend,
passphrase and settings are set, and pulumi and its Go language host are on PATH.
The exit code is that of the command, and signals reach it.

The stack is the one given here, else the one the command names with -s or
--stack, else the only one the repository has.`,
		Example: `  tenfold sandbox exec -- pulumi preview -s dev --diff
  tenfold sandbox exec --stack prod -- ./scripts/check`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("COMMAND is missing; write it after \"--\"")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			root, err := a.root()
			if err != nil {
				return err
			}
			if stack, err = stackFor(cmd, root, stack, args); err != nil {
				return err
			}
			s, err := a.open(cmd.Context(), root, stack, nil)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, s.Close()) }()
			return s.Exec(cmd.Context(), sandboxrun.Command{
				Args: args, Stdin: a.stdin, Stdout: a.stdout, Stderr: a.stderr, Terminal: a.terminal,
			})
		},
	}
	cmd.Flags().StringVarP(&stack, "stack", "s", "", "the stack whose sandbox to use")
	cmd.Flags().SetInterspersed(false) // flags after the command are the command's
	return cmd
}

// stackFor chooses the sandbox of a command.
func stackFor(cmd *cobra.Command, root, given string, args []string) (string, error) {
	if given == "" {
		given = stackIn(args)
	}
	if given != "" {
		return given, nil
	}
	p, err := project.Load(root)
	if err != nil {
		return "", err
	}
	stacks, err := p.Stacks()
	if err != nil {
		return "", err
	}
	if len(stacks) == 1 {
		return stacks[0], nil
	}
	return "", usageError{
		fmt.Errorf("which stack: the command names none, and there are %s; add --stack before \"--\"", strings.Join(stacks, ", ")),
		cmd.CommandPath(),
	}
}

// stackIn returns the stack a pulumi command line names, "" when it names none.
func stackIn(args []string) string {
	for i, arg := range args {
		for _, flag := range []string{"--stack", "-s"} {
			if arg == flag && i+1 < len(args) {
				return args[i+1]
			}
			if value, found := strings.CutPrefix(arg, flag+"="); found {
				return value
			}
		}
	}
	return ""
}
