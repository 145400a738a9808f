package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/facts"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/probe"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/tfschema"
)

// making holds the flags of the facts step.
type making struct {
	schema, types, probed, overlay, sdk, source, out string
}

func factsCommand() *cobra.Command {
	var m making
	cmd := &cobra.Command{
		Use:   "facts",
		Short: "Write the files of facts from the schema, the probe results, the SDK and the overlay",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return m.run(cmd.ErrOrStderr()) },
	}
	flags := cmd.Flags()
	flags.StringVar(&m.schema, "provider-schema", "", `output of "terraform providers schema -json"; none for a package known from its SDK alone`)
	flags.StringVar(&m.types, "types", "", "list of types")
	flags.StringVar(&m.probed, "probed", "", "results of the probe step")
	flags.StringVar(&m.overlay, "overlay", "", "reviewed additions")
	flags.StringVar(&m.sdk, "sdk", "", "folder of the SDK's Go packages, such as .../go/aws")
	flags.StringVar(&m.source, "source", "", "what the header of each file says it was made from")
	flags.StringVar(&m.out, "out", "", "folder of facts")
	required(cmd, "types", "sdk", "source", "out")
	return cmd
}

func (m making) run(log io.Writer) error {
	builder := &facts.Builder{SDK: m.sdk, Source: m.source, Schema: &tfschema.Provider{}, Probed: map[string]*probe.Result{}}
	if m.schema != "" {
		schema, err := tfschema.Load(m.schema)
		if err != nil {
			return err
		}
		builder.Schema = schema
	}
	if err := readJSON(m.probed, &builder.Probed); err != nil {
		return err
	}
	if err := readJSON(m.overlay, &builder.Overlay); err != nil {
		return err
	}
	content, err := os.ReadFile(m.types)
	if err != nil {
		return fmt.Errorf("read the list of types: %w", err)
	}
	files, err := builder.Build(facts.ParseSelection(string(content)))
	if err != nil {
		return err
	}
	for _, name := range tfschema.Keys(files) {
		text, err := facts.Render(files[name])
		if err != nil {
			return fmt.Errorf("render %s: %w", name, err)
		}
		path := filepath.Join(m.out, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	for _, problem := range builder.Problems {
		fmt.Fprintln(log, problem)
	}
	fmt.Fprintf(log, "%d files, %d places to review\n", len(files), len(builder.Problems))
	return nil
}
