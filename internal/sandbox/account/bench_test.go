package account

import (
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func BenchmarkPut(b *testing.B) {
	a, err := Open(filepath.Join(b.TempDir(), "account"), Options{})
	require.NoError(b, err)
	defer a.Close()
	number := 0
	for b.Loop() {
		number++
		require.NoError(b, a.Update(func(tx *Tx) error {
			tx.Put(queue("queue-" + strconv.Itoa(number%1000)))
			return nil
		}))
	}
}

// BenchmarkSize reports what a resource takes in memory and in the file.
func BenchmarkSize(b *testing.B) {
	const count = 10000
	for b.Loop() {
		a, err := Open(filepath.Join(b.TempDir(), "account"), Options{})
		require.NoError(b, err)
		before := heap()
		for number := range count {
			require.NoError(b, a.Update(func(tx *Tx) error {
				tx.Put(queue("queue-" + strconv.Itoa(number)))
				return nil
			}))
		}
		b.ReportMetric(float64(heap()-before)/count, "heap-B/resource")
		b.ReportMetric(float64(a.size)/count, "file-B/resource")
		require.NoError(b, a.Close())
	}
}

func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
