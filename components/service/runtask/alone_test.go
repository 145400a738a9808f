package runtask

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	left = `{"taskArns":["` + taskARN + `"]}`
	none = `{"taskArns":[]}`
)

// described is a task that an earlier run started.
func described(status, revision, command string) string {
	return `{"tasks":[{"taskArn":"` + taskARN + `","startedBy":"test","lastStatus":"` + status + `","taskDefinitionArn":"arn:aws:ecs:us-east-1:123456789012:task-definition/tenfold-prod-api:` + revision + `",` +
		`"overrides":{"containerOverrides":[{"name":"api","command":` + command + `}]},"containers":[{"name":"api","exitCode":0}]}]}`
}

func alone() Task {
	t := task()
	t.Alone = true
	return t
}

func TestTheTaskOfARunThatWasKilledIsTakenOver(t *testing.T) {
	r, e := runner(t, map[string][]string{
		"ListTasks": {left, none}, "DescribeTasks": {described("RUNNING", "42", `["migrate","up"]`), described("STOPPED", "42", `["migrate","up"]`)},
		"GetLogEvents": {`{"events":[]}`},
	})
	result, err := r.Run(t.Context(), alone())
	require.NoError(t, err)
	assert.True(t, result.Succeeded())
	assert.Equal(t, taskARN, result.TaskARN)
	assert.Empty(t, e.requests["RunTask"], "no second one runs beside it")
	assert.Equal(t, []map[string]any{
		{"cluster": "main", "startedBy": "test"}, {"cluster": "main", "family": "tenfold-prod-api", "desiredStatus": "STOPPED"},
	}, e.requests["ListTasks"], "ECS takes no other filter beside startedBy")
}

func TestATaskThatDoesSomethingElseIsWaitedForFirst(t *testing.T) {
	for name, other := range map[string]string{
		"another revision": described("RUNNING", "41", `["migrate","up"]`),
		"another command":  described("RUNNING", "42", `["migrate","down"]`),
	} {
		t.Run(name, func(t *testing.T) {
			r, e := runner(t, map[string][]string{
				"ListTasks": {left, none}, "RunTask": {started},
				"DescribeTasks": {other, running, stopped(`{"name":"api","exitCode":0}`), running, stopped(`{"name":"api","exitCode":7}`)},
				"GetLogEvents":  {`{"events":[]}`},
			})
			result, err := r.Run(t.Context(), alone())
			require.NoError(t, err)
			assert.Equal(t, 7, result.ExitCode, "the result is that of the task that was started")
			assert.Len(t, e.requests["RunTask"], 1)
			assert.Len(t, e.requests["ListTasks"], 4, "it looks again before it starts one")
			assert.Len(t, e.requests["DescribeTasks"], 5, "the other had stopped before")
		})
	}
}

func TestATaskThatStoppedMeanwhileIsNotTakenOver(t *testing.T) {
	r, e := runner(t, map[string][]string{
		"ListTasks": {left, none}, "RunTask": {started}, "GetLogEvents": {`{"events":[]}`},
		"DescribeTasks": {described("STOPPED", "42", `["migrate","up"]`), stopped(`{"name":"api","exitCode":0}`)},
	})
	_, err := r.Run(t.Context(), alone())
	require.NoError(t, err)
	assert.Len(t, e.requests["RunTask"], 1)
}

func TestARunThatNeedNotBeAloneLooksForNoOther(t *testing.T) {
	r, e := runner(t, map[string][]string{"RunTask": {started}, "DescribeTasks": {stopped(`{"name":"api","exitCode":0}`)}, "GetLogEvents": {`{"events":[]}`}})
	_, err := r.Run(t.Context(), task())
	require.NoError(t, err)
	assert.Empty(t, e.requests["ListTasks"])
}

