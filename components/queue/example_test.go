package queue_test

import (
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/queue"
)

// A queue for work that takes up to a minute, and the grants for the service
// that fills it and the one that works it off.
func Example() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		jobs, err := queue.New(ctx, "jobs", queue.Args{
			ProcessingTime: time.Minute,
			AcceptableAge:  10 * time.Minute,
			Monitors:       monitor.Off{Reason: "an example"},
		})
		if err != nil {
			return err
		}
		api := []access.Grant{jobs.Send()}       // service.Args.Uses of the API
		worker := []access.Grant{jobs.Consume()} // service.Args.Uses of the worker
		ctx.Export("grants", pulumi.Int(len(api)+len(worker)))
		return nil
	})
}
