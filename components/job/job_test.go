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
	machineToken  = "aws:sfn/stateMachine:StateMachine"
	tableToken    = "aws:dynamodb/table:Table"
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
	for _, token := range []string{scheduleToken, machineToken, tableToken} {
		assert.Empty(t, inv.ByType(token))
	}
	assert.False(t, inv.Has("aws:iam/role:Role", "report-scheduler"))
	assert.False(t, inv.Has("aws:iam/role:Role", "report-machine"))
	assert.Len(t, inv.ByType("aws:cloudwatch/eventRule:EventRule"), 1)
	inv.One(t, "aws:cloudwatch/eventRule:EventRule", "report-failed")
}

// policyOf is a policy document in an input.
func policyOf(t *testing.T, r componenttest.Resource, input string) string {
	t.Helper()
	s, ok := r.Input(input).(string)
	require.True(t, ok)
	return s
}

func TestTheSchedulerMayStartTheStateMachineAndRecordThatItCouldNot(t *testing.T) {
	inv := build(t, nil)
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole"],"Principal":{"Service":["scheduler.amazonaws.com"]},
		"Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"},"ArnLike":{"aws:SourceArn":"arn:aws:scheduler:us-east-1:123456789012:schedule/default/tenfold-test-report"}}}]}`,
		policyOf(t, inv.One(t, "aws:iam/role:Role", "report-scheduler"), "assumeRolePolicy"))
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["states:StartExecution"],"Resource":"arn:aws:states:us-east-1:123456789012:stateMachine:tenfold-test-report"},
		{"Effect":"Allow","Action":["sqs:SendMessage"],"Resource":"arn:aws:sqs:us-east-1:123456789012:tenfold-test-report-failed"}]}`,
		policyOf(t, inv.One(t, "aws:iam/rolePolicy:RolePolicy", "report-scheduler"), "policy"))
	schedule := inv.One(t, scheduleToken, "report")
	assert.Equal(t, "arn:aws:states:us-east-1:123456789012:stateMachine:tenfold-test-report", schedule.Input("target.arn"))
	assert.Contains(t, schedule.DependsOn, inv.One(t, machineToken, "report").URN)
}

const (
	runPermissions = `
		{"Effect":"Allow","Action":["ecs:RunTask"],"Resource":"arn:aws:ecs:us-east-1:123456789012:task-definition/tenfold-test-report:*",
		 "Condition":{"ArnEquals":{"ecs:cluster":"arn:aws:ecs:us-east-1:123456789012:cluster/tenfold-test-main"}}},
		{"Effect":"Allow","Action":["ecs:TagResource"],"Resource":"arn:aws:ecs:us-east-1:123456789012:task/tenfold-test-main/*",
		 "Condition":{"StringEquals":{"ecs:CreateAction":"RunTask"}}},
		{"Effect":"Allow","Action":["iam:PassRole"],"Resource":["arn:aws:iam::123456789012:role/report-execution-c02d475","arn:aws:iam::123456789012:role/report-task-ba65f66"],
		 "Condition":{"StringEquals":{"iam:PassedToService":"ecs-tasks.amazonaws.com"}}},
		{"Effect":"Allow","Action":["ecs:DescribeTasks","ecs:StopTask"],"Resource":"arn:aws:ecs:us-east-1:123456789012:task/tenfold-test-main/*"},
		{"Effect":"Allow","Action":["events:DescribeRule","events:PutRule","events:PutTargets"],"Resource":"arn:aws:events:us-east-1:123456789012:rule/StepFunctionsGetEventsForECSTaskRule"},
		{"Effect":"Allow","Action":["logs:CreateLogDelivery","logs:DeleteLogDelivery","logs:DescribeLogGroups","logs:DescribeResourcePolicies",
		 "logs:GetLogDelivery","logs:ListLogDeliveries","logs:PutResourcePolicy","logs:UpdateLogDelivery"],"Resource":"*"}`
	lockPermissions = `,
		{"Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:PutItem"],"Resource":"arn:aws:dynamodb:us-east-1:123456789012:table/tenfold-test-report-lock"},
		{"Effect":"Allow","Action":["states:DescribeExecution"],"Resource":"arn:aws:states:us-east-1:123456789012:execution:tenfold-test-report:*"}`
)

