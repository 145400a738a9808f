package runtask

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const taskARN = "arn:aws:ecs:us-east-1:123456789012:task/tenfold-prod-main/0123456789abcdef"

// endpoint is a fake of the two services on the wire, so that the requests are
// those the SDK sends. Answers are by operation, one after the other; the last
// one repeats.
type endpoint struct {
	mu       sync.Mutex
	answers  map[string][]string
	requests map[string][]map[string]any
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	raw, _ := io.ReadAll(r.Body)
	var request map[string]any
	_ = json.Unmarshal(raw, &request)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.requests[operation] = append(e.requests[operation], request)
	answers := e.answers[operation]
	if len(answers) == 0 {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"__type":"ResourceNotFoundException","message":"no answer to %s"}`, operation)
		return
	}
	if len(answers) > 1 {
		e.answers[operation] = answers[1:]
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_, _ = io.WriteString(w, answers[0])
}

// runner runs against a fake with the answers and never waits.
func runner(t *testing.T, answers map[string][]string) (*Runner, *endpoint) {
	t.Helper()
	e := &endpoint{answers: answers, requests: map[string][]map[string]any{}}
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	settings := aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
	return &Runner{
		ECS: ecs.NewFromConfig(settings), Logs: cloudwatchlogs.NewFromConfig(settings),
		Pause: func(ctx context.Context) error { return ctx.Err() },
	}, e
}

func task() Task {
	return Task{
		Cluster: "main", Definition: "tenfold-prod-api:42", Container: "api", Command: []string{"migrate", "up"},
		Subnets: []string{"subnet-1"}, SecurityGroups: []string{"sg-1"}, LogGroup: "tenfold/prod/api", StartedBy: "test",
	}
}

const (
	started = `{"tasks":[{"taskArn":"` + taskARN + `","lastStatus":"PROVISIONING"}]}`
	running = `{"tasks":[{"taskArn":"` + taskARN + `","lastStatus":"RUNNING"}]}`
)

func stopped(container string) string {
	return `{"tasks":[{"taskArn":"` + taskARN + `","lastStatus":"STOPPED","stoppedReason":"Essential container in task exited","containers":[{"name":"agent","exitCode":0},` + container + `]}]}`
}

func TestARunThatEndsWithZeroSucceeds(t *testing.T) {
	r, e := runner(t, map[string][]string{
		"RunTask": {started}, "DescribeTasks": {`{"tasks":[]}`, running, stopped(`{"name":"api","exitCode":0}`)},
		"GetLogEvents": {`{"events":[{"message":"applied 3 migrations"}]}`},
	})
	result, err := r.Run(t.Context(), task())
	require.NoError(t, err)
	assert.True(t, result.Succeeded())
	assert.Equal(t, taskARN, result.TaskARN)
	assert.Equal(t, []string{"applied 3 migrations"}, result.Log)
	assert.Len(t, e.requests["DescribeTasks"], 3, "it waits for the task to have stopped")

	sent := e.requests["RunTask"][0]
	assert.Equal(t, "tenfold-prod-api:42", sent["taskDefinition"])
	assert.Equal(t, map[string]any{"containerOverrides": []any{map[string]any{"name": "api", "command": []any{"migrate", "up"}}}}, sent["overrides"])
	assert.Equal(t, map[string]any{"awsvpcConfiguration": map[string]any{"subnets": []any{"subnet-1"}, "securityGroups": []any{"sg-1"}, "assignPublicIp": "DISABLED"}}, sent["networkConfiguration"])
	assert.Nil(t, sent["launchType"])
	assert.Equal(t, []any{map[string]any{"capacityProvider": "FARGATE", "weight": 1.0}}, sent["capacityProviderStrategy"])
	assert.Equal(t, "test", sent["startedBy"])
	assert.Equal(t, false, e.requests["GetLogEvents"][0]["startFromHead"], "the last lines")
	assert.Equal(t, 20.0, e.requests["GetLogEvents"][0]["limit"])
	assert.Equal(t, "task/api/0123456789abcdef", e.requests["GetLogEvents"][0]["logStreamName"])
}

func TestARunThatEndsWithAnotherCodeFailsWithItsLastLines(t *testing.T) {
	r, _ := runner(t, map[string][]string{
		"RunTask": {started}, "DescribeTasks": {stopped(`{"name":"api","exitCode":137,"reason":"OutOfMemoryError"}`)},
		"GetLogEvents": {`{"events":[{"message":"step 1"},{"message":"step 2"}]}`},
	})
	result, err := r.Run(t.Context(), task())
	require.NoError(t, err, "a task that failed is a result")
	assert.False(t, result.Succeeded())
	assert.Equal(t, 137, result.ExitCode)
	assert.Equal(t, "Essential container in task exited; OutOfMemoryError", result.Reason)
	assert.Equal(t, []string{"step 1", "step 2"}, result.Log)
}

func TestATaskThatNeverRanItsContainerDidNotSucceed(t *testing.T) {
	r, _ := runner(t, map[string][]string{
		"RunTask": {started}, "DescribeTasks": {stopped(`{"name":"api","reason":"CannotPullContainerError"}`)},
	})
	result, err := r.Run(t.Context(), task())
	require.NoError(t, err)
	assert.False(t, result.Ended)
	assert.False(t, result.Succeeded())
	assert.Contains(t, result.Reason, "CannotPullContainerError")
	assert.Contains(t, result.Log[0], "its output could not be read", "a log that is missing decides nothing")
}

func TestATaskThatCannotBeStartedIsAnErrorWithECSsReason(t *testing.T) {
	r, _ := runner(t, map[string][]string{"RunTask": {`{"tasks":[],"failures":[{"reason":"RESOURCE:FARGATE","detail":"no capacity"}]}`}})
	_, err := r.Run(t.Context(), task())
	assert.EqualError(t, err, "starting a task of tenfold-prod-api:42: RESOURCE:FARGATE no capacity")
	r, _ = runner(t, nil)
	_, err = r.Run(t.Context(), task())
	assert.ErrorContains(t, err, "no answer to RunTask")
}

func TestATaskNobodyWaitsForIsStopped(t *testing.T) {
	r, e := runner(t, map[string][]string{
		"RunTask": {started}, "DescribeTasks": {running}, "StopTask": {`{"task":{}}`},
		"GetLogEvents": {`{"events":[{"message":"waiting for a lock"}]}`},
	})
	ctx, cancel := context.WithCancel(t.Context())
	looks := 0
	r.Pause = func(ctx context.Context) error {
		if looks++; looks == 3 {
			cancel()
		}
		return ctx.Err()
	}
	result, err := r.Run(ctx, task())
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, []string{"waiting for a lock"}, result.Log)
	require.Len(t, e.requests["StopTask"], 1)
	assert.Equal(t, taskARN, e.requests["StopTask"][0]["task"])
}

func TestATaskThatCannotBeStoppedIsNamed(t *testing.T) {
	r, _ := runner(t, map[string][]string{"RunTask": {started}, "DescribeTasks": {running}})
	ctx, cancel := context.WithCancel(t.Context())
	r.Pause = func(ctx context.Context) error {
		cancel()
		return ctx.Err()
	}
	_, err := r.Run(ctx, task())
	assert.ErrorIs(t, err, context.Canceled)
	assert.ErrorContains(t, err, "was interrupted: context canceled; it could not be stopped and may still run, as task "+taskARN+": ")
}

// patient waits until the context ends.
func patient(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestATaskThatTakesTooLongIsStopped(t *testing.T) {
	r, e := runner(t, map[string][]string{
		"RunTask": {started}, "DescribeTasks": {running}, "StopTask": {`{"task":{}}`}, "GetLogEvents": {`{"events":[{"message":"waiting for a lock"}]}`},
	})
	r.Pause = patient
	limited := task()
	limited.Limit = time.Millisecond
	result, err := r.Run(t.Context(), limited)
	require.EqualError(t, err, "took longer than 1ms; it was told to stop")
	assert.Equal(t, Result{TaskARN: taskARN, Log: []string{"waiting for a lock"}}, result)
	assert.Len(t, e.requests["StopTask"], 1)

	r, _ = runner(t, map[string][]string{"RunTask": {started}, "DescribeTasks": {running}, "GetLogEvents": {`{"events":[]}`}})
	r.Pause = patient
	_, err = r.Run(t.Context(), limited)
	assert.ErrorContains(t, err, "took longer than 1ms; it could not be stopped and may still run, as task "+taskARN+": ")
}

// unreliable is an ECS that cannot be asked a number of times.
type unreliable struct {
	ECS
	failures int
	err      error
	looks    int
}

func (u *unreliable) DescribeTasks(ctx context.Context, in *ecs.DescribeTasksInput, options ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error) {
	if u.looks++; u.looks <= u.failures {
		return nil, u.err
	}
	return u.ECS.DescribeTasks(ctx, in, options...)
}

func TestATaskGoesOnWhileECSCannotBeAsked(t *testing.T) {
	r, e := runner(t, map[string][]string{"RunTask": {started}, "DescribeTasks": {stopped(`{"name":"api","exitCode":0}`)}, "GetLogEvents": {`{"events":[]}`}})
	reset := errors.New("connection reset by peer")
	for _, passing := range []error{reset, &smithy.GenericAPIError{Code: "ThrottlingException", Fault: smithy.FaultClient}, &smithy.GenericAPIError{Code: "ServerException", Fault: smithy.FaultServer}} {
		unreachable := *r
		unreachable.ECS = &unreliable{ECS: r.ECS, failures: 19, err: passing} // with three seconds between, a minute
		result, err := unreachable.Run(t.Context(), task())
		require.NoError(t, err, passing)
		assert.True(t, result.Succeeded())
	}

	r.ECS = &unreliable{ECS: r.ECS, failures: 20, err: reset}
	_, err := r.Run(t.Context(), task())
	assert.ErrorContains(t, err, "task "+taskARN+" may still run")
	assert.ErrorContains(t, err, "connection reset by peer")
	assert.Empty(t, e.requests["StopTask"], "it may be in the middle of its work")
}

func TestARefusalIsNotAskedForAgain(t *testing.T) {
	r, e := runner(t, map[string][]string{"RunTask": {started}})
	_, err := r.Run(t.Context(), task())
	assert.ErrorContains(t, err, "no answer to DescribeTasks")
	assert.Len(t, e.requests["DescribeTasks"], 1)
	assert.Empty(t, e.requests["StopTask"])
}

func TestTheUsualPauseEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, rest(ctx, nil), context.Canceled)
}
