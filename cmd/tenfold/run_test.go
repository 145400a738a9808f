package main

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/service"
	"github.com/tenfold-iac/tenfold/components/service/runtask"
	"github.com/tenfold-iac/tenfold/internal/sandboxrun"
)

const deployedTasks = `{
	"region": "us-east-1", "cluster": "tenfold-prod-cluster", "subnets": ["subnet-1", "subnet-2"], "publicAddress": false,
	"tasks": {
		"api": {"definition": "arn:aws:ecs:us-east-1:123456789012:task-definition/tenfold-prod-api:7", "securityGroup": "sg-1", "logGroup": "tenfold/prod/api"},
		"report": {"definition": "arn:aws:ecs:us-east-1:123456789012:task-definition/tenfold-prod-report:1", "securityGroup": "sg-2", "logGroup": "tenfold/prod/report"}
	}
}`

// fakeRunner keeps the task it is given, writes lines and answers with a result.
type fakeRunner struct {
	got    runtask.Task
	lines  []string
	result runtask.Result
	err    error
}

func (f *fakeRunner) Run(_ context.Context, t runtask.Task) (runtask.Result, error) {
	t.Started(f.result.TaskARN)
	for _, line := range f.lines {
		t.Output(line)
	}
	f.got = t
	f.got.Started, f.got.Output = nil, nil
	return f.result, f.err
}

func runOnce(t *testing.T, runner *fakeRunner, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, diagnostics bytes.Buffer
	r := &taskRun{
		app:     &app{stdout: &out, stderr: &diagnostics},
		outputs: func(context.Context, string) ([]byte, error) { return []byte(deployedTasks), nil },
		runner: func(_ context.Context, _, region string) (service.Runner, error) {
			assert.Equal(t, "us-east-1", region)
			return runner, nil
		},
	}
	cmd := r.command()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	err = cmd.ExecuteContext(t.Context())
	return out.String(), diagnostics.String(), err
}

func TestRunStartsTheTaskWhereTheServiceRuns(t *testing.T) {
	runner := &fakeRunner{lines: []string{"working", "done"}, result: runtask.Result{TaskARN: "arn:aws:ecs:us-east-1:123456789012:task/c/1", Ended: true, Log: []string{"done"}}}
	stdout, stderr, err := runOnce(t, runner, "prod", "api", "--", "./manage", "reindex", "--all")
	require.NoError(t, err)
	assert.Equal(t, runtask.Task{
		Cluster: "tenfold-prod-cluster", Definition: "arn:aws:ecs:us-east-1:123456789012:task-definition/tenfold-prod-api:7",
		Container: "api", Command: []string{"./manage", "reindex", "--all"}, Subnets: []string{"subnet-1", "subnet-2"},
		SecurityGroups: []string{"sg-1"}, LogGroup: "tenfold/prod/api", StartedBy: "tenfold-run",
	}, runner.got)
	assert.Equal(t, "working\ndone\n", stdout, "each line once")
	assert.Contains(t, stderr, "running tenfold-prod-api:7 in cluster tenfold-prod-cluster as task 1")
	assert.Contains(t, stderr, "task 1 ended with exit code 0")
}

func TestRunEndsWithTheExitCodeOfTheContainer(t *testing.T) {
	_, _, err := runOnce(t, &fakeRunner{result: runtask.Result{TaskARN: "a/1", Ended: true, ExitCode: 3}}, "prod", "report")
	var exit *sandboxrun.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, 3, exit.Code)
}

func TestRunSaysWhyATaskDidNotRun(t *testing.T) {
	_, _, err := runOnce(t, &fakeRunner{result: runtask.Result{TaskARN: "a/1", Reason: "CannotPullContainerError"}}, "prod", "report")
	assert.ErrorContains(t, err, "report did not run to an end: CannotPullContainerError; see task 1")
	_, _, err = runOnce(t, &fakeRunner{err: errors.New("no credentials")}, "prod", "report")
	assert.ErrorContains(t, err, "running report: no credentials")
}

func TestRunNamesWhatThereIsToRun(t *testing.T) {
	_, _, err := runOnce(t, &fakeRunner{}, "prod", "ap")
	assert.ErrorContains(t, err, `stack prod has no service or job "ap"; there are: api, report`)
	_, _, err = runOnce(t, &fakeRunner{}, "prod")
	assert.ErrorContains(t, err, "it takes STACK and NAME")
}
