package cloudwatch_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	ct "github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/monitor/cloudwatch"
)

const (
	token = "aws:cloudwatch/metricAlarm:MetricAlarm"
	topic = "arn:aws:sns:us-east-1:123456789012:pages"
)

var (
	of   = []monitor.Dimension{{Tag: "queuename", Value: "Tenfold-jobs", Name: "QueueName"}}
	age  = series("aws.sqs.approximate_age_of_oldest_message", "ApproximateAgeOfOldestMessage", false)
	sent = series("aws.sqs.number_of_messages_sent", "NumberOfMessagesSent", true)
	done = series("aws.sqs.number_of_messages_deleted", "NumberOfMessagesDeleted", true)
	prod = cloudwatch.Args{Environment: "prod", Level: monitor.Critical, Topics: map[int][]pulumi.StringInput{
		1: {pulumi.String(topic)}, 2: {pulumi.String(topic)},
	}}
)

func series(datadog, name string, count bool) monitor.Series {
	s := monitor.Series{
		Metric: monitor.Metric{Datadog: datadog, Namespace: "AWS/SQS", Name: name, Stat: "Maximum", Count: count},
		Space:  monitor.Maximum, Of: of,
	}
	if count {
		s.Space = monitor.Sum
	}
	return s
}

func spec(over monitor.Aggregate, window time.Duration, compare monitor.Comparison, measure monitor.Expr) monitor.Spec {
	s := monitor.Spec{
		ID: "sqs-age", Title: "messages wait too long", Impact: "Work is late.", Checks: []string{"Does the consumer run?"},
		Query:  monitor.Query{Over: over, Window: window, Compare: compare, Measure: measure},
		Levels: monitor.Levels{Critical: monitor.Alert(300)}, Missing: monitor.MissingResolves, Priority: 2,
	}
	if d, ok := measure.(monitor.Difference); ok && d.ZeroWhenSilent {
		s.Missing = monitor.MissingIsZero
	}
	return s
}

type owner struct{ pulumi.ResourceState }

func run(t *testing.T, args cloudwatch.Args, specs ...monitor.Spec) *ct.Inventory {
	t.Helper()
	sink, err := cloudwatch.NewSink(args)
	require.NoError(t, err)
	return ct.Run(t, func(ctx *pulumi.Context) error {
		o := &owner{}
		if err := ctx.RegisterComponentResource("tenfold:test:Owner", "jobs", o); err != nil {
			return err
		}
		return sink.Monitor(ctx, o, "jobs", specs)
	})
}

func one(t *testing.T, s monitor.Spec) ct.Resource {
	t.Helper()
	return run(t, prod, s).One(t, token, "jobs-sqs-age")
}

func TestAnAlarmNamesItsResourceThresholdAndWhoIsTold(t *testing.T) {
	s := spec(monitor.Minimum, 10*time.Minute, monitor.Above, age)
	inv := run(t, prod, s)
	ct.AssertHouse(t, inv, "tenfold:test:Owner", "jobs")
	a := inv.One(t, token, "jobs-sqs-age")
	for input, want := range map[string]any{
		"name":               "tenfold-test-jobs-sqs-age",
		"alarmDescription":   "[prod] P2 jobs: messages wait too long. Work is late. Check first: Does the consumer run? Runbook: docs/runbooks/sqs-age.md",
		"namespace":          "AWS/SQS",
		"metricName":         "ApproximateAgeOfOldestMessage",
		"dimensions":         map[string]any{"QueueName": "Tenfold-jobs"},
		"statistic":          "Maximum",
		"period":             60.0,
		"evaluationPeriods":  10.0,
		"datapointsToAlarm":  10.0,
		"comparisonOperator": "GreaterThanThreshold",
		"threshold":          300.0,
		"treatMissingData":   "notBreaching",
		"alarmActions":       []any{topic},
		"okActions":          []any{topic},
	} {
		assert.Equal(t, want, a.Input(input), input)
	}
}

