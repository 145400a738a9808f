package task

import (
	"fmt"
	"slices"
)

// Architecture is a processor architecture.
type Architecture int

// The architectures Fargate has.
const (
	// ARM64 is AWS's Graviton: about a fifth cheaper than X8664 for the same size.
	ARM64 Architecture = iota + 1
	// X8664 is Intel's and AMD's.
	X8664
)

func (a Architecture) name() string {
	if a == X8664 {
		return "X86_64"
	}
	return "ARM64"
}

// memoryRange is the memory that goes with an amount of CPU, in MiB.
type memoryRange struct{ from, to, step int }

const gib = 1024

// sizes are the sizes Fargate has. The provider accepts any pair; AWS refuses
// the others when the task definition is registered.
var sizes = map[int]memoryRange{
	512:   {1 * gib, 4 * gib, 1 * gib},
	1024:  {2 * gib, 8 * gib, 1 * gib},
	2048:  {4 * gib, 16 * gib, 1 * gib},
	4096:  {8 * gib, 30 * gib, 1 * gib},
	8192:  {16 * gib, 60 * gib, 4 * gib},
	16384: {32 * gib, 120 * gib, 8 * gib},
}

// smallest is the one size whose memory does not grow in equal steps.
var smallest = []int{512, 1024, 2048}

// checkSize refuses a pair that Fargate does not have.
func checkSize(cpu, memoryMiB int) error {
	if cpu == 256 {
		if !slices.Contains(smallest, memoryMiB) {
			return fmt.Errorf("MemoryMiB must be 512, 1024 or 2048 with CPU 256, got %d; choose one, or more CPU", memoryMiB)
		}
		return nil
	}
	r, ok := sizes[cpu]
	if !ok {
		return fmt.Errorf("CPU must be 256, 512, 1024, 2048, 4096, 8192 or 16384, got %d", cpu)
	}
	if memoryMiB < r.from || memoryMiB > r.to || (memoryMiB-r.from)%r.step != 0 {
		return fmt.Errorf("MemoryMiB must be %d to %d in steps of %d with CPU %d, got %d; choose one, or another CPU", r.from, r.to, r.step, cpu, memoryMiB)
	}
	return nil
}
