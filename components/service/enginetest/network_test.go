package enginetest

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/network"
)

// through is a network with the given way out.
func through(nat network.NAT) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := network.New(ctx, "net", network.Args{Zones: usual().zones, NAT: nat, Monitors: none})
		return err
	}
}

// Every mode is followed by every other one.
func TestTheNATModeIsSwitchedInPlaceAndBack(t *testing.T) {
	e := start(t)
	e.up(through(network.NATNone))
	kinds := []string{"Eip", "EipAssociation", "Instance", "NatGateway", "NetworkInterface", "Route", "SecurityGroup", "SecurityGroupEgressRule", "SecurityGroupIngressRule"}
	before := network.NATNone
	for _, to := range []network.NAT{
		network.NATSingle, network.NATPerZone, network.NATInstance, network.NATSingle, network.NATInstance, network.NATPerZone,
		network.NATSingle, network.NATNone, network.NATInstance, network.NATNone, network.NATPerZone, network.NATNone,
	} {
		r := e.up(through(to))
		assert.NotEmpty(t, r.steps)
		assert.Subset(t, kinds, r.kinds())
		for _, step := range r.steps {
			assert.NotContains(t, step, "replace")
			if strings.HasPrefix(step, "delete") && strings.Contains(step, ":Route ") {
				assert.Equal(t, network.NATNone, to, step)
			}
		}
		if before != network.NATNone && to != network.NATNone {
			assert.Equal(t, []string{"update net-app-0-internet", "update net-app-1-internet"}, changed(before, to, r.of("Route")))
		}
		before = to
	}
}

// changed are the steps of the routes. From one gateway to one for each zone, the
// route of the first zone stays as it is.
func changed(from, to network.NAT, steps []string) []string {
	gateways := func(nat network.NAT) bool { return nat == network.NATSingle || nat == network.NATPerZone }
	if gateways(from) && gateways(to) {
		return append([]string{"update net-app-0-internet"}, steps...)
	}
	return steps
}

func TestANATInstanceIsRenewedOnPurposeOnlyAndKeepsItsAddress(t *testing.T) {
	e := start(t)
	e.up(through(network.NATInstance))
	drifted, err := e.server.Account().Drift("aws:ec2/instance:Instance::net-nat-instance", "ami", "ami-0fedcba9876543210")
	require.NoError(t, err)
	refreshed := e.stack.Refresh()
	require.NoError(t, refreshed.Err, refreshed.Output)
	assert.Empty(t, e.up(through(network.NATInstance)).steps, "another image is no reason to replace a running machine")

	renewed := e.up(through(network.NATInstance), optup.Replace([]string{drifted.URN}))
	assert.Equal(t, []string{"Instance"}, renewed.kinds(), "the interface, the address and the routes stay")
	assert.Equal(t, "delete-replaced aws:ec2/instance:Instance net-nat-instance", renewed.steps[0], "the interface belongs to one machine at a time")
}
