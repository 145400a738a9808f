package timetable

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExpressionsOfAWSPass(t *testing.T) {
	for _, good := range []string{
		"rate(1 minute)", "rate(5 minutes)", "rate(1 day)", "cron(0 7 ? * MON-FRI *)", "cron(0/15 * * * ? *)", "cron(0 2 L * ? 2027)", "cron(30 4 ? * 2#1 *)",
	} {
		assert.NoError(t, CheckExpression(good), good)
	}
}

func TestWhatAWSRefusesIsRefusedWithTheReason(t *testing.T) {
	for bad, want := range map[string]string{
		"0 7 * * *":               "must be cron(",
		"rate(0 minutes)":         "must be cron(",
		"rate(1 hours)":           "has the wrong number",
		"rate(2 hour)":            "has the wrong number",
		"cron(0 7 * * *)":         "must have six fields",
		"cron(0 7 * * * *)":       "must have ? as day of month or as day of week",
		"cron(0 7 ? * ? *)":       "must have ? as day of month or as day of week",
		"cron(0 7 ? * mon-fri *)": `has the field "mon-fri"`,
	} {
		assert.ErrorContains(t, CheckExpression(bad), want, bad)
	}
}

func TestZonesAreNames(t *testing.T) {
	for _, good := range []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"} {
		assert.NoError(t, CheckZone(good), good)
	}
	for _, bad := range []string{"", "Local", "CET+1", "Europe/Atlantis"} {
		assert.ErrorContains(t, CheckZone(bad), "must be the name of a time zone", bad)
	}
}

func TestATimeOfDayIsACronExpression(t *testing.T) {
	for clock, want := range map[string]string{"07:30": "cron(30 7 ? * MON-FRI *)", "00:05": "cron(5 0 ? * MON-FRI *)", "20:00": "cron(0 20 ? * MON-FRI *)"} {
		got, err := Daily(clock, "MON-FRI")
		require.NoError(t, err)
		assert.Equal(t, want, got)
		assert.NoError(t, CheckExpression(got))
	}
	for _, bad := range []string{"7:30", "24:00", "07:60", "7"} {
		_, err := Daily(bad, "*")
		assert.ErrorContains(t, err, "must be a time of day", bad)
	}
}
