package api

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// list are the deployments of the service, the newest first.
func (w *world) list(t *testing.T, change ...func(*ecs.ListServiceDeploymentsInput)) []types.ServiceDeploymentBrief {
	t.Helper()
	in := &ecs.ListServiceDeploymentsInput{Cluster: aws.String("main"), Service: aws.String("api")}
	for _, c := range change {
		c(in)
	}
	listed, err := ecs.NewFromConfig(w.config).ListServiceDeployments(t.Context(), in)
	require.NoError(t, err)
	return listed.ServiceDeployments
}

// whole is everything ECS tells of the newest deployment.
func (w *world) whole(t *testing.T) types.ServiceDeployment {
	t.Helper()
	described, err := ecs.NewFromConfig(w.config).DescribeServiceDeployments(t.Context(), &ecs.DescribeServiceDeploymentsInput{
		ServiceDeploymentArns: []string{*w.list(t)[0].ServiceDeploymentArn},
	})
	require.NoError(t, err)
	require.Len(t, described.ServiceDeployments, 1)
	return described.ServiceDeployments[0]
}

// running is the revision that ECS says the service runs.
func (w *world) running(t *testing.T) string {
	t.Helper()
	described, err := ecs.NewFromConfig(w.config).DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: aws.String("main"), Services: []string{"api"}})
	require.NoError(t, err)
	require.Len(t, described.Services, 1)
	return *described.Services[0].TaskDefinition
}

// moves has the service run another revision, as an update does.
func (w *world) moves(t *testing.T, revision string, alarms bool) {
	t.Helper()
	require.NoError(t, w.account.Update(func(tx *account.Tx) error {
		found, _ := tx.ByARN(serviceARN)
		after := found.Clone()
		after.Properties["taskDefinition"] = resource.NewProperty(definitionARN + revision)
		after.Properties["platformVersion"] = resource.NewProperty("1.4.0")
		after.Properties["alarms"] = resource.NewProperty(resource.PropertyMap{
			"enable": resource.NewProperty(alarms), "alarmNames": resource.NewProperty([]resource.PropertyValue{resource.NewProperty("api-5xx")}),
		})
		tx.Put(after)
		return nil
	}))
}

func played(change func(*Deployment)) Deployment {
	d := Deployment{
		Service: serviceARN, Definition: resource.NewProperty(definitionARN + "2"), Output: "no such column",
		Before: resource.PropertyMap{"taskDefinition": resource.NewProperty(definitionARN + "1")},
	}
	change(&d)
	return d
}

func TestADeploymentIsListedNewestFirst(t *testing.T) {
	w := start(t)
	assert.Empty(t, w.list(t))
	before := time.Now().Add(-time.Minute)
	require.NoError(t, w.server.Deploy(played(func(*Deployment) {})))
	require.NoError(t, w.server.Deploy(played(func(d *Deployment) { d.Failed = true })))
	listed := w.list(t)
	require.Len(t, listed, 2)
	assert.Equal(t, types.ServiceDeploymentStatusRollbackSuccessful, listed[0].Status)
	assert.Equal(t, types.ServiceDeploymentStatusSuccessful, listed[1].Status)
	assert.NotEqual(t, *listed[0].ServiceDeploymentArn, *listed[1].ServiceDeploymentArn)
	assert.Len(t, w.list(t, func(in *ecs.ListServiceDeploymentsInput) {
		in.Status = []types.ServiceDeploymentStatus{types.ServiceDeploymentStatusSuccessful}
	}), 1)
	since := func(at time.Time) func(*ecs.ListServiceDeploymentsInput) {
		return func(in *ecs.ListServiceDeploymentsInput) { in.CreatedAt = &types.CreatedAt{After: aws.Time(at)} }
	}
	assert.Len(t, w.list(t, since(before)), 2)
	assert.Empty(t, w.list(t, since(time.Now().Add(time.Minute))))
	_, err := ecs.NewFromConfig(w.config).ListServiceDeployments(t.Context(), &ecs.ListServiceDeploymentsInput{Cluster: aws.String("main"), Service: aws.String("other")})
	var missing *types.ServiceNotFoundException
	assert.ErrorAs(t, err, &missing)
}

func TestARollbackIsTold(t *testing.T) {
	w := start(t)
	require.NoError(t, w.server.Deploy(played(func(d *Deployment) { d.Failed = true })))
	whole := w.whole(t)
	assert.Equal(t, breaker, *whole.StatusReason)
	assert.Equal(t, breaker, *whole.Rollback.Reason)
	assert.Nil(t, whole.Alarms)

	stopped, err := ecs.NewFromConfig(w.config).ListTasks(t.Context(), &ecs.ListTasksInput{Cluster: aws.String("main"), ServiceName: aws.String("api"), DesiredStatus: types.DesiredStatusStopped})
	require.NoError(t, err)
	require.Len(t, stopped.TaskArns, 1)
	ended := w.describe(t, &stopped.TaskArns[0])
	assert.Equal(t, definitionARN+"2", *ended.TaskDefinitionArn)
	assert.Equal(t, int32(1), *ended.Containers[0].ExitCode)
	assert.Equal(t, []string{"no such column"}, w.output(t, &stopped.TaskArns[0]))
}

