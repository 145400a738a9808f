package monitor_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	ct "github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

func age() monitor.Spec {
	return monitor.Spec{
		ID: "sqs-age", Title: "messages wait too long", Impact: "Work is late.", Checks: []string{"Is the consumer running?"},
		Query: monitor.Query{
			Over: monitor.Minimum, Window: 10 * time.Minute, Compare: monitor.Above,
			Measure: monitor.Series{
				Metric: monitor.Metric{Datadog: "aws.sqs.approximate_age_of_oldest_message"},
				Space:  monitor.Maximum,
				Of:     []monitor.Dimension{{Tag: "queuename", Value: "tenfold-test-jobs"}},
			},
		},
		Levels: monitor.Production(monitor.AlertAndWarn(300, 150)), Missing: monitor.MissingResolves, Priority: 2,
	}
}

func TestACompleteSpecIsValid(t *testing.T) {
	require.NoError(t, monitor.Validate([]monitor.Spec{age()}))
}

func TestEveryProblemOfASpecIsReported(t *testing.T) {
	of := []monitor.Dimension{{Tag: "queuename", Value: "*"}}
	sent := monitor.Metric{Datadog: "aws.sqs.number_of_messages_sent", Count: true}
	for want, change := range map[string]func(*monitor.Spec){
		`ID "disk" is not in the catalogue; add it to components/monitor/catalogue.go and write docs/runbooks/disk.md`: func(s *monitor.Spec) { s.ID = "disk" },
		`Subject "A" must be lower-case`:                             func(s *monitor.Spec) { s.Subject = "A" },
		"needs a Title, an Impact and one to three Checks":           func(s *monitor.Spec) { s.Checks = nil },
		"Priority must be 1 to 5, got 6":                             func(s *monitor.Spec) { s.Priority = 6 },
		"needs a missing-data policy":                                func(s *monitor.Spec) { s.Missing = 0 },
		"has no threshold at any level":                              func(s *monitor.Spec) { s.Levels = monitor.Levels{} },
		"the warning 400 must come before the alert 300":             func(s *monitor.Spec) { s.Levels.Critical = monitor.AlertAndWarn(300, 400) },
		"measures nothing":                                           func(s *monitor.Spec) { s.Query.Measure = nil },
		"Query.Window must be whole minutes, 1m to 48h, got 30s":     func(s *monitor.Spec) { s.Query.Window = 30 * time.Second },
		`Query.Over must be avg, min, max or sum, got ""`:            func(s *monitor.Spec) { s.Query.Over = "" },
		`Query.Compare must be >, >= or <, got "!"`:                  func(s *monitor.Spec) { s.Query.Compare = "!" },
		"aws.sqs.number_of_messages_sent is a count; Query.Over has": func(s *monitor.Spec) { s.Query.Measure = monitor.Series{Metric: sent, Space: monitor.Sum, Of: of} },
		"is a count and has to be combined with Sum":                 func(s *monitor.Spec) { s.Query.Measure = monitor.Series{Metric: sent, Space: monitor.Maximum, Of: of} },
		`dimension "queuename" of aws.sqs.number_of_messages_sent has the value "*"`: func(s *monitor.Spec) {
			s.Query.Measure = monitor.Series{Metric: sent, Space: monitor.Sum, Of: of}
		},
		"a series has no metric":        func(s *monitor.Spec) { s.Query.Measure = monitor.Series{Space: monitor.Sum, Of: of} },
		"is not narrowed to a resource": func(s *monitor.Spec) { s.Query.Measure = monitor.Series{Metric: sent, Space: monitor.Sum} },
		"aws.sqs.depth is not a known": func(s *monitor.Spec) {
			s.Query.Measure = monitor.Series{Metric: monitor.Metric{Datadog: "aws.sqs.depth"}}
		},
		"is a gauge and cannot be counted": func(s *monitor.Spec) {
			s.Query.Measure = monitor.Series{Metric: monitor.Metric{Datadog: "aws.rds.cpuutilization", Count: true}}
		},
		"both sides of a percentage have": func(s *monitor.Spec) {
			s.Query.Measure = monitor.Percent{Part: monitor.Series{Metric: sent, By: []string{"a"}}, Whole: monitor.Series{Metric: sent}}
		},
		"both sides of a difference have": func(s *monitor.Spec) {
			s.Query.Measure = monitor.Difference{Left: monitor.Series{Metric: sent, By: []string{"a"}}, Right: monitor.Series{Metric: sent}}
		},
		"reads silence as zero and needs MissingIsZero": func(s *monitor.Spec) {
			s.Query.Measure = monitor.Difference{Left: monitor.Series{Metric: sent}, Right: monitor.Series{Metric: sent}, ZeroWhenSilent: true}
		},
	} {
		s := age()
		change(&s)
		assert.ErrorContains(t, monitor.Validate([]monitor.Spec{s}), want)
	}
	assert.ErrorContains(t, monitor.Validate([]monitor.Spec{age(), age()}), `monitor "sqs-age" is given twice; set Subject`)
}

func TestOwnMetricsNeedNoEntryInTheList(t *testing.T) {
	s := age()
	s.Query.Measure = monitor.Series{
		Metric: monitor.Metric{Datadog: "billing.invoices.pending"}, Space: monitor.Maximum,
		Of: []monitor.Dimension{{Tag: "service", Value: "billing"}},
	}
	require.NoError(t, monitor.Validate([]monitor.Spec{s}))
}

