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
	"github.com/aws/smithy-go"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/service/deployment"
)

const family = "arn:aws:ecs:us-east-1:123456789012:task-definition/tenfold-prod-api:"

// places are where every error sends people.
const places = "see the events and stopped tasks of ECS service tenfold-prod-api in cluster tenfold-prod-main and the log group tenfold/prod/api"

// properties are those of an ECS service as the engine knows it.
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
	looks           int
}

func (e *ecsOf) ListServiceDeployments(ctx context.Context, in *ecs.ListServiceDeploymentsInput, _ ...func(*ecs.Options)) (*ecs.ListServiceDeploymentsOutput, error) {
	e.looks++
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

// settled is the verdict on a deployment of revision 42 when the provider saw one.
func settled(t *testing.T, w *watcher, seen string) error {
	t.Helper()
	return w.settled(t.Context(), w.of(properties(wanted), family+"42"), family+seen)
}

var (
	old    = resource.NewStringProperty(family + "41")
	wanted = resource.NewStringProperty(family + "42")
)

const (
	progress   = types.ServiceDeploymentStatusInProgress
	back       = types.ServiceDeploymentStatusRollbackSuccessful
	successful = types.ServiceDeploymentStatusSuccessful
	stopped    = types.ServiceDeploymentStatusStopped
	inVain     = types.ServiceDeploymentStatusRollbackFailed

	lines = "; its last lines:\nconnecting\nno such column"
	said  = "ECS says: breaker; its task t stopped: it exited, api ended with exit code 1"
)

// ends is an ECS that ends a deployment so, and runs a revision then.
func ends(running string, statuses ...types.ServiceDeploymentStatus) *ecsOf {
	return &ecsOf{statuses: statuses, running: family + running, reason: "breaker."}
}

func TestARollbackThatTheProviderSawFailsTheServiceAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		ecs  *ecsOf
		want string
	}{
		"rolled back": {ends("41", back), `was rolled back: ECS runs tenfold-prod-api:41 again, not tenfold-prod-api:42; ` + said},
		"stopped":     {ends("41", stopped), `was not deployed to the end: its deployment was stopped: ECS runs tenfold-prod-api:41, not tenfold-prod-api:42; ` + said},
		"in vain":     {ends("41", inVain), `could be neither deployed nor rolled back: ECS runs tenfold-prod-api:41, not tenfold-prod-api:42; ` + said},
		"another":     {ends("40", successful), `was deployed by something else at the same time: ECS runs tenfold-prod-api:40, not tenfold-prod-api:42; ` + said},
		"not at all": {&ecsOf{running: family + "41"},
			`was not deployed: ECS lists no deployment of this update: ECS runs tenfold-prod-api:41, not tenfold-prod-api:42; its task t stopped: it exited, api ended with exit code 1`},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := watching(c.ecs)
			assert.EqualError(t, w.after(t.Context(), after(wanted, old)), `service "api" `+c.want+"; "+places+", and deploy a fixed revision"+lines)
		})
	}
}

func TestTheServiceSettlesWhenECSHasDecided(t *testing.T) {
	const again, forced = ", or the same one again with pulumi up --refresh", ", or the same one again with aws ecs update-service --cluster tenfold-prod-main --service tenfold-prod-api --force-new-deployment"
	for name, c := range map[string]struct {
		ecs  *ecsOf
		seen string
		want string
	}{
		"after the provider returned": {ends("41", progress, progress, back), "42", `was rolled back: ECS runs tenfold-prod-api:41 again, not tenfold-prod-api:42; ` + said + "; " + places + ", and deploy a fixed revision" + again},
		"to the settings of before":   {ends("42", back), "42", `was rolled back: ECS runs tenfold-prod-api:42 with the settings of before; ` + said + "; " + places + ", and deploy a fixed revision" + again},
		"in vain":                     {ends("42", progress, inVain), "42", `could be neither deployed nor rolled back: ECS is left with tenfold-prod-api:42; ` + said + "; " + places + ", and deploy a fixed revision" + forced},
		"stopped":                     {ends("41", stopped), "42", `was not deployed to the end: its deployment was stopped: ECS runs tenfold-prod-api:41, not tenfold-prod-api:42; ` + said + "; " + places + ", and deploy a fixed revision" + again},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := watching(c.ecs)
			assert.EqualError(t, settled(t, w, c.seen), `service "api" `+c.want+lines)
		})
	}
}

func TestARunThatChangesNothingDoesNotCallARollbackWell(t *testing.T) {
	w, _ := watching(ends("41", back))
	w.mark.Store(nil)
	assert.ErrorContains(t, settled(t, w, "42"), `service "api" was rolled back: ECS runs tenfold-prod-api:41 again`)
}

func TestAServiceThatSomethingElseDeployedIsNotWhatWasDeclared(t *testing.T) {
	w, _ := watching(ends("99", successful))
	assert.EqualError(t, settled(t, w, "42"), `service "api" runs tenfold-prod-api:99, not tenfold-prod-api:42, though its last deployment ended well: something else deployed it; `+
		"see ECS service tenfold-prod-api in cluster tenfold-prod-main, and run pulumi up --refresh to deploy tenfold-prod-api:42")
}

