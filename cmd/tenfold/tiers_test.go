package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/toolchain"
)

func TestTheTiersAreATableWithTheFixedCostOfAStack(t *testing.T) {
	a := &app{root: toolchain.Root}
	got := a.runFor(t, "tiers")
	require.Zero(t, got.code, got.stderr)
	assert.Regexp(t, `(?m)^ +mvp +growth +scale$`, got.stdout)
	assert.Regexp(t, `(?m)^database readers +0 +1 \(at least 1 in production\) +2 \(at least 1 in production\)$`, got.stdout)
	assert.Regexp(t, `(?m)^fixed cost of prod \(now at growth\), USD a month, list prices of us-east-1 on \d{4}-\d\d-\d\d$`, got.stdout)
	assert.Regexp(t, `(?m)^total +[1-9]\d+ +[1-9]\d+ +[1-9]\d+$`, got.stdout)
	assert.Contains(t, got.stdout, "not included: requests, data transfer")
	assert.NotContains(t, got.stdout, "cannot be at")

	var report tierReport
	got = a.runFor(t, "tiers", "--json", "--stack", "dev")
	require.NoError(t, json.Unmarshal([]byte(got.stdout), &report), got.stderr)
	assert.Equal(t, "dev", report.Stack)
	require.Len(t, report.Tiers, 3)
	for i, column := range report.Tiers {
		sum := 0.0
		for _, line := range column.Cost {
			sum += line.USD
		}
		assert.InDelta(t, sum, column.TotalUSD, 0.001)
		if i > 0 {
			assert.GreaterOrEqual(t, column.TotalUSD, report.Tiers[i-1].TotalUSD, "a database that pauses costs the same at each")
		}
	}
}
