package timetable

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExpressionsOfAWSPass(t *testing.T) {
	for _, good := range []string{
		"rate(1 minute)", "rate(5 minutes)", "rate(1 day)",
		"cron(0 0 1 1 ? 1970)", "cron(59 23 31 12 ? 2199)", "cron(0 0 ? * 1 *)", "cron(0 0 ? * 7 *)",
		"cron(0 7 ? * MON-FRI *)", "cron(0 7 ? JAN,MAR-DEC SUN,SAT *)", "cron(0/15 * * * ? *)", "cron(*/5 8-18/2 1/7 1-12/3 ? 2027/2)", "cron(1-59/59 0,12 * * ? *)",
		"cron(0 2 L * ? 2027)", "cron(0 2 LW * ? *)", "cron(0 2 L-30 * ? *)", "cron(0 2 1W * ? *)", "cron(0 2 31W * ? *)",
		"cron(0 2 ? * L *)", "cron(0 2 ? * 6L *)", "cron(0 2 ? * FRIL *)", "cron(30 4 ? * 2#1 *)", "cron(30 4 ? * MON#5 *)",
	} {
		assert.NoError(t, CheckExpression(good), good)
	}
}

func TestWhatAWSRefusesIsRefusedWithTheReason(t *testing.T) {
	const form = "must be cron(minutes hours day-of-month month day-of-week year) or rate(value unit), got "
	const oneDay = "must have ? as day of month or as day of week, and not as both, got "
	for bad, want := range map[string]string{
		"":                        form + `""`,
		"0 7 * * *":               form + `"0 7 * * *"`,
		"rate(0 minutes)":         form + `"rate(0 minutes)"`,
		"rate(-1 minutes)":        form + `"rate(-1 minutes)"`,
		"rate(5 weeks)":           form + `"rate(5 weeks)"`,
		"at(2031-01-01T00:00:00)": form + `"at(2031-01-01T00:00:00)"`,
		"rate(1 hours)":           `"rate(1 hours)" has the wrong number; write rate(1 hour) and rate(2 hours)`,
		"rate(2 hour)":            `"rate(2 hour)" has the wrong number; write rate(1 hour) and rate(2 hours)`,
		"cron(0 7 * * *)":         `must have six fields (minutes hours day-of-month month day-of-week year), got "cron(0 7 * * *)" with 5`,
		"cron(0 7 * * ? * *)":     `must have six fields (minutes hours day-of-month month day-of-week year), got "cron(0 7 * * ? * *)" with 7`,
		"cron(0 7 * * * *)":       oneDay + `"cron(0 7 * * * *)"`,
		"cron(0 7 ? * ? *)":       oneDay + `"cron(0 7 ? * ? *)"`,
		"cron(0 7 1 * MON *)":     oneDay + `"cron(0 7 1 * MON *)"`,
	} {
		assert.EqualError(t, CheckExpression(bad), want, bad)
	}
}

func TestAFieldOutOfItsRangeIsNamedWithWhatIsAllowed(t *testing.T) {
	const (
		minutes = "minutes in %q; allowed are 0 to 59, and , - * /"
		hours   = "hours in %q; allowed are 0 to 23, and , - * /"
		day     = "day of month in %q; allowed are 1 to 31, and , - * ? / L W"
		month   = "month in %q; allowed are 1 to 12 or JAN to DEC, and , - * /"
		weekday = "day of week in %q; allowed are 1 to 7 or SUN to SAT, and , - * ? L #"
		year    = "year in %q; allowed are 1970 to 2199, and , - * /"
	)
	for bad, c := range map[string]struct{ field, want string }{
		"cron(60 7 * * ? *)":          {"60", minutes},
		"cron(? 7 * * ? *)":           {"?", minutes},
		"cron(5- 7 * * ? *)":          {"5-", minutes},
		"cron(0/60 7 * * ? *)":        {"0/60", minutes},
		"cron(0/0 7 * * ? *)":         {"0/0", minutes},
		"cron(-1 7 * * ? *)":          {"-1", minutes},
		"cron(1,,2 7 * * ? *)":        {"1,,2", minutes},
		"cron(L 7 * * ? *)":           {"L", minutes},
		"cron(0 24 * * ? *)":          {"24", hours},
		"cron(0 8-24 * * ? *)":        {"8-24", hours},
		"cron(0 7 0 * ? *)":           {"0", day},
		"cron(0 7 32 * ? *)":          {"32", day},
		"cron(0 7 32W * ? *)":         {"32W", day},
		"cron(0 7 1,L * ? *)":         {"1,L", day},
		"cron(0 7 L-31 * ? *)":        {"L-31", day},
		"cron(0 7 1 0 ? *)":           {"0", month},
		"cron(0 7 1 13 ? *)":          {"13", month},
		"cron(0 7 1 JUNE ? *)":        {"JUNE", month},
		"cron(0 7 1 ? 2 *)":           {"?", month},
		"cron(0 7 ? * 0 *)":           {"0", weekday},
		"cron(0 7 ? * 8 *)":           {"8", weekday},
		"cron(0 7 ? * mon-fri *)":     {"mon-fri", weekday},
		"cron(0 7 ? * MON-FRI/2 *)":   {"MON-FRI/2", weekday},
		"cron(0 7 ? * 2#6 *)":         {"2#6", weekday},
		"cron(0 7 ? * 2#1,3#1 *)":     {"2#1,3#1", weekday},
		"cron(0 7 ? * 8L *)":          {"8L", weekday},
		"cron(0 7 * * ? 1969)":        {"1969", year},
		"cron(0 7 * * ? 2200)":        {"2200", year},
		"cron(0 7 * * ? 2027-2200)":   {"2027-2200", year},
		"cron(0 7 * * ? 2027,2O28)":   {"2027,2O28", year},
		"cron((0) 7 * * ? *)":         {"(0)", minutes},
		"cron(0 99999999999 * * ? *)": {"99999999999", hours},
	} {
		assert.EqualError(t, CheckExpression(bad), fmt.Sprintf("has %q as "+c.want, c.field, bad))
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
