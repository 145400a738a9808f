package service

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
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/service/deployment"
)

const family = "arn:aws:ecs:us-east-1:123456789012:task-definition/tenfold-prod-api:"

// places are where every error sends people.
const places = "see the events and stopped tasks of ECS service tenfold-prod-api in cluster tenfold-prod-main and the log group tenfold/prod/api"

// service is an ECS service as the engine knows it.
func properties(definition resource.PropertyValue) resource.PropertyMap {
	return resource.PropertyMap{
		"taskDefinition": definition,
		"name":           resource.NewStringProperty("tenfold-prod-api"),
		"cluster":        resource.NewStringProperty("arn:aws:ecs:us-east-1:123456789012:cluster/tenfold-prod-main"),
	}
}

// after is what the engine tells a hook after a deployment.
func after(wanted, running resource.PropertyValue) *pulumi.ResourceHookArgs {
	return &pulumi.ResourceHookArgs{NewInputs: properties(wanted), NewOutputs: properties(running)}
}

// ecsOf is an ECS with one service. Statuses are those of its new deployment, one
// after the other; the last one stays.
type ecsOf struct {
	deployment.ECS
	statuses        []types.ServiceDeploymentStatus
	running, reason string
	refuses         error
	limited         bool
}

func (e *ecsOf) ListServiceDeployments(ctx context.Context, in *ecs.ListServiceDeploymentsInput, _ ...func(*ecs.Options)) (*ecs.ListServiceDeploymentsOutput, error) {
	if _, e.limited = ctx.Deadline(); !e.limited || *in.Service != "tenfold-prod-api" {
		return nil, errors.New("the run would wait for an answer for ever, or for another service")
	}
	if e.refuses != nil || len(e.statuses) == 0 {
		return &ecs.ListServiceDeploymentsOutput{}, e.refuses
	}
	status := e.statuses[0]
	if len(e.statuses) > 1 {
		e.statuses = e.statuses[1:]
	}
	return &ecs.ListServiceDeploymentsOutput{ServiceDeployments: []types.ServiceDeploymentBrief{{ServiceDeploymentArn: aws.String("a/b/1"), Status: status}}}, nil
}

func (e *ecsOf) DescribeServiceDeployments(context.Context, *ecs.DescribeServiceDeploymentsInput, ...func(*ecs.Options)) (*ecs.DescribeServiceDeploymentsOutput, error) {
	return &ecs.DescribeServiceDeploymentsOutput{ServiceDeployments: []types.ServiceDeployment{{StatusReason: aws.String(e.reason)}}}, e.refuses
}

func (e *ecsOf) DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error) {
	if e.running == "" {
		return nil, errors.New("AccessDeniedException")
	}
	return &ecs.DescribeServicesOutput{Services: []types.Service{{TaskDefinition: aws.String(e.running)}}}, nil
}

func (e *ecsOf) ListTasks(context.Context, *ecs.ListTasksInput, ...func(*ecs.Options)) (*ecs.ListTasksOutput, error) {
	return &ecs.ListTasksOutput{TaskArns: []string{"a"}}, nil
}

func (e *ecsOf) DescribeTasks(context.Context, *ecs.DescribeTasksInput, ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error) {
	return &ecs.DescribeTasksOutput{Tasks: []types.Task{{
		TaskArn: aws.String("a/t"), TaskDefinitionArn: aws.String(family + "42"), StoppedReason: aws.String("it exited"), Containers: []types.Container{{Name: aws.String("api"), ExitCode: aws.Int32(1)}},
	}}}, nil
}

func (e *ecsOf) GetLogEvents(context.Context, *cloudwatchlogs.GetLogEventsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.GetLogEventsOutput, error) {
	return &cloudwatchlogs.GetLogEventsOutput{Events: []logtypes.OutputLogEvent{{Message: aws.String("connecting")}, {Message: aws.String("no such column")}}}, nil
}

// watching is a watcher of a service that stood with no deployment before, and
// what it tells and fails.
func watching(e *ecsOf) (*watcher, *[]string) {
	said := &[]string{}
	say := func(text string) { *said = append(*said, text) }
	w := &watcher{service: "api", logGroup: "tenfold/prod/api", limit: time.Minute, tell: say, fail: say, reader: func(context.Context) (*deployment.Reader, error) {
		return &deployment.Reader{ECS: e, Logs: e, Pause: func(ctx context.Context) error { return ctx.Err() }}, nil
	}}
	w.mark.Store(&deployment.Mark{})
	return w, said
}

var (
	old    = resource.NewStringProperty(family + "41")
	wanted = resource.NewStringProperty(family + "42")
)

