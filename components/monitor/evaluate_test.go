package monitor_test

import (
	"math"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/backup"
	"github.com/tenfold-iac/tenfold/components/cache"
	ct "github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/eventbus"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/postgres"
	"github.com/tenfold-iac/tenfold/components/queue"
)

// world is what each metric says in each minute; NaN is silence.
type world map[string]func(minute int) float64

// bad tells whether a query is past its threshold at the end of a minute, as both
// sinks evaluate it.
func (w world) bad(q monitor.Query, alert float64, now int) bool {
	var points []float64
	for minute := now - int(q.Window/time.Minute) + 1; minute <= now; minute++ {
		if v := w.measure(q.Measure, minute); !math.IsNaN(v) {
			points = append(points, v)
		}
	}
	if len(points) == 0 {
		return false // what silence means is the spec's Missing, not the query's
	}
	value := aggregate(q.Over, points)
	switch q.Compare {
	case monitor.AtLeast:
		return value >= alert
	case monitor.Below:
		return value < alert
	}
	return value > alert
}

func (w world) measure(e monitor.Expr, minute int) float64 {
	at := func(s monitor.Series) float64 {
		f, known := w[s.Metric.Datadog]
		if !known {
			return math.NaN()
		}
		return f(minute)
	}
	switch e := e.(type) {
	case monitor.Series:
		return at(e)
	case monitor.Percent:
		return 100 * at(e.Part) / at(e.Whole)
	case monitor.Difference:
		left, right := at(e.Left), at(e.Right)
		if e.ZeroWhenSilent {
			left, right = orZero(left), orZero(right)
		}
		return left - right
	}
	return math.NaN()
}

func orZero(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}

func aggregate(over monitor.Aggregate, points []float64) float64 {
	sum, least, most := 0.0, math.Inf(1), math.Inf(-1)
	for _, p := range points {
		sum, least, most = sum+p, math.Min(least, p), math.Max(most, p)
	}
	switch over {
	case monitor.Sum:
		return sum
	case monitor.Minimum:
		return least
	case monitor.Maximum:
		return most
	}
	return sum / float64(len(points))
}

func always(v float64) func(int) float64 { return func(int) float64 { return v } }

// from is v from a minute on, and was before.
func from(minute int, before, v float64) func(int) float64 {
	return func(m int) float64 {
		if m < minute {
			return before
		}
		return v
	}
}

// between is v for some minutes and rest otherwise.
func between(first, last int, rest, v float64) func(int) float64 {
	return func(m int) float64 {
		if m < first || m > last {
			return rest
		}
		return v
	}
}

// sinceRestart is the age of an engine that restarts in a minute.
func sinceRestart(minute int) func(int) float64 {
	return func(m int) float64 {
		if m < minute {
			return 1e6
		}
		return float64(m-minute) * 60
	}
}

const gib = 1 << 30

// healthy is a busy, normal day: with a peak, a night, and a deployment in which
// consumers stand still for four minutes.
var healthy = world{
	"aws.sqs.approximate_age_of_oldest_message":          between(600, 603, 20, 290),
	"aws.sqs.approximate_number_of_messages_visible":     between(600, 603, 30, 900),
	"aws.sqs.approximate_number_of_messages_not_visible": between(700, 800, 10, 400),
	"aws.sqs.number_of_messages_sent":                    between(700, 800, 50, 2000),
	"aws.sqs.number_of_messages_deleted":                 between(700, 800, 50, 2000),
	"aws.rds.cpuutilization":                             between(700, 705, 30, 99),
	"aws.rds.acuutilization":                             between(700, 705, 40, 100),
	"aws.rds.serverless_database_capacity":               between(700, 740, 2, 8),
	"aws.rds.database_connections":                       between(600, 603, 200, 700),
	"aws.rds.engine_uptime":                              always(1e6),
	"aws.rds.aurora_replica_lag":                         between(700, 705, 30, 3000),
	"aws.rds.commit_latency":                             between(700, 703, 4, 90),
	"aws.rds.deadlocks":                                  between(700, 702, 0, 1),
	"aws.rds.maximum_used_transaction_ids":               always(2e8),
	"aws.rds.oldest_replication_slot_lag":                between(700, 710, 0, 12*gib),
	"aws.rds.freeable_memory":                            between(700, 710, 6*gib, 0.2*gib),
	"aws.rds.dbload":                                     between(700, 704, 0.5, 6),
	"aws.rds.proxy.database_connections_borrow_latency":  between(700, 702, 300, 150_000),
	"aws.rds.proxy.database_connections":                 always(200),
	"aws.rds.proxy.max_database_connections_allowed":     always(1000),
	"aws.rds.proxy.database_connections_setup_failed":    between(700, 701, 0, 1),
	"aws.rds.proxy.client_connections_setup_failed_auth": between(700, 701, 0, 1),
	"aws.rds.proxy.availability_percentage":              always(100),
	"aws.elasticache.bytes_used_for_cache":               always(0.6 * gib),
	"aws.elasticache.evictions":                          between(700, 705, 0, 50),
	"aws.elasticache.throttled_cmds":                     always(0),
	"aws.events.failed_invocations":                      always(math.NaN()),
	"aws.events.invocations_failed_to_be_sent_to_dlq":    always(math.NaN()),
}

