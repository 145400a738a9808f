package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/spf13/cobra"

	"github.com/tenfold-iac/tenfold/internal/guard"
	"github.com/tenfold-iac/tenfold/internal/sandboxrun"
)

// engineFlags are the flags of the commands that run the engine.
type engineFlags struct {
	policyPack      string
	eventLog        string
	refresh         bool
	diff            bool
	expectNoChanges bool
}

func (f *engineFlags) bind(cmd *cobra.Command, policies bool) {
	flags := cmd.Flags()
	if policies {
		flags.StringVar(&f.policyPack, "policy-pack", sandboxrun.DefaultPolicyPack,
			`policy pack to check against, built when it is missing; "none" for none`)
		flags.BoolVar(&f.refresh, "refresh", false, "read the real state from the account first")
	} else {
		f.policyPack = "none"
	}
	flags.BoolVar(&f.diff, "diff", false, "show each changed property")
	flags.BoolVar(&f.expectNoChanges, "expect-no-changes", false, "fail when anything changes")
	flags.StringVar(&f.eventLog, "event-log", "", "write the engine's events to this file, one JSON object a line")
}

func (a *app) upCommand() *cobra.Command {
	var flags engineFlags
	var allowed guard.Allowed
	cmd := &cobra.Command{
		Use:   "up STACK",
		Short: "Create or update everything the stack declares",
		Args:  exactArgs("STACK"),
		RunE: func(cmd *cobra.Command, args []string) error {
			stack := args[0]
			return a.engine(cmd.Context(), stack, flags, func(s *sandboxrun.Sandbox, run sandboxrun.Run) error {
				if err := a.guarded(cmd.Context(), s, run, allowed); err != nil {
					return err
				}
				outputs, err := s.Up(cmd.Context(), run)
				if err != nil {
					return err
				}
				s.Report(a.stdout, outputs)
				a.next(stack)
				return nil
			})
		},
	}
	flags.bind(cmd, true)
	bindAllowed(cmd, &allowed)
	return cmd
}

// next names the commands that show most after a first update.
func (a *app) next(stack string) {
	fmt.Fprintf(a.stdout, `
next:
  bin/tenfold sandbox account %[1]s                    list what exists
  bin/tenfold sandbox exec -- pulumi preview -s %[1]s  run any Pulumi command against it
  bin/tenfold sandbox drift %[1]s --help               change something behind Pulumi's back
  bin/tenfold sandbox fail %[1]s --help                plan a failure for the next update
  bin/tenfold sandbox destroy %[1]s                    delete it all
`, stack)
}

func (a *app) previewCommand() *cobra.Command {
	var flags engineFlags
	var allowed guard.Allowed
	cmd := &cobra.Command{
		Use:   "preview STACK",
		Short: "Show what an update would do",
		Args:  exactArgs("STACK"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.engine(cmd.Context(), args[0], flags, func(s *sandboxrun.Sandbox, run sandboxrun.Run) error {
				return judged(cmd.Context(), s, run, allowed)
			})
		},
	}
	flags.bind(cmd, true)
	bindAllowed(cmd, &allowed)
	return cmd
}

func (a *app) refreshCommand() *cobra.Command {
	var flags engineFlags
	cmd := &cobra.Command{
		Use:   "refresh STACK",
		Short: "Record in the state what the account really holds",
		Args:  exactArgs("STACK"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.engine(cmd.Context(), args[0], flags, func(s *sandboxrun.Sandbox, run sandboxrun.Run) error {
				return s.Refresh(cmd.Context(), run)
			})
		},
	}
	flags.bind(cmd, false)
	return cmd
}

func (a *app) destroyCommand() *cobra.Command {
	var flags engineFlags
	cmd := &cobra.Command{
		Use:   "destroy STACK",
		Short: "Delete everything the stack created, without asking",
		Args:  exactArgs("STACK"),
		RunE: func(cmd *cobra.Command, args []string) error {
			stack := args[0]
			return a.engine(cmd.Context(), stack, flags, func(s *sandboxrun.Sandbox, run sandboxrun.Run) error {
				err := s.Destroy(cmd.Context(), run)
				s.ReportKept(a.stdout, err == nil)
				if sandboxrun.IsFailed(err) {
					fmt.Fprintf(a.stdout, "\nwhat is protected stays protected here too; \"tenfold sandbox reset %s\" throws the whole sandbox away\n", stack)
				}
				return err
			})
		},
	}
	flags.policyPack = "none"
	cmd.Flags().BoolVar(&flags.refresh, "refresh", false, "read the real state from the account first")
	cmd.Flags().StringVar(&flags.eventLog, "event-log", "", "write the engine's events to this file, one JSON object a line")
	return cmd
}

// engine opens the sandbox of a stack and runs one operation in it.
func (a *app) engine(ctx context.Context, stack string, flags engineFlags, operation func(*sandboxrun.Sandbox, sandboxrun.Run) error) (err error) {
	root, _, err := a.checkout(stack)
	if err != nil {
		return err
	}
	run := sandboxrun.Run{
		Progress: a.stdout, Color: a.color,
		Refresh: flags.refresh, Diff: flags.diff, ExpectNoChanges: flags.expectNoChanges,
	}
	if flags.policyPack != "none" {
		pack, err := sandboxrun.PolicyPack(ctx, root, flags.policyPack)
		if err != nil {
			return err
		}
		run.PolicyPacks = []string{pack}
	}
	if flags.eventLog != "" {
		record, closeLog, err := eventLog(flags.eventLog)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, closeLog()) }()
		run.Event = record
	}
	s, err := a.open(ctx, root, stack, a.program)
	if err != nil {
		return err
	}
	start := time.Now()
	err = errors.Join(operation(s, run), s.Close())
	if err == nil {
		fmt.Fprintf(a.stderr, "\ndone in %s\n", time.Since(start).Round(100*time.Millisecond))
	}
	return err
}

// eventLog returns a function that appends events to a file, and one that
// closes it and reports the first failure to write.
func eventLog(path string) (record func(apitype.EngineEvent), closeLog func() error, err error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, nil, fmt.Errorf("write the event log: %w", err)
	}
	encoder := json.NewEncoder(file)
	var failed error
	record = func(e apitype.EngineEvent) {
		if failed == nil {
			failed = encoder.Encode(e)
		}
	}
	return record, func() error { return errors.Join(failed, file.Close()) }, nil
}
