// Command generate makes the facts of package schema. It runs in two steps, so
// that the second needs no provider binary:
//
//	generate probe --provider BINARY --provider-schema FILE --types aws-types.txt --bases aws-bases.json --out aws-probed.json --verdicts ../testdata/verdicts.txt
//	generate facts --provider-schema FILE --types aws-types.txt --probed aws-probed.json --overlay aws-overlay.json --sdk FOLDER --source TEXT --out ../facts
//	generate facts --types datadog-types.txt --overlay datadog-overlay.json --sdk FOLDER --source TEXT --out ../facts
//
// The provider schema is the output of "terraform providers schema -json". The
// list of types, the starting points of the probes (bases), the probe results
// and the overlay are kept beside this command; after a provider upgrade run
// both steps and review the difference. A package without an oracle, such as
// datadog, is made by the second step alone, without --provider-schema
// and --probed.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/spf13/cobra"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	root := &cobra.Command{Use: "generate", Short: "Make the facts the offline cloud answers with", SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(probeCommand(), factsCommand())
	return root.ExecuteContext(ctx)
}

// required marks flags that have no default.
func required(cmd *cobra.Command, names ...string) {
	var problems []error
	for _, name := range names {
		problems = append(problems, cmd.MarkFlagRequired(name))
	}
	if err := errors.Join(problems...); err != nil {
		cmd.PreRunE = func(*cobra.Command, []string) error { return err }
	}
}
