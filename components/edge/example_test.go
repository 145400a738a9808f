package edge_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/tenfold-iac/tenfold/components/edge"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/network"
)

func ExampleNew() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		main, err := network.New(ctx, "main", network.Args{
			Zones: []string{"eu-west-1a", "eu-west-1b"}, Monitors: monitor.Off{Reason: "an example"},
		})
		if err != nil {
			return err
		}
		front, err := edge.New(ctx, "edge", edge.Args{
			Domain: "example.com", ZoneID: pulumi.String("Z0123456789ABCDEFGHIJ"),
			VPCID: main.VPCID, SubnetIDs: main.PublicSubnetIDs,
		})
		if err != nil {
			return err
		}
		ctx.Export("address", front.DNSName)
		return nil
	})
}

func ExampleCDN() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		main, err := network.New(ctx, "main", network.Args{
			Zones: []string{"eu-west-1a", "eu-west-1b"}, Monitors: monitor.Off{Reason: "an example"},
		})
		if err != nil {
			return err
		}
		front, err := edge.New(ctx, "edge", edge.Args{
			Domain: "example.com", ZoneID: pulumi.String("Z0123456789ABCDEFGHIJ"),
			VPCID: main.VPCID, SubnetIDs: main.PublicSubnetIDs,
			WAF: edge.WAF{Mode: edge.WAFBlock},
			// The next deployment, an hour later, is without OpenOrigin.
			CDN: edge.CDN{OriginSecret: config.RequireSecret(ctx, "originSecret"), OpenOrigin: true},
		})
		if err != nil {
			return err
		}
		ctx.Export("distribution", front.DistributionID)
		return nil
	})
}
