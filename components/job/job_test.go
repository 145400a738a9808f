package job_test

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/cluster"
	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/job"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/network"
)

const (
	component     = "tenfold:job:Job"
	scheduleToken = "aws:scheduler/schedule:Schedule"
	image         = "123456789012.dkr.ecr.us-east-1.amazonaws.com/tenfold/report@sha256:0000000000000000000000000000000000000000000000000000000000000001"
)

func program(change func(*job.Args), opts ...pulumi.ResourceOption) func(*pulumi.Context) error {
	return func(ctx *pulumi.Context) error {
		tasks, err := cluster.New(ctx, "main", cluster.Args{})
		if err != nil {
			return err
		}
		args := job.Args{
			Cluster: tasks, Network: network.Placement{VPCID: pulumi.String("vpc-1"), SubnetIDs: pulumi.ToStringArray([]string{"subnet-1"})},
			Image: image, Schedule: "cron(0 3 * * ? *)", Monitors: &componenttest.Monitors{},
		}
		if change != nil {
			change(&args)
		}
		_, err = job.New(ctx, "report", args, opts...)
		return err
	}
}

func build(t *testing.T, change func(*job.Args), opts ...pulumi.ResourceOption) *componenttest.Inventory {
	t.Helper()
	return componenttest.Run(t, program(change, opts...))
}

func TestAScheduledJob(t *testing.T) {
	inv := build(t, func(a *job.Args) {
		a.TimeZone = "Europe/Berlin"
		a.Uses = []access.Grant{{Key: "jobs-send", Allow: []access.Statement{{
			Actions: []string{"sqs:SendMessage"}, Resources: []pulumi.StringInput{pulumi.String("arn:aws:sqs:us-east-1:123456789012:jobs")},
		}}}}
	}, pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("old")}}))
	componenttest.AssertHouse(t, inv, component, "report")
	componenttest.Golden(t, "scheduled.golden", inv.Of(t, component, "report").Detailed())
}

func TestAJobWithoutAScheduleIsStartedByHandAndStillRecordsFailures(t *testing.T) {
	inv := build(t, func(a *job.Args) { a.Schedule = "" })
	assert.Empty(t, inv.ByType(scheduleToken))
	assert.False(t, inv.Has("aws:iam/role:Role", "report-scheduler"))
	inv.One(t, "aws:cloudwatch/eventRule:EventRule", "report-failed")
}

func TestTheSchedulerMayStartThisJobInThisClusterAndNothingElse(t *testing.T) {
	inv := build(t, nil)
	text := func(r componenttest.Resource, input string) string {
		s, ok := r.Input(input).(string)
		require.True(t, ok)
		return s
	}
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole"],"Principal":{"Service":["scheduler.amazonaws.com"]},
		"Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"},"ArnLike":{"aws:SourceArn":"arn:aws:scheduler:us-east-1:123456789012:schedule/default/tenfold-test-report"}}}]}`,
		text(inv.One(t, "aws:iam/role:Role", "report-scheduler"), "assumeRolePolicy"))
	execution := text(inv.One(t, "aws:ecs/taskDefinition:TaskDefinition", "report"), "executionRoleArn")
	role := text(inv.One(t, "aws:ecs/taskDefinition:TaskDefinition", "report"), "taskRoleArn")
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["ecs:RunTask"],"Resource":"arn:aws:ecs:us-east-1:123456789012:task-definition/tenfold-test-report:*",
		 "Condition":{"ArnEquals":{"ecs:cluster":"arn:aws:ecs:us-east-1:123456789012:cluster/tenfold-test-main"}}},
		{"Effect":"Allow","Action":["ecs:TagResource"],"Resource":"arn:aws:ecs:us-east-1:123456789012:task/tenfold-test-main/*",
		 "Condition":{"StringEquals":{"ecs:CreateAction":"RunTask"}}},
		{"Effect":"Allow","Action":["iam:PassRole"],"Resource":["`+execution+`","`+role+`"],"Condition":{"StringEquals":{"iam:PassedToService":"ecs-tasks.amazonaws.com"}}},
		{"Effect":"Allow","Action":["sqs:SendMessage"],"Resource":"arn:aws:sqs:us-east-1:123456789012:tenfold-test-report-failed"}]}`,
		text(inv.One(t, "aws:iam/rolePolicy:RolePolicy", "report-scheduler"), "policy"))
}

