package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/stacks/environment"
)

// BenchmarkPreviewOfProdAgainstBareResources previews prod through the
// components and through a program that registers the same resources directly.
func BenchmarkPreviewOfProdAgainstBareResources(b *testing.B) {
	root := checkout(b, 1)
	resources := deployed(b, root, environment.Deploy)
	composed := open(b, root, environment.Deploy)
	bare := open(b, root, registerAll(resources))
	var composedTime, bareTime time.Duration
	for b.Loop() {
		took, planned := preview(b, composed)
		require.GreaterOrEqual(b, planned, len(resources))
		composedTime += took
		took, _ = preview(b, bare)
		bareTime += took
	}
	b.ReportMetric(0, "ns/op") // one iteration is two previews of different programs
	b.ReportMetric(float64(len(resources)), "resources")
	b.ReportMetric(composedTime.Seconds()/bareTime.Seconds(), "components/bare")
}

// BenchmarkPreviewByNumberOfServices previews prod with 1, 10 and 50 times its
// services and relates the time per resource to that of the smallest.
func BenchmarkPreviewByNumberOfServices(b *testing.B) {
	var first float64
	for _, copies := range []int{1, 10, 50} {
		b.Run(fmt.Sprintf("%dx", copies), func(b *testing.B) {
			s := open(b, checkout(b, copies), environment.Deploy)
			var total time.Duration
			resources, rounds := 0, 0
			for b.Loop() {
				took, planned := preview(b, s)
				total += took
				resources, rounds = planned, rounds+1
			}
			each := total.Seconds() / float64(rounds) / float64(resources)
			if copies == 1 {
				first = each
			}
			b.ReportMetric(float64(resources), "resources")
			b.ReportMetric(each*1000, "ms/resource")
			b.ReportMetric(each/first, "per-resource/1x")
		})
	}
}
