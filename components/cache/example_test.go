package cache_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/cache"
	"github.com/tenfold-iac/tenfold/components/encryption"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

// A small cache and the grant for the service that uses it.
func Example() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		key, err := encryption.New(ctx, "data", encryption.Args{Purpose: "tenant data"})
		if err != nil {
			return err
		}
		sessions, err := cache.New(ctx, "sessions", cache.Args{
			VPCID:     pulumi.String("vpc-0123456789abcdef0"),
			SubnetIDs: pulumi.ToStringArray([]string{"subnet-0a", "subnet-0b", "subnet-0c"}),
			KeyARN:    key.ARN,
			Monitors:  monitor.Off{Reason: "an example"},
		})
		if err != nil {
			return err
		}
		uses := []access.Grant{sessions.Connect()} // service.Args.Uses
		ctx.Export("grants", pulumi.Int(len(uses)))
		return nil
	})
}