func TestFailedRunsAreThoseThatEndBadlyAndNotThoseThatPeopleStop(t *testing.T) {
	inv := build(t, nil)
	pattern, ok := inv.One(t, "aws:cloudwatch/eventRule:EventRule", "report-failed").Input("eventPattern").(string)
	require.True(t, ok)
	assert.JSONEq(t, `{"source":["aws.ecs"],"detail-type":["ECS Task State Change"],"detail":{
		"clusterArn":["arn:aws:ecs:us-east-1:123456789012:cluster/tenfold-test-main"],"group":["family:tenfold-test-report"],"lastStatus":["STOPPED"],
		"$or":[{"containers":{"exitCode":[{"anything-but":[0]}]}},{"stopCode":["TaskFailedToStart","SpotInterruption","TerminationNotice"]}]}}`, pattern)
	policy, ok := inv.One(t, "aws:sqs/queuePolicy:QueuePolicy", "report-failed").Input("policy").(string)
	require.True(t, ok)
	rule, ok := inv.One(t, "aws:cloudwatch/eventTarget:EventTarget", "report-failed").Input("rule").(string)
	require.True(t, ok)
	assert.Contains(t, policy, rule)
	assert.Contains(t, policy, `"aws:SecureTransport":"false"`)
}

func TestStartsAreRetriedAndPausedAsAsked(t *testing.T) {
	schedule := func(change func(*job.Args)) componenttest.Resource {
		return build(t, change).One(t, scheduleToken, "report")
	}
	usual := schedule(nil)
	assert.Equal(t, map[string]any{"maximumRetryAttempts": 3.0, "maximumEventAgeInSeconds": 3600.0}, usual.Input("target.retryPolicy"))
	assert.Equal(t, map[string]any{"mode": "OFF"}, usual.Input("flexibleTimeWindow"))
	assert.Equal(t, "ENABLED", usual.Input("state"))
	once := schedule(func(a *job.Args) { a.Retries, a.Window = job.NoRetry, 15*time.Minute })
	assert.Equal(t, 0.0, once.Input("target.retryPolicy.maximumRetryAttempts"))
	assert.Equal(t, map[string]any{"mode": "FLEXIBLE", "maximumWindowInMinutes": 15.0}, once.Input("flexibleTimeWindow"))
	assert.Equal(t, "DISABLED", schedule(func(a *job.Args) { a.Paused = "the report is being rewritten" }).Input("state"))
}

func TestAJobRunsOnDemandUnlessItTakesSpot(t *testing.T) {
	for spot, want := range map[bool]string{false: "FARGATE", true: "FARGATE_SPOT"} {
		strategies, ok := build(t, func(a *job.Args) { a.Spot = spot }).One(t, scheduleToken, "report").Input("target.ecsParameters.capacityProviderStrategies").([]any)
		require.True(t, ok)
		assert.Equal(t, []any{map[string]any{"capacityProvider": want, "weight": 1.0}}, strategies)
	}
}

func TestFailuresAreWatched(t *testing.T) {
	sink := &componenttest.Monitors{}
	build(t, func(a *job.Args) {
		a.Monitors, a.MonitorsOff = sink, map[string]string{"job-failed": "it reports by mail"}
	})
	spec := sink.ByKey("report")["job-failed"]
	assert.Equal(t, "it reports by mail", spec.Off)
	assert.Equal(t, "tenfold-test-report-failed", spec.Query.Measure.(monitor.Series).Of[0].Value)
}

func TestTheRecordOfFailuresIsKeptUnlessTheJobIsDisposable(t *testing.T) {
	assert.True(t, build(t, nil).One(t, "aws:sqs/queue:Queue", "report-failed").Protect)
	assert.False(t, build(t, func(a *job.Args) { a.Disposable = true }).One(t, "aws:sqs/queue:Queue", "report-failed").Protect)
}

func TestAllProblemsAreReportedBeforeAnythingIsRegistered(t *testing.T) {
	inv, err := componenttest.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := job.New(ctx, "Report", job.Args{
			Image: "report:v1", CPU: 3, User: "0", Schedule: "daily", TimeZone: "here", Window: time.Second,
			Retries: 200, MaxDelay: time.Second, MonitorsOff: map[string]string{"sqs-age": "no"},
		})
		return err
	})
	for _, want := range []string{
		"the name must be at most 24", "Cluster is missing", "Network is missing", "Image must name a digest", "CPU must be", "User must be",
		`Schedule must be cron(minutes hours day-of-month month day-of-week year) or rate(value unit), got "daily"`,
		`TimeZone must be the name of a time zone such as Europe/Berlin or UTC, got "here"`,
		"Window must be whole minutes up to 24h, got 1s", "Retries must be 1 to 185, or NoRetry, got 200",
		"MaxDelay must be whole seconds from 1m to 24h, got 1s", "Monitors is missing", `there is no monitor "sqs-age" here`,
	} {
		assert.ErrorContains(t, err, `job "Report": `+want)
	}
	assert.Empty(t, inv.Resources)
	_, err = componenttest.RunErr(t, program(func(a *job.Args) { a.Schedule, a.Paused = "", "why" }))
	assert.ErrorContains(t, err, `job "report": Paused is set, but the job has no schedule to stop; leave it out`)
}
