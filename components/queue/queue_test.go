package queue_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/access"
	ct "github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/queue"
)

const (
	component = "tenfold:queue:Queue"
	sqsQueue  = "aws:sqs/queue:Queue"
	policy    = "aws:sqs/queuePolicy:QueuePolicy"
	keyARN    = "arn:aws:kms:us-east-1:123456789012:key/messages"
	liveARN   = "arn:aws:sqs:us-east-1:123456789012:tenfold-test-jobs"
	liveURL   = "https://sqs.us-east-1.amazonaws.com/123456789012/tenfold-test-jobs"
)

func run(t *testing.T, args queue.Args, opts ...pulumi.ResourceOption) (*ct.Inventory, *queue.Queue) {
	t.Helper()
	if args.Monitors == nil {
		args.Monitors = &ct.Monitors{}
	}
	var made *queue.Queue
	inv := ct.Run(t, func(ctx *pulumi.Context) error {
		var err error
		made, err = queue.New(ctx, "jobs", args, opts...)
		return err
	})
	return inv, made
}

func TestAQueueHasADeadLetterQueueRedriveAndPolicies(t *testing.T) {
	inv, q := run(t, queue.Args{})
	ct.AssertHouse(t, inv, component, "jobs")
	assert.Equal(t, strings.Join([]string{
		"aws:sqs/queue:Queue jobs < jobs [protect]",
		"aws:sqs/queue:Queue jobs-dead < jobs [protect]",
		"aws:sqs/queuePolicy:QueuePolicy jobs < jobs",
		"aws:sqs/queuePolicy:QueuePolicy jobs-dead < jobs",
		"aws:sqs/redriveAllowPolicy:RedriveAllowPolicy jobs-dead < jobs",
		"aws:sqs/redrivePolicy:RedrivePolicy jobs < jobs",
		"tenfold:queue:Queue jobs",
		"",
	}, "\n"), inv.Text())
	assert.Equal(t, "tenfold-test-jobs", q.Name)
	assert.Equal(t, "tenfold-test-jobs-dead", q.DeadLetterName)
}

func TestAStandardQueueIsEncryptedPollsLongAndHidesMessagesLongEnough(t *testing.T) {
	inv, _ := run(t, queue.Args{ProcessingTime: time.Minute})
	live, dead := inv.One(t, sqsQueue, "jobs"), inv.One(t, sqsQueue, "jobs-dead")
	for _, q := range []ct.Resource{live, dead} {
		assert.Equal(t, true, q.Input("sqsManagedSseEnabled"))
		assert.Equal(t, 20.0, q.Input("receiveWaitTimeSeconds"))
		assert.Equal(t, 360.0, q.Input("visibilityTimeoutSeconds"))
		assert.Nil(t, q.Input("fifoQueue"))
		assert.Nil(t, q.Input("kmsMasterKeyId"))
	}
	assert.Equal(t, 4*86400.0, live.Input("messageRetentionSeconds"))
	assert.Equal(t, 14*86400.0, dead.Input("messageRetentionSeconds"))
	assert.Equal(t, map[string]any{
		"deadLetterTargetArn": liveARN + "-dead", "maxReceiveCount": 5.0,
	}, inv.One(t, "aws:sqs/redrivePolicy:RedrivePolicy", "jobs").JSON(t, "redrivePolicy"))
	assert.Equal(t, map[string]any{
		"redrivePermission": "byQueue", "sourceQueueArns": []any{liveARN},
	}, inv.One(t, "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "jobs-dead").JSON(t, "redriveAllowPolicy"))
}

func TestAFIFOQueueIsFIFOThroughout(t *testing.T) {
	inv, _ := run(t, queue.Args{FIFO: true})
	for name, physical := range map[string]string{"jobs": "tenfold-test-jobs.fifo", "jobs-dead": "tenfold-test-jobs-dead.fifo"} {
		q := inv.One(t, sqsQueue, name)
		assert.Equal(t, physical, q.Input("name"))
		assert.Equal(t, true, q.Input("fifoQueue"))
		assert.Equal(t, false, q.Input("contentBasedDeduplication"))
		assert.Equal(t, "queue", q.Input("deduplicationScope"))
		assert.Equal(t, "perQueue", q.Input("fifoThroughputLimit"))
	}
	inv, _ = run(t, queue.Args{FIFO: true, HighThroughput: true, ContentDeduplication: true})
	q := inv.One(t, sqsQueue, "jobs")
	assert.Equal(t, true, q.Input("contentBasedDeduplication"))
	assert.Equal(t, "messageGroup", q.Input("deduplicationScope"))
	assert.Equal(t, "perMessageGroupId", q.Input("fifoThroughputLimit"))
}

func TestAKeyEncryptsBothQueuesInsteadOfTheManagedOne(t *testing.T) {
	inv, _ := run(t, queue.Args{KeyARN: pulumi.String(keyARN)})
	for _, name := range []string{"jobs", "jobs-dead"} {
		assert.Equal(t, keyARN, inv.One(t, sqsQueue, name).Input("kmsMasterKeyId"))
		assert.Nil(t, inv.One(t, sqsQueue, name).Input("sqsManagedSseEnabled"))
	}
}

func TestADisposableQueueIsNotProtected(t *testing.T) {
	inv, _ := run(t, queue.Args{Disposable: true})
	assert.NotContains(t, inv.Text(), "[protect]")
}

func TestTheCallersOptionsReachTheComponentOnly(t *testing.T) {
	inv, _ := run(t, queue.Args{}, pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("old")}}))
	ct.AssertHouse(t, inv, component, "jobs")
}

