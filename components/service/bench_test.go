package service_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/cluster"
	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/edge"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/network"
	"github.com/tenfold-iac/tenfold/components/service"
)

// many registers a number of routed services.
func many(count int) func(*pulumi.Context) error {
	return func(ctx *pulumi.Context) error {
		place := network.Placement{VPCID: pulumi.String("vpc-1"), SubnetIDs: pulumi.ToStringArray([]string{"subnet-1"})}
		tasks, err := cluster.New(ctx, "main", cluster.Args{})
		if err != nil {
			return err
		}
		front, err := edge.New(ctx, "edge", edge.Args{
			Domain: "example.com", ZoneID: pulumi.String("Z0123456789ABCDEFGHIJ"), VPCID: place.VPCID, SubnetIDs: place.SubnetIDs,
		})
		if err != nil {
			return err
		}
		for i := range count {
			_, err := service.New(ctx, fmt.Sprintf("s-%d", i), service.Args{
				Cluster: tasks, Network: place, Image: image, Port: 8080, Edge: front, Uses: uses(),
				Route: edge.Route{Host: fmt.Sprintf("s-%d.example.com", i)}, Monitors: monitor.Off{Reason: "a measurement"},
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// BenchmarkRegistration measures what a service costs the program, without an
// engine, and relates the cost of each of 10 and 100 services to that of one.
func BenchmarkRegistration(b *testing.B) {
	register := func(b *testing.B, count int) time.Duration {
		start := time.Now()
		_, err := componenttest.Record(many(count))
		require.NoError(b, err)
		return time.Since(start)
	}
	var one float64
	for _, count := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("%d services", count), func(b *testing.B) {
			var all, none time.Duration
			for b.Loop() {
				all += register(b, count)
				none += register(b, 0)
			}
			each := float64((all - none).Microseconds()) / float64(b.N*count)
			if count == 1 {
				one = each
			}
			b.ReportMetric(0, "ns/op") // one iteration is a program with services and one without
			b.ReportMetric(each, "µs/service")
			b.ReportMetric(each/one, "per-service/1")
		})
	}
}

// The number of resources is the cost that counts in an engine and in AWS.
func TestEveryServiceRegistersTheSameNumberOfResources(t *testing.T) {
	one, ten := componenttest.Run(t, many(1)), componenttest.Run(t, many(10))
	base := len(componenttest.Run(t, many(0)).Resources)
	require.Equal(t, 10*(len(one.Resources)-base), len(ten.Resources)-base)
}
