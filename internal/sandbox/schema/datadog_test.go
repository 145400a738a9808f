package schema

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func monitor(changes map[string]any) map[string]any {
	out := map[string]any{
		"name": "Queue is growing", "type": "query alert", "message": "Look at the queue.",
		"query": "max(last_5m):max:aws.sqs.approximate_age_of_oldest_message{queuename:jobs} > 300", "priority": "2",
		"monitorThresholds": map[string]any{"critical": "300", "warning": "120.5"}, "tags": []any{"team:core", "service:jobs"},
	}
	for key, v := range changes {
		out[key] = v
	}
	return out
}

func TestMonitorsAreCheckedByWhatTheSDKDocuments(t *testing.T) {
	r := lookup(t, "datadog:index/monitor:Monitor")
	assert.Empty(t, r.Check(properties(monitor(nil))))
	assert.Equal(t, []string{
		`monitorThresholds.critical: must match ^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$, got "a lot"`,
		`onMissingData: must be one of default, resolve, show_and_notify_no_data, show_no_data, got "ignore"`,
		`priority: must be one of 1, 2, 3, 4, 5, got "P1"`,
		"timeoutH: must be from 0 to 24, got 48",
	}, refusals(r.Check(properties(monitor(map[string]any{
		"monitorThresholds": map[string]any{"critical": "a lot"}, "onMissingData": "ignore", "priority": "P1", "timeoutH": 48,
	})))))
	assert.Equal(t, []string{"message: is required but not set"}, refusals(r.Check(properties(monitor(map[string]any{"message": nil})))))
}

func TestMonitorsAreReplacedOnlyForAnotherTypeThatDatadogTellsApart(t *testing.T) {
	const token = "datadog:index/monitor:Monitor"
	assert.Empty(t, diffOf(t, token, monitor(nil), monitor(map[string]any{"type": "metric alert", "message": " Look at the queue.\n", "tags": []any{"service:jobs", "team:core"}})))
	assert.Equal(t, []string{"update type replace"}, diffOf(t, token, monitor(nil), monitor(map[string]any{"type": "log alert"})))
	assert.Equal(t, []string{"update query"}, diffOf(t, token, monitor(nil), monitor(map[string]any{"query": "avg(last_5m):avg:system.load.1{*} > 4"})))
}

func TestObjectivesAndDashboardsFollowTheSDK(t *testing.T) {
	objective := map[string]any{"name": "Availability", "type": "metric", "query": map[string]any{"numerator": "a", "denominator": "b"},
		"thresholds": []any{map[string]any{"timeframe": "30d", "target": 99.9}}}
	r := lookup(t, "datadog:index/serviceLevelObjective:ServiceLevelObjective")
	assert.Empty(t, r.Check(properties(objective)))
	objective["type"], objective["thresholds"] = "timeSlice", []any{map[string]any{"timeframe": "1y", "target": 101}}
	assert.Equal(t, []string{
		"thresholds[0].target: must be from 0 to 100, got 101",
		`thresholds[0].timeframe: must be one of 7d, 30d, 90d, custom, got "1y"`,
		`type: must be one of metric, monitor, time_slice, got "timeSlice"`,
	}, refusals(r.Check(properties(objective))))
	assert.Empty(t, diffOf(t, "datadog:index/dashboardJson:DashboardJson", map[string]any{"dashboard": `{"title":"a","widgets":[]}`}, map[string]any{"dashboard": `{ "widgets": [], "title": "a" }`}))
	assert.Equal(t, []string{"conditionalRecipients: cannot be set together with recipients; keep one"},
		refusals(lookup(t, "datadog:index/monitorNotificationRule:MonitorNotificationRule").Check(properties(map[string]any{
			"name": "n", "filter": map[string]any{"tags": []any{"team:core"}}, "recipients": []any{"a"}, "conditionalRecipients": map[string]any{"conditions": []any{}},
		}))))
}