func TestWindowsBecomePoints(t *testing.T) {
	for _, c := range []struct {
		over                 monitor.Aggregate
		window               time.Duration
		compare              monitor.Comparison
		measure              monitor.Series
		period, periods, bad float64
	}{
		{monitor.Minimum, 10 * time.Minute, monitor.Above, age, 60, 10, 10},
		{monitor.Maximum, 10 * time.Minute, monitor.Below, age, 60, 10, 10},
		{monitor.Maximum, 10 * time.Minute, monitor.Above, age, 60, 10, 1},
		{monitor.Minimum, 15 * time.Minute, monitor.Below, age, 60, 15, 1},
		{monitor.Average, 15 * time.Minute, monitor.Above, age, 60, 15, 10},
		{monitor.Average, 10 * time.Minute, monitor.Above, age, 60, 10, 7},
		{monitor.Minimum, 2 * time.Hour, monitor.Above, age, 300, 24, 24},
		{monitor.Minimum, 48 * time.Hour, monitor.Above, age, 3600, 48, 48},
		{monitor.Sum, 15 * time.Minute, monitor.Above, sent, 900, 1, 1},
		{monitor.Sum, 24 * time.Hour, monitor.Below, sent, 86400, 1, 1},
	} {
		a := one(t, spec(c.over, c.window, c.compare, c.measure))
		assert.Equal(t, []any{c.period, c.periods, c.bad},
			[]any{a.Input("period"), a.Input("evaluationPeriods"), a.Input("datapointsToAlarm")}, "%s over %s %s", c.over, c.window, c.compare)
		limit := 24 * 3600.0
		if c.period >= 3600 {
			limit *= 7
		}
		assert.LessOrEqual(t, c.period*c.periods, limit, "CloudWatch looks back no further")
	}
}

func TestCountsAreSummedAndPercentilesAreExtended(t *testing.T) {
	assert.Equal(t, "Sum", one(t, spec(monitor.Sum, time.Hour, monitor.Above, sent)).Input("statistic"))
	p95 := age
	p95.Metric.Stat = "p95"
	a := one(t, spec(monitor.Average, 15*time.Minute, monitor.Above, p95))
	assert.Nil(t, a.Input("statistic"))
	assert.Equal(t, "p95", a.Input("extendedStatistic"))
	assert.Equal(t, "ignore", a.Input("evaluateLowSampleCountPercentiles"))
	plain := age
	plain.Metric.Stat = ""
	assert.Equal(t, "Average", one(t, spec(monitor.Average, 15*time.Minute, monitor.Above, plain)).Input("statistic"))
}

func TestArithmeticBecomesMetricMath(t *testing.T) {
	query := func(id, name string) map[string]any {
		return map[string]any{"id": id, "metric": map[string]any{
			"namespace": "AWS/SQS", "metricName": name, "stat": "Sum", "period": 900.0,
			"dimensions": map[string]any{"QueueName": "Tenfold-jobs"},
		}}
	}
	for expression, measure := range map[string]monitor.Expr{
		"100 * left / right":             monitor.Percent{Part: sent, Whole: done},
		"left - right":                   monitor.Difference{Left: sent, Right: done},
		"FILL(left, 0) - FILL(right, 0)": monitor.Difference{Left: sent, Right: done, ZeroWhenSilent: true},
	} {
		a := one(t, spec(monitor.Sum, 15*time.Minute, monitor.Above, measure))
		assert.Equal(t, []any{
			map[string]any{"id": "result", "expression": expression, "label": "Result", "returnData": true},
			query("left", "NumberOfMessagesSent"), query("right", "NumberOfMessagesDeleted"),
		}, a.Input("metricQueries"))
		assert.Nil(t, a.Input("metricName"))
		assert.Nil(t, a.Input("period"))
	}
}

func TestSilenceAndComparisonsAreTranslated(t *testing.T) {
	for _, c := range []struct {
		missing monitor.Missing
		compare monitor.Comparison
		silence string
		op      string
	}{
		{monitor.MissingIsZero, monitor.Above, "notBreaching", "GreaterThanThreshold"},
		{monitor.MissingIsZero, monitor.Below, "breaching", "LessThanThreshold"},
		{monitor.MissingResolves, monitor.AtLeast, "notBreaching", "GreaterThanOrEqualToThreshold"},
		{monitor.MissingShows, monitor.Above, "missing", "GreaterThanThreshold"},
		{monitor.MissingAlerts, monitor.Above, "breaching", "GreaterThanThreshold"},
	} {
		s := spec(monitor.Maximum, 10*time.Minute, c.compare, age)
		s.Missing = c.missing
		a := one(t, s)
		assert.Equal(t, c.silence, a.Input("treatMissingData"))
		assert.Equal(t, c.op, a.Input("comparisonOperator"))
	}
}

