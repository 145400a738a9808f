package postgres

import "math"

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
