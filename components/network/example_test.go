package network_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/network"
)

func ExampleNew() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		main, err := network.New(ctx, "main", network.Args{
			Zones:    []string{"eu-west-1a", "eu-west-1b", "eu-west-1c"},
			NAT:      network.NATSingle,
			Monitors: monitor.Off{Reason: "an example"},
		})
		if err != nil {
			return err
		}
		ctx.Export("natAddresses", main.NATAddresses)
		return nil
	})
}