func TestEveryPointHasToBeBadForMinimumAboveAndMaximumBelow(t *testing.T) {
	for over, want := range map[monitor.Aggregate][2]bool{
		monitor.Minimum: {true, false}, monitor.Maximum: {false, true}, monitor.Average: {false, false}, monitor.Sum: {false, false},
	} {
		assert.Equal(t, want[0], monitor.Query{Over: over, Compare: monitor.Above}.EveryPoint(), over)
		assert.Equal(t, want[1], monitor.Query{Over: over, Compare: monitor.Below}.EveryPoint(), over)
	}
}

func TestThresholdsDependOnTheLevel(t *testing.T) {
	one, two := monitor.Alert(1), monitor.AlertAndWarn(2, 1)
	levels := monitor.Levels{Critical: one, Standard: two}
	assert.Same(t, one, levels.At(monitor.Critical))
	assert.Same(t, two, levels.At(monitor.Standard))
	assert.Nil(t, levels.At(monitor.Relaxed))
	assert.Nil(t, levels.At(0))
	assert.Same(t, one, monitor.Everywhere(one).Relaxed)
	assert.Nil(t, monitor.Production(one).Relaxed)
}

type owner struct{ pulumi.ResourceState }

func hand(t *testing.T, sink monitor.Sink, specs ...monitor.Spec) error {
	t.Helper()
	_, err := ct.Record(func(ctx *pulumi.Context) error {
		o := &owner{}
		if err := ctx.RegisterComponentResource("tenfold:test:Owner", "jobs", o); err != nil {
			return err
		}
		return sink.Monitor(ctx, o, "jobs", specs)
	})
	return err
}

func TestMonitoringIsSwitchedOffAsAWholeOnlyWithAReason(t *testing.T) {
	assert.ErrorContains(t, hand(t, monitor.Off{}, age()), `monitors of "jobs" are switched off without a reason`)
	require.NoError(t, hand(t, monitor.Off{Reason: "a test"}, age()))
	assert.ErrorContains(t, hand(t, monitor.Off{Reason: "a test"}, monitor.Spec{ID: "sqs-age"}), "needs a Title")
}

func TestAMonitorIsSwitchedOffByIDOrByComponentAndID(t *testing.T) {
	got := &ct.Monitors{}
	dlq := age()
	dlq.ID = "sqs-dlq"
	off := monitor.Without(got, map[string]string{
		"sqs-age": "everywhere", "jobs/sqs-age": "here", "other/sqs-dlq": "elsewhere", "sqs-agee": "misspelt",
	})
	require.NoError(t, hand(t, off, age(), dlq))
	assert.Equal(t, "here", got.Of("jobs")[0].Off)
	assert.Empty(t, got.Of("jobs")[1].Off)
	err := off.Err()
	assert.ErrorContains(t, err, `there is no monitor "sqs-agee" to switch off`)
	assert.ErrorContains(t, err, `there is no monitor "other/sqs-dlq" to switch off`)
	assert.NotContains(t, err.Error(), `"sqs-age"`)

	assert.ErrorContains(t, hand(t, monitor.Without(got, map[string]string{"sqs-age": " "}), age()), `monitor "sqs-age" is switched off without a reason`)
}

func TestAComponentSwitchesOffOnlyMonitorsItHas(t *testing.T) {
	specs, err := monitor.Apply([]monitor.Spec{age()}, map[string]string{"sqs-age": "a batch queue"})
	require.NoError(t, err)
	assert.Equal(t, "a batch queue", specs[0].Off)
	_, err = monitor.Apply([]monitor.Spec{age()}, map[string]string{"sqs-age": "", "sqs-dlq": "no"})
	assert.ErrorContains(t, err, `monitor "sqs-age" is switched off without a reason; say why`)
	assert.ErrorContains(t, err, `there is no monitor "sqs-dlq" here to switch off; there are sqs-age`)
}

// The catalogue, the runbooks and the components name the same monitors.
func TestEveryMonitorHasARunbookAndEveryRunbookItsUse(t *testing.T) {
	root := filepath.Join("..", "..")
	index, err := os.ReadFile(filepath.Join(root, "docs", "runbooks", "README.md"))
	require.NoError(t, err)
	source := sources(t, filepath.Join(root, "components"))
	for _, id := range monitor.IDs() {
		assert.FileExists(t, filepath.Join(root, "docs", "runbooks", id+".md"))
		assert.True(t, strings.Contains(source, `"`+id+`"`), "no component makes the monitor %s; remove it from the catalogue", id)
		assert.Contains(t, string(index), "("+id+".md)", "the index does not link the runbook")
	}
	files, err := filepath.Glob(filepath.Join(root, "docs", "runbooks", "*.md"))
	require.NoError(t, err)
	for _, f := range files {
		if name := filepath.Base(f); name != "README.md" {
			assert.Contains(t, string(index), "("+name+")", "the index does not link it")
		}
	}
}

func TestEveryListedMetricIsQueried(t *testing.T) {
	list, err := os.ReadFile("metrics.txt")
	require.NoError(t, err)
	source := sources(t, "..")
	count := 0
	for line := range strings.Lines(string(list)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		count++
		require.Regexp(t, `^[a-z0-9_.]+\t(gauge|count)\t(documented|public-code|derived)\n$`, line)
		name, _, _ := strings.Cut(line, "\t")
		assert.True(t, strings.Contains(source, `"`+name+`"`), "no component queries %s; remove it from the list", name)
	}
	assert.NotZero(t, count)
}

var notSource = regexp.MustCompile(`_test\.go$|catalogue\.go$`)

// sources is the text of the components, without tests and the catalogue.
func sources(t *testing.T, root string) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || notSource.MatchString(path) {
			return err
		}
		raw, err := os.ReadFile(path)
		b.Write(raw)
		return err
	}))
	return b.String()
}
