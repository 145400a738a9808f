package deployment

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const definition = "arn:aws:ecs:us-east-1:123456789012:task-definition/tenfold-prod-api:"

// fake answers for one service.
type fake struct {
	deployments []types.ServiceDeploymentBrief
	tasks       []types.Task
	err         error
	stream      string
}

func (f *fake) ListServiceDeployments(_ context.Context, in *ecs.ListServiceDeploymentsInput, _ ...func(*ecs.Options)) (*ecs.ListServiceDeploymentsOutput, error) {
	for _, status := range in.Status {
		if !strings.HasPrefix(string(status), "ROLLBACK_") {
			return nil, errors.New("the deployments that were rolled back are wanted")
		}
	}
	if len(in.Status) == 0 || *in.Cluster != "main" || *in.Service != "tenfold-prod-api" {
		return nil, errors.New("the deployments of the service that were rolled back are wanted")
	}
	return &ecs.ListServiceDeploymentsOutput{ServiceDeployments: f.deployments}, f.err
}

func (f *fake) ListTasks(_ context.Context, in *ecs.ListTasksInput, _ ...func(*ecs.Options)) (*ecs.ListTasksOutput, error) {
	var arns []string
	for _, t := range f.tasks {
		arns = append(arns, *t.TaskArn)
	}
	if in.DesiredStatus != types.DesiredStatusStopped || *in.ServiceName != "tenfold-prod-api" {
		return nil, errors.New("the stopped tasks of the service are wanted")
	}
	return &ecs.ListTasksOutput{TaskArns: arns}, nil
}

func (f *fake) DescribeTasks(context.Context, *ecs.DescribeTasksInput, ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error) {
	return &ecs.DescribeTasksOutput{Tasks: f.tasks}, nil
}

func (f *fake) GetLogEvents(_ context.Context, in *cloudwatchlogs.GetLogEventsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.GetLogEventsOutput, error) {
	f.stream = *in.LogGroupName + " " + *in.LogStreamName
	return &cloudwatchlogs.GetLogEventsOutput{Events: []logtypes.OutputLogEvent{{Message: aws.String("connecting")}, {Message: aws.String("no such column")}}}, nil
}

func why(t *testing.T, f *fake) Finding {
	t.Helper()
	found, err := (&Reader{ECS: f, Logs: f}).Why(t.Context(), api())
	require.NoError(t, err)
	return found
}

func api() Service {
	return Service{Cluster: "main", Name: "tenfold-prod-api", Definition: definition + "42", Container: "api", LogGroup: "tenfold/prod/api"}
}

// ended is a task that stopped some minutes after the others.
func ended(id, revision string, minute int, containers ...types.Container) types.Task {
	return types.Task{
		TaskArn: aws.String("arn:aws:ecs:us-east-1:123456789012:task/main/" + id), TaskDefinitionArn: aws.String(definition + revision),
		StoppedReason: aws.String("Essential container in task exited"), Containers: containers,
		StoppedAt: aws.Time(time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC)),
	}
}

func TestTheReasonAndTheLatestTaskOfTheRevisionAreTold(t *testing.T) {
	at := func(minute int) *time.Time { return aws.Time(time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC)) }
	f := &fake{
		deployments: []types.ServiceDeploymentBrief{
			{StatusReason: aws.String("an older one."), CreatedAt: at(1)},
			{StatusReason: aws.String("Service deployment rolled back because the circuit breaker threshold was exceeded."), CreatedAt: at(2)},
		},
		tasks: []types.Task{
			ended("a", "42", 3, types.Container{Name: aws.String("api"), ExitCode: aws.Int32(2)}),
			ended("b", "42", 5, types.Container{Name: aws.String("agent"), ExitCode: aws.Int32(0)}, types.Container{Name: aws.String("api"), ExitCode: aws.Int32(1)}),
			ended("c", "41", 9, types.Container{Name: aws.String("api"), ExitCode: aws.Int32(0)}),
		},
	}
	assert.Equal(t, Finding{
		Why: "ECS says: Service deployment rolled back because the circuit breaker threshold was exceeded; " +
			"its task b stopped: Essential container in task exited, agent ended with exit code 0, api ended with exit code 1",
		Lines: []string{"connecting", "no such column"},
	}, why(t, f))
	assert.Equal(t, "tenfold/prod/api task/api/b", f.stream)
}

func TestATaskThatNeverRanHasAReasonAndNoLines(t *testing.T) {
	task := ended("a", "42", 1, types.Container{Name: aws.String("api"), Reason: aws.String("CannotPullContainerError: not found")})
	task.StoppedReason = aws.String("Task failed to start.")
	f := &fake{tasks: []types.Task{task}}
	assert.Equal(t, Finding{Why: "its task a stopped: Task failed to start, api: CannotPullContainerError: not found"}, why(t, f))
	assert.Empty(t, f.stream)
}

func TestNothingIsInventedWhenECSSaysNothing(t *testing.T) {
	assert.Empty(t, why(t, &fake{}))
	assert.Empty(t, why(t, &fake{tasks: []types.Task{ended("c", "41", 1)}}), "another revision's task")
}

func TestWhatCannotBeAskedIsSaidBesideWhatCould(t *testing.T) {
	f := &fake{err: errors.New("AccessDeniedException"), tasks: []types.Task{ended("a", "42", 1)}}
	found, err := (&Reader{ECS: f, Logs: f}).Why(t.Context(), api())
	assert.EqualError(t, err, "reading the deployments: AccessDeniedException")
	assert.Equal(t, "its task a stopped: Essential container in task exited", found.Why)
}