// calm is what the healthy day is for queues that have to be empty.
var calm = map[string]bool{"sqs-dlq": true, "eb-dlq": true, "bak-failed": true}

// incidents say what each monitor is there for, beginning in minute 1000, and
// within how many minutes it has to be noticed.
var incidents = map[string]struct {
	world  world
	within int
}{
	"sqs-age":          {world{"aws.sqs.approximate_age_of_oldest_message": func(m int) float64 { return math.Max(20, float64(m-1000)*60) }}, 16},
	"sqs-dlq":          {world{"aws.sqs.approximate_number_of_messages_visible": from(1000, 0, 1)}, 1},
	"sqs-backlog":      {world{"aws.sqs.approximate_number_of_messages_visible": from(1000, 0, 1500)}, 15},
	"sqs-stalled":      {world{"aws.sqs.number_of_messages_sent": always(100), "aws.sqs.number_of_messages_deleted": from(1000, 100, math.NaN())}, 12},
	"sqs-inflight":     {world{"aws.sqs.approximate_number_of_messages_not_visible": from(1000, 10, 110_000)}, 1},
	"aur-cpu":          {world{"aws.rds.cpuutilization": from(1000, 30, 98)}, 15},
	"aur-acu":          {world{"aws.rds.acuutilization": from(1000, 40, 100)}, 15},
	"aur-acu-cost":     {world{"aws.rds.serverless_database_capacity": from(1000, 2, 8)}, 60},
	"aur-conn":         {world{"aws.rds.database_connections": from(1000, 200, 800)}, 10},
	"aur-restart":      {world{"aws.rds.engine_uptime": sinceRestart(1000)}, 1},
	"aur-lag":          {world{"aws.rds.aurora_replica_lag": from(1000, 30, 5000)}, 10},
	"aur-commit":       {world{"aws.rds.commit_latency": from(1000, 4, 120)}, 10},
	"aur-deadlocks":    {world{"aws.rds.deadlocks": from(1000, 0, 1)}, 6},
	"aur-xid":          {world{"aws.rds.maximum_used_transaction_ids": from(1000, 2e8, 1.2e9)}, 1},
	"aur-slot":         {world{"aws.rds.oldest_replication_slot_lag": from(1000, 0, 30*gib)}, 15},
	"aur-mem-big":      {world{"aws.rds.freeable_memory": from(1000, 6*gib, 0.2*gib)}, 15},
	"aur-dbload-big":   {world{"aws.rds.dbload": from(1000, 0.5, 6)}, 15},
	"prx-borrow":       {world{"aws.rds.proxy.database_connections_borrow_latency": from(1000, 300, 500_000)}, 10},
	"prx-sat":          {world{"aws.rds.proxy.database_connections": from(1000, 200, 990), "aws.rds.proxy.max_database_connections_allowed": always(1000)}, 10},
	"prx-fail":         {world{"aws.rds.proxy.database_connections_setup_failed": from(1000, 0, 3)}, 2},
	"prx-auth":         {world{"aws.rds.proxy.client_connections_setup_failed_auth": from(1000, 0, 3)}, 2},
	"prx-avail":        {world{"aws.rds.proxy.availability_percentage": from(1000, 100, 0)}, 1},
	"vk-mem":           {world{"aws.elasticache.bytes_used_for_cache": from(1000, 0.6*gib, 0.99*gib)}, 15},
	"vk-evict":         {world{"aws.elasticache.evictions": from(1000, 0, 500)}, 3},
	"vk-throttle":      {world{"aws.elasticache.throttled_cmds": from(1000, 0, 1)}, 1},
	"eb-dlq":           {world{"aws.sqs.approximate_number_of_messages_visible": from(1000, 0, 1)}, 1},
	"eb-failed-paid":   {world{"aws.events.failed_invocations": from(1000, math.NaN(), 1)}, 1},
	"eb-dlq-lost-paid": {world{"aws.events.invocations_failed_to_be_sent_to_dlq": from(1000, math.NaN(), 1)}, 1},
	"bak-failed":       {world{"aws.sqs.approximate_number_of_messages_visible": from(1000, 0, 1)}, 1},
}

