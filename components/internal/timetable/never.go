package timetable

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// never tells whether the fields of an expression that AWS takes are of no month
// of any year. Whether it is over cannot be told: a run of Pulumi gives the same at
// any time.
func never(inside string) bool {
	given := strings.Fields(inside)
	years, months := fields[year], fields[month]
	for y := years.least; y <= years.most; y++ {
		if !years.holds(given[year], y) {
			continue
		}
		for m := months.least; m <= months.most; m++ {
			first := time.Date(y, time.Month(m), 1, 0, 0, 0, 0, time.UTC)
			if months.holds(given[month], m) && hasDay(given[dayOfMonth], first) && hasWeekday(given[dayOfWeek], first) {
				return false
			}
		}
	}
	return true
}

// holds tells whether a list of values, ranges and steps holds a number. A range
// that goes backwards counts as everything: AWS does not say what it is.
func (f field) holds(list string, n int) bool {
	return slices.ContainsFunc(strings.Split(list, ","), func(part string) bool {
		of, every, steps := strings.Cut(part, "/")
		low, high, ranges := strings.Cut(of, "-")
		from, to := f.number(low), f.number(high)
		switch {
		case of == "*":
			from, to = f.least, f.most
		case steps && !ranges:
			to = f.most
		case !ranges:
			to = from
		}
		step := 1
		if steps {
			step = f.number(every)
		}
		return from > to || n >= from && n <= to && (n-from)%step == 0
	})
}

// number is a number from its digits or its name.
func (f field) number(text string) int {
	if i := slices.Index(f.names, text); i >= 0 {
		return f.least + i
	}
	n, _ := strconv.Atoi(text) // what is no number, AWS does not take
	return n
}

// hasDay tells whether a month has a day of the field for days of the month.
func hasDay(text string, first time.Time) bool {
	days, last := fields[dayOfMonth], first.AddDate(0, 1, -1).Day()
	if text == "?" || text == "L" || text == "LW" {
		return true
	}
	if before, ok := strings.CutPrefix(text, "L-"); ok {
		return days.number(before) < last
	}
	text = strings.TrimSuffix(text, "W") // the working day nearest to a day that is
	for day := days.least; day <= last; day++ {
		if days.holds(text, day) {
			return true
		}
	}
	return false
}

// hasWeekday tells whether a month has a day of the field for days of the week:
// every month has each of them four times, and some a fifth time.
func hasWeekday(text string, first time.Time) bool {
	weekday, which, numbered := strings.Cut(text, "#")
	if !numbered {
		return true
	}
	week, last := fields[dayOfWeek], first.AddDate(0, 1, -1).Day()
	day := 1 + (week.number(weekday)-week.least-int(first.Weekday())+7)%7 + 7*(week.number(which)-1)
	return day <= last
}
