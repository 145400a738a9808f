package main

import (
	"github.com/spf13/cobra"
)

func (a *app) sandboxCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Run stacks against an offline cloud on this machine",
		Long: `Run stacks against an offline cloud on this machine.

The real Pulumi engine runs with its AWS and Datadog providers replaced by an
offline cloud that answers as they would. Each stack has an account of its own
below .tenfold/sandbox. Nothing is contacted, nothing costs money, and the files
of the checkout are not changed.`,
	}
	cmd.AddCommand(
		a.upCommand(), a.previewCommand(), a.refreshCommand(), a.destroyCommand(),
		a.execCommand(), a.accountCommand(), a.driftCommand(), a.failCommand(), a.resetCommand(),
	)
	return cmd
}
