package timetable

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAScheduleOfNoDayNeverComes(t *testing.T) {
	for expression, want := range map[string]bool{
		"rate(1 day)": false, "cron(0 0 * * ? *)": false, "cron(0 0 ? * MON-FRI *)": false, "cron(0 0 31 1 ? 1970)": false,

		"cron(0 0 31 2 ? *)": true, "cron(0 0 30 FEB ? *)": true, "cron(0 0 29 2 ? *)": false, "cron(0 0 29 2 ? 2028)": false,
		"cron(0 0 29 2 ? 2027)": true, "cron(0 0 29 2 ? 2100)": true, "cron(0 0 29 2 ? 2097-2103)": true, "cron(0 0 29 2 ? 2025-2029/2)": true,
		"cron(0 0 29 2 ? 2025-2029/3)": false, "cron(0 0 29 2 ? 2027/2)": true, "cron(0 0 29 2 ? 2027,2028)": false,
		"cron(0 0 31 4,6,9,11 ? *)": true, "cron(0 0 31 APR-MAY ? *)": false, "cron(0 0 30-31 2 ? *)": true, "cron(0 0 28-31 2 ? 2027)": false,
		"cron(0 0 31 2/2 ? *)": false, "cron(0 0 31 2/9 ? *)": true, "cron(0 0 30/1 2 ? *)": true, "cron(0 0 15/15 2 ? *)": false, "cron(0 0 16/15 2 ? *)": false,

		"cron(0 0 L 2 ? *)": false, "cron(0 0 LW 2 ? *)": false, "cron(0 0 L-29 2 ? *)": true, "cron(0 0 L-28 2 ? *)": false, "cron(0 0 L-28 2 ? 2027)": true,
		"cron(0 0 31W 2 ? *)": true, "cron(0 0 28W 2 ? *)": false,

		// February 2044 has five Mondays, and that of 2027 four of each day.
		"cron(0 0 ? 2 2#5 *)": false, "cron(0 0 ? 2 MON#5 2044)": false, "cron(0 0 ? 2 TUE#5 2044)": true, "cron(0 0 ? 2 2#5 2027)": true,
		"cron(0 0 ? 2 2#4 2027)": false, "cron(0 0 ? 1 1#5 2027)": false, "cron(0 0 ? 1 2#5 2027)": true, "cron(0 0 ? 2 6L 2027)": false, "cron(0 0 ? 2 L 2027)": false,

		// What AWS makes of a range that goes backwards is not known.
		"cron(0 0 31 11-2 ? *)": false, "cron(0 0 ? * FRI-MON *)": false, "cron(0 0 29 2 ? 2027-2026)": false,
	} {
		err := CheckExpression(expression)
		if !want {
			require.NoError(t, err, expression)
			continue
		}
		assert.EqualError(t, err, strconv.Quote(expression)+" never comes, there is no such day; correct the day, the month or the year")
	}
}
