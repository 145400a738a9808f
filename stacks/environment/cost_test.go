package environment

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheFixedCostGrowsWithTheTier(t *testing.T) {
	prices, err := LoadPrices()
	require.NoError(t, err)
	total := func(tier Tier) (sum float64) {
		c, err := load(t, "prod", stackConfig(t, "prod"))
		require.NoError(t, err)
		c.Tier = tier
		for _, line := range c.FixedCost(prices) {
			assert.GreaterOrEqual(t, line.USD, 0.0, line.What)
			sum += line.USD
		}
		return sum
	}
	assert.Less(t, total(MVP), total(Growth))
	assert.Less(t, total(Growth), total(Scale))
}

// costs is the fixed cost of the small file of dev after changes, line by line.
func costs(t *testing.T, changes map[string]string) map[string]string {
	t.Helper()
	prices, err := LoadPrices()
	require.NoError(t, err)
	values := small(t, "dev")
	for _, key := range sorted(changes) {
		set(t, values, key, changes[key])
	}
	c, err := Read("dev", values)
	require.NoError(t, err)
	lines := map[string]string{}
	for _, line := range c.FixedCost(prices) {
		lines[line.What] = fmt.Sprintf("%.2f", line.USD)
	}
	return lines
}

func TestWhatIsPaidForByTheMonthIsInTheFixedCost(t *testing.T) {
	base := costs(t, nil)
	// Two tasks of a quarter of a processor and half a GiB, a database that pauses.
	assert.Equal(t, map[string]string{
		"containers": "14.42", "database": "0.00", "load balancer": "27.38", "web application firewall": "0.00",
		"NAT": "36.50", "endpoints": "0.00", "keys, secrets, zone": "4.30",
	}, base)
	authorities := filepath.Join(t.TempDir(), "clients.pem")
	writeFile(t, authorities, certificate(t, true))
	for name, c := range map[string]struct {
		changes    map[string]string
		what, want string
	}{
		"an instance":         {map[string]string{"tenfold:network.nat": `"instance"`}, "NAT", "7.36"},
		"a gateway each":      {map[string]string{"tenfold:network.nat": `"per-zone"`}, "NAT", "109.50"},
		"no way out":          {map[string]string{"tenfold:network.nat": `"none"`}, "NAT", "0.00"},
		"public addresses":    {map[string]string{"tenfold:network.nat": `"none"`}, "containers", "21.72"},
		"the guard's way":     {map[string]string{"tenfold:network.nat": `"none"`}, "endpoints", "7.30"},
		"endpoints":           {map[string]string{"tenfold:network.endpoints": `["logs","sqs"]`}, "endpoints", "43.80"},
		"a firewall":          {map[string]string{"tenfold:edge.waf": `"count"`}, "web application firewall", "9.00"},
		"two on the way":      {map[string]string{"tenfold:edge": `{"waf":"block","cdn":{"secret":"identity","key":"session_secret","open":true}}`}, "web application firewall", "18.00"},
		"client certificates": {map[string]string{"tenfold:edge.clientAuthorities": fmt.Sprintf("%q", authorities)}, "load balancer", "31.46"},
		"the other processor": {map[string]string{"tenfold:services.one.architecture": `"x86_64"`, "tenfold:services.two.architecture": `"x86_64"`}, "containers", "18.02"},
		"a disk":              {map[string]string{"tenfold:services.one.storage": `120`}, "containers", "22.52"},
		"another secret":      {map[string]string{"tenfold:secrets.other": `{"description":"x"}`}, "keys, secrets, zone", "4.70"},
	} {
		got := costs(t, c.changes)
		assert.Equal(t, c.want, got[c.what], name)
		assert.Equal(t, sorted(base), sorted(got), "%s: the lines are the same, so that tiers can be compared", name)
	}
}
