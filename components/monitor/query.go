package monitor

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Query is a measurement over a window and the comparison that makes it bad.
//
// Over and Compare together decide how long something has to be wrong:
// Minimum with Above means every point of the window is above, Maximum with
// Below means every point is below, Maximum with Above means one point is.
type Query struct {
	// Over aggregates the points of the window.
	Over Aggregate
	// Window is how far the measurement looks back: 1 minute to 2 days.
	Window time.Duration
	// Measure is what is measured.
	Measure Expr
	// Compare relates the measurement to the threshold.
	Compare Comparison
}

// Aggregate combines points in time or series in space.
type Aggregate string

// The aggregates.
const (
	Average Aggregate = "avg"
	Minimum Aggregate = "min"
	Maximum Aggregate = "max"
	Sum     Aggregate = "sum"
)

// Comparison relates a measurement to its threshold.
type Comparison string

// The comparisons.
const (
	Above   Comparison = ">"
	AtLeast Comparison = ">="
	Below   Comparison = "<"
)

// stricter tells whether a comes after b when things get worse.
func (c Comparison) stricter(a, b float64) bool {
	if c == Below {
		return a < b
	}
	return a > b
}

// Metric is a metric under its two names.
type Metric struct {
	// Datadog is the name in Datadog, for example "aws.sqs.number_of_messages_sent".
	Datadog string
	// Namespace and Name are CloudWatch's, for example "AWS/SQS" and
	// "NumberOfMessagesSent". Empty for a metric that only Datadog's agent has.
	Namespace, Name string
	// Stat is the CloudWatch statistic of a gauge: "Average", "Maximum",
	// "Minimum" or a percentile such as "p99". Counts take "Sum".
	Stat string
	// Count marks a metric whose points are counts, to be summed, not averaged.
	Count bool
}

// Dimension narrows a metric to one resource.
type Dimension struct {
	// Tag and Value are Datadog's, for example "queuename" and the queue's
	// name. The value has to be known when the program runs: Datadog does not
	// check a query it cannot read. It is lower-cased, as Datadog does.
	Tag, Value string
	// Name is CloudWatch's dimension name, for example "QueueName". Empty: the
	// dimension exists in Datadog only.
	Name string
	// CloudWatchValue is the dimension's value in CloudWatch. Default: Value.
	CloudWatchValue pulumi.StringInput
}

// Expr is a measurement: a [Series], or arithmetic over them.
type Expr interface {
	series() []Series
	problems() []error
}

// Series is one metric of one resource.
type Series struct {
	Metric Metric
	// Space combines the series that match.
	Space Aggregate
	// Of narrows the metric to the resource. At least one dimension.
	Of []Dimension
	// By splits the monitor by Datadog tags, an alert for each value.
	// Default: one alert.
	By []string
}

// Percent is 100 * Part / Whole.
type Percent struct{ Part, Whole Series }

// Difference is Left - Right. ZeroWhenSilent reads silence on either side as 0.
type Difference struct {
	Left, Right    Series
	ZeroWhenSilent bool
}

func (s Series) series() []Series     { return []Series{s} }
func (p Percent) series() []Series    { return []Series{p.Part, p.Whole} }
func (d Difference) series() []Series { return []Series{d.Left, d.Right} }

func (s Series) problems() []error {
	var problems []error
	if s.Metric.Datadog == "" {
		problems = append(problems, errors.New("a series has no metric"))
	}
	if err := s.Metric.problem(); err != nil {
		problems = append(problems, err)
	}
	if len(s.Of) == 0 {
		problems = append(problems, fmt.Errorf("%s is not narrowed to a resource; set Of", s.Metric.Datadog))
	}
	for _, d := range s.Of {
		if d.Tag == "" || d.Value == "" || strings.ContainsAny(d.Value, "*,{} ") {
			problems = append(problems, fmt.Errorf("dimension %q of %s has the value %q; give the one resource", d.Tag, s.Metric.Datadog, d.Value))
		}
	}
	if s.Metric.Count && s.Space != Sum {
		problems = append(problems, fmt.Errorf("%s is a count and has to be combined with Sum", s.Metric.Datadog))
	}
	return problems
}

func (p Percent) problems() []error {
	problems := append(p.Part.problems(), p.Whole.problems()...)
	if !slices.Equal(p.Part.By, p.Whole.By) {
		problems = append(problems, errors.New("both sides of a percentage have to be split by the same tags"))
	}
	return problems
}

func (d Difference) problems() []error {
	problems := append(d.Left.problems(), d.Right.problems()...)
	if !slices.Equal(d.Left.By, d.Right.By) {
		problems = append(problems, errors.New("both sides of a difference have to be split by the same tags"))
	}
	return problems
}

// Tags returns the tags the query splits its alerts by.
func (q Query) Tags() []string { return q.Measure.series()[0].By }

// Series returns the series the query measures.
func (q Query) Series() []Series { return q.Measure.series() }

// EveryPoint tells whether all points of the window have to be bad: the least
// one is above the threshold, or the greatest one below.
func (q Query) EveryPoint() bool {
	if q.Compare == Below {
		return q.Over == Maximum
	}
	return q.Over == Minimum
}

func (q Query) problems() []error {
	var problems []error
	if q.Measure == nil {
		return []error{errors.New("measures nothing; set Query.Measure")}
	}
	if q.Window < time.Minute || q.Window > 48*time.Hour || q.Window%time.Minute != 0 {
		problems = append(problems, fmt.Errorf("Query.Window must be whole minutes, 1m to 48h, got %s", q.Window))
	}
	if !slices.Contains([]Aggregate{Average, Minimum, Maximum, Sum}, q.Over) {
		problems = append(problems, fmt.Errorf("Query.Over must be avg, min, max or sum, got %q", q.Over))
	}
	if !slices.Contains([]Comparison{Above, AtLeast, Below}, q.Compare) {
		problems = append(problems, fmt.Errorf("Query.Compare must be >, >= or <, got %q", q.Compare))
	}
	for _, s := range q.Measure.series() {
		if s.Metric.Count && q.Over != Sum {
			problems = append(problems, fmt.Errorf("%s is a count; Query.Over has to be Sum", s.Metric.Datadog))
		}
	}
	return append(problems, q.Measure.problems()...)
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
