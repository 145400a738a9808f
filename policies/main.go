// Command policies is Tenfold's policy pack.
//
// The Pulumi engine starts it (`pulumi preview --policy-pack bin/policies`) and talks to it over gRPC. Run by hand it
// prints its catalogue:
//
//	bin/policies --list
//	bin/policies --explain rds-not-public
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/tenfold-iac/tenfold/policies/catalog"
	"github.com/tenfold-iac/tenfold/policies/pack"
	"github.com/tenfold-iac/tenfold/policies/rules"
)

const usage = `The engine starts this program: pulumi preview --policy-pack bin/policies

  bin/policies --list           every rule, one line each
  bin/policies --explain RULE   one rule in full
`

func main() {
	// After the port, anything on standard output would appear in the user's terminal as a message of the pack.
	out := os.Stdout
	os.Stdout = os.Stderr
	if err := run(context.Background(), os.Args[1:], out); err != nil {
		fmt.Fprintln(os.Stderr, "policies:", err)
		os.Exit(1)
	}
}

// run prints the catalogue when asked for it by a first argument the engine never gives, and serves otherwise.
func run(ctx context.Context, args []string, out io.Writer) error {
	all := rules.All()
	if len(args) > 0 {
		switch args[0] {
		case "--list", "rules":
			return catalog.List(out, all)
		case "--explain":
			return catalog.Explain(out, all, args[1:])
		case "--help", "-h", "help":
			_, err := io.WriteString(out, usage)
			return err
		}
	}
	engine, ok := pack.EngineAddress(args)
	if !ok {
		return fmt.Errorf("no engine address such as 127.0.0.1:4000 was given\n\n%s", usage)
	}
	return pack.Serve(ctx, engine, all, out)
}