func denyPlain(arn string) map[string]any {
	return map[string]any{
		"Sid": "DenyInsecureTransport", "Effect": "Deny", "Principal": "*", "Action": []any{"sqs:*"}, "Resource": arn,
		"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
	}
}

func TestBothQueuesRefuseRequestsWithoutTLSAndAllowNobody(t *testing.T) {
	inv, _ := run(t, queue.Args{})
	for name, arn := range map[string]string{"jobs": liveARN, "jobs-dead": liveARN + "-dead"} {
		assert.Equal(t, map[string]any{"Version": "2012-10-17", "Statement": []any{denyPlain(arn)}},
			inv.One(t, policy, name).JSON(t, "policy"))
	}
}

func TestServicesSendForThisAccountOnly(t *testing.T) {
	inv, _ := run(t, queue.Args{Senders: []string{"events.amazonaws.com"}})
	assert.Equal(t, map[string]any{"Version": "2012-10-17", "Statement": []any{
		denyPlain(liveARN),
		map[string]any{
			"Sid": "ServicesSend", "Effect": "Allow", "Action": []any{"sqs:SendMessage"}, "Resource": liveARN,
			"Principal": map[string]any{"Service": []any{"events.amazonaws.com"}},
			"Condition": map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": ct.Account}},
		},
	}}, inv.One(t, policy, "jobs").JSON(t, "policy"))
}

func await(t *testing.T, in pulumi.StringInput) string {
	t.Helper()
	result, err := internals.UnsafeAwaitOutput(t.Context(), in.ToStringOutput())
	require.NoError(t, err)
	return result.Value.(string)
}

func TestGrantsHoldExactlyTheDocumentedActions(t *testing.T) {
	_, q := run(t, queue.Args{KeyARN: pulumi.String(keyARN)})
	for verb, grant := range map[string]access.Grant{"Queue.Send": q.Send(), "Queue.Consume": q.Consume()} {
		ct.AssertDocumented(t, verb, grant)
		require.NoError(t, access.Validate([]access.Grant{grant}))
		require.Len(t, grant.Allow, 2)
		assert.Equal(t, liveARN, await(t, grant.Allow[0].Resources[0]))
		assert.Equal(t, keyARN, await(t, grant.Allow[1].Resources[0]))
		assert.Equal(t, liveURL, await(t, grant.Env["JOBS_QUEUE_URL"]))
	}
	assert.Equal(t, "jobs-send", q.Send().Key)
	assert.Equal(t, []string{"sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"}, q.Send().Allow[0].Actions)
	require.NoError(t, access.Validate([]access.Grant{q.Send(), q.Consume()}), "one service may do both")
}

func TestWithoutAKeyGrantsNameNone(t *testing.T) {
	_, q := run(t, queue.Args{})
	assert.Len(t, q.Send().Allow, 1)
	assert.Len(t, q.Consume().Allow, 1)
}

