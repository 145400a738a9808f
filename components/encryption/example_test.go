package encryption_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/encryption"
)

// One key for what tenants store, one for messages that EventBridge delivers.
func Example() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		data, err := encryption.New(ctx, "data", encryption.Args{Purpose: "tenant data in Aurora"})
		if err != nil {
			return err
		}
		messages, err := encryption.New(ctx, "messages", encryption.Args{
			Purpose:  "messages in queues",
			Services: []string{"events.amazonaws.com"},
		})
		if err != nil {
			return err
		}
		ctx.Export("dataKey", data.ARN)
		ctx.Export("messagesKey", messages.ARN)
		return nil
	})
}
