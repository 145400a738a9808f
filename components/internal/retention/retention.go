// Package retention knows the periods CloudWatch Logs can keep records for. Any
// other number of days passes a preview and fails in AWS.
package retention

import (
	"slices"

	"github.com/tenfold-iac/tenfold/components/internal/problem"
)

// days are the periods CloudWatch Logs offers.
var days = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// Check adds a problem when the field holds a period that is not on offer.
func Check(l *problem.List, field string, got int) {
	l.Check(slices.Contains(days, got), "%s must be one of %v, got %d; take the next longer one", field, days, got)
}
