package eventbus_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/eventbus"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/queue"
)

// Paid invoices above a hundred go to a queue of work.
func Example() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		off := monitor.Off{Reason: "an example"}
		jobs, err := queue.New(ctx, "jobs", queue.Args{Senders: []string{"events.amazonaws.com"}, Monitors: off})
		if err != nil {
			return err
		}
		bus, err := eventbus.New(ctx, "product", eventbus.Args{
			Rules: []eventbus.Rule{{
				Name: "large-invoices",
				Pattern: eventbus.Pattern{
					Sources:     []string{"tenfold.billing"},
					DetailTypes: []string{"InvoicePaid"},
					Detail:      map[string]eventbus.Match{"invoice.amount": eventbus.AtLeast(100)},
				},
				Target: eventbus.Target{ARN: jobs.ARN},
			}},
			Monitors: off,
		})
		if err != nil {
			return err
		}
		uses := []access.Grant{bus.Publish("tenfold.billing")} // service.Args.Uses
		ctx.Export("grants", pulumi.Int(len(uses)))
		return nil
	})
}
