package tenancy

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/output"
)

// run installs the guard and then applies the migrations. Each runs again only
// when one of its triggers changes: a new migration leaves the guard alone.
//
// The invocations wait for all of the cluster, because its address answers only
// when the first instance is there.
func (b *builder) run() error {
	cluster := b.args.Database.ResourceID
	installed, err := b.invoke(b.made[bootstrap], map[string]any{"action": bootstrap},
		pulumi.StringMap{"program": pulumi.String(b.plan.archive.program), "cluster": cluster}, b.args.Database)
	if err != nil {
		return err
	}
	event := map[string]any{"action": migrate}
	if b.args.Adopting {
		event["adopting"] = true
	}
	migrated, err := b.invoke(b.made[migrate], event,
		pulumi.StringMap{"archive": pulumi.String(b.plan.archive.whole), "cluster": cluster}, installed)
	if err != nil {
		return err
	}
	b.tenancy.done = []pulumi.Resource{migrated}
	b.tenancy.Report = pulumi.StringMap{}
	for _, field := range reported {
		b.tenancy.Report[field] = output.MapErr(migrated.Result, func(result string) (string, error) { return excerpt(result, field) })
	}
	return nil
}

func (b *builder) invoke(f *function, event map[string]any, triggers pulumi.StringMap, after pulumi.Resource) (*lambda.Invocation, error) {
	return lambda.NewInvocation(b.ctx, f.name, &lambda.InvocationArgs{
		FunctionName: f.lambda.Name, Input: output.JSON(event), Triggers: triggers,
	}, b.children(pulumi.DependsOn([]pulumi.Resource{after}))...)
}

// reported are the parts of a run's report that are worth a look after an up.
var reported = []string{"guardVersion", "catalogHash", "applied", "violations"}

// excerpt is one part of the report of a run, in words.
func excerpt(result, field string) (string, error) {
	var report struct {
		Offline      bool   `json:"offline"`
		GuardVersion string `json:"guardVersion"`
		CatalogHash  string `json:"catalogHash"`
		Applied      []struct {
			Name string `json:"name"`
		} `json:"applied"`
		Violations []json.RawMessage `json:"violations"`
	}
	if err := json.Unmarshal([]byte(result), &report); err != nil {
		return "", fmt.Errorf("the migration answered with something that is no report (%w); look into the log of the function", err)
	}
	switch {
	case report.Offline:
		return "unknown, no database ran offline", nil
	case report.CatalogHash == "":
		return "", fmt.Errorf("the migration answered without a hash of the catalog; look into the log of the function")
	}
	switch field {
	case "guardVersion":
		return report.GuardVersion, nil
	case "catalogHash":
		return report.CatalogHash, nil
	case "violations":
		return fmt.Sprint(len(report.Violations)), nil
	}
	names := make([]string, len(report.Applied))
	for i, file := range report.Applied {
		names[i] = file.Name
	}
	if len(names) == 0 {
		return "nothing new", nil
	}
	return strings.Join(names, ", "), nil
}
