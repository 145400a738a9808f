package cloudwatch

import (
	"fmt"
	"time"

	aws "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/monitor"
)

// alarm is the spec in CloudWatch's terms. The error says why there is none.
func alarm(spec monitor.Spec, t *monitor.Threshold) (*aws.MetricAlarmArgs, error) {
	for _, series := range spec.Query.Series() {
		if err := watchable(series); err != nil {
			return nil, err
		}
	}
	e, err := evaluationOf(spec.Query)
	if err != nil {
		return nil, err
	}
	made := &aws.MetricAlarmArgs{
		ComparisonOperator: comparison(spec.Query.Compare),
		Threshold:          pulumi.Float64(t.Alert),
		EvaluationPeriods:  pulumi.Int(e.periods),
		DatapointsToAlarm:  pulumi.Int(e.bad),
		TreatMissingData:   missing(spec, t),
	}
	switch measure := spec.Query.Measure.(type) {
	case monitor.Series:
		plain(made, measure, e.period)
	case monitor.Percent:
		made.MetricQueries = arithmetic("100 * left / right", measure.Part, measure.Whole, e.period)
	case monitor.Difference:
		expression := "left - right"
		if measure.ZeroWhenSilent {
			expression = "FILL(left, 0) - FILL(right, 0)"
		}
		made.MetricQueries = arithmetic(expression, measure.Left, measure.Right, e.period)
	}
	return made, nil
}

// watchable tells why CloudWatch cannot watch a series, nil if it can.
func watchable(s monitor.Series) error {
	if s.Metric.Namespace == "" || s.Metric.Name == "" {
		return fmt.Errorf("the metric %s exists in Datadog only", s.Metric.Datadog)
	}
	for _, d := range s.Of {
		if d.Name != "" {
			return nil
		}
	}
	return fmt.Errorf("the metric %s has no CloudWatch dimension", s.Metric.Datadog)
}

// evaluation is how an alarm looks at time: the last points, each of a period,
// and how many of them have to be bad.
type evaluation struct {
	period       int // seconds
	periods, bad int
}

// evaluationOf turns a window into points. A sum is one point as long as the
// window. A condition on every point, or on one, looks at points of a minute. An
// average looks at points too and wants two thirds of them bad: the statistic
// that the points have need not be an average, and the average over all instances
// would hide the one in trouble.
func evaluationOf(q monitor.Query) (evaluation, error) {
	if q.Over == monitor.Sum {
		if q.Window > 24*time.Hour {
			return evaluation{}, fmt.Errorf("a CloudWatch alarm sums over at most 24h, the window is %s", q.Window)
		}
		return evaluation{period: int(q.Window / time.Second), periods: 1, bad: 1}, nil
	}
	point := time.Minute
	switch {
	// CloudWatch wants all points within a day, unless they are an hour long.
	case q.Window > 24*time.Hour:
		point = time.Hour
	case q.Window > time.Hour:
		point = 5 * time.Minute
	}
	n := int((q.Window + point - 1) / point)
	e := evaluation{period: int(point / time.Second), periods: n, bad: 1}
	switch {
	case q.EveryPoint():
		e.bad = n
	case q.Over == monitor.Average:
		e.bad = (2*n + 2) / 3
	}
	return e, nil
}

func plain(made *aws.MetricAlarmArgs, s monitor.Series, period int) {
	made.Namespace, made.MetricName = pulumi.String(s.Metric.Namespace), pulumi.String(s.Metric.Name)
	made.Dimensions, made.Period = dimensions(s), pulumi.Int(period)
	if stat := statistic(s.Metric); percentile(stat) {
		made.ExtendedStatistic = pulumi.String(stat)
		// A percentile of a handful of requests says nothing.
		made.EvaluateLowSampleCountPercentiles = pulumi.String("ignore")
	} else {
		made.Statistic = pulumi.String(stat)
	}
}

func arithmetic(expression string, left, right monitor.Series, period int) aws.MetricAlarmMetricQueryArray {
	metric := func(id string, s monitor.Series) aws.MetricAlarmMetricQueryArgs {
		return aws.MetricAlarmMetricQueryArgs{
			Id: pulumi.String(id),
			Metric: aws.MetricAlarmMetricQueryMetricArgs{
				Namespace: pulumi.String(s.Metric.Namespace), MetricName: pulumi.String(s.Metric.Name),
				Dimensions: dimensions(s), Period: pulumi.Int(period), Stat: pulumi.String(statistic(s.Metric)),
			},
		}
	}
	return aws.MetricAlarmMetricQueryArray{
		aws.MetricAlarmMetricQueryArgs{
			Id: pulumi.String("result"), Expression: pulumi.String(expression),
			Label: pulumi.String("Result"), ReturnData: pulumi.Bool(true),
		},
		metric("left", left), metric("right", right),
	}
}

func dimensions(s monitor.Series) pulumi.StringMap {
	found := pulumi.StringMap{}
	for _, d := range s.Of {
		switch {
		case d.Name == "":
		case d.CloudWatchValue != nil:
			found[d.Name] = d.CloudWatchValue
		default:
			found[d.Name] = pulumi.String(d.Value)
		}
	}
	return found
}

func statistic(m monitor.Metric) string {
	switch {
	case m.Count:
		return "Sum"
	case m.Stat == "":
		return "Average"
	}
	return m.Stat
}

func percentile(stat string) bool { return len(stat) > 1 && stat[0] == 'p' }

func comparison(c monitor.Comparison) pulumi.String {
	switch c {
	case monitor.AtLeast:
		return "GreaterThanOrEqualToThreshold"
	case monitor.Below:
		return "LessThanThreshold"
	}
	return "GreaterThanThreshold"
}

// missing says what silence is. Where silence is zero, it is as bad as zero is.
func missing(spec monitor.Spec, t *monitor.Threshold) pulumi.String {
	switch spec.Missing {
	case monitor.MissingAlerts:
		return "breaching"
	case monitor.MissingShows:
		return "missing"
	case monitor.MissingIsZero:
		if spec.Query.Compare == monitor.Below && t.Alert > 0 {
			return "breaching"
		}
	}
	return "notBreaching"
}