func TestAnAlarmTakesTheServiceBackLater(t *testing.T) {
	w := start(t)
	w.moves(t, "2", true)
	require.NoError(t, w.server.Deploy(played(func(d *Deployment) { d.Failed, d.Later = true, 200*time.Millisecond })))
	assert.Equal(t, types.ServiceDeploymentStatusInProgress, w.list(t)[0].Status)
	assert.Nil(t, w.list(t)[0].FinishedAt)
	assert.Equal(t, definitionARN+"2", w.running(t))
	require.Eventually(t, func() bool { return w.list(t)[0].Status == types.ServiceDeploymentStatusRollbackSuccessful }, 10*time.Second, 20*time.Millisecond)
	assert.Equal(t, definitionARN+"1", w.running(t))
	whole := w.whole(t)
	assert.Equal(t, []string{"api-5xx"}, whole.Alarms.TriggeredAlarmNames)
	assert.Equal(t, alarming, *whole.StatusReason)
}

func TestWithoutAlarmsItIsTheCircuitBreaker(t *testing.T) {
	w := start(t)
	w.moves(t, "2", false)
	require.NoError(t, w.server.Deploy(played(func(d *Deployment) { d.Failed, d.Later = true, time.Nanosecond })))
	assert.Equal(t, breaker, *w.whole(t).StatusReason)
}

func TestWhatWasStillToComeHasComeWhenTheServerEnds(t *testing.T) {
	w := start(t)
	w.moves(t, "2", true)
	require.NoError(t, w.server.Deploy(played(func(d *Deployment) { d.Failed, d.Later = true, time.Hour })))
	require.NoError(t, w.server.Close())
	require.NoError(t, w.account.View(func(tx *account.Tx) error {
		found, _ := tx.ByARN(serviceARN)
		assert.Equal(t, definitionARN+"1", found.Text("taskDefinition"))
		assert.Empty(t, found.Text("platformVersion"), "it had none")
		assert.NotEmpty(t, found.Properties["alarms"], "which are not deployed")
		return nil
	}))
}

func TestAFirstDeploymentHasNothingToGoBackTo(t *testing.T) {
	w := start(t)
	require.NoError(t, w.server.Deploy(played(func(d *Deployment) { d.Failed, d.Before = true, nil })))
	whole := w.whole(t)
	assert.Equal(t, types.ServiceDeploymentStatusRollbackFailed, whole.Status)
	assert.Equal(t, nowhere, *whole.StatusReason)
	assert.Equal(t, breaker, *whole.Rollback.Reason)
}

func TestWhatDoesNotExistIsMissing(t *testing.T) {
	w := start(t)
	client := ecs.NewFromConfig(w.config)
	deployments, err := client.DescribeServiceDeployments(t.Context(), &ecs.DescribeServiceDeploymentsInput{ServiceDeploymentArns: []string{"other"}})
	require.NoError(t, err)
	assert.Equal(t, "MISSING", *deployments.Failures[0].Reason)
	services, err := client.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: aws.String("main"), Services: []string{"other"}})
	require.NoError(t, err)
	assert.Equal(t, "MISSING", *services.Failures[0].Reason)
	_, err = client.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: aws.String("other"), Services: []string{"api"}})
	assert.ErrorContains(t, err, "ClusterNotFoundException")
}

func TestARollbackStillComesAfterTheServerWasKilled(t *testing.T) {
	w := start(t)
	w.moves(t, "2", true)
	require.NoError(t, w.server.Deploy(played(func(d *Deployment) { d.Failed, d.Later = true, time.Millisecond })))
	next, err := Start(t.Context(), w.account, "us-east-1")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, next.Close()) })
	w.config.BaseEndpoint = aws.String(next.url)
	require.Eventually(t, func() bool { return w.running(t) == definitionARN+"1" }, 10*time.Second, 5*time.Millisecond)
	assert.Equal(t, types.ServiceDeploymentStatusRollbackSuccessful, w.list(t)[0].Status, "deployments are remembered")
}

func TestOnlyTheNewestDeploymentsAreRemembered(t *testing.T) {
	w := start(t)
	for range remembered + 1 {
		require.NoError(t, w.server.Deploy(played(func(*Deployment) {})))
	}
	assert.Len(t, w.list(t), remembered)
}
