package enginetest

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/service"
	"github.com/tenfold-iac/tenfold/components/service/runtask"
	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// migrating is a release of the worker that has a migration.
func migrating(tag string, change func(*service.Args)) pulumi.RunFunc {
	s := usual()
	s.api = func(a *service.Args) {
		a.Image = image(tag)
		a.Migration = service.Migration{Command: []string{"migrate", "up"}}
		if change != nil {
			change(a)
		}
	}
	return worker(s)
}

// plan has the next task that is run end as the fault says.
func (e *engine) plan(fault account.Fault) {
	e.t.Helper()
	fault.Type, fault.Operation = account.TaskType, account.OnCreate
	require.NoError(e.t, e.server.Account().Plan(fault))
}

// ends plans the end of the next task.
func ends(code int, output string) account.Fault {
	return account.Fault{ExitCode: &code, Error: output}
}

func TestAMigrationRunsBeforeTheServiceMovesAndNeverInAPreview(t *testing.T) {
	e := start(t)
	e.plan(ends(3, "column exists"))
	waiting := func() bool { return len(e.server.Account().Faults()) > 0 }
	e.preview(migrating("1", nil))
	require.True(t, waiting(), "a preview runs nothing")
	failed := e.try(migrating("1", nil))
	require.Error(t, failed.err)
	assert.Contains(t, failed.output, `service "api" stays as it is: the migration "migrate up" in a task of tenfold-test-api:1 ended with exit code 3`)
	assert.Contains(t, failed.output, "column exists")
	assert.Empty(t, failed.of("Service"), "the service was not made")
	assert.False(t, waiting(), "the migration ran")
	made := e.up(migrating("1", nil))
	assert.Equal(t, []string{"create api"}, made.of("Service"), "the next run tries again")
	assert.Contains(t, made.output, "api: the migration runs as task ")
	assert.Contains(t, made.output, "it writes to log group tenfold/test/api")

	e.plan(ends(4, "must not run"))
	assert.Empty(t, e.up(migrating("1", nil)).steps)
	e.preview(migrating("2", nil))
	require.True(t, waiting(), "nothing moved")
	failed = e.try(migrating("2", nil))
	assert.Contains(t, failed.output, `in a task of tenfold-test-api:2 ended with exit code 4`)
	assert.Empty(t, failed.of("Service"), "the service was not touched")

	e.plan(account.Fault{Error: "ClientException: Capacity is unavailable at this time."})
	assert.Contains(t, e.try(migrating("2", nil)).output, "Capacity is unavailable at this time.")
	assert.Equal(t, []string{"update api"}, e.up(migrating("2", nil)).of("Service"))
}

func TestAMigrationThatTakesTooLongIsStoppedAndTheServiceStays(t *testing.T) {
	e := start(t)
	e.up(migrating("1", nil))
	e.plan(account.Fault{Delay: account.Duration(time.Hour)})
	failed := e.try(migrating("2", func(a *service.Args) { a.Migration.Runner = hasty{} }))
	require.Error(t, failed.err)
	assert.Contains(t, failed.output, `service "api" stays as it is: the migration "migrate up" in a task of tenfold-test-api:2 took longer than 1s; it was told to stop`)
	assert.Empty(t, failed.of("Service"))
}

// hasty gives a task a moment only.
type hasty struct{}

func (hasty) Run(ctx context.Context, task runtask.Task) (runtask.Result, error) {
	settings, err := config.LoadDefaultConfig(ctx, config.WithRegion("us-east-1"))
	if err != nil {
		return runtask.Result{}, err
	}
	task.Limit = time.Second
	return runtask.NewFromConfig(settings).Run(ctx, task)
}

func TestAMigrationThatIsSwitchedOffDoesNotRunAndTheRunSaysWhy(t *testing.T) {
	e := start(t)
	e.plan(ends(1, "must not run"))
	r := e.up(migrating("1", func(a *service.Args) { a.Migration.Off = "the schema is repaired by hand" }))
	assert.Contains(t, r.output, "api: the migration is switched off: the schema is repaired by hand")
	assert.NotEmpty(t, e.server.Account().Faults())
}

