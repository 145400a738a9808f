package datadog

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenfold-iac/tenfold/components/monitor"
)

// Query prints a query with its alert threshold in Datadog's language, narrowed
// by the further tags of scope. Datadog wants the threshold twice, here and in
// the thresholds, and refuses a monitor where they differ.
func Query(q monitor.Query, alert float64, scope map[string]string) string {
	return fmt.Sprintf("%s(%s):%s %s %s", q.Over, window(q.Window), expression(q.Measure, scope), q.Compare, number(alert))
}

// window is the shortest name of the duration that Datadog knows: it has minutes,
// hours and one day.
func window(d time.Duration) string {
	switch {
	case d == 24*time.Hour:
		return "last_1d"
	case d%time.Hour == 0:
		return fmt.Sprintf("last_%dh", d/time.Hour)
	}
	return fmt.Sprintf("last_%dm", d/time.Minute)
}

func expression(e monitor.Expr, scope map[string]string) string {
	switch e := e.(type) {
	case monitor.Percent:
		// With as_count both sides are summed over the window before the
		// division; the average of the quotients would give quiet minutes the
		// same weight as busy ones.
		return fmt.Sprintf("100 * %s / %s", series(e.Part, scope), series(e.Whole, scope))
	case monitor.Difference:
		if e.ZeroWhenSilent {
			return fmt.Sprintf("default_zero(%s) - default_zero(%s)", series(e.Left, scope), series(e.Right, scope))
		}
		return fmt.Sprintf("%s - %s", series(e.Left, scope), series(e.Right, scope))
	case monitor.Series:
		return series(e, scope)
	}
	// monitor.Expr cannot be implemented elsewhere, and a test prints each kind.
	return ""
}

func series(s monitor.Series, scope map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%s{%s}", s.Space, s.Metric.Datadog, strings.Join(filters(s.Of, scope), ","))
	if len(s.By) > 0 {
		fmt.Fprintf(&b, " by {%s}", strings.Join(s.By, ","))
	}
	if s.Metric.Count {
		b.WriteString(".as_count()")
	}
	return b.String()
}

// filters are the tags in the order of the spec, then those of the scope. Datadog
// stores tag values in lower case.
func filters(of []monitor.Dimension, scope map[string]string) []string {
	found := make([]string, 0, len(of)+len(scope))
	for _, d := range of {
		found = append(found, d.Tag+":"+strings.ToLower(d.Value))
	}
	for _, tag := range sorted(scope) {
		found = append(found, tag+":"+strings.ToLower(scope[tag]))
	}
	return found
}

// number prints without an exponent, which Datadog's query language lacks.
func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