func TestADimensionMayBeAnOutputAndDatadogsOwnAreLeftOut(t *testing.T) {
	s := age
	s.Of = []monitor.Dimension{
		{Tag: "env", Value: "prod"},
		{Tag: "queuename", Value: "jobs", Name: "QueueName", CloudWatchValue: pulumi.String("from-elsewhere").ToStringOutput()},
	}
	a := one(t, spec(monitor.Maximum, 10*time.Minute, monitor.Above, s))
	assert.Equal(t, map[string]any{"QueueName": "from-elsewhere"}, a.Input("dimensions"))
}

func TestWhatCloudWatchCannotWatchIsReported(t *testing.T) {
	agent, nowhere := age, age
	agent.Metric.Namespace = ""
	nowhere.Of = []monitor.Dimension{{Tag: "env", Value: "prod"}}
	for want, s := range map[string]monitor.Spec{
		"jobs/sqs-age: the metric aws.sqs.approximate_age_of_oldest_message exists in Datadog only":      spec(monitor.Maximum, 10*time.Minute, monitor.Above, agent),
		"jobs/sqs-age: the metric aws.sqs.approximate_age_of_oldest_message has no CloudWatch dimension": spec(monitor.Maximum, 10*time.Minute, monitor.Above, nowhere),
		"jobs/sqs-age: a CloudWatch alarm sums over at most 24h, the window is 48h0m0s":                  spec(monitor.Sum, 48*time.Hour, monitor.Above, sent),
	} {
		sink, err := cloudwatch.NewSink(prod)
		require.NoError(t, err)
		inv := ct.Run(t, func(ctx *pulumi.Context) error {
			o := &owner{}
			if err := ctx.RegisterComponentResource("tenfold:test:Owner", "jobs", o); err != nil {
				return err
			}
			return sink.Monitor(ctx, o, "jobs", []monitor.Spec{s})
		})
		assert.Empty(t, inv.ByType(token))
		assert.Equal(t, []string{want}, sink.Unwatched())
	}
}

func TestSpecsWithoutAThresholdOrSwitchedOffMakeNoAlarm(t *testing.T) {
	s := spec(monitor.Maximum, 10*time.Minute, monitor.Above, age)
	relaxed := cloudwatch.Args{Environment: "dev", Level: monitor.Relaxed}
	assert.Empty(t, run(t, relaxed, s).ByType(token))
	s.Off = "a test"
	assert.Empty(t, run(t, prod, s).ByType(token))
}

func TestAlarmsOfPrioritiesWithoutATopicTellNobody(t *testing.T) {
	s := spec(monitor.Maximum, 10*time.Minute, monitor.Above, age)
	s.Priority = 4
	assert.Nil(t, one(t, s).Input("alarmActions"))
}

func TestLongDescriptionsAreCutAtAWSsLimit(t *testing.T) {
	s := spec(monitor.Maximum, 10*time.Minute, monitor.Above, age)
	s.Impact = strings.Repeat("Long. ", 300)
	text := one(t, s).Input("alarmDescription").(string)
	assert.Len(t, text, 1024)
	assert.True(t, strings.HasSuffix(text, "..."))
}

func TestEveryProblemOfTheSinkIsReported(t *testing.T) {
	_, err := cloudwatch.NewSink(cloudwatch.Args{Runbooks: "runbooks", Topics: map[int][]pulumi.StringInput{7: nil}})
	for _, want := range []string{
		"cloudwatch alarms: Environment must be set; name the environment, for example prod",
		"cloudwatch alarms: Level must be Critical, Standard or Relaxed, got 0",
		`cloudwatch alarms: Runbooks must start with https://, got "runbooks"`,
		"cloudwatch alarms: Topics must have the priorities 1 to 5, got 7",
	} {
		assert.ErrorContains(t, err, want)
	}
	_, err = cloudwatch.NewSink(cloudwatch.Args{Environment: "prod", Level: monitor.Critical})
	assert.ErrorContains(t, err, "Topics must have a topic for priority 1 at the level Critical; someone has to be told")
	assert.ErrorContains(t, err, "priority 2")
}
