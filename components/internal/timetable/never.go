package timetable

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// The years that AWS takes, and its words for months and days of the week.
const firstYear, lastYear = 1970, 2199

var (
	months   = []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
	weekdays = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
)

// never tells whether an expression that AWS takes is of no month of any year.
// Whether it is over cannot be told: a run of Pulumi gives the same at any time.
func never(expression string) bool {
	inside, cron := strings.CutPrefix(strings.TrimSuffix(expression, ")"), "cron(")
	if !cron {
		return false
	}
	fields := strings.Fields(inside)
	dayOfMonth, month, dayOfWeek, year := fields[2], fields[3], fields[4], fields[5]
	for y := firstYear; y <= lastYear; y++ {
		if !matches(year, y, firstYear, lastYear, nil) {
			continue
		}
		for m := 1; m <= len(months); m++ {
			first := time.Date(y, time.Month(m), 1, 0, 0, 0, 0, time.UTC)
			if matches(month, m, 1, len(months), months) && hasDay(dayOfMonth, first) && hasWeekday(dayOfWeek, first) {
				return false
			}
		}
	}
	return true
}

// matches tells whether a list of values, ranges and steps holds a number. A range
// that goes backwards counts as everything: AWS does not say what it is.
func matches(list string, n, least, most int, names []string) bool {
	return slices.ContainsFunc(strings.Split(list, ","), func(part string) bool {
		of, every, steps := strings.Cut(part, "/")
		low, high, ranges := strings.Cut(of, "-")
		from, to := number(low, names), number(high, names)
		switch {
		case of == "*":
			from, to = least, most
		case steps && !ranges:
			to = most
		case !ranges:
			to = from
		}
		step := 1
		if steps {
			step = number(every, nil)
		}
		return from > to || n >= from && n <= to && (n-from)%step == 0
	})
}

// number is a number from its digits or its name; the names count from 1.
func number(text string, names []string) int {
	if i := slices.Index(names, text); i >= 0 {
		return i + 1
	}
	n, _ := strconv.Atoi(text) // what is no number, AWS does not take
	return n
}

// hasDay tells whether a month has a day of the field for days of the month.
func hasDay(field string, first time.Time) bool {
	last := first.AddDate(0, 1, -1).Day()
	if field == "?" || field == "L" || field == "LW" {
		return true
	}
	if before, ok := strings.CutPrefix(field, "L-"); ok {
		return number(before, nil) < last
	}
	field = strings.TrimSuffix(field, "W") // the working day nearest to a day that is
	for day := 1; day <= last; day++ {
		if matches(field, day, 1, 31, nil) {
			return true
		}
	}
	return false
}

// hasWeekday tells whether a month has a day of the field for days of the week:
// every month has each of them four times, and some a fifth time.
func hasWeekday(field string, first time.Time) bool {
	weekday, which, numbered := strings.Cut(field, "#")
	if !numbered {
		return true
	}
	last := first.AddDate(0, 1, -1).Day()
	day := 1 + (number(weekday, weekdays)-1-int(first.Weekday())+7)%7 + 7*(number(which, nil)-1)
	return day <= last
}
