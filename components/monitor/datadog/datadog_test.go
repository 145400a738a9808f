package datadog_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	ct "github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/monitor/datadog"
)

const token = "datadog:index/monitor:Monitor"

var (
	of      = []monitor.Dimension{{Tag: "queuename", Value: "Tenfold-prod-jobs", Name: "QueueName"}}
	oldest  = monitor.Metric{Datadog: "aws.sqs.approximate_age_of_oldest_message"}
	sent    = monitor.Metric{Datadog: "aws.sqs.number_of_messages_sent", Count: true}
	deleted = monitor.Metric{Datadog: "aws.sqs.number_of_messages_deleted", Count: true}
	age     = monitor.Series{Metric: oldest, Space: monitor.Maximum, Of: of}
	prod    = datadog.Args{Environment: "prod", Level: monitor.Critical, Team: "platform"}
)

func spec() monitor.Spec {
	return monitor.Spec{
		ID: "sqs-age", Title: "messages wait too long", Impact: "Work is late.",
		Checks: []string{"Does the consumer run?", "Did more arrive?"},
		Query: monitor.Query{
			Over: monitor.Minimum, Window: 10 * time.Minute, Compare: monitor.Above, Measure: age,
		},
		Levels:  monitor.Levels{Critical: monitor.AlertAndWarn(300, 150), Standard: monitor.Alert(600)},
		Missing: monitor.MissingResolves, Priority: 2,
	}
}

type owner struct{ pulumi.ResourceState }

func run(t *testing.T, args datadog.Args, specs ...monitor.Spec) *ct.Inventory {
	t.Helper()
	sink, err := datadog.NewSink(args)
	require.NoError(t, err)
	return ct.Run(t, func(ctx *pulumi.Context) error {
		o := &owner{}
		if err := ctx.RegisterComponentResource("tenfold:test:Owner", "jobs", o); err != nil {
			return err
		}
		return sink.Monitor(ctx, o, "jobs", specs)
	})
}

func TestAMonitorSaysEverythingDatadogWouldOtherwiseChoose(t *testing.T) {
	args := prod
	args.Runbooks = "https://example.com/runbooks/"
	args.Notify = map[int][]string{2: {"@pagerduty-platform", "@slack-alerts"}}
	inv := run(t, args, spec())
	ct.AssertHouse(t, inv, "tenfold:test:Owner", "jobs")
	m := inv.One(t, token, "jobs-sqs-age")
	for input, want := range map[string]any{
		"name":  "[prod] jobs: messages wait too long",
		"type":  "query alert",
		"query": "min(last_10m):max:aws.sqs.approximate_age_of_oldest_message{queuename:tenfold-prod-jobs,environment:prod} > 300",
		"message": "Work is late.\n\nCheck first:\n- Does the consumer run?\n- Did more arrive?\n\n" +
			"Runbook: https://example.com/runbooks/sqs-age.md\n\n@pagerduty-platform @slack-alerts",
		"priority":          "2",
		"monitorThresholds": map[string]any{"critical": "300", "warning": "150", "criticalRecovery": "225"},
		"onMissingData":     "resolve",
		"includeTags":       true,
		"draftStatus":       "published",
		"requireFullWindow": false,
		"evaluationDelay":   900.0,
		"newGroupDelay":     nil,
		"renotifyInterval":  60.0,
		"renotifyStatuses":  []any{"alert"},
		"assets":            []any{map[string]any{"category": "runbook", "name": "Runbook", "url": "https://example.com/runbooks/sqs-age.md"}},
		"tags": []any{
			"component:jobs", "env:prod", "id:sqs-age", "managed-by:tenfold", "priority:p2", "service:jobs", "team:platform", "tier:critical",
		},
	} {
		assert.Equal(t, want, m.Input(input), input)
	}
}

func TestWithoutAURLTheRunbookIsTheFileInTheRepository(t *testing.T) {
	m := run(t, prod, spec()).One(t, token, "jobs-sqs-age")
	assert.Contains(t, m.Input("message"), "Runbook: docs/runbooks/sqs-age.md")
	assert.Nil(t, m.Input("assets"))
}

