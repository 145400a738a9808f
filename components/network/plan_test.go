package network

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The plan of a network that exists can never change, so it is written out.
func TestTheAddressPlanIsFixed(t *testing.T) {
	want := map[Layer][Slots]string{
		App:    {"10.8.0.0/20", "10.8.64.0/20", "10.8.128.0/20", "10.8.192.0/20"},
		Data:   {"10.8.16.0/22", "10.8.80.0/22", "10.8.144.0/22", "10.8.208.0/22"},
		Public: {"10.8.20.0/24", "10.8.84.0/24", "10.8.148.0/24", "10.8.212.0/24"},
	}
	require.Len(t, layers, len(want))
	for layer, slots := range want {
		for slot, cidr := range slots {
			got, err := subnetCIDR(netip.MustParsePrefix("10.8.0.0/16"), slot, layer)
			require.NoError(t, err)
			assert.Equal(t, cidr, got.String(), "%s in slot %d", layer, slot)
		}
	}
}

func TestNoTwoSubnetsOverlapAndAllLieWithinTheVPC(t *testing.T) {
	vpc := netip.MustParsePrefix("172.16.0.0/16")
	var all []netip.Prefix
	for layer := range layers {
		for slot := range Slots {
			p, err := subnetCIDR(vpc, slot, layer)
			require.NoError(t, err)
			assert.Equal(t, p.Masked(), p, "starts at its own network address")
			assert.True(t, vpc.Contains(p.Addr()))
			for _, other := range all {
				assert.False(t, p.Overlaps(other), "%s overlaps %s", p, other)
			}
			all = append(all, p)
		}
	}
}

func TestEverySlotKeepsHalfOfItsAddressesInReserve(t *testing.T) {
	used := 0
	for _, at := range layers {
		used += 1 << (32 - at.bits)
	}
	assert.LessOrEqual(t, used, slotSize/2)
}

func TestTheFifthSlotAndAnUnknownLayerAreErrors(t *testing.T) {
	vpc := netip.MustParsePrefix("10.0.0.0/16")
	_, err := subnetCIDR(vpc, Slots, App)
	assert.ErrorContains(t, err, "no layer 2 in slot 4")
	_, err = subnetCIDR(vpc, 0, Layer(9))
	assert.ErrorContains(t, err, "no layer 9 in slot 0")
}

func TestOnlyAPrivateSlash16IsAPlan(t *testing.T) {
	for _, good := range []string{"10.0.0.0/16", "172.31.0.0/16", "192.168.0.0/16", "100.127.0.0/16"} {
		_, err := parseCIDR(good)
		assert.NoError(t, err, good)
	}
	for bad, want := range map[string]string{
		"10.0.0.0/20":   "must be an IPv4 /16",
		"10.0.1.0/16":   "must be an IPv4 /16",
		"fd00::/16":     "must be an IPv4 /16",
		"ten":           "must be an IPv4 /16",
		"52.0.0.0/16":   "must be private",
		"172.32.0.0/16": "must be private",
	} {
		_, err := parseCIDR(bad)
		assert.ErrorContains(t, err, want, bad)
	}
}

func TestTheIPv6PlanIsFixed(t *testing.T) {
	for want, at := range map[string]struct {
		slot  int
		layer Layer
	}{
		"2600:1f13:abc:de01::/64": {0, Public}, "2600:1f13:abc:de02::/64": {0, App}, "2600:1f13:abc:de03::/64": {0, Data},
		"2600:1f13:abc:de12::/64": {1, App}, "2600:1f13:abc:de33::/64": {3, Data},
	} {
		got, err := subnetCIDRv6("2600:1f13:abc:de00::/56", at.slot, at.layer)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, bad := range []string{"", "10.0.0.0/16", "2600:1f13::/48"} {
		_, err := subnetCIDRv6(bad, 0, App)
		assert.ErrorContains(t, err, "must be a /56", bad)
	}
}
