package main

import (
	"bytes"
	"context"
	"errors"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/spf13/cobra"

	"github.com/tenfold-iac/tenfold/internal/guard"
	"github.com/tenfold-iac/tenfold/internal/sandboxrun"
)

func (a *app) guardCommand() *cobra.Command {
	var allowed guard.Allowed
	cmd := &cobra.Command{
		Use:   "guard [flags] -- pulumi preview|up [flags]",
		Short: "Run pulumi, and refuse a plan that replaces or deletes what holds state",
		Long: `Run pulumi, and refuse a plan that replaces or deletes what holds state.

For up, a preview with the same flags comes first, and the update runs only when
nothing in its plan is refused: a protected resource, or one of a type that holds
data or an identity others rely on, that would be replaced or deleted. What shall
happen all the same is named by its URN, one flag for each resource. A name the
plan has no use for is an error too.

It works on the real account: backend, passphrase and credentials are those of
the environment.`,
		Example: `  tenfold guard -- pulumi preview --stack prod
  tenfold guard -- pulumi up --stack prod --yes --skip-preview
  tenfold guard --allow-delete 'urn:pulumi:dev::tenfold::...::aws:sqs/queue:Queue::mail' -- pulumi up --stack dev --yes`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("COMMAND is missing; write pulumi preview or pulumi up after \"--\"")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			return guard.Run(args, allowed, func(args, env []string) error {
				return sandboxrun.RunCommand(append(os.Environ(), env...), sandboxrun.Command{
					Args: args, Stdin: a.stdin, Stdout: a.stdout, Stderr: a.stderr, Terminal: a.terminal,
				})
			})
		},
	}
	bindAllowed(cmd, &allowed)
	cmd.Flags().SetInterspersed(false) // flags after the command are the command's
	return cmd
}

func bindAllowed(cmd *cobra.Command, allowed *guard.Allowed) {
	cmd.Flags().StringArrayVar(&allowed.Replace, "allow-replace", nil, "URN of a resource with state that may be replaced")
	cmd.Flags().StringArrayVar(&allowed.Delete, "allow-delete", nil, "URN of a resource with state that may be deleted")
}

// judged runs a preview in a sandbox and judges its plan.
func judged(ctx context.Context, s *sandboxrun.Sandbox, run sandboxrun.Run, allowed guard.Allowed) error {
	var plan guard.Plan
	report := run.Event
	run.Event = func(e apitype.EngineEvent) {
		plan.Record(e)
		if report != nil {
			report(e)
		}
	}
	if err := s.Preview(ctx, run); err != nil {
		return err
	}
	return plan.Check(allowed)
}

// guarded judges what an update of a sandbox would do, before it is done. What
// the preview prints is shown only when it fails.
func (a *app) guarded(ctx context.Context, s *sandboxrun.Sandbox, run sandboxrun.Run, allowed guard.Allowed) error {
	if s.Empty() && len(allowed.Replace)+len(allowed.Delete) == 0 {
		return nil // there is nothing to lose
	}
	var printed bytes.Buffer
	run.Progress, run.Event, run.PolicyPacks, run.ExpectNoChanges = &printed, nil, nil, false
	err := judged(ctx, s, run, allowed)
	if sandboxrun.IsFailed(err) {
		_, _ = a.stdout.Write(printed.Bytes())
	}
	return err
}