func TestQueriesAreInDatadogsLanguage(t *testing.T) {
	scope := map[string]string{"env": "prod"}
	by := age
	by.By = []string{"queuename", "region"}
	s, d := monitor.Series{Metric: sent, Space: monitor.Sum, Of: of}, monitor.Series{Metric: deleted, Space: monitor.Sum, Of: of}
	for want, q := range map[string]monitor.Query{
		"avg(last_1h):max:aws.sqs.approximate_age_of_oldest_message{queuename:tenfold-prod-jobs,env:prod} by {queuename,region} >= 0.5": {
			Over: monitor.Average, Window: time.Hour, Compare: monitor.AtLeast, Measure: by,
		},
		"sum(last_1d):sum:aws.sqs.number_of_messages_sent{queuename:tenfold-prod-jobs,env:prod}.as_count() < 0.5": {
			Over: monitor.Sum, Window: 24 * time.Hour, Compare: monitor.Below, Measure: s,
		},
		"sum(last_48h):100 * sum:aws.sqs.number_of_messages_deleted{queuename:tenfold-prod-jobs,env:prod}.as_count() / sum:aws.sqs.number_of_messages_sent{queuename:tenfold-prod-jobs,env:prod}.as_count() > 0.5": {
			Over: monitor.Sum, Window: 48 * time.Hour, Compare: monitor.Above, Measure: monitor.Percent{Part: d, Whole: s},
		},
		"sum(last_15m):default_zero(sum:aws.sqs.number_of_messages_sent{queuename:tenfold-prod-jobs,env:prod}.as_count()) - default_zero(sum:aws.sqs.number_of_messages_deleted{queuename:tenfold-prod-jobs,env:prod}.as_count()) > 0.5": {
			Over: monitor.Sum, Window: 15 * time.Minute, Compare: monitor.Above, Measure: monitor.Difference{Left: s, Right: d, ZeroWhenSilent: true},
		},
		"max(last_5m):max:aws.sqs.approximate_age_of_oldest_message{queuename:tenfold-prod-jobs,env:prod} - max:aws.sqs.approximate_age_of_oldest_message{queuename:tenfold-prod-jobs,env:prod} > 0.5": {
			Over: monitor.Maximum, Window: 5 * time.Minute, Compare: monitor.Above, Measure: monitor.Difference{Left: age, Right: age},
		},
	} {
		assert.Equal(t, want, datadog.Query(q, 0.5, scope))
	}
	assert.True(t, strings.HasSuffix(datadog.Query(monitor.Query{Measure: age, Compare: monitor.Above}, 21474836480, nil), " > 21474836480"),
		"large numbers have no exponent")
}

func TestTheNumberInTheQueryIsTheCriticalThreshold(t *testing.T) {
	for _, alert := range []float64{0, 0.95, 1500000000, 300} {
		s := spec()
		s.Levels = monitor.Production(monitor.Alert(alert))
		m := run(t, prod, s).One(t, token, "jobs-sqs-age")
		critical := m.Input("monitorThresholds").(map[string]any)["critical"].(string)
		assert.True(t, strings.HasSuffix(m.Input("query").(string), " > "+critical))
	}
}

func TestOnlyGaugesWithAWarningRecoverHalfWay(t *testing.T) {
	s := spec()
	s.Query.Over, s.Query.Measure = monitor.Sum, monitor.Series{Metric: sent, Space: monitor.Sum, Of: of}
	s.Missing = monitor.MissingIsZero
	m := run(t, prod, s).One(t, token, "jobs-sqs-age")
	assert.Equal(t, map[string]any{"critical": "300", "warning": "150"}, m.Input("monitorThresholds"))
	assert.Equal(t, "default", m.Input("onMissingData"))
	low := spec()
	low.Query.Compare, low.Levels = monitor.Below, monitor.Production(monitor.AlertAndWarn(5, 10))
	m = run(t, prod, low).One(t, token, "jobs-sqs-age")
	assert.Equal(t, map[string]any{"critical": "5", "warning": "10", "criticalRecovery": "7.5"}, m.Input("monitorThresholds"))
}

