package eventbus_test

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/access"
	ct "github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/eventbus"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

const (
	component = "tenfold:eventbus:Bus"
	rule      = "aws:cloudwatch/eventRule:EventRule"
	target    = "aws:cloudwatch/eventTarget:EventTarget"
	queueARN  = "arn:aws:sqs:us-east-1:123456789012:jobs"
	deadARN   = "arn:aws:sqs:us-east-1:123456789012:tenfold-test-product-dead"
)

func toJobs(name string, change func(*eventbus.Rule)) eventbus.Rule {
	r := eventbus.Rule{
		Name: name, Target: eventbus.Target{ARN: pulumi.String(queueARN)},
		Pattern: eventbus.Pattern{Sources: []string{"tenfold.billing"}, DetailTypes: []string{"InvoicePaid"}},
	}
	if change != nil {
		change(&r)
	}
	return r
}

func run(t *testing.T, args eventbus.Args, opts ...pulumi.ResourceOption) (*ct.Inventory, *eventbus.Bus) {
	t.Helper()
	if args.Monitors == nil {
		args.Monitors = &ct.Monitors{}
	}
	var made *eventbus.Bus
	inv := ct.Run(t, func(ctx *pulumi.Context) error {
		var err error
		made, err = eventbus.New(ctx, "product", args, opts...)
		return err
	})
	return inv, made
}

func TestABusHasAnArchiveADeadLetterQueueAndItsRules(t *testing.T) {
	inv, b := run(t, eventbus.Args{Rules: []eventbus.Rule{toJobs("paid", nil)}, Publishers: []string{"123456789012"}})
	ct.AssertHouse(t, inv, component, "product")
	ct.Golden(t, "production.txt", inv.Detailed())
	assert.Equal(t, "tenfold-test-product", b.Name)
	assert.Equal(t, "tenfold-test-product-dead", b.DeadLetterName)
}

func TestEveryTargetHasRetriesAndADeadLetterQueueByDefault(t *testing.T) {
	inv, _ := run(t, eventbus.Args{Rules: []eventbus.Rule{toJobs("paid", nil), toJobs("ordered", func(r *eventbus.Rule) {
		r.MaxAge, r.MaxRetries = time.Hour, 3
		r.Target.MessageGroup, r.Target.RoleARN, r.Target.DetailOnly = "orders", pulumi.String("arn:aws:iam::123456789012:role/deliver"), true
	})}})
	plain, tuned := inv.One(t, target, "product-paid"), inv.One(t, target, "product-ordered")
	for _, made := range []ct.Resource{plain, tuned} {
		assert.Equal(t, map[string]any{"arn": deadARN}, made.Input("deadLetterConfig"))
		assert.Equal(t, "tenfold-test-product", made.Input("eventBusName"))
		assert.Equal(t, queueARN, made.Input("arn"))
	}
	assert.Equal(t, map[string]any{"maximumEventAgeInSeconds": 86400.0, "maximumRetryAttempts": 185.0}, plain.Input("retryPolicy"))
	assert.Equal(t, map[string]any{"maximumEventAgeInSeconds": 3600.0, "maximumRetryAttempts": 3.0}, tuned.Input("retryPolicy"))
	assert.Equal(t, map[string]any{"messageGroupId": "orders"}, tuned.Input("sqsTarget"))
	assert.Equal(t, "arn:aws:iam::123456789012:role/deliver", tuned.Input("roleArn"))
	assert.Equal(t, "$.detail", tuned.Input("inputPath"))
	assert.Nil(t, plain.Input("sqsTarget"))
	assert.Nil(t, plain.Input("inputPath"))
}

func TestOnlyTheBusAndItsRulesFillTheDeadLetterQueue(t *testing.T) {
	inv, _ := run(t, eventbus.Args{})
	assert.Equal(t, map[string]any{"Version": "2012-10-17", "Statement": []any{
		map[string]any{
			"Sid": "DenyInsecureTransport", "Effect": "Deny", "Principal": "*", "Action": []any{"sqs:*"}, "Resource": deadARN,
			"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
		},
		map[string]any{
			"Sid": "BusAndRulesSend", "Effect": "Allow", "Action": []any{"sqs:SendMessage"}, "Resource": deadARN,
			"Principal": map[string]any{"Service": []any{"events.amazonaws.com"}},
			"Condition": map[string]any{"ArnLike": map[string]any{"aws:SourceArn": []any{
				"arn:aws:events:us-east-1:123456789012:event-bus/tenfold-test-product",
				"arn:aws:events:us-east-1:123456789012:rule/tenfold-test-product/*",
			}}},
		},
	}}, inv.One(t, "aws:sqs/queuePolicy:QueuePolicy", "product-dead").JSON(t, "policy"))
	assert.Equal(t, map[string]any{"arn": deadARN}, inv.One(t, "aws:cloudwatch/eventBus:EventBus", "product").Input("deadLetterConfig"))
}

