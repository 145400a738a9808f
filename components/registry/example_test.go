package registry_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/registry"
)

func ExampleNew() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		api, err := registry.New(ctx, "api", registry.Args{})
		if err != nil {
			return err
		}
		ctx.Export("images", api.URL)
		return nil
	})
}
