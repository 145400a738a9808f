package service_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/tenfold-iac/tenfold/components/service"
)

const alarmToken = "aws:cloudwatch/metricAlarm:MetricAlarm"

func TestADeploymentOfARoutedServiceIsWatchedByItsErrorsAndItsLatency(t *testing.T) {
	inv := build(t, func(a *service.Args, w world) {
		routed(a, w)
		a.Alarms = service.Alarms{ErrorPercent: 2, Latency: 800 * time.Millisecond, MinRequests: 100}
	})
	errors, latency := inv.One(t, alarmToken, "api-5xx"), inv.One(t, alarmToken, "api-p99")
	assert.Equal(t, "tenfold-test-api-5xx", errors.Input("name"))
	assert.Equal(t, 2.0, errors.Input("threshold"))
	assert.Equal(t, "IF(FILL(requests, 0) >= 100, 100 * FILL(errors, 0) / requests, 0)", query(errors.Input("metricQueries"), "value")["expression"])
	assert.Equal(t, 0.8, latency.Input("threshold"))
	assert.Equal(t, "p99", query(latency.Input("metricQueries"), "latency")["metric"].(map[string]any)["stat"])
	running := inv.One(t, "aws:ecs/service:Service", "api")
	assert.Equal(t, map[string]any{"alarmNames": []any{"tenfold-test-api-5xx", "tenfold-test-api-p99"}, "enable": true, "rollback": true}, running.Input("alarms"))
	assert.Contains(t, running.DependsOn, errors.URN)
	assert.Contains(t, running.DependsOn, latency.URN)
}

func query(queries any, id string) map[string]any {
	for _, q := range queries.([]any) {
		if m := q.(map[string]any); m["id"] == id {
			return m
		}
	}
	return nil
}

func TestDeploymentAlarmsThatAreOffAreSwitchedOffAndNotLeftOut(t *testing.T) {
	inv := build(t, func(a *service.Args, w world) {
		routed(a, w)
		a.Alarms.Off = "no users yet"
	})
	assert.Len(t, inv.ByType(alarmToken), 2)
	assert.Equal(t, map[string]any{"alarmNames": []any{"tenfold-test-api-5xx", "tenfold-test-api-p99"}, "enable": false, "rollback": false},
		inv.One(t, "aws:ecs/service:Service", "api").Input("alarms"))
}

func TestAWorkerNamesNoAlarmsBecauseTheAPIRefusesAnEmptyList(t *testing.T) {
	inv := build(t, nil)
	assert.Empty(t, inv.ByType(alarmToken))
	assert.Nil(t, inv.One(t, "aws:ecs/service:Service", "api").Input("alarms"))
}

func TestARolledBackDeploymentFailsTheRunUnlessThatIsAccepted(t *testing.T) {
	guarded := build(t, nil).One(t, "aws:ecs/service:Service", "api")
	assert.Equal(t, []string{
		"before create api-standing", "after create api-rollback", "before update api-alarms", "before update api-standing", "after update api-rollback", "on error api-failure",
	}, guarded.Hooks)
	accepted := build(t, func(a *service.Args, _ world) { a.AcceptRollback = "another tool watches deployments" })
	assert.Equal(t, []string{"before update api-alarms"}, accepted.One(t, "aws:ecs/service:Service", "api").Hooks)
}

func TestAMigrationThatIsSwitchedOffHasNoHook(t *testing.T) {
	off := build(t, func(a *service.Args, _ world) {
		a.Migration = service.Migration{Command: []string{"migrate", "up"}, Off: "the schema is repaired by hand"}
	})
	assert.NotContains(t, off.One(t, "aws:ecs/service:Service", "api").Hooks, "before create api-migration")
}

func TestAMigrationRunsBeforeTheServiceIsCreatedOrChanged(t *testing.T) {
	gated := build(t, func(a *service.Args, _ world) { a.Migration.Command = []string{"migrate", "up"} }).One(t, "aws:ecs/service:Service", "api")
	assert.Equal(t, []string{
		"before create api-standing", "before create api-migration", "after create api-rollback",
		"before update api-alarms", "before update api-standing", "before update api-migration", "after update api-rollback", "on error api-failure",
	}, gated.Hooks)
}
