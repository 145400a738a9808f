// Package timetable checks the schedules that EventBridge Scheduler and
// Application Auto Scaling take. The provider passes any text on to AWS.
package timetable

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	// Time zones have to be known on every machine a program runs on.
	_ "time/tzdata"
)

var (
	cronText  = regexp.MustCompile(`^cron\((.*)\)$`)
	rateText  = regexp.MustCompile(`^rate\(([1-9][0-9]*) (minute|minutes|hour|hours|day|days)\)$`)
	clockText = regexp.MustCompile(`^([01][0-9]|2[0-3]):([0-5][0-9])$`)
)

// CheckExpression refuses what is neither a cron nor a rate expression of AWS. AWS
// also takes at expressions; they name a moment, and what comes again does not.
func CheckExpression(expression string) error {
	if m := rateText.FindStringSubmatch(expression); m != nil {
		if one, plural := m[1] == "1", strings.HasSuffix(m[2], "s"); one == plural {
			return fmt.Errorf("%q has the wrong number; write rate(1 hour) and rate(2 hours)", expression)
		}
		return nil
	}
	m := cronText.FindStringSubmatch(expression)
	if m == nil {
		return fmt.Errorf("must be cron(minutes hours day-of-month month day-of-week year) or rate(value unit), got %q", expression)
	}
	if err := checkCron(expression, m[1]); err != nil {
		return err
	}
	if never(m[1]) {
		return fmt.Errorf("%q never comes, there is no such day; correct the day, the month or the year", expression)
	}
	return nil
}

// CheckZone refuses what is not the name of a time zone, such as "CET+1".
func CheckZone(zone string) error {
	if _, err := time.LoadLocation(zone); err != nil || zone == "" || zone == "Local" {
		return fmt.Errorf("must be the name of a time zone such as Europe/Berlin or UTC, got %q", zone)
	}
	return nil
}

// Daily is the cron expression of a time of day such as "07:30" on days such as
// "MON-FRI", or "*".
func Daily(clock, days string) (string, error) {
	m := clockText.FindStringSubmatch(clock)
	if m == nil {
		return "", fmt.Errorf("must be a time of day such as 07:30, got %q", clock)
	}
	return fmt.Sprintf("cron(%s %s ? * %s *)", trim(m[2]), trim(m[1]), days), nil
}

// trim takes the leading zero off a number of two digits.
func trim(digits string) string {
	if digits[0] == '0' {
		return digits[1:]
	}
	return digits
}
