package postgres_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/encryption"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/postgres"
)

// A small cluster with one reader, and the grants for the services that write,
// read and migrate.
func Example() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		key, err := encryption.New(ctx, "data", encryption.Args{Purpose: "tenant data in Aurora"})
		if err != nil {
			return err
		}
		db, err := postgres.New(ctx, "db", postgres.Args{
			VPCID:     pulumi.String("vpc-0123456789abcdef0"),
			SubnetIDs: pulumi.ToStringArray([]string{"subnet-0a", "subnet-0b", "subnet-0c"}),
			KeyARN:    key.ARN,
			MaxACU:    8,
			Readers:   1,
			Monitors:  monitor.Off{Reason: "an example"},
		})
		if err != nil {
			return err
		}
		migrate, err := db.ConnectAs(postgres.MigratorRole)
		if err != nil {
			return err
		}
		api := []access.Grant{db.Connect(), db.ConnectReadOnly()} // service.Args.Uses of the API
		migrations := []access.Grant{migrate}
		ctx.Export("grants", pulumi.Int(len(api)+len(migrations)))
		return nil
	})
}
