package postgres

import "math"

// leastConnections is how many connections every instance of the cluster allows:
// what the smallest one does.
func (a Args) leastConnections() int {
	least := math.MaxInt
	for _, i := range a.Instances {
		// The class was checked. Two GiB of memory are one capacity unit.
		minACU, maxACU := a.MinACU, a.MaxACU
		if s, _ := sizeOf(i.Class); i.Class != serverless {
			minACU, maxACU = 1, float64(s.memoryGiB)/2
		}
		least = min(least, maxConnections(minACU, maxACU))
	}
	return least
}

// maxConnections is how many connections Aurora allows on an instance with at
// most so many capacity units. Aurora derives it from the memory at the largest
// capacity; the line goes through AWS's published values (1: 189, 4: 823, 8:
// 1669, 16: 3360) and ends at 5000. An instance that goes down to half a unit or
// pauses allows 2000 at most, so that they fit into the memory that is left.
func maxConnections(minACU, maxACU float64) int {
	n := math.Min(math.Round(211.4*maxACU-22.5), 5000)
	if minACU <= 0.5 {
		n = math.Min(n, 2000)
	}
	return int(n)
}
