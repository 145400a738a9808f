package backup_test

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/backup"
	"github.com/tenfold-iac/tenfold/components/encryption"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

// Snapshots of a cluster in a locked vault, with copies in another region.
func Example() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		west, err := aws.NewProvider(ctx, "west", &aws.ProviderArgs{Region: pulumi.String("us-west-2")})
		if err != nil {
			return err
		}
		here, err := encryption.New(ctx, "backup", encryption.Args{Purpose: "backups"})
		if err != nil {
			return err
		}
		there, err := encryption.New(ctx, "backup-copy", encryption.Args{Purpose: "copies of backups"}, pulumi.Providers(west))
		if err != nil {
			return err
		}
		_, err = backup.New(ctx, "safe", backup.Args{
			Resources: []pulumi.StringInput{pulumi.String("arn:aws:rds:us-east-1:123456789012:cluster:tenfold-prod-db")},
			KeyARN:    here.ARN,
			HourUTC:   6,
			Copy:      backup.Copy{Provider: west, KeyARN: there.ARN},
			Monitors:  monitor.Off{Reason: "an example"},
		})
		return err
	})
}
