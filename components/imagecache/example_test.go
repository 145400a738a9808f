package imagecache_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/cluster"
	"github.com/tenfold-iac/tenfold/components/imagecache"
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
		tasks, err := cluster.New(ctx, "main", cluster.Args{})
		if err != nil {
			return err
		}
		public, err := imagecache.New(ctx, "public", imagecache.Args{Upstream: imagecache.ECRPublic})
		if err != nil {
			return err
		}
		_, err = service.New(ctx, "proxy", service.Args{
			Cluster: tasks, Network: main.Tasks(), Monitors: none,
			Image: public.URL + "/nginx/nginx@sha256:0000000000000000000000000000000000000000000000000000000000000001",
			Uses:  []access.Grant{public.Pull()},
		})
		return err
	})
}
