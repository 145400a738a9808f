package retention

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tenfold-iac/tenfold/components/internal/problem"
)

func TestOnlyPeriodsOnOfferPass(t *testing.T) {
	l := problem.Of("service", "api")
	Check(l, "LogRetentionDays", 30)
	assert.NoError(t, l.Err())
	for _, bad := range []int{0, -1, 31, 10000} {
		l := problem.Of("service", "api")
		Check(l, "LogRetentionDays", bad)
		assert.ErrorContains(t, l.Err(), `service "api": LogRetentionDays must be one of [1 3 5 7 14`)
	}
}
