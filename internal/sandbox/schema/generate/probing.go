package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sort"

	"github.com/spf13/cobra"

	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/facts"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/plugin"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/probe"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/tfschema"
)

// probing holds the flags of the probe step.
type probing struct {
	provider, schema, types, bases, out, verdicts string
	only                                          []string
}

func probeCommand() *cobra.Command {
	var p probing
	cmd := &cobra.Command{
		Use:   "probe",
		Short: "Ask the provider binary what it checks and what it replaces",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.run(cmd.Context(), cmd.ErrOrStderr()) },
	}
	flags := cmd.Flags()
	flags.StringVar(&p.provider, "provider", "", "Terraform provider binary")
	flags.StringVar(&p.schema, "provider-schema", "", `output of "terraform providers schema -json"`)
	flags.StringVar(&p.types, "types", "", "list of types")
	flags.StringVar(&p.bases, "bases", "", "starting points of types the probe cannot complete itself")
	flags.StringVar(&p.out, "out", "", "file of results; types not probed now keep their results")
	flags.StringVar(&p.verdicts, "verdicts", "", "file for the answers to fixed values, the test data of package schema")
	flags.StringSliceVar(&p.only, "only", nil, "probe these upstream types only")
	required(cmd, "provider", "provider-schema", "types", "out")
	return cmd
}

func (p probing) run(ctx context.Context, log io.Writer) error {
	schema, err := tfschema.Load(p.schema)
	if err != nil {
		return err
	}
	types, err := p.selected(schema)
	if err != nil {
		return err
	}
	prober := &probe.Prober{Schema: schema}
	if err := readJSON(p.bases, &prober.Bases); err != nil {
		return err
	}
	results := map[string]*probe.Result{}
	if _, err := os.Stat(p.out); err == nil {
		if err := readJSON(p.out, &results); err != nil {
			return err
		}
	}
	if p.verdicts != "" {
		prober.Verdicts = &probe.Verdicts{}
	}
	prober.Provider, err = plugin.Start(p.provider)
	if err != nil {
		return err
	}
	defer prober.Provider.Stop()
	if err := prober.Provider.Configure(ctx, configuration(schema)); err != nil {
		return err
	}
	for _, kind := range types {
		result, err := prober.Resource(ctx, kind)
		if err != nil {
			return err
		}
		results[kind] = result
		fmt.Fprintf(log, "%s: %d arguments and blocks, %d errors not understood\n", kind, len(result.Fields), len(result.Unexplained))
	}
	content, err := json.MarshalIndent(results, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(p.out, append(content, '\n'), 0o644); err != nil {
		return err
	}
	if prober.Verdicts == nil {
		return nil
	}
	return os.WriteFile(p.verdicts, []byte(prober.Verdicts.String()), 0o644)
}

// selected lists the upstream types to probe.
func (p probing) selected(schema *tfschema.Provider) ([]string, error) {
	if len(p.only) > 0 {
		return p.only, nil
	}
	content, err := os.ReadFile(p.types)
	if err != nil {
		return nil, fmt.Errorf("read the list of types: %w", err)
	}
	var out []string
	for _, s := range facts.ParseSelection(string(content)) {
		if _, ok := schema.Resources[s.Upstream]; ok && s.IsResource() {
			out = append(out, s.Upstream)
		}
	}
	sort.Strings(out)
	return out, nil
}

// configuration makes the provider answer without an account: it checks and
// plans, and never gets to call the cloud.
func configuration(schema *tfschema.Provider) map[string]any {
	out := schema.Config.Empty()
	out["region"], out["access_key"], out["secret_key"] = "us-east-1", "none", "none"
	out["skip_metadata_api_check"] = "true"
	for _, name := range []string{"skip_credentials_validation", "skip_requesting_account_id", "skip_region_validation"} {
		out[name] = true
	}
	return out
}

// readJSON reads a JSON file; no path means nothing to read.
func readJSON(path string, into any) error {
	if path == "" {
		return nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if err := json.Unmarshal(content, into); err != nil {
		return fmt.Errorf("parse %s: %w", path, err)
	}
	return nil
}