const (
	progress = types.ServiceDeploymentStatusInProgress
	back     = types.ServiceDeploymentStatusRollbackSuccessful
)

func TestADeploymentThatECSWentBackFromFailsTheRun(t *testing.T) {
	const lines = "; its last lines:\nconnecting\nno such column"
	said := "ECS says: breaker; its task t stopped: it exited, api ended with exit code 1"
	for name, c := range map[string]struct {
		seen resource.PropertyValue
		ecs  *ecsOf
		want string
	}{
		"before the provider returned": {old, &ecsOf{statuses: []types.ServiceDeploymentStatus{back}, running: family + "41", reason: "breaker."},
			`was rolled back: ECS runs tenfold-prod-api:41 again, not tenfold-prod-api:42; ` + said + `; ` + places + `, and deploy a fixed revision`},
		"after it": {wanted, &ecsOf{statuses: []types.ServiceDeploymentStatus{progress, progress, back}, running: family + "41", reason: "breaker."},
			`was rolled back: ECS runs tenfold-prod-api:41 again, not tenfold-prod-api:42; ` + said + `; ` + places + `, and deploy a fixed revision, or the same one again with pulumi up --refresh`},
		"to the settings of before": {wanted, &ecsOf{statuses: []types.ServiceDeploymentStatus{back}, running: family + "42", reason: "breaker."},
			`was rolled back: ECS runs tenfold-prod-api:42 with the settings of before; ` + said + `; ` + places + `, and deploy a fixed revision, or the same one again with pulumi up --refresh`},
		"unlisted": {old, &ecsOf{running: family + "40"},
			`was rolled back: ECS runs tenfold-prod-api:40 again, not tenfold-prod-api:42; its task t stopped: it exited, api ended with exit code 1; ` + places + `, and deploy a fixed revision`},
		"stopped": {old, &ecsOf{statuses: []types.ServiceDeploymentStatus{types.ServiceDeploymentStatusStopped}, running: family + "41", reason: "breaker."},
			`was not deployed to the end: its deployment was stopped: ECS runs tenfold-prod-api:41 again, not tenfold-prod-api:42; ` + said + `; ` + places + `, and deploy a fixed revision`},
		"in vain": {wanted, &ecsOf{statuses: []types.ServiceDeploymentStatus{types.ServiceDeploymentStatusRollbackFailed}, running: family + "42", reason: "breaker."},
			`could be neither deployed nor rolled back: ECS runs tenfold-prod-api:42 with the settings of before; ` + said + `; ` + places + `, and deploy a fixed revision, or the same one again with pulumi up --refresh`},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := watching(c.ecs)
			assert.EqualError(t, w.after(t.Context(), after(wanted, c.seen)), `service "api" `+c.want+lines)
		})
	}
}

func TestTheVerdictDoesNotDependOnTheReason(t *testing.T) {
	w, _ := watching(&ecsOf{refuses: errors.New("AccessDeniedException")})
	w.reader = func(context.Context) (*deployment.Reader, error) {
		e := &ecsOf{statuses: []types.ServiceDeploymentStatus{back}}
		return &deployment.Reader{ECS: struct{ deployment.ECS }{mute{e}}, Logs: e}, nil
	}
	err := w.after(t.Context(), after(resource.MakeSecret(wanted), resource.NewOutputProperty(resource.Output{Element: old, Known: true})))
	assert.EqualError(t, err, `service "api" was rolled back: ECS runs tenfold-prod-api:41 again, not tenfold-prod-api:42; `+
		"new tasks did not become healthy or a deployment alarm fired (ECS could not be asked for more: reading the service: AccessDeniedException\nreading the deployment: muted\nlisting the stopped tasks: muted); "+
		places+", and deploy a fixed revision")
}

// mute tells of the deployments and no reason.
type mute struct{ *ecsOf }

func (mute) DescribeServiceDeployments(context.Context, *ecs.DescribeServiceDeploymentsInput, ...func(*ecs.Options)) (*ecs.DescribeServiceDeploymentsOutput, error) {
	return nil, errors.New("muted")
}

func (mute) ListTasks(context.Context, *ecs.ListTasksInput, ...func(*ecs.Options)) (*ecs.ListTasksOutput, error) {
	return nil, errors.New("muted")
}

