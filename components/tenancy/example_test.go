package tenancy_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/cluster"
	"github.com/tenfold-iac/tenfold/components/encryption"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/network"
	"github.com/tenfold-iac/tenfold/components/postgres"
	"github.com/tenfold-iac/tenfold/components/service"
	"github.com/tenfold-iac/tenfold/components/tenancy"
)

func ExampleTenancy_After() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		none := monitor.Off{Reason: "an example"}
		main, err := network.New(ctx, "main", network.Args{Zones: []string{"eu-west-1a", "eu-west-1b"}, Monitors: none})
		if err != nil {
			return err
		}
		key, err := encryption.New(ctx, "data", encryption.Args{Purpose: "tenant data"})
		if err != nil {
			return err
		}
		db, err := postgres.New(ctx, "db", postgres.Args{VPCID: main.VPCID, SubnetIDs: main.DataSubnetIDs, KeyARN: key.ARN, Monitors: none})
		if err != nil {
			return err
		}
		tenants, err := tenancy.New(ctx, "tenancy", tenancy.Args{
			Database: db, Network: main.Tasks(), Archive: "bin/functions/dbmigrate.zip", Monitors: none,
		})
		if err != nil {
			return err
		}
		tasks, err := cluster.New(ctx, "main", cluster.Args{})
		if err != nil {
			return err
		}
		_, err = service.New(ctx, "api", service.Args{
			Cluster: tasks, Network: main.Tasks(), Monitors: none,
			Image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/api@sha256:0000000000000000000000000000000000000000000000000000000000000001",
			Uses:  []access.Grant{tenants.After(db.Connect())},
		})
		return err
	})
}
