package sandbox

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"
)

// BenchmarkOperations is check, create, read and delete of a queue over gRPC;
// operations/s counts each of the four.
func BenchmarkOperations(b *testing.B) {
	aws := start(b).dial(b, "aws", map[string]any{"region": "eu-west-1"})
	number := 0
	for b.Loop() {
		number++
		name := "queue-" + strconv.Itoa(number)
		_, id, state := aws.create(queueToken, name, map[string]any{"visibilityTimeoutSeconds": 60})
		properties, err := marshal(state)
		require.NoError(b, err)
		_, err = aws.Read(context.Background(), &pulumirpc.ReadRequest{Id: id, Urn: urnOf(queueToken, name), Properties: properties})
		require.NoError(b, err)
		_, err = aws.Delete(context.Background(), &pulumirpc.DeleteRequest{Id: id, Urn: urnOf(queueToken, name), Properties: properties})
		require.NoError(b, err)
	}
	b.ReportMetric(4*float64(b.N)/b.Elapsed().Seconds(), "operations/s")
}

// BenchmarkDiff is the diff of an unchanged queue over gRPC.
func BenchmarkDiff(b *testing.B) {
	aws := start(b).dial(b, "aws", map[string]any{"region": "eu-west-1"})
	inputs, id, state := aws.create(queueToken, "jobs", map[string]any{"visibilityTimeoutSeconds": 60})
	request := &pulumirpc.DiffRequest{Id: id, Urn: urnOf(queueToken, "jobs")}
	for into, properties := range map[**structpb.Struct]resource.PropertyMap{&request.OldInputs: inputs, &request.News: inputs, &request.Olds: state} {
		marshalled, err := marshal(properties)
		require.NoError(b, err)
		*into = marshalled
	}
	for b.Loop() {
		_, err := aws.Diff(context.Background(), request)
		require.NoError(b, err)
	}
}

// BenchmarkResource reports what a created resource takes in memory and on disk.
func BenchmarkResource(b *testing.B) {
	const count = 2000
	for b.Loop() {
		server := start(b)
		aws := server.dial(b, "aws", map[string]any{"region": "eu-west-1"})
		aws.create(queueToken, "warm", nil)
		before := heap()
		for number := range count {
			aws.create(queueToken, "queue-"+strconv.Itoa(number), map[string]any{"visibilityTimeoutSeconds": 60})
		}
		b.ReportMetric(float64(heap()-before)/count, "heap-B/resource")
		file, err := os.Stat(server.Account().Path())
		require.NoError(b, err)
		b.ReportMetric(float64(file.Size())/count, "file-B/resource")
	}
}

// BenchmarkStart is from nothing to a provider that answers.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		start(b).dial(b, "aws", map[string]any{"region": "eu-west-1"})
	}
}

func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