func TestThresholdsComeFromTheArgs(t *testing.T) {
	got := &ct.Monitors{}
	run(t, queue.Args{AcceptableAge: 10 * time.Minute, ExpectedBacklog: 50, FIFO: true, Monitors: got, MonitorsOff: map[string]string{"sqs-backlog": "a batch queue"}})
	specs := got.ByKey("jobs")
	require.Len(t, specs, 5)
	assert.Equal(t, monitor.AlertAndWarn(600, 300), specs["sqs-age"].Levels.Critical)
	assert.Equal(t, monitor.AlertAndWarn(1200, 600), specs["sqs-age"].Levels.Standard)
	assert.Equal(t, monitor.AlertAndWarn(50, 25), specs["sqs-backlog"].Levels.Critical)
	assert.Equal(t, "a batch queue", specs["sqs-backlog"].Off)
	assert.Equal(t, monitor.AlertAndWarn(16000, 10000), specs["sqs-inflight"].Levels.Critical)
	assert.Equal(t, monitor.Alert(50), specs["sqs-stalled"].Levels.Critical)
	assert.Nil(t, specs["sqs-stalled"].Levels.Standard)
	assert.Equal(t, monitor.Alert(10), specs["sqs-dlq"].Levels.Relaxed)
	assert.Equal(t, "tenfold-test-jobs-dead.fifo", specs["sqs-dlq"].Query.Series()[0].Of[0].Value)
	assert.Equal(t, "tenfold-test-jobs.fifo", specs["sqs-age"].Query.Series()[0].Of[0].Value)
}

func TestEveryProblemIsReportedBeforeAnythingIsRegistered(t *testing.T) {
	for want, args := range map[string]queue.Args{
		"Monitors must be set; pass a sink, or monitor.Off with the reason why nothing is watched":                   {},
		"ContentDeduplication needs FIFO; a standard queue delivers duplicates, so consumers have to cope with them": {ContentDeduplication: true},
		"HighThroughput needs FIFO; a standard queue has no limit to raise":                                          {HighThroughput: true},
		"ProcessingTime must be 1s to 2h, got 3h0m0s; split longer work":                                             {ProcessingTime: 3 * time.Hour},
		"VisibilityTimeout must be 1s to 12h in whole seconds, got 13h0m0s; lower it or split the work":              {VisibilityTimeout: 13 * time.Hour},
		"VisibilityTimeout must be 1s to 12h in whole seconds, got 5.5s; lower it or split the work":                 {VisibilityTimeout: 5500 * time.Millisecond},
		"VisibilityTimeout must be at least ProcessingTime (1m0s), got 30s; otherwise":                               {ProcessingTime: time.Minute, VisibilityTimeout: 30 * time.Second},
		"Retention must be 1m to 312h (13 days) in whole seconds, got 336h0m0s; the dead-letter queue":               {Retention: 14 * 24 * time.Hour},
		"Retention must be at least VisibilityTimeout (6h0m0s), got 1h0m0s; otherwise a message is lost":             {ProcessingTime: time.Hour, Retention: time.Hour},
		"MaxReceives must be 1 to 1000, got 1001; leave it out for 5":                                                {MaxReceives: 1001},
		"AcceptableAge must be 1m to half of Retention (30m0s), got 40m0s; messages must not be lost before someone": {Retention: time.Hour, AcceptableAge: 40 * time.Minute},
		"ExpectedBacklog must be at least 1, got -1; leave it out for 1000":                                          {ExpectedBacklog: -1},
		`Senders must hold service principals, got "events"; write it like events.amazonaws.com`:                     {Senders: []string{"events"}},
		`there is no monitor "sqs-depth" here to switch off; there are sqs-age, sqs-backlog`:                         {MonitorsOff: map[string]string{"sqs-depth": "no"}},
	} {
		inv, err := ct.RunErr(t, func(ctx *pulumi.Context) error {
			_, err := queue.New(ctx, "jobs", args)
			return err
		})
		assert.ErrorContains(t, err, `queue "jobs": `+want)
		assert.ErrorContains(t, err, `queue "jobs": Monitors must be set`, "all problems are reported, not the first")
		assert.Empty(t, inv.ByType(component))
	}
	_, err := ct.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := queue.New(ctx, "Jobs", queue.Args{Monitors: &ct.Monitors{}})
		return err
	})
	assert.ErrorContains(t, err, `queue "Jobs": the name must be 1 to 40 lower-case letters`)
}
