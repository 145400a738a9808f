package cluster_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/cluster"
)

func ExampleNew() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		main, err := cluster.New(ctx, "main", cluster.Args{})
		if err != nil {
			return err
		}
		ctx.Export("cluster", pulumi.String(main.Name))
		return nil
	})
}