// dataSpecs are the monitors of every data component.
func dataSpecs(t *testing.T) map[string]monitor.Spec {
	t.Helper()
	arn, got := pulumi.String("arn:aws:sqs:us-east-1:123456789012:jobs"), &ct.Monitors{}
	subnets := pulumi.ToStringArray([]string{"subnet-a", "subnet-b", "subnet-c"})
	ct.Run(t, func(ctx *pulumi.Context) error {
		if _, err := queue.New(ctx, "jobs", queue.Args{Monitors: got}); err != nil {
			return err
		}
		if _, err := postgres.New(ctx, "db", postgres.Args{
			VPCID: arn, SubnetIDs: subnets, KeyARN: arn, Monitors: got, MinACU: 1, MaxACU: 8,
			Instances: []postgres.Instance{{Name: "0"}, {Name: "big", Class: "db.t4g.large"}}, Proxy: postgres.Proxy{SecretARN: arn, SecretKeyARN: arn},
		}); err != nil {
			return err
		}
		if _, err := cache.New(ctx, "sessions", cache.Args{VPCID: arn, SubnetIDs: subnets, KeyARN: arn, Monitors: got}); err != nil {
			return err
		}
		if _, err := backup.New(ctx, "safe", backup.Args{Resources: []pulumi.StringInput{arn}, KeyARN: arn, Monitors: got}); err != nil {
			return err
		}
		_, err := eventbus.New(ctx, "product", eventbus.Args{Monitors: got, Rules: []eventbus.Rule{
			{Name: "paid", Pattern: eventbus.Pattern{DetailTypes: []string{"InvoicePaid"}}, Target: eventbus.Target{ARN: arn}},
		}})
		return err
	})
	specs := map[string]monitor.Spec{}
	for _, component := range []string{"jobs", "db", "sessions", "safe", "product"} {
		for key, spec := range got.ByKey(component) {
			specs[key] = spec
		}
	}
	return specs
}

func TestNoMonitorAlertsOnAHealthyDay(t *testing.T) {
	for key, spec := range dataSpecs(t) {
		day := healthy
		if calm[key] {
			day = world{"aws.sqs.approximate_number_of_messages_visible": always(0)}
		}
		for minute := 120; minute < 24*60; minute++ {
			require.False(t, day.bad(spec.Query, spec.Levels.Critical.Alert, minute), "%s in minute %d", key, minute)
		}
	}
}

func TestEveryMonitorNoticesWhatItIsThereFor(t *testing.T) {
	specs := dataSpecs(t)
	for key, spec := range specs {
		incident, known := incidents[key]
		if !assert.True(t, known, "say what %s is there for", key) {
			continue
		}
		noticed := -1
		for minute := 900; minute < 1200 && noticed < 0; minute++ {
			if incident.world.bad(spec.Query, spec.Levels.Critical.Alert, minute) {
				noticed = minute
			}
		}
		assert.GreaterOrEqual(t, noticed, 1000, "%s alerts before anything is wrong, or never", key)
		assert.LessOrEqual(t, noticed, 1000+incident.within, "%s is late", key)
	}
	for key := range incidents {
		assert.Contains(t, specs, key, "no component has this monitor")
	}
}

func TestStandardIsNoStricterThanCritical(t *testing.T) {
	for key, spec := range dataSpecs(t) {
		critical, standard := spec.Levels.Critical, spec.Levels.Standard
		if standard == nil {
			continue
		}
		if spec.Query.Compare == monitor.Below {
			assert.LessOrEqual(t, standard.Alert, critical.Alert, key)
		} else {
			assert.GreaterOrEqual(t, standard.Alert, critical.Alert, key)
		}
	}
}
