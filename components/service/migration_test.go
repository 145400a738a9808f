package service

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/service/runtask"
)

// runs is a runner that keeps what it is asked to run.
type runs struct {
	asked  []runtask.Task
	result runtask.Result
	err    error
}

func (r *runs) Run(_ context.Context, t runtask.Task) (runtask.Result, error) {
	t.Started, t.Waiting = nil, nil // functions are never equal
	r.asked = append(r.asked, t)
	return r.result, r.err
}

func gated(r *runs) gate {
	return gate{
		Migration: Migration{Command: []string{"migrate", "up"}, Timeout: time.Minute, Runner: r},
		service:   "api", container: "api", logGroup: "tenfold/prod/api",
	}
}

// inputs are those of an ECS service of a revision.
func inputs(definition string) resource.PropertyMap {
	str := resource.NewStringProperty
	return resource.PropertyMap{
		"cluster": str("arn:aws:ecs:us-east-1:123456789012:cluster/tenfold-prod-main"), "taskDefinition": str(definition),
		"networkConfiguration": resource.NewObjectProperty(resource.PropertyMap{
			"assignPublicIp": resource.NewBoolProperty(true),
			"subnets":        resource.NewArrayProperty([]resource.PropertyValue{str("subnet-1"), resource.MakeSecret(str("subnet-2"))}),
			"securityGroups": resource.NewArrayProperty([]resource.PropertyValue{str("sg-1")}),
		}),
	}
}

func TestAMigrationRunsWhereTheServiceWillInItsNewRevision(t *testing.T) {
	r := &runs{result: runtask.Result{Ended: true}}
	args := &pulumi.ResourceHookArgs{OldInputs: inputs(family + "41"), NewInputs: inputs(family + "42")}
	require.NoError(t, gated(r).before(t.Context(), args))
	assert.Equal(t, []runtask.Task{{
		Cluster: "arn:aws:ecs:us-east-1:123456789012:cluster/tenfold-prod-main", Definition: family + "42", Container: "api", Command: []string{"migrate", "up"},
		Subnets: []string{"subnet-1", "subnet-2"}, SecurityGroups: []string{"sg-1"}, PublicAddress: true, LogGroup: "tenfold/prod/api", StartedBy: "tenfold-migration/api", Alone: true, Limit: time.Minute,
	}}, r.asked)
	require.NoError(t, gated(r).before(t.Context(), &pulumi.ResourceHookArgs{NewInputs: inputs(family + "1")}))
	assert.Len(t, r.asked, 2, "the first revision has a migration too")
}

func TestNothingMigratesWhenTheRevisionStays(t *testing.T) {
	r := &runs{err: errors.New("must not run")}
	assert.NoError(t, gated(r).before(t.Context(), &pulumi.ResourceHookArgs{OldInputs: inputs(family + "42"), NewInputs: inputs(family + "42")}))
	assert.Empty(t, r.asked)
}

func TestAMigrationThatFailsKeepsTheServiceAsItIs(t *testing.T) {
	done := runtask.Result{TaskARN: "arn:aws:ecs:us-east-1:123456789012:task/tenfold-prod-main/0123", Ended: true, ExitCode: 1, Reason: "Essential container in task exited", Log: []string{"step 1", "boom"}}
	never := done
	never.Ended, never.Reason, never.Log = false, "CannotPullContainerError", nil
	for want, r := range map[string]*runs{
		`service "api" stays as it is: the migration "migrate up" in a task of tenfold-prod-api:42 ended with exit code 1: Essential container in task exited; ` +
			"see task 0123 and log group tenfold/prod/api; its last lines:\nstep 1\nboom": {result: done},
		`service "api" stays as it is: the migration "migrate up" in a task of tenfold-prod-api:42 never ran to an end: CannotPullContainerError; ` +
			"see task 0123 and log group tenfold/prod/api": {result: never},
		`service "api" stays as it is: the migration "migrate up" in a task of tenfold-prod-api:42 no capacity`: {err: errors.New("no capacity")},
		`service "api" stays as it is: the migration "migrate up" in a task of tenfold-prod-api:42 took longer than 1m0s; it was told to stop; see task 0123 and log group tenfold/prod/api`: {
			result: runtask.Result{TaskARN: done.TaskARN}, err: errors.New("took longer than 1m0s; it was told to stop"),
		},
	} {
		err := gated(r).before(t.Context(), &pulumi.ResourceHookArgs{OldInputs: inputs(family + "41"), NewInputs: inputs(family + "42")})
		assert.EqualError(t, err, want)
	}
}

func TestAMigrationTellsHowItGoesOn(t *testing.T) {
	var told []string
	g := gated(&runs{result: runtask.Result{Ended: true}})
	g.tell = func(text string) { told = append(told, text) }
	task := g.task(inputs(family+"42"), family+"42")
	task.Waiting("arn:aws:ecs:us-east-1:123456789012:task/tenfold-prod-main/0122")
	task.Started("arn:aws:ecs:us-east-1:123456789012:task/tenfold-prod-main/0123")
	assert.Equal(t, []string{
		"the migration waits for the end of task 0122, which an earlier run started, for 1m0s at most",
		"the migration runs as task 0123; it writes to log group tenfold/prod/api",
	}, told)
}
