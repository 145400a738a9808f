package deployment

import (
	"context"
	"errors"
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

// fake answers for one service. Looks are what is listed, one after the other; the
// last one repeats.
type fake struct {
	looks    [][]types.ServiceDeploymentBrief
	asked    []*ecs.ListServiceDeploymentsInput
	ended    types.ServiceDeployment
	running  string
	tasks    []types.Task
	err      error
	failures int
	stream   string
}

func (f *fake) ListServiceDeployments(_ context.Context, in *ecs.ListServiceDeploymentsInput, _ ...func(*ecs.Options)) (*ecs.ListServiceDeploymentsOutput, error) {
	asked := *in
	f.asked = append(f.asked, &asked)
	if *in.Cluster != "main" || *in.Service != "tenfold-prod-api" {
		return nil, errors.New("the deployments of the service are wanted")
	}
	if f.failures--; f.failures >= 0 {
		return nil, f.err
	}
	var now []types.ServiceDeploymentBrief
	if len(f.looks) > 0 {
		now = f.looks[0]
	}
	if len(f.looks) > 1 {
		f.looks = f.looks[1:]
	}
	return &ecs.ListServiceDeploymentsOutput{ServiceDeployments: now}, nil
}

func (f *fake) DescribeServiceDeployments(_ context.Context, in *ecs.DescribeServiceDeploymentsInput, _ ...func(*ecs.Options)) (*ecs.DescribeServiceDeploymentsOutput, error) {
	if len(in.ServiceDeploymentArns) != 1 || in.ServiceDeploymentArns[0] != arn("2") {
		return nil, errors.New("the deployment that failed is wanted")
	}
	return &ecs.DescribeServiceDeploymentsOutput{ServiceDeployments: []types.ServiceDeployment{f.ended}}, f.err
}

func (f *fake) DescribeServices(_ context.Context, in *ecs.DescribeServicesInput, _ ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error) {
	if *in.Cluster != "main" || in.Services[0] != "tenfold-prod-api" {
		return nil, errors.New("the service is wanted")
	}
	if f.running == "" {
		return &ecs.DescribeServicesOutput{}, f.err
	}
	return &ecs.DescribeServicesOutput{Services: []types.Service{{TaskDefinition: aws.String(f.running)}}}, f.err
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

// arn is that of a deployment.
func arn(id string) string {
	return "arn:aws:ecs:us-east-1:123456789012:service-deployment/main/tenfold-prod-api/" + id
}

func why(t *testing.T, f *fake, d Deployment) Finding {
	t.Helper()
	found, err := (&Reader{ECS: f, Logs: f}).Why(t.Context(), api(), d)
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
	f := &fake{
		ended: types.ServiceDeployment{StatusReason: aws.String("Service deployment rolled back because the circuit breaker threshold was exceeded.")},
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
	}, why(t, f, Deployment{ARN: arn("2")}))
	assert.Equal(t, "tenfold/prod/api task/api/b", f.stream)
}

func TestATaskThatNeverRanHasAReasonAndNoLines(t *testing.T) {
	task := ended("a", "42", 1, types.Container{Name: aws.String("api"), Reason: aws.String("CannotPullContainerError: not found")})
	task.StoppedReason = aws.String("Task failed to start.")
	f := &fake{tasks: []types.Task{task}}
	assert.Equal(t, Finding{Why: "its task a stopped: Task failed to start, api: CannotPullContainerError: not found"}, why(t, f, Deployment{}))
	assert.Empty(t, f.stream)
}

func TestNothingIsInventedWhenECSSaysNothing(t *testing.T) {
	assert.Empty(t, why(t, &fake{}, Deployment{ARN: arn("2")}))
	assert.Empty(t, why(t, &fake{tasks: []types.Task{ended("c", "41", 1)}}, Deployment{}), "another revision's task")
}

func TestWhatCannotBeAskedIsSaidBesideWhatCould(t *testing.T) {
	f := &fake{err: errors.New("AccessDeniedException"), tasks: []types.Task{ended("a", "42", 1)}}
	found, err := (&Reader{ECS: f, Logs: f}).Why(t.Context(), api(), Deployment{ARN: arn("2")})
	assert.EqualError(t, err, "reading the deployment: AccessDeniedException")
	assert.Equal(t, "its task a stopped: Essential container in task exited", found.Why)
}

func TestTheAlarmsThatFiredAreTold(t *testing.T) {
	f := &fake{ended: types.ServiceDeployment{
		StatusReason: aws.String("because of alarms."), Rollback: &types.Rollback{Reason: aws.String("because of alarms.")},
		Alarms: &types.ServiceDeploymentAlarms{AlarmNames: []string{"p99", "5xx"}, TriggeredAlarmNames: []string{"5xx"}},
	}}
	assert.Equal(t, "ECS says: because of alarms; alarms that fired: 5xx", why(t, f, Deployment{ARN: arn("2")}).Why)
}

func TestWithNothingToGoBackToTheReasonOfTheRollbackIsTold(t *testing.T) {
	f := &fake{ended: types.ServiceDeployment{
		StatusReason: aws.String("No rollback candidate was found."), Rollback: &types.Rollback{Reason: aws.String("The circuit breaker threshold was exceeded.")},
	}}
	assert.Equal(t, "ECS says: No rollback candidate was found. The circuit breaker threshold was exceeded", why(t, f, Deployment{ARN: arn("2")}).Why)
}

func TestTheRevisionThatRunsIsRead(t *testing.T) {
	running := func(f *fake) (string, error) { return (&Reader{ECS: f}).Running(t.Context(), api()) }
	revision, err := running(&fake{running: definition + "41"})
	require.NoError(t, err)
	assert.Equal(t, definition+"41", revision)
	revision, err = running(&fake{})
	require.NoError(t, err)
	assert.Empty(t, revision, "a service that is gone runs none")
	_, err = running(&fake{err: errors.New("AccessDeniedException")})
	assert.EqualError(t, err, "reading the service: AccessDeniedException")
}
