package service_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/cluster"
	"github.com/tenfold-iac/tenfold/components/edge"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/network"
	"github.com/tenfold-iac/tenfold/components/service"
)

func ExampleNew() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		none := monitor.Off{Reason: "an example"}
		main, err := network.New(ctx, "main", network.Args{Zones: []string{"eu-west-1a", "eu-west-1b"}, Monitors: none})
		if err != nil {
			return err
		}
		front, err := edge.New(ctx, "edge", edge.Args{
			Domain: "example.com", ZoneID: pulumi.String("Z0123456789ABCDEFGHIJ"), VPCID: main.VPCID, SubnetIDs: main.PublicSubnetIDs,
		})
		if err != nil {
			return err
		}
		tasks, err := cluster.New(ctx, "main", cluster.Args{})
		if err != nil {
			return err
		}
		_, err = service.New(ctx, "api", service.Args{
			Cluster: tasks, Network: main.Tasks(), Image: image,
			Port: 8080, Edge: front, Route: edge.Route{Host: "api.example.com"},
			Monitors: none,
		})
		return err
	})
}