func TestADeploymentThatECSRolledBackFailsTheRunAndTheNextOneTriesAgain(t *testing.T) {
	e := start(t)
	s := usual()
	release := func(tag, accept string) pulumi.RunFunc {
		s.api = func(a *service.Args) { a.Image, a.AcceptRollback = image(tag), accept }
		return worker(s)
	}
	e.up(release("1", ""))
	back := rollback(account.OnUpdate, 0)
	require.NoError(t, e.server.Account().Plan(back))
	failed := e.try(release("2", ""))
	require.Error(t, failed.err)
	assert.Contains(t, failed.output, `service "api" was rolled back: ECS runs tenfold-test-api:1 again, not tenfold-test-api:2; `+
		"ECS says: Service deployment rolled back because the circuit breaker threshold was exceeded; its task ")
	assert.Contains(t, failed.output, "Essential container in task exited, api ended with exit code 1; "+
		"see the events and stopped tasks of ECS service tenfold-test-api in cluster tenfold-test-main and the log group tenfold/test/api, and deploy a fixed revision; its last lines:")
	assert.Contains(t, failed.output, "no such column")
	assert.Empty(t, e.server.Account().Faults(), "the rollback was played")
	assert.Equal(t, []string{"update api"}, e.up(release("2", "")).of("Service"), "the engine knows that the service does not run what was asked for")

	e.up(release("3", ""))
	assert.Empty(t, e.up(release("3", "")).steps)

	require.NoError(t, e.server.Account().Plan(back))
	accepted := e.up(release("4", "another tool watches deployments"))
	assert.Contains(t, accepted.output, "api: a deployment that was rolled back counts as a success: another tool watches deployments")
	assert.Empty(t, e.server.Account().Faults())
}

// rollback is a deployment of a service that fails.
func rollback(operation account.Operation, later time.Duration) account.Fault {
	return account.Fault{Type: "aws:ecs/service:Service", Operation: operation, Rollback: true, Later: account.Duration(later), Error: "no such column"}
}

func TestARollbackAfterTheProviderReturnedFailsTheRunToo(t *testing.T) {
	e := start(t)
	s := usual()
	release := func(tag string) pulumi.RunFunc {
		s.api = func(a *service.Args) { a.Image = image(tag) }
		return environment(s)
	}
	e.up(release("1"))
	require.NoError(t, e.server.Account().Plan(rollback(account.OnUpdate, time.Second)))
	failed := e.try(release("2"))
	require.Error(t, failed.err)
	assert.Contains(t, failed.output, "api: ECS has not decided on the deployment yet")
	back := `service "api" was rolled back: ECS runs tenfold-test-api:1 again, not tenfold-test-api:2; ` +
		"ECS says: Service deployment rolled back because of alarms; alarms that fired: tenfold-test-api-5xx, tenfold-test-api-p99; its task "
	assert.Contains(t, failed.output, back)
	assert.Contains(t, failed.output, "and deploy a fixed revision, or the same one again with pulumi up --refresh")

	unchanged := e.try(release("2"))
	require.Error(t, unchanged.err, "nothing changed, and nothing is well")
	assert.Empty(t, unchanged.of("Service"), "the state holds what the provider saw")
	assert.Contains(t, unchanged.output, back)
	e.preview(release("2"))
	assert.Equal(t, []string{"refresh api", "update api"}, e.up(release("2"), optup.Refresh()).of("Service"))
	assert.Empty(t, e.up(release("2")).steps)
}

func TestARollbackOfAnUpdateThatKeptTheRevisionFailsTheRun(t *testing.T) {
	e := start(t)
	s := usual()
	share := func(percent int) pulumi.RunFunc {
		s.api = func(a *service.Args) { a.Spot.Percent = percent }
		return worker(s)
	}
	e.up(share(0))
	require.NoError(t, e.server.Account().Plan(rollback(account.OnUpdate, 0)))
	failed := e.try(share(50))
	require.Error(t, failed.err)
	assert.Contains(t, failed.output, `service "api" was rolled back: ECS runs tenfold-test-api:1 with the settings of before; ECS says: Service deployment rolled back because the circuit breaker threshold was exceeded`)
	assert.Equal(t, []string{"refresh api", "update api"}, e.up(share(50), optup.Refresh()).of("Service"))
	assert.Empty(t, e.up(share(50)).steps)
}

func TestAFirstDeploymentThatFailsIsExplained(t *testing.T) {
	e := start(t)
	require.NoError(t, e.server.Account().Plan(rollback(account.OnCreate, 0)))
	first := environment(usual())
	failed := e.try(first)
	require.Error(t, failed.err)
	assert.Contains(t, failed.output, "timeout while waiting for state to become 'tfSTABLE'")
	assert.Contains(t, failed.output, `service "api" did not become steady: its deployment is ROLLBACK_FAILED; ECS says: No rollback candidate was found to run the rollback. `+
		"Service deployment rolled back because the circuit breaker threshold was exceeded; its task ")
	assert.Contains(t, failed.output, "no such column")

	const vain = `service "api" could be neither deployed nor rolled back: ECS is left with tenfold-test-api:1; `
	again := e.try(first)
	require.Error(t, again.err)
	assert.Equal(t, []string{"update api"}, again.of("Service"), "an update that finds no difference deploys nothing")
	assert.Contains(t, again.output, vain)
	refreshed := e.try(first, optup.Refresh())
	require.Error(t, refreshed.err)
	assert.Contains(t, refreshed.output, vain)
	s := usual()
	s.api = func(a *service.Args) { a.Image = image("2") }
	assert.Equal(t, []string{"update api"}, e.up(environment(s)).of("Service"))
	assert.Empty(t, e.up(environment(s)).steps)
}
