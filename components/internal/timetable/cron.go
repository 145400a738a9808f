package timetable

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// field is one of the six fields of a cron expression.
type field struct {
	what        string
	least, most int
	names       []string // other words for the numbers from least on
	marks       string   // what it takes beside numbers, names and commas
}

// fields are those that EventBridge Scheduler and Application Auto Scaling
// document, in their order.
var fields = []field{
	{what: "minutes", least: 0, most: 59, marks: "- * /"},
	{what: "hours", least: 0, most: 23, marks: "- * /"},
	{what: "day of month", least: 1, most: 31, marks: "- * ? / L W"},
	{what: "month", least: 1, most: 12, marks: "- * /", names: []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}},
	{what: "day of week", least: 1, most: 7, marks: "- * ? L #", names: []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}},
	{what: "year", least: 1970, most: 2199, marks: "- * /"},
}

const dayOfMonth, month, dayOfWeek, year = 2, 3, 4, 5

// weeks is how often a day of the week comes in a month at most.
const weeks = 5

// checkCron refuses fields that AWS does not take. The expression is what an
// error quotes.
func checkCron(expression, inside string) error {
	given := strings.Fields(inside)
	if len(given) != len(fields) {
		return fmt.Errorf("must have six fields (minutes hours day-of-month month day-of-week year), got %q with %d", expression, len(given))
	}
	for i, f := range fields {
		if !f.takes(given[i]) {
			return fmt.Errorf("has %q as %s in %q; allowed are %s", given[i], f.what, expression, f.allowed())
		}
	}
	if (given[dayOfMonth] == "?") == (given[dayOfWeek] == "?") {
		return fmt.Errorf("must have ? as day of month or as day of week, and not as both, got %q", expression)
	}
	return nil
}

func (f field) allowed() string {
	numbers := fmt.Sprintf("%d to %d", f.least, f.most)
	if len(f.names) > 0 {
		numbers += fmt.Sprintf(" or %s to %s", f.names[0], f.names[len(f.names)-1])
	}
	return numbers + ", and , " + f.marks
}

func (f field) marked(mark string) bool { return strings.Contains(f.marks, mark) }

// takes tells whether AWS takes the text: a mark that stands for itself, or a list
// of values, ranges and steps.
func (f field) takes(text string) bool {
	if text == "?" {
		return f.marked("?")
	}
	if f.marked("W") && f.ofMonth(text) || f.marked("#") && f.ofWeek(text) {
		return true
	}
	for _, part := range strings.Split(text, ",") {
		if !f.part(part) {
			return false
		}
	}
	return true
}

// part is a value, a range, or every one, with or without steps.
func (f field) part(text string) bool {
	of, step, steps := strings.Cut(text, "/")
	if steps && (!f.marked("/") || !within(step, 1, f.most)) {
		return false
	}
	if of == "*" {
		return true
	}
	from, to, ranges := strings.Cut(of, "-")
	return f.value(from) && (!ranges || f.value(to))
}

func (f field) value(text string) bool {
	return slices.Contains(f.names, text) || within(text, f.least, f.most)
}

// ofMonth is the last day, the last working day, a day before the last one, or the
// working day nearest to a day.
func (f field) ofMonth(text string) bool {
	if text == "L" || text == "LW" {
		return true
	}
	if before, ok := strings.CutPrefix(text, "L-"); ok {
		return within(before, 1, f.most-1)
	}
	day, ok := strings.CutSuffix(text, "W")
	return ok && within(day, f.least, f.most)
}

// ofWeek is the last day of the week, the last such day of the month, or the first
// to fifth.
func (f field) ofWeek(text string) bool {
	if text == "L" {
		return true
	}
	if day, ok := strings.CutSuffix(text, "L"); ok {
		return f.value(day)
	}
	day, which, ok := strings.Cut(text, "#")
	return ok && f.value(day) && within(which, 1, weeks)
}

// within tells whether the text is a number between the limits, in digits alone.
func within(text string, least, most int) bool {
	if strings.Trim(text, "0123456789") != "" {
		return false
	}
	n, err := strconv.Atoi(text)
	return err == nil && n >= least && n <= most
}