func TestATaskThatIsBeingStoppedIsWaitedForAndNotTakenOver(t *testing.T) {
	stopping := `{"tasks":[{"taskArn":"` + taskARN + `","startedBy":"test","lastStatus":"DEACTIVATING","desiredStatus":"STOPPED",` +
		`"taskDefinitionArn":"arn:aws:ecs:us-east-1:123456789012:task-definition/tenfold-prod-api:42",` +
		`"overrides":{"containerOverrides":[{"name":"api","command":["migrate","up"]}]}}]}`
	r, e := runner(t, map[string][]string{
		"ListTasks": {none, left, none}, "RunTask": {started}, "GetLogEvents": {`{"events":[]}`},
		"DescribeTasks": {stopping, stopped(`{"name":"api","exitCode":143}`), stopped(`{"name":"api","exitCode":0}`)},
	})
	result, err := r.Run(t.Context(), alone())
	require.NoError(t, err)
	assert.True(t, result.Succeeded())
	assert.Len(t, e.requests["RunTask"], 1)
}

func TestTasksOfTheServiceItselfAreNobodysMigration(t *testing.T) {
	service := `{"tasks":[{"taskArn":"` + taskARN + `","startedBy":"ecs-svc/1","lastStatus":"DEACTIVATING","desiredStatus":"STOPPED"}]}`
	r, e := runner(t, map[string][]string{
		"ListTasks": {none, left}, "RunTask": {started}, "GetLogEvents": {`{"events":[]}`},
		"DescribeTasks": {service, stopped(`{"name":"api","exitCode":0}`)},
	})
	_, err := r.Run(t.Context(), alone())
	require.NoError(t, err)
	assert.Len(t, e.requests["RunTask"], 1)
	assert.Len(t, e.requests["DescribeTasks"], 2)
}

func TestOfSeveralTasksNoneIsTakenOver(t *testing.T) {
	one := strings.TrimSuffix(strings.TrimPrefix(described("RUNNING", "42", `["migrate","up"]`), `{"tasks":[`), `]}`)
	r, e := runner(t, map[string][]string{
		"ListTasks": {left, none}, "RunTask": {started}, "GetLogEvents": {`{"events":[]}`},
		"DescribeTasks": {`{"tasks":[` + one + `,` + one + `]}`, stopped(`{"name":"api","exitCode":0}`), stopped(`{"name":"api","exitCode":7}`)},
	})
	result, err := r.Run(t.Context(), alone())
	require.NoError(t, err)
	assert.Equal(t, 7, result.ExitCode)
	assert.Len(t, e.requests["RunTask"], 1, "one of their own, after the others")
}

func TestATaskOfAnEarlierRunIsWaitedForAndNeverStopped(t *testing.T) {
	r, e := runner(t, map[string][]string{"ListTasks": {left, none}, "DescribeTasks": {described("RUNNING", "41", `["migrate","up"]`)}, "StopTask": {`{"task":{}}`}})
	r.Pause = patient
	limited := alone()
	limited.Limit = time.Millisecond
	var waited []string
	limited.Waiting = func(arn string) { waited = append(waited, arn) }
	_, err := r.Run(t.Context(), limited)
	require.EqualError(t, err, "did not start: task "+taskARN+", which an earlier run started, still runs after 1ms; wait for its end or stop it, and run again")
	assert.Equal(t, []string{taskARN}, waited)
	assert.Empty(t, e.requests["RunTask"])
	assert.Empty(t, e.requests["StopTask"])
}

func TestTheTimeSpentWaitingForAnotherTaskIsNotTheTasksOwn(t *testing.T) {
	r, _ := runner(t, map[string][]string{
		"ListTasks": {left, none, none}, "RunTask": {started}, "GetLogEvents": {`{"events":[]}`},
		"DescribeTasks": {described("RUNNING", "41", `["migrate","up"]`), running, stopped(`{"name":"api","exitCode":0}`), running, stopped(`{"name":"api","exitCode":0}`)},
	})
	var deadlines []time.Time
	r.Pause = func(ctx context.Context) error {
		at, _ := ctx.Deadline()
		deadlines = append(deadlines, at)
		return ctx.Err()
	}
	limited := alone()
	limited.Limit = time.Hour
	_, err := r.Run(t.Context(), limited)
	require.NoError(t, err)
	require.Len(t, deadlines, 2)
	assert.True(t, deadlines[1].After(deadlines[0]), "a limit of its own")
}