func TestTheStateMachineMayRunThisJobInThisClusterAndTakeItsLockAndNothingElse(t *testing.T) {
	inv := build(t, nil)
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole"],"Principal":{"Service":["states.amazonaws.com"]},
		"Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"},"ArnLike":{"aws:SourceArn":"arn:aws:states:us-east-1:123456789012:stateMachine:tenfold-test-report"}}}]}`,
		policyOf(t, inv.One(t, "aws:iam/role:Role", "report-machine"), "assumeRolePolicy"))
	policy := inv.One(t, "aws:iam/rolePolicy:RolePolicy", "report-machine")
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[`+runPermissions+lockPermissions+`]}`, policyOf(t, policy, "policy"))
	assert.Contains(t, inv.One(t, machineToken, "report").DependsOn, policy.URN, "Step Functions looks at the policy when it makes the machine")

	overlapping := build(t, func(a *job.Args) { a.Overlap = true })
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[`+runPermissions+`]}`, policyOf(t, overlapping.One(t, "aws:iam/rolePolicy:RolePolicy", "report-machine"), "policy"))
	assert.Empty(t, overlapping.ByType(tableToken))
}

func TestTheTaskRunsInItsNetworkUnderTheNameOfItsExecution(t *testing.T) {
	task := func(change func(*job.Args)) map[string]any {
		m := read(t, definition(t, change))
		api, in := m.request(m.enter(m.begin(arn("0"), nil), "RunTheTask", nil))
		require.Equal(t, "ecs:runTask.sync", api)
		return in
	}
	network := map[string]any{"Subnets": []any{"subnet-1"}, "SecurityGroups": []any{"report-a2e1833bc03449b9"}, "AssignPublicIp": "DISABLED"}
	want := map[string]any{
		"Cluster":                  "arn:aws:ecs:us-east-1:123456789012:cluster/tenfold-test-main",
		"TaskDefinition":           "arn:aws:ecs:us-east-1:123456789012:task-definition/tenfold-test-report:1",
		"CapacityProviderStrategy": []any{map[string]any{"CapacityProvider": "FARGATE", "Weight": 1.0}},
		"NetworkConfiguration":     map[string]any{"AwsvpcConfiguration": network},
		"EnableECSManagedTags":     true, "EnableExecuteCommand": false, "PropagateTags": "TASK_DEFINITION", "Group": "0",
	}
	assert.Equal(t, want, task(nil))
	want["CapacityProviderStrategy"] = []any{map[string]any{"CapacityProvider": "FARGATE_SPOT", "Weight": 1.0}}
	network["AssignPublicIp"] = "ENABLED"
	assert.Equal(t, want, task(func(a *job.Args) { a.Spot, a.Network.PublicAddress, a.Overlap = true, true, true }))
}

func TestARunIsLimitedAndItsTaskHasTimeToStop(t *testing.T) {
	for given, want := range map[time.Duration][2]float64{0: {21600, 105}, 90 * time.Second: {90, 180}} {
		m := read(t, definition(t, func(a *job.Args) {
			if a.Timeout = given; given != 0 {
				a.StopTimeout = 2 * time.Minute
			}
		}))
		assert.Equal(t, want, [2]float64{m.states["RunTheTask"]["TimeoutSeconds"].(float64), m.states["LetTheTaskStop"]["Seconds"].(float64)})
	}
}

func TestFailedRunsAreThoseThatEndBadlyAndNotThoseThatPeopleStop(t *testing.T) {
	const rules, targets = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"
	inv := build(t, nil)
	assert.JSONEq(t, `{"source":["aws.ecs"],"detail-type":["ECS Task State Change"],"detail":{
		"clusterArn":["arn:aws:ecs:us-east-1:123456789012:cluster/tenfold-test-main"],"group":["family:tenfold-test-report"],"lastStatus":["STOPPED"],
		"$or":[{"containers":{"exitCode":[{"anything-but":[0]}]}},{"stopCode":["TaskFailedToStart","SpotInterruption","TerminationNotice"]}]}}`,
		policyOf(t, inv.One(t, rules, "report-failed"), "eventPattern"))
	assert.JSONEq(t, `{"source":["aws.states"],"detail-type":["Step Functions Execution Status Change"],"detail":{
		"stateMachineArn":["arn:aws:states:us-east-1:123456789012:stateMachine:tenfold-test-report"],"status":["FAILED","TIMED_OUT"]}}`,
		policyOf(t, inv.One(t, rules, "report-run-failed"), "eventPattern"))
	policy := inv.One(t, "aws:sqs/queuePolicy:QueuePolicy", "report-failed")
	statements := policy.JSON(t, "policy").(map[string]any)["Statement"].([]any)
	require.Len(t, statements, 2)
	var senders []any
	for _, name := range []string{"report-failed", "report-run-failed"} {
		target := inv.One(t, targets, name)
		assert.Equal(t, "arn:aws:sqs:us-east-1:123456789012:tenfold-test-report-failed", target.Input("arn"))
		assert.Contains(t, target.DependsOn, policy.URN)
		senders = append(senders, "arn:aws:cloudwatch:us-east-1:123456789012:eventrule/"+target.Input("rule").(string))
	}
	assert.Equal(t, map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": senders}}, statements[0].(map[string]any)["Condition"])
	assert.Equal(t, "Deny", statements[1].(map[string]any)["Effect"])
	assert.Contains(t, policyOf(t, policy, "policy"), `"aws:SecureTransport":"false"`)
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

func TestFailuresAreWatched(t *testing.T) {
	sink := &componenttest.Monitors{}
	build(t, func(a *job.Args) {
		a.Monitors, a.MonitorsOff = sink, map[string]string{"job-failed": "it reports by mail"}
	})
	spec := sink.ByKey("report")["job-failed"]
	assert.Equal(t, "it reports by mail", spec.Off)
	assert.Equal(t, "tenfold-test-report-failed", spec.Query.Measure.(monitor.Series).Of[0].Value)
}

func TestWhatAJobHoldsIsKeptUnlessItIsDisposable(t *testing.T) {
	for _, disposable := range []bool{false, true} {
		inv := build(t, func(a *job.Args) { a.Disposable = disposable })
		assert.NotEqual(t, disposable, inv.One(t, "aws:sqs/queue:Queue", "report-failed").Protect)
		lock := inv.One(t, tableToken, "report-lock")
		assert.NotEqual(t, disposable, lock.Protect)
		assert.Equal(t, !disposable, lock.Input("deletionProtectionEnabled"))
		assert.Equal(t, !disposable, lock.Input("pointInTimeRecovery.enabled"))
		for _, log := range []string{"report", "report-machine"} {
			assert.NotEqual(t, disposable, inv.One(t, "aws:cloudwatch/logGroup:LogGroup", log).Retain)
		}
	}
}

func TestTheErrorsOfRunsAreLoggedAsTheOutputIs(t *testing.T) {
	inv := build(t, func(a *job.Args) {
		a.LogRetentionDays, a.LogKeyARN = 90, pulumi.String("arn:aws:kms:us-east-1:123456789012:key/1")
	})
	log := inv.One(t, "aws:cloudwatch/logGroup:LogGroup", "report-machine")
	assert.Equal(t, []any{"/aws/vendedlogs/states/tenfold/test/report", 90.0, "arn:aws:kms:us-east-1:123456789012:key/1"},
		[]any{log.Input("name"), log.Input("retentionInDays"), log.Input("kmsKeyId")})
	assert.Equal(t, map[string]any{
		"level": "ERROR", "includeExecutionData": true,
		"logDestination": "arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/states/tenfold/test/report:*",
	}, inv.One(t, machineToken, "report").Input("loggingConfiguration"))
}

func TestAllProblemsAreReportedBeforeAnythingIsRegistered(t *testing.T) {
	inv, err := componenttest.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := job.New(ctx, "Report", job.Args{
			Image: "report:v1", CPU: 3, User: "0", Schedule: "daily", TimeZone: "here", Window: time.Second,
			Retries: 200, MaxDelay: time.Second, Timeout: time.Second, MonitorsOff: map[string]string{"sqs-age": "no"},
		})
		return err
	})
	for _, want := range []string{
		"the name must be at most 24", "Cluster is missing", "Network is missing", "Image must name a digest", "CPU must be", "User must be",
		`Schedule must be cron(minutes hours day-of-month month day-of-week year) or rate(value unit), got "daily"`,
		`TimeZone must be the name of a time zone such as Europe/Berlin or UTC, got "here"`,
		"Window must be whole minutes up to 24h, got 1s", "Retries must be 1 to 185, or NoRetry, got 200",
		"MaxDelay must be whole seconds from 1m to 24h, got 1s", "Timeout must be whole seconds from 1m to 168h, got 1s", "Monitors is missing", `there is no monitor "sqs-age" here`,
	} {
		assert.ErrorContains(t, err, `job "Report": `+want)
	}
	assert.Empty(t, inv.Resources)
	_, err = componenttest.RunErr(t, program(func(a *job.Args) { a.Schedule, a.Paused, a.Overlap, a.Timeout = "", "why", true, time.Hour }))
	for _, want := range []string{
		`job "report": Paused is set, but the job has no schedule to stop; leave it out`,
		`job "report": Overlap is set, but the job has no schedule, and tasks that a person starts take no lock; leave it out`,
		`job "report": Timeout is set to 1h0m0s, but the job has no schedule, and only runs on one are limited; leave it out`,
	} {
		assert.ErrorContains(t, err, want)
	}
}

func named(name string, change func(*job.Args)) func(*pulumi.Context) error {
	return func(ctx *pulumi.Context) error {
		args := job.Args{
			Network: network.Placement{VPCID: pulumi.String("vpc-1"), SubnetIDs: pulumi.ToStringArray([]string{"subnet-1"})},
			Image:   image, Monitors: &componenttest.Monitors{},
		}
		var err error
		if args.Cluster, err = cluster.New(ctx, "main", cluster.Args{}); err != nil {
			return err
		}
		change(&args)
		_, err = job.New(ctx, name, args)
		return err
	}
}

func TestAJobsSecurityGroupIsNotNamedLikeTheIdOfOne(t *testing.T) {
	for _, name := range []string{"sg", "sg-report"} {
		inv, err := componenttest.RunErr(t, named(name, func(*job.Args) {}))
		assert.ErrorContains(t, err, `job "`+name+`": the name must not be sg or begin with sg-, got "`+name+`"; its security group would be named so, and EC2 keeps that for the ids of groups; rename it`)
		assert.Empty(t, inv.ByType(component))
	}
	_, err := componenttest.Record(named("sga", func(*job.Args) {}))
	assert.NoError(t, err)
}

func TestAScheduleThatNeverComesIsRefused(t *testing.T) {
	inv, err := componenttest.RunErr(t, named("report", func(a *job.Args) { a.Schedule = "cron(0 24 * * ? *)" }))
	assert.ErrorContains(t, err, `job "report": Schedule has "24" as hours in "cron(0 24 * * ? *)"; allowed are 0 to 23, and , - * /`)
	assert.Empty(t, inv.ByType(component))
	_, err = componenttest.Record(named("report", func(a *job.Args) { a.Schedule = "cron(0 23 * * ? *)" }))
	assert.NoError(t, err)
}