func TestTheVerdictDoesNotDependOnTheReason(t *testing.T) {
	w, _ := watching(nil)
	w.reader = func(context.Context) (*deployment.Reader, error) {
		e := &ecsOf{statuses: []types.ServiceDeploymentStatus{back}}
		return &deployment.Reader{ECS: mute{e}, Logs: e}, nil
	}
	const unasked = "ECS gives no reason (ECS could not be asked for more: reading the service: AccessDeniedException\nreading the deployment: muted\nlisting the stopped tasks: muted); "
	err := w.after(t.Context(), after(resource.MakeSecret(wanted), resource.NewOutputProperty(resource.Output{Element: old, Known: true})))
	assert.EqualError(t, err, `service "api" was rolled back: ECS runs tenfold-prod-api:41 again, not tenfold-prod-api:42; `+unasked+places+", and deploy a fixed revision")

	w.reader = func(context.Context) (*deployment.Reader, error) { return nil, errors.New("no credentials") }
	assert.EqualError(t, w.after(t.Context(), after(wanted, old)), `service "api" does not run tenfold-prod-api:42: ECS runs tenfold-prod-api:41 (and could not be asked for more: no credentials); `+places)
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
	w, told := watching(ends("42", progress, successful))
	require.NoError(t, settled(t, w, "42"))
	assert.Equal(t, []string{"ECS has not decided on the deployment yet; with alarms it watches for some minutes after all tasks are new"}, *told)

	w, told = watching(ends("42"))
	require.NoError(t, settled(t, w, "42"), "a service of which ECS has forgotten all deployments")
	w, _ = watching(nil)
	assert.NoError(t, w.after(t.Context(), after(wanted, resource.NewStringProperty("tenfold-prod-api:42"))), "ECS takes both forms")
	assert.NoError(t, w.after(t.Context(), after(wanted, resource.NewNullProperty())))
	assert.NoError(t, w.after(t.Context(), after(resource.MakeComputed(wanted), wanted)))
	assert.Empty(t, *told)
}

func TestWhatNobodyCanTellIsNoSuccess(t *testing.T) {
	const tail = "; see ECS service tenfold-prod-api in cluster tenfold-prod-main, and run again to ask again"
	w, _ := watching(ends("42", progress))
	w.limit = time.Millisecond
	assert.EqualError(t, settled(t, w, "42"), `service "api": nobody can tell whether ECS keeps tenfold-prod-api:42: `+
		`its deployment 1 is IN_PROGRESS: context deadline exceeded (waited for 1ms, the DeployTimeout)`+tail)
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	w, _ = watching(ends("42", progress))
	assert.EqualError(t, w.settled(interrupted, w.of(properties(wanted), family+"42"), family+"42"),
		`service "api": nobody can tell whether ECS keeps tenfold-prod-api:42: its deployment 1 is IN_PROGRESS: context canceled`+tail)
	w, _ = watching(&ecsOf{refuses: &types.AccessDeniedException{}})
	assert.EqualError(t, settled(t, w, "42"), `service "api": nobody can tell whether ECS keeps tenfold-prod-api:42: reading the deployments: AccessDeniedException: `+tail)
	w, _ = watching(&ecsOf{statuses: []types.ServiceDeploymentStatus{successful}})
	assert.ErrorContains(t, settled(t, w, "42"), "reading the service: AccessDeniedException")
	w, _ = watching(nil)
	w.reader = func(context.Context) (*deployment.Reader, error) { return nil, errors.New("no credentials") }
	assert.EqualError(t, settled(t, w, "42"), `service "api": nobody can tell whether ECS keeps tenfold-prod-api:42: no credentials`+tail)
}

func TestNothingIsDeployedThatNobodyCouldWatch(t *testing.T) {
	w, _ := watching(&ecsOf{refuses: &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "no", Fault: smithy.FaultClient}})
	assert.EqualError(t, w.before(t.Context(), &pulumi.ResourceHookArgs{NewInputs: properties(wanted)}),
		`service "api" stays as it is: nobody could tell whether ECS goes back from this deployment: reading the deployments: api error AccessDeniedException: no; `+
			`whoever deploys needs ecs:ListServiceDeployments, or set AcceptRollback to the reason why a rollback may go unseen`)
}

func TestADeploymentOfBeforeIsNotThisOne(t *testing.T) {
	w, _ := watching(ends("41", back))
	w.mark.Store(nil)
	require.NoError(t, w.before(t.Context(), &pulumi.ResourceHookArgs{NewInputs: properties(wanted)}))
	assert.ErrorContains(t, w.after(t.Context(), after(wanted, old)), "ECS lists no deployment of this update")
}

func TestTheDeploymentOfAnUpdateMayBeListedLate(t *testing.T) {
	e := ends("42", successful)
	w, _ := watching(e)
	require.NoError(t, settled(t, w, "42"))
	assert.Equal(t, 1, e.looks)
	require.NoError(t, w.before(t.Context(), &pulumi.ResourceHookArgs{NewInputs: properties(wanted)}))
	e.looks = 0
	require.NoError(t, settled(t, w, "42"))
	assert.Equal(t, 5, e.looks, "the last one was there before")
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
