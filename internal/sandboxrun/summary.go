package sandboxrun

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// lineWidth is where a list of kinds is broken.
const lineWidth = 96

// groupOrder is the order in which a reader takes an environment in.
var groupOrder = []string{"network", "compute", "data", "messaging", "security", "monitoring", "other"}

// modules says to which group the resources of a provider module belong.
var modules = map[string]string{
	"acm": "network", "cloudfront": "network", "ec2": "network", "lb": "network", "route53": "network",
	"servicediscovery": "network", "vpc": "network",
	"appautoscaling": "compute", "ecr": "compute", "ecs": "compute", "lambda": "compute", "scheduler": "compute", "sfn": "compute",
	"backup": "data", "elasticache": "data", "rds": "data", "s3": "data",
	"pipes": "messaging", "sns": "messaging", "sqs": "messaging",
	"iam": "security", "kms": "security", "secretsmanager": "security", "ssm": "security", "wafv2": "security",
	"cloudwatch": "monitoring", "index": "monitoring", // the only module of datadog
}

// group returns the group of a resource type and its kind, such as "network"
// and "Subnet" for aws:ec2/subnet:Subnet.
func group(typ string) (name, kind string) {
	_, rest, _ := strings.Cut(typ, ":")
	module, kind, _ := strings.Cut(rest, ":")
	module, _, _ = strings.Cut(module, "/")
	switch {
	case strings.HasPrefix(kind, "SecurityGroup"), kind == "DefaultSecurityGroup", kind == "DefaultNetworkAcl":
		return "security", kind
	case module == "cloudwatch" && strings.HasPrefix(kind, "Event"):
		return "messaging", kind
	}
	if name = modules[module]; name == "" {
		name = "other"
	}
	return name, kind
}

// WriteSummary writes how many resources of which kind exist, by group.
func WriteSummary(out io.Writer, title string, resources []account.Summary) {
	counts := map[string]map[string]int{}
	for _, r := range resources {
		name, kind := group(r.Type)
		if counts[name] == nil {
			counts[name] = map[string]int{}
		}
		counts[name][kind]++
	}
	noun := "resources"
	if len(resources) == 1 {
		noun = "resource"
	}
	fmt.Fprintf(out, "\n%s: %d %s\n\n", title, len(resources), noun)
	for _, name := range groupOrder {
		kinds := counts[name]
		if len(kinds) == 0 {
			continue
		}
		total := 0
		for _, n := range kinds {
			total += n
		}
		for i, line := range wrap(describe(kinds), lineWidth-18) {
			if i == 0 {
				fmt.Fprintf(out, "  %-10s %4d  %s\n", name, total, line)
			} else {
				fmt.Fprintf(out, "  %-10s %4s  %s\n", "", "", line)
			}
		}
	}
}

// describe lists kinds with their counts, the most frequent first.
func describe(kinds map[string]int) []string {
	names := slices.SortedFunc(maps.Keys(kinds), func(a, b string) int {
		if kinds[a] != kinds[b] {
			return kinds[b] - kinds[a]
		}
		return strings.Compare(a, b)
	})
	items := make([]string, 0, len(names))
	for i, name := range names {
		item := name
		if kinds[name] > 1 {
			item = fmt.Sprintf("%s %d", name, kinds[name])
		}
		if i < len(names)-1 {
			item += ","
		}
		items = append(items, item)
	}
	return items
}

func wrap(items []string, width int) []string {
	var lines []string
	line := ""
	for _, item := range items {
		if line != "" && len(line)+1+len(item) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += item
	}
	return append(lines, line)
}

// WriteOutputs writes the outputs of a stack, nested ones by their path. The
// value of a secret output is not written.
func WriteOutputs(out io.Writer, outputs auto.OutputMap) {
	if len(outputs) == 0 {
		return
	}
	fmt.Fprint(out, "\noutputs:\n")
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		if outputs[name].Secret {
			fmt.Fprintf(table, "  %s\t(secret)\n", name)
			continue
		}
		writeOutput(table, name, outputs[name].Value, true)
	}
	table.Flush()
}

// writeOutput writes a value; of an object within an object, which is for
// programs to read, the keys alone.
func writeOutput(table io.Writer, path string, value any, top bool) {
	switch v := value.(type) {
	case map[string]any:
		if !top {
			fmt.Fprintf(table, "  %s\t%s\n", path, strings.Join(slices.Sorted(maps.Keys(v)), ", "))
			return
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			writeOutput(table, path+"."+key, v[key], false)
		}
	case []any:
		items := make([]string, 0, len(v))
		for _, item := range v {
			items = append(items, fmt.Sprint(item))
		}
		fmt.Fprintf(table, "  %s\t%s\n", path, strings.Join(items, ", "))
	default:
		fmt.Fprintf(table, "  %s\t%v\n", path, v)
	}
}

// WriteAccount writes every resource of an account as a table.
func WriteAccount(out io.Writer, listing account.Listing) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	section := func(title string, resources []account.Summary) {
		if len(resources) == 0 {
			return
		}
		fmt.Fprintf(table, "%s (%d)\n", title, len(resources))
		for _, r := range resources {
			name := r.Name
			if name == "" {
				name = r.LogicalName
			}
			fmt.Fprintf(table, "  %s\t%s\t%s\n", r.Type, name, r.ID)
		}
	}
	section("resources", listing.Resources)
	section("there before, managed by no stack", listing.Prerequisites)
	section("deleted, and kept by AWS for a while or for ever", listing.Kept)
	table.Flush()
	if len(listing.Resources)+len(listing.Prerequisites)+len(listing.Kept) == 0 {
		fmt.Fprintf(out, "account %s is empty\n", listing.AccountID)
	}
}

// Report writes what exists after an update: the account by kind, and the
// outputs.
func (s *Sandbox) Report(out io.Writer, outputs auto.OutputMap) {
	listing := s.cloud.Account().List()
	title := fmt.Sprintf("%s in the offline account %s", s.options.Stack, listing.AccountID)
	if s.region != "" {
		title += ", " + s.region
	}
	WriteSummary(out, title, listing.Resources)
	WriteOutputs(out, outputs)
}

// ReportKept writes what is left after a destroy. What a finished destroy leaves
// of the stack's own resources is what the program asked to retain.
func (s *Sandbox) ReportKept(out io.Writer, finished bool) {
	title := s.options.Stack + " still holds"
	if finished {
		title = "kept because the program retains it when it is deleted"
	}
	WriteKept(out, title, s.cloud.Account().List())
}

// WriteKept writes what an account holds after a destroy: under the title what
// is left of the stack's resources, and then what AWS keeps.
func WriteKept(out io.Writer, title string, listing account.Listing) {
	if len(listing.Resources) > 0 {
		WriteSummary(out, title, listing.Resources)
	}
	counts := map[string]int{}
	for _, r := range listing.Kept {
		_, kind := group(r.Type)
		counts[fmt.Sprintf("%s, %s", kind, r.Status)]++
	}
	if len(counts) == 0 {
		return
	}
	fmt.Fprint(out, "\nwhat AWS keeps after a delete, and so does the offline account:\n")
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(out, "  %4d  %s\n", counts[kind], kind)
	}
}
