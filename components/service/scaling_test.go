package service_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/service"
)

const (
	policyToken   = "aws:appautoscaling/policy:Policy"
	targetToken   = "aws:appautoscaling/target:Target"
	scheduleToken = "aws:appautoscaling/scheduledAction:ScheduledAction"
	tracking      = "targetTrackingScalingPolicyConfiguration."
)

func TestAServiceScalesByEachMeasureItIsGiven(t *testing.T) {
	inv := build(t, func(a *service.Args, w world) {
		routed(a, w)
		a.Scaling = service.Scaling{CPUPercent: 60, MemoryPercent: 75, RequestsPerTask: 600}
	})
	for name, want := range map[string]struct {
		kind  string
		value float64
	}{
		"api-cpu":      {"ECSServiceAverageCPUUtilization", 60},
		"api-memory":   {"ECSServiceAverageMemoryUtilization", 75},
		"api-requests": {"ALBRequestCountPerTarget", 600},
	} {
		p := inv.One(t, policyToken, name)
		assert.Equal(t, want.kind, p.Input(tracking+"predefinedMetricSpecification.predefinedMetricType"))
		assert.Equal(t, want.value, p.Input(tracking+"targetValue"))
	}
	label, ok := inv.One(t, policyToken, "api-requests").Input(tracking + "predefinedMetricSpecification.resourceLabel").(string)
	assert.True(t, ok)
	assert.Regexp(t, `^app/edge-[0-9a-f]+/0123456789abcdef/targetgroup/api-[0-9a-f]+/0123456789abcdef$`, label)
}

func TestAWorkerScalesByTheMessagesThatWaitForEachTask(t *testing.T) {
	inv := build(t, func(a *service.Args, _ world) {
		a.Scaling.Backlog = service.Backlog{QueueName: "tenfold-test-jobs", AcceptableLatency: 5 * time.Minute, TimePerMessage: 2 * time.Second}
	})
	p := inv.One(t, policyToken, "api-backlog")
	assert.Equal(t, 150.0, p.Input(tracking+"targetValue"), "300 seconds at 2 seconds a message")
	metrics, ok := p.Input(tracking + "customizedMetricSpecification.metrics").([]any)
	assert.True(t, ok)
	assert.Len(t, metrics, 3)
	returned := 0
	for _, m := range metrics {
		if m.(map[string]any)["returnData"] == true {
			returned++
			assert.Equal(t, "IF(FILL(running, 0) < 1, waiting, waiting / running)", m.(map[string]any)["expression"])
		}
	}
	assert.Equal(t, 1, returned)
	waiting := metrics[0].(map[string]any)["metricStat"].(map[string]any)["metric"].(map[string]any)
	assert.Equal(t, []any{map[string]any{"name": "QueueName", "value": "tenfold-test-jobs"}}, waiting["dimensions"])
}

func TestAnIdleWorkerHasNoTaskUntilAMessageWaits(t *testing.T) {
	inv := build(t, func(a *service.Args, _ world) {
		a.Scaling = service.Scaling{Min: 1, Max: 4, Idle: true, Backlog: service.Backlog{QueueName: "tenfold-test-jobs"},
			Sleep: service.Sleep{Stop: "20:00", Start: "07:30"}}
	})
	target := inv.One(t, "aws:appautoscaling/target:Target", "api")
	assert.Equal(t, []any{0.0, 4.0}, []any{target.Input("minCapacity"), target.Input("maxCapacity")})
	assert.Equal(t, 1.0, inv.One(t, "aws:ecs/service:Service", "api").Input("desiredCount"), "the first deployment shows that the image works")
	assert.Equal(t, map[string]any{"minCapacity": 0.0, "maxCapacity": 4.0}, inv.One(t, scheduleToken, "api-wake").Input("scalableTargetAction"))
}

func TestASleepingServiceStopsEveryEveningAndStartsOnWorkingDays(t *testing.T) {
	inv := build(t, func(a *service.Args, _ world) {
		a.Scaling = service.Scaling{Min: 1, Max: 1, Sleep: service.Sleep{Stop: "20:00", Start: "07:30", TimeZone: "Europe/Berlin"}}
	})
	sleep, wake := inv.One(t, scheduleToken, "api-sleep"), inv.One(t, scheduleToken, "api-wake")
	assert.Equal(t, "cron(0 20 ? * * *)", sleep.Input("schedule"))
	assert.Equal(t, map[string]any{"minCapacity": 0.0, "maxCapacity": 0.0}, sleep.Input("scalableTargetAction"))
	assert.Equal(t, "cron(30 7 ? * MON-FRI *)", wake.Input("schedule"))
	assert.Equal(t, map[string]any{"minCapacity": 1.0, "maxCapacity": 1.0}, wake.Input("scalableTargetAction"))
	assert.Equal(t, "Europe/Berlin", wake.Input("timezone"))
	assert.Empty(t, inv.ByType(policyToken), "one task does not scale by load")
	assert.Equal(t, []string{"desiredCount"}, inv.One(t, "aws:ecs/service:Service", "api").IgnoreChange)
}

func TestNobodyIsWokenForAServiceThatSleeps(t *testing.T) {
	sink := &componenttest.Monitors{}
	build(t, func(a *service.Args, w world) {
		routed(a, w)
		a.Monitors, a.Scaling.Sleep = sink, service.Sleep{Stop: "20:00", Start: "07:00"}
	})
	assert.NotContains(t, keys(sink), "ecs-zero-running")
	assert.NotContains(t, keys(sink), "alb-no-healthy")
	assert.Contains(t, keys(sink), "ecs-running-lt-desired")

	idle := &componenttest.Monitors{}
	build(t, func(a *service.Args, _ world) {
		a.Monitors = idle
		a.Scaling.Idle, a.Scaling.Backlog = true, service.Backlog{QueueName: "tenfold-test-jobs"}
	})
	assert.NotContains(t, keys(idle), "ecs-zero-running")
	assert.Contains(t, keys(idle), "ecs-running-lt-desired")
}

func TestSchedulesSetTheNumberOfTasks(t *testing.T) {
	inv := build(t, func(a *service.Args, _ world) {
		a.Scaling.Schedules = []service.Schedule{{Name: "sale", At: "cron(0 8 28 11 ? *)", Min: 20, Max: 100}}
	})
	sale := inv.One(t, scheduleToken, "api-sale")
	assert.Equal(t, "tenfold-test-api-sale", sale.Input("name"))
	assert.Equal(t, "UTC", sale.Input("timezone"))
}

func TestScalingIsReplacedWithTheServiceAndNotBefore(t *testing.T) {
	inv := build(t, func(a *service.Args, _ world) { a.Scaling.Sleep = service.Sleep{Stop: "20:00", Start: "07:00"} })
	service := inv.One(t, "aws:ecs/service:Service", "api")
	for _, token := range []string{targetToken, policyToken, scheduleToken} {
		for _, r := range inv.ByType(token) {
			assert.NotEmpty(t, r.ReplacementTrigger, r.Name)
			assert.True(t, strings.Contains(r.ReplacementTrigger, service.Input("name").(string)), r.ReplacementTrigger)
		}
	}
}