func TestOtherAccountsPublishOnlyByName(t *testing.T) {
	inv, b := run(t, eventbus.Args{})
	assert.Empty(t, inv.ByType("aws:cloudwatch/eventBusPolicy:EventBusPolicy"))
	inv, _ = run(t, eventbus.Args{Publishers: []string{"123456789012"}})
	assert.Equal(t, map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Sid": "OtherAccountsPublish", "Effect": "Allow", "Action": []any{"events:PutEvents"},
		"Principal": map[string]any{"AWS": "arn:aws:iam::123456789012:root"}, "Resource": await(t, b.ARN),
	}}}, inv.One(t, "aws:cloudwatch/eventBusPolicy:EventBusPolicy", "product").JSON(t, "policy"))
}

func TestADisposableBusIsNotProtected(t *testing.T) {
	inv, _ := run(t, eventbus.Args{Disposable: true})
	assert.NotContains(t, inv.Text(), "[protect]")
	inv, _ = run(t, eventbus.Args{})
	for token, name := range map[string]string{
		"aws:cloudwatch/eventBus:EventBus": "product", "aws:cloudwatch/eventArchive:EventArchive": "product", "aws:sqs/queue:Queue": "product-dead",
	} {
		assert.True(t, inv.One(t, token, name).Protect, token)
	}
}

func await(t *testing.T, in pulumi.StringInput) string {
	t.Helper()
	result, err := internals.UnsafeAwaitOutput(t.Context(), in.ToStringOutput())
	require.NoError(t, err)
	return result.Value.(string)
}

func TestPublishHoldsExactlyTheDocumentedActionAndTheSources(t *testing.T) {
	_, b := run(t, eventbus.Args{})
	g := b.Publish("tenfold.billing", "tenfold.orders")
	ct.AssertDocumented(t, "Bus.Publish", g)
	require.NoError(t, access.Validate([]access.Grant{g}))
	assert.Equal(t, "product-publish", g.Key)
	assert.Equal(t, await(t, b.ARN), await(t, g.Allow[0].Resources[0]))
	assert.Equal(t, "tenfold-test-product", await(t, g.Env["PRODUCT_EVENT_BUS"]))
	require.Len(t, g.Allow[0].Conditions, 1)
	assert.Equal(t, access.Condition{Test: "StringEquals", Key: "events:source", Values: []pulumi.StringInput{
		pulumi.String("tenfold.billing"), pulumi.String("tenfold.orders"),
	}}, g.Allow[0].Conditions[0])
	assert.Empty(t, b.Publish().Allow[0].Conditions)
}

func TestEveryRuleIsWatchedAndLossPagesEverywhere(t *testing.T) {
	got := &ct.Monitors{}
	run(t, eventbus.Args{Rules: []eventbus.Rule{toJobs("paid", nil)}, Monitors: got})
	specs := got.ByKey("product")
	require.Len(t, specs, 3)
	lost := specs["eb-dlq-lost-paid"]
	assert.Equal(t, 1, lost.Priority)
	assert.Equal(t, monitor.Everywhere(monitor.Alert(0)), lost.Levels)
	assert.Equal(t, "tenfold-test-product-paid", lost.Query.Series()[0].Of[1].Value)
	assert.Equal(t, "tenfold-test-product-dead", specs["eb-dlq"].Query.Series()[0].Of[0].Value)
}

func TestTheCallersOptionsReachTheComponentOnly(t *testing.T) {
	inv, _ := run(t, eventbus.Args{}, pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("old")}}))
	ct.AssertHouse(t, inv, component, "product")
}

func TestEveryProblemIsReportedBeforeAnythingIsRegistered(t *testing.T) {
	inv, err := ct.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := eventbus.New(ctx, "Product", eventbus.Args{
			ArchiveDays: 4000, Publishers: []string{"me"},
			Rules: []eventbus.Rule{
				{Name: "Paid", MaxAge: time.Second, MaxRetries: 200}, toJobs("a", nil), toJobs("a", nil),
			},
			MonitorsOff: map[string]string{"sqs-age": "no"},
		})
		return err
	})
	for _, want := range []string{
		"the name must be 1 to 40 lower-case letters",
		"Monitors must be set; pass a sink, or monitor.Off with the reason why nothing is watched",
		"ArchiveDays must be 1 to 3650, got 4000",
		`Publishers must hold account ids of twelve digits, got "me"`,
		`Rules must have names of lower-case letters, digits and single inner hyphens, got "Paid"`,
		`Rules must not repeat the name "a"; it tells them apart for life`,
		`rule "Paid": Target.ARN must be set; events that match have to go somewhere`,
		`rule "Paid": MaxAge must be 1m to 24h in whole seconds, got 1s`,
		`rule "Paid": MaxRetries must be 1 to 185, got 200`,
		`rule "Paid": Pattern must have Sources or DetailTypes; without both a rule takes every event of the bus`,
		`there is no monitor "sqs-age" here to switch off`,
	} {
		assert.ErrorContains(t, err, `event bus "Product": `+want)
	}
	assert.Empty(t, inv.ByType(component))
}
