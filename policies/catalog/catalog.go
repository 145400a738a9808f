// Package catalog prints the rules for people: as a table, one by one, and as the page docs/policies.md.
package catalog

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/tenfold-iac/tenfold/policies/rule"
)

// List prints one line for each rule.
func List(w io.Writer, rules []*rule.Rule) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RULE\tLEVEL\tSEVERITY\tFSBP\tREQUIRES")
	for _, r := range rules {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", r.ID, level(r), r.Severity, dash(r.FSBP), r.Title)
	}
	return table.Flush()
}

// Explain prints one rule in full.
func Explain(w io.Writer, rules []*rule.Rule, args []string) error {
	if len(args) != 1 {
		return errors.New("--explain needs one rule; --list prints their names")
	}
	for _, r := range rules {
		if r.ID != args[0] {
			continue
		}
		_, err := io.WriteString(w, explain(r))
		return err
	}
	return fmt.Errorf("rule %q does not exist%s; --list prints all names", args[0], like(rules, args[0]))
}

// like suggests rules that share a word with the name asked for.
func like(rules []*rule.Rule, asked string) string {
	var near []string
	for _, r := range rules {
		for word := range strings.SplitSeq(asked, "-") {
			if len(word) > 2 && strings.Contains(r.ID, word) {
				near = append(near, r.ID)
				break
			}
		}
	}
	if len(near) == 0 || len(near) > 12 {
		return ""
	}
	return ", did you mean " + rule.Or(near)
}

func explain(r *rule.Rule) string {
	var b strings.Builder
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%-11s %s\n", name, text)
		}
	}
	line("Rule", r.ID)
	line("Requires", r.Title)
	line("Why", r.Why)
	line("Fix", r.Fix)
	line("Severity", r.Severity.String())
	line("Level", level(r))
	line("", r.LevelReason)
	line("Decided on", scope(r))
	line("Reads", strings.Join(r.Types, ", "))
	line("AWS FSBP", r.FSBP)
	line("Also", strings.Join(r.Also, ", "))
	for _, p := range r.Params {
		line("Parameter", fmt.Sprintf("%s (%s, default %v): %s", p.Name, p.Kind, p.Default, p.Doc))
	}
	return b.String()
}

func level(r *rule.Rule) string {
	if r.Production {
		return r.Level.String() + " in production"
	}
	return r.Level.String()
}

func scope(r *rule.Rule) string {
	if r.Scope == rule.Stack {
		return "the whole stack"
	}
	return "one resource"
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
