package secret

import (
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/naming"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
)

var regionPattern = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)

// check reports every problem, or the name in Secrets Manager.
func (a Args) check(ctx *pulumi.Context, name string) (string, error) {
	p := problem.Of("secret", name)
	p.Add(naming.Component(name))
	p.Check(a.Description != "" && len(a.Description) <= 2048,
		"Description must be 1 to 2048 characters, got %d; say what the value is and who issues it", len(a.Description))
	p.Check(a.KeyARN != nil, "KeyARN must be set; pass the ARN of an encryption key")
	p.Check(a.RecoveryDays == 0 || a.RecoveryDays >= 7 && a.RecoveryDays <= 30,
		"RecoveryDays must be 7 to 30, got %d; leave it out for 30, or set Disposable to delete at once", a.RecoveryDays)
	p.Check(a.Rotation.Days == 0 || a.Rotation.FunctionARN != nil, "Rotation must have a FunctionARN when it has Days; pass the function that renews the value")
	p.Check(a.Rotation.Days >= 0 && a.Rotation.Days <= 365, "Rotation.Days must be 1 to 365, got %d; leave it out for 90", a.Rotation.Days)
	seen := map[string]bool{}
	for _, r := range a.Replicas {
		p.Check(regionPattern.MatchString(r.Region), "Replicas must name regions, got %q; write it like us-west-2", r.Region)
		p.Check(!seen[r.Region], "Replicas must not repeat %q; name it once", r.Region)
		p.Check(r.KeyARN != nil, "Replicas must have a key; set KeyARN of %q to a key of that region", r.Region)
		seen[r.Region] = true
	}
	physical, err := naming.Path(ctx, naming.Secret, name)
	p.Add(err)
	return withoutTail(physical), p.Err()
}
