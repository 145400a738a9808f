package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/tenfold-iac/tenfold/internal/guard"
	"github.com/tenfold-iac/tenfold/internal/sandboxrun"
	"github.com/tenfold-iac/tenfold/internal/tiermove"
	"github.com/tenfold-iac/tenfold/stacks/environment"
)

func (a *app) tiersPlanCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "plan STACK TIER",
		Short: "Show what moving a stack to a tier changes, interrupts and replaces",
		Long: `Show what moving a stack to a tier changes, interrupts and replaces.

The stack is brought up at its present tier in an offline account of its own,
which is thrown away afterwards, and the engine previews the move there. The
last line counts what holds state and would be replaced; the command fails
unless nothing is.`,
		Args: exactArgs("STACK", "TIER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			report, err := a.planMove(cmd.Context(), args[0], environment.Tier(args[1]))
			if err != nil {
				return err
			}
			if asJSON {
				err = writeJSON(a.stdout, report)
			} else {
				report.Write(a.stdout)
			}
			if !report.Safe() {
				err = errors.Join(err, fmt.Errorf("%s cannot move to %s without losing state", report.Stack, report.To))
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) planMove(ctx context.Context, stack string, to environment.Tier) (report tiermove.Report, err error) {
	if !slices.Contains(environment.Tiers(), to) {
		return report, fmt.Errorf("%q is not a tier; allowed are mvp, growth and scale", to)
	}
	_, config, err := a.configuration(stack)
	if err != nil {
		return report, err
	}
	moved, err := config.At(stack, to)
	if err != nil {
		return report, fmt.Errorf("%s cannot move from %s to %s: %w", stack, config.Tier, to, err)
	}
	plan, err := a.previewMove(ctx, stack, to)
	if err != nil {
		return report, err
	}
	prices, err := environment.LoadPrices()
	if err != nil {
		return report, err
	}
	report = tiermove.New(stack, string(config.Tier), string(to), plan)
	for _, line := range config.FixedCost(prices) {
		report.FromUSD += line.USD
	}
	for _, line := range moved.FixedCost(prices) {
		report.ToUSD += line.USD
	}
	return report, nil
}

// previewMove brings the stack up in a sandbox of its own, as it is, and returns
// what the engine plans when its tier changes.
func (a *app) previewMove(ctx context.Context, stack string, to environment.Tier) (*guard.Plan, error) {
	root, err := a.root()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "tenfold-tiers-")
	if err != nil {
		return nil, fmt.Errorf("make room for a scratch sandbox: %w", err)
	}
	defer os.RemoveAll(dir)
	s, err := sandboxrun.Open(ctx, sandboxrun.Options{Root: root, Stack: stack, Dir: dir, Notes: io.Discard, Program: a.program})
	if err != nil {
		return nil, err
	}
	plan := &guard.Plan{}
	var printed bytes.Buffer
	fmt.Fprintf(a.stderr, "bringing %s up in a scratch account, then previewing the move\n", stack)
	_, err = s.Up(ctx, sandboxrun.Run{Progress: &printed})
	if err == nil {
		err = s.Configure(ctx, "tenfold:tier", string(to))
	}
	if err == nil {
		err = s.Preview(ctx, sandboxrun.Run{Progress: &printed, Event: plan.Record})
	}
	if sandboxrun.IsFailed(err) {
		_, _ = a.stderr.Write(printed.Bytes())
	}
	return plan, errors.Join(err, s.Close())
}
