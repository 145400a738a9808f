package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/tenfold-iac/tenfold/internal/project"
	"github.com/tenfold-iac/tenfold/stacks/environment"
)

func (a *app) tiersCommand() *cobra.Command {
	var stack string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "tiers",
		Short: "Show what each tier decides and what it costs before anyone uses it",
		Long: `Show what each tier decides and what it costs before anyone uses it.

The settings are those of the tier itself. The cost is that of a stack: its own
services, zones, secrets and overrides at each tier, at list prices.`,
		Args: exactArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, config, err := a.configuration(stack)
			if err != nil {
				return err
			}
			table, err := tierTable(stack, config)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(a.stdout, table)
			}
			return table.write(a.stdout)
		},
	}
	cmd.Flags().StringVarP(&stack, "stack", "s", "prod", "the stack whose cost to estimate")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.AddCommand(a.tiersPlanCommand())
	return cmd
}

// configuration reads and checks the settings of a stack without an engine.
func (a *app) configuration(stack string) (*project.Stack, *environment.Config, error) {
	root, err := a.root()
	if err != nil {
		return nil, nil, err
	}
	p, err := project.Load(root)
	if err != nil {
		return nil, nil, err
	}
	settings, err := p.Stack(stack)
	if err != nil {
		return nil, nil, err
	}
	values, err := settings.Values()
	if err != nil {
		return nil, nil, err
	}
	config, err := environment.Read(stack, values)
	return settings, config, err
}

// tierReport is the table of tiers for one stack.
type tierReport struct {
	Stack       string           `json:"stack"`
	Tiers       []tierColumn     `json:"tiers"`
	Present     environment.Tier `json:"present"`
	PriceDate   string           `json:"priceDate"`
	PriceRegion string           `json:"priceRegion"`
	NotIncluded string           `json:"notIncluded"`
}

type tierColumn struct {
	Tier     environment.Tier       `json:"tier"`
	Settings []environment.Line     `json:"settings"`
	Cost     []environment.CostLine `json:"monthlyCost"`
	TotalUSD float64                `json:"totalUSD"`
	Refused  string                 `json:"refused,omitempty"` // why the stack cannot be at this tier
}

func tierTable(stack string, config *environment.Config) (tierReport, error) {
	prices, err := environment.LoadPrices()
	if err != nil {
		return tierReport{}, err
	}
	report := tierReport{
		Stack: stack, Present: config.Tier,
		PriceDate: prices.Date, PriceRegion: prices.Region, NotIncluded: environment.NotInFixedCost,
	}
	for _, tier := range environment.Tiers() {
		moved, refused := config.At(stack, tier)
		column := tierColumn{Tier: tier, Settings: tier.Lines(), Cost: moved.FixedCost(prices)}
		for _, line := range column.Cost {
			column.TotalUSD += line.USD
		}
		if refused != nil {
			column.Refused = refused.Error()
		}
		report.Tiers = append(report.Tiers, column)
	}
	return report, nil
}

func (r tierReport) write(out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(title string, cell func(tierColumn) string) {
		fmt.Fprint(table, title)
		for _, column := range r.Tiers {
			fmt.Fprint(table, "\t", cell(column))
		}
		fmt.Fprintln(table)
	}
	row("", func(c tierColumn) string { return string(c.Tier) })
	for i, line := range r.Tiers[0].Settings {
		row(line.Setting, func(c tierColumn) string { return c.Settings[i].Value })
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nfixed cost of %s (now at %s), USD a month, list prices of %s on %s\n\n", r.Stack, r.Present, r.PriceRegion, r.PriceDate)
	for i, line := range r.Tiers[0].Cost {
		row(line.What, func(c tierColumn) string { return fmt.Sprintf("%.0f", c.Cost[i].USD) })
	}
	row("total", func(c tierColumn) string { return fmt.Sprintf("%.0f", c.TotalUSD) })
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nnot included: %s\n", r.NotIncluded)
	for _, column := range r.Tiers {
		if column.Refused != "" {
			fmt.Fprintf(out, "\n%s cannot be at %s as it is: %s\n", r.Stack, column.Tier, column.Refused)
		}
	}
	return nil
}

func writeJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
