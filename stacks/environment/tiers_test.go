package environment

import (
	"maps"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestATierShowsEverySettingItHas(t *testing.T) {
	for _, tier := range Tiers() {
		assert.Len(t, tier.Lines(), reflect.TypeFor[Settings]().NumField(), "%s: a setting nobody can read is missing in Lines", tier)
	}
}

func TestReadingAFileOutsideOfARunGivesWhatARunLoads(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		loaded, err := load(t, stack, stackConfig(t, stack))
		require.NoError(t, err)
		read, err := Read(stack, stackConfig(t, stack))
		require.NoError(t, err)
		assert.Equal(t, loaded, read)
	}
}

func TestTheShippedEnvironmentsMoveToEveryTierByOneWord(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		c, err := Read(stack, stackConfig(t, stack))
		require.NoError(t, err)
		for _, tier := range Tiers() {
			moved, err := c.At(stack, tier)
			require.NoError(t, err, "%s at %s", stack, tier)
			assert.Equal(t, tier, moved.Tier)
		}
	}
}

func TestWhatATierRefusesIsSaidWithTheReason(t *testing.T) {
	for _, tc := range []struct {
		tier       Tier
		key, value string
		want       string
	}{
		{Scale, "tenfold:network", `{"nat":"single"}`, "tenfold:network.nat: single is refused by tier scale in production, because the loss of one zone would cut every task off the internet; drop it for per-zone"},
		{Growth, "tenfold:network", `{"nat":"instance"}`, "tenfold:network.nat: instance is refused by tier growth in production, because one small machine would carry the traffic of every task, and nothing stands in while it is replaced; drop it for single"},
		{Scale, "tenfold:network", `{"nat":"instance"}`, "tenfold:network.nat: instance is refused by tier scale in production, because one small machine would carry the traffic of every task, and nothing stands in while it is replaced; drop it for per-zone"},
		{Growth, "tenfold:database", `{"readers":0}`, "tenfold:database.readers: 0 is refused by tier growth in production, because without a reader"},
		{Scale, "tenfold:database", `{"readers":0}`, "tenfold:database.readers: 0 is refused by tier scale in production"},
		{Scale, "tenfold:services", `{"one":{"image":"r@sha256:0000000000000000000000000000000000000000000000000000000000000001","port":80,"host":"one","scaling":{"min":2}}}`, "tenfold:services.one.scaling.min: 2 is too few for tier scale in production"},
	} {
		values := maps.Clone(stackConfig(t, "prod"))
		values["tenfold:tier"], values[tc.key] = string(tc.tier), tc.value
		_, err := load(t, "prod", values)
		assert.ErrorContains(t, err, tc.want)

		values["tenfold:tier"] = string(MVP)
		_, err = load(t, "prod", values)
		assert.NoError(t, err, "the first tier takes %s %s", tc.key, tc.value)

		values["tenfold:tier"], values["tenfold:production"] = string(tc.tier), "false"
		_, err = load(t, "prod", values)
		assert.NoError(t, err, "outside production %s takes %s %s", tc.tier, tc.key, tc.value)
	}
}
