package job_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/cluster"
	"github.com/tenfold-iac/tenfold/components/job"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/network"
)

func ExampleNew() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		none := monitor.Off{Reason: "an example"}
		main, err := network.New(ctx, "main", network.Args{Zones: []string{"eu-west-1a", "eu-west-1b"}, Monitors: none})
		if err != nil {
			return err
		}
		tasks, err := cluster.New(ctx, "main", cluster.Args{})
		if err != nil {
			return err
		}
		_, err = job.New(ctx, "report", job.Args{
			Cluster: tasks, Network: main.Tasks(), Image: image,
			Schedule: "cron(0 3 * * ? *)", TimeZone: "Europe/Berlin", Monitors: none,
		})
		return err
	})
}
