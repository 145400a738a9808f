package main

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/guard"
	"github.com/tenfold-iac/tenfold/internal/sandboxrun"
	"github.com/tenfold-iac/tenfold/internal/stateful"
	"github.com/tenfold-iac/tenfold/internal/tiermove"
	"github.com/tenfold-iac/tenfold/stacks/environment"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func TestAMoveIsPlannedWithoutTouchingTheSandboxOfTheStack(t *testing.T) {
	a := repository(t)
	got := a.runFor(t, "tiers", "plan", "prod", "scale")
	require.Zero(t, got.code, got.stdout+got.stderr)
	assert.Contains(t, got.stdout, "prod: growth to scale\n")
	assert.Contains(t, got.stdout, "  aws:rds/cluster:Cluster db: backupRetentionPeriod, serverlessv2ScalingConfiguration\n")
	assert.Contains(t, got.stdout, "  aws:rds/clusterInstance:ClusterInstance db-2\n")
	assert.Contains(t, got.stdout, "connections to the internet that are open through the former gateway break")
	assert.NotContains(t, got.stdout, "not reviewed")
	assert.True(t, strings.HasSuffix(got.stdout, "\nstateful replaced: 0\n"), got.stdout)
	assert.NoDirExists(t, sandboxrun.FoldersOf(a.sandboxes, "prod").Home())

	got = a.runFor(t, "tiers", "plan", "dev", "growth", "--json")
	require.Zero(t, got.code, got.stderr)
	var report tiermove.Report
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &report))
	assert.Equal(t, "growth", report.To)
	assert.NotEmpty(t, report.InPlace)
	assert.Empty(t, report.Lost)
}

func TestAMoveThatIsRefusedSaysWhyBeforeAnythingRuns(t *testing.T) {
	a, root := fakeCheckout(t)
	got := a.runFor(t, "tiers", "plan", "dev", "huge")
	assert.Equal(t, exitFailure, got.code)
	assert.Equal(t, "error: \"huge\" is not a tier; allowed are mvp, growth and scale\n", got.stderr)

	ran := false
	a.program = func(*pulumi.Context) error { ran = true; return nil }
	settings := strings.Replace(shippedSettings(t, "prod"), "tenfold:queues:", "tenfold:database: {readers: 0}\n  tenfold:queues:", 1)
	writeSettings(t, root, "prod", strings.Replace(settings, "tenfold:tier: growth", "tenfold:tier: mvp", 1))
	got = a.runFor(t, "tiers", "plan", "prod", "growth")
	assert.Equal(t, exitFailure, got.code)
	assert.Contains(t, got.stderr, "prod cannot move from mvp to growth: ")
	assert.Contains(t, got.stderr, "tenfold:database.readers: 0 is refused by tier growth in production, because without a reader")
	assert.False(t, ran)
}

func TestAMoveThatWouldReplaceStateNamesItAndFails(t *testing.T) {
	a, root := fakeCheckout(t)
	a.program = func(ctx *pulumi.Context) error { // a program that freezes nothing
		name := "jobs-" + config.Get(ctx, "tenfold:tier")
		return ctx.RegisterResource("aws:sqs/queue:Queue", "jobs", pulumi.Map{"name": pulumi.String(name)}, &plainResource{})
	}
	writeSettings(t, root, "dev", shippedSettings(t, "dev"))
	got := a.runFor(t, "tiers", "plan", "dev", "growth")
	assert.Equal(t, exitFailure, got.code)
	assert.Contains(t, got.stdout, "would lose state: 1\n  replace aws:sqs/queue:Queue jobs: name\n\nstateful replaced: 1\n", got.stderr)
	assert.Contains(t, got.stderr, "error: dev cannot move to growth without losing state\n")
}

// walk is up to the largest tier and all the way back.
var walk = []environment.Tier{environment.MVP, environment.Growth, environment.Scale, environment.Growth, environment.MVP}

func TestMovingThroughEveryTierAndBackReplacesNothingWithState(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		t.Run(stack, func(t *testing.T) {
			a := repository(t)
			root, err := a.root()
			require.NoError(t, err)
			s, err := sandboxrun.Open(t.Context(), sandboxrun.Options{Root: root, Stack: stack, Dir: a.sandboxes, Notes: io.Discard, Program: a.program})
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, s.Close()) })
			for i, tier := range walk {
				require.NoError(t, s.Configure(t.Context(), "tenfold:tier", string(tier)))
				var printed bytes.Buffer
				done := &guard.Plan{}
				_, err := s.Up(t.Context(), sandboxrun.Run{Progress: &printed, Event: done.Record})
				require.NoError(t, err, printed.String())
				if i == 0 {
					continue
				}
				changed := 0
				for _, step := range done.Steps() {
					_, holdsState := stateful.Lost(step.Type)
					if holdsState || step.Protected {
						assert.Equal(t, guard.Update, step.Kind, "%s to %s: %s", walk[i-1], tier, step.URN)
						changed++
					}
				}
				assert.Positive(t, changed, "the database changes in place")
				assert.Empty(t, tiermove.New(stack, "", "", done).NotReviewed)
			}
		})
	}
}
