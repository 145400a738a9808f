// Package loggroup makes log groups. In production one outlives what wrote to it,
// and is taken over when that comes back under its name.
package loggroup

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args describe a log group.
type Args struct {
	// Name is its name in CloudWatch. Required.
	Name string
	// Days is how long it keeps what is written, one of the periods that CloudWatch
	// offers. Required.
	Days int
	// KeyARN is the KMS key that encrypts it. Default: nil, CloudWatch's own.
	KeyARN pulumi.StringInput
	// Disposable deletes it together with its owner. Default: false, it stays.
	Disposable bool
}

// New makes a log group as a child of its owner. Whoever deploys one that stays
// needs logs:DescribeLogGroups, in a preview too.
func New(ctx *pulumi.Context, name string, owner pulumi.Resource, a Args) (*cloudwatch.LogGroup, error) {
	opts := []pulumi.ResourceOption{pulumi.Parent(owner)}
	if !a.Disposable {
		there, err := exists(ctx, owner, a.Name)
		if err != nil {
			return nil, err
		}
		opts = append(opts, pulumi.RetainOnDelete(true))
		if there {
			// Nothing is imported when the state holds it.
			opts = append(opts, pulumi.Import(pulumi.ID(a.Name)))
		}
	}
	args := &cloudwatch.LogGroupArgs{Name: pulumi.String(a.Name), RetentionInDays: pulumi.Int(a.Days)}
	if a.KeyARN != nil {
		args.KmsKeyId = a.KeyARN.ToStringOutput()
	}
	return cloudwatch.NewLogGroup(ctx, name, args, opts...)
}

func exists(ctx *pulumi.Context, owner pulumi.Resource, name string) (bool, error) {
	found, err := cloudwatch.GetLogGroups(ctx, &cloudwatch.GetLogGroupsArgs{LogGroupNamePrefix: pulumi.StringRef(name)}, pulumi.Parent(owner))
	if err != nil {
		return false, fmt.Errorf("asking for the log group %s: %w", name, err)
	}
	return slices.Contains(found.LogGroupNames, name), nil
}