func TestADeploymentThatECSEndsWellIsASuccess(t *testing.T) {
	w, said := watching(&ecsOf{statuses: []types.ServiceDeploymentStatus{progress, types.ServiceDeploymentStatusSuccessful}})
	require.NoError(t, w.after(t.Context(), after(wanted, wanted)))
	assert.Equal(t, []string{"all tasks are new; ECS still watches the deployment, which takes some minutes if it has alarms"}, *said)

	w, said = watching(&ecsOf{})
	assert.NoError(t, w.after(t.Context(), after(wanted, resource.NewStringProperty("tenfold-prod-api:42"))), "ECS takes both forms, and tags deploy nothing")
	assert.NoError(t, w.after(t.Context(), after(wanted, resource.NewNullProperty())))
	assert.NoError(t, w.after(t.Context(), after(resource.MakeComputed(wanted), wanted)))
	assert.Empty(t, *said)
}

func TestWhatNobodyCanTellIsNoSuccess(t *testing.T) {
	w, _ := watching(&ecsOf{statuses: []types.ServiceDeploymentStatus{progress}})
	w.limit = time.Millisecond
	assert.EqualError(t, w.after(t.Context(), after(wanted, wanted)), `service "api" was deployed, and nobody can tell whether ECS goes back from tenfold-prod-api:42: `+
		`its deployment 1 is IN_PROGRESS: context deadline exceeded (waited for 1ms, the DeployTimeout); see ECS service tenfold-prod-api in cluster tenfold-prod-main`)

	w, _ = watching(&ecsOf{})
	w.mark.Store(nil)
	assert.ErrorContains(t, w.after(t.Context(), after(wanted, wanted)), "nobody can tell")
	w, _ = watching(nil)
	w.reader = func(context.Context) (*deployment.Reader, error) { return nil, errors.New("no credentials") }
	assert.ErrorContains(t, w.after(t.Context(), after(wanted, wanted)), "no credentials")
}

func TestNothingIsDeployedThatNobodyCouldWatch(t *testing.T) {
	w, _ := watching(&ecsOf{refuses: errors.New("AccessDeniedException")})
	assert.EqualError(t, w.before(t.Context(), &pulumi.ResourceHookArgs{NewInputs: properties(wanted)}),
		`service "api" stays as it is: nobody could tell whether ECS goes back from this deployment: reading the deployments: AccessDeniedException; `+
			`whoever deploys needs ecs:ListServiceDeployments, or set AcceptRollback to the reason why a rollback may go unseen`)
}

func TestADeploymentOfBeforeIsNotThisOne(t *testing.T) {
	e := &ecsOf{statuses: []types.ServiceDeploymentStatus{back}, running: family + "41"}
	w, _ := watching(e)
	w.mark.Store(nil)
	require.NoError(t, w.before(t.Context(), &pulumi.ResourceHookArgs{NewInputs: properties(wanted)}))
	assert.NoError(t, w.after(t.Context(), after(wanted, wanted)))
}

func TestAProviderThatGaveUpWaitingIsExplained(t *testing.T) {
	failed := &pulumi.ErrorHookArgs{NewInputs: properties(wanted), FailedOperation: "create"}
	w, said := watching(&ecsOf{statuses: []types.ServiceDeploymentStatus{types.ServiceDeploymentStatusRollbackFailed}, reason: "No rollback candidate was found to run the rollback."})
	retry, err := w.explain(t.Context(), failed)
	require.NoError(t, err)
	assert.False(t, retry)
	assert.Equal(t, []string{`service "api" did not become steady: its deployment is ROLLBACK_FAILED; ECS says: No rollback candidate was found to run the rollback; ` +
		"its task t stopped: it exited, api ended with exit code 1; " + places + "; its last lines:\nconnecting\nno such column"}, *said)
}

func TestAFailureThatBeganNoDeploymentIsLeftToTheProvider(t *testing.T) {
	failed := &pulumi.ErrorHookArgs{NewInputs: properties(wanted), FailedOperation: "update"}
	for name, change := range map[string]func(*watcher, *ecsOf){
		"none":     func(*watcher, *ecsOf) {},
		"unmarked": func(w *watcher, e *ecsOf) { e.statuses = []types.ServiceDeploymentStatus{back}; w.mark.Store(nil) },
		"unasked":  func(_ *watcher, e *ecsOf) { e.refuses = errors.New("AccessDeniedException") },
		"a removal": func(_ *watcher, e *ecsOf) {
			e.statuses = []types.ServiceDeploymentStatus{back}
			failed.FailedOperation = "delete"
		},
	} {
		e := &ecsOf{}
		w, said := watching(e)
		change(w, e)
		retry, err := w.explain(t.Context(), failed)
		require.NoError(t, err, name)
		assert.False(t, retry)
		assert.Empty(t, *said, name)
		failed.FailedOperation = "update"
	}
}