func TestTheLevelDecidesThresholdsAndRepetition(t *testing.T) {
	args := prod
	args.Level = monitor.Standard
	m := run(t, args, spec()).One(t, token, "jobs-sqs-age")
	assert.Equal(t, map[string]any{"critical": "600"}, m.Input("monitorThresholds"))
	args.Level = monitor.Relaxed
	assert.False(t, run(t, args, spec()).Has(token, "jobs-sqs-age"), "no threshold, no monitor")

	everywhere := spec()
	everywhere.Levels = monitor.Everywhere(monitor.Alert(1))
	m = run(t, args, everywhere).One(t, token, "jobs-sqs-age")
	assert.Nil(t, m.Input("renotifyInterval"), "nobody is woken twice for an environment without customers")
	everywhere.Priority = 3
	m = run(t, prod, everywhere).One(t, token, "jobs-sqs-age")
	assert.Nil(t, m.Input("renotifyInterval"))
}

func TestSilenceDelayAndGroupsFollowTheSpec(t *testing.T) {
	for missing, want := range map[monitor.Missing]string{
		monitor.MissingShows: "show_no_data", monitor.MissingAlerts: "show_and_notify_no_data", monitor.MissingIsZero: "default",
	} {
		s := spec()
		s.Missing = missing
		assert.Equal(t, want, run(t, prod, s).One(t, token, "jobs-sqs-age").Input("onMissingData"))
	}
	s := spec()
	s.Missing, s.Delay = monitor.MissingAlerts, 5*time.Minute
	split := age
	split.By = []string{"dbinstanceidentifier"}
	s.Query.Measure = split
	m := run(t, prod, s).One(t, token, "jobs-sqs-age")
	assert.Equal(t, 300.0, m.Input("evaluationDelay"))
	assert.Equal(t, 300.0, m.Input("newGroupDelay"))
	assert.Equal(t, []any{"alert", "no data"}, m.Input("renotifyStatuses"))
	assert.Equal(t, "[prod] jobs: messages wait too long {{dbinstanceidentifier.name}}", m.Input("name"))
	s.Delay = monitor.NoDelay
	assert.Nil(t, run(t, prod, s).One(t, token, "jobs-sqs-age").Input("evaluationDelay"))
}

func TestAMonitorThatIsSwitchedOffIsNotMade(t *testing.T) {
	s := spec()
	s.Off = "a batch queue"
	assert.Empty(t, run(t, prod, s).ByType(token))
}

func TestTheScopeReplacesTheEnvironmentTag(t *testing.T) {
	args := prod
	args.Scope = map[string]string{"env": "prod", "aws_account": ct.Account}
	m := run(t, args, spec()).One(t, token, "jobs-sqs-age")
	assert.Contains(t, m.Input("query"), fmt.Sprintf("{queuename:tenfold-prod-jobs,aws_account:%s,env:prod}", ct.Account))
}

func TestEveryProblemOfTheSinkIsReported(t *testing.T) {
	_, err := datadog.NewSink(datadog.Args{
		Environment: "Prod", Runbooks: "http://example.com", Scope: map[string]string{"env": "*"},
		Notify: map[int][]string{0: {"@slack"}, 1: {"platform", "@{{tag}}"}},
	})
	for _, want := range []string{
		`datadog monitors: Environment must be lower-case letters, digits and . _ : / -, got "Prod"`,
		`datadog monitors: Team must be lower-case letters, digits and . _ : / -, got ""`,
		"datadog monitors: Level must be Critical, Standard or Relaxed, got 0",
		`datadog monitors: Runbooks must start with https://, got "http://example.com"`,
		`datadog monitors: Scope must map tags to single values, got env = "*"`,
		"datadog monitors: Notify must have the priorities 1 to 5, got 0",
		`datadog monitors: Notify must hold handles such as @slack-alerts, got "platform"`,
		`datadog monitors: Notify must hold handles such as @slack-alerts, got "@{{tag}}"`,
	} {
		assert.ErrorContains(t, err, want)
	}
}

func TestInvalidSpecsAreRefusedBeforeAnythingIsMade(t *testing.T) {
	sink, err := datadog.NewSink(prod)
	require.NoError(t, err)
	bad := spec()
	bad.Priority = 9
	inv, err := ct.RunErr(t, func(ctx *pulumi.Context) error {
		o := &owner{}
		if err := ctx.RegisterComponentResource("tenfold:test:Owner", "jobs", o); err != nil {
			return err
		}
		return sink.Monitor(ctx, o, "jobs", []monitor.Spec{spec(), bad})
	})
	assert.ErrorContains(t, err, `monitors of "jobs": monitor "sqs-age"`)
	assert.Empty(t, inv.ByType(token))
}
