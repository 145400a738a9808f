package network_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/network"
)

// place returns where containers run, with the values of its outputs.
func place(t *testing.T, args network.Args, check func(*network.Network, network.Placement)) map[string]string {
	t.Helper()
	args.Monitors = &componenttest.Monitors{}
	got := map[string]string{}
	componenttest.Run(t, func(ctx *pulumi.Context) error {
		n, err := network.New(ctx, "main", args)
		require.NoError(t, err)
		placement := n.Tasks()
		check(n, placement)
		pulumi.All(placement.CIDR, placement.S3PrefixListID).ApplyT(func(values []any) error {
			got["cidr"], got["s3"] = values[0].(string), values[1].(string)
			return nil
		})
		return nil
	})
	return got
}

func TestContainersRunInTheAppSubnetsUnlessThereIsNoNAT(t *testing.T) {
	for _, mode := range modes {
		place(t, network.Args{Zones: zones, NAT: mode}, func(n *network.Network, placement network.Placement) {
			assert.Equal(t, mode == network.NATNone, placement.PublicAddress)
			want := pulumi.StringArrayInput(n.AppSubnetIDs)
			if placement.PublicAddress {
				want = n.PublicSubnetIDs
			}
			assert.Equal(t, want, placement.SubnetIDs)
		})
	}
}

func TestAPlacementSaysWhatIsReachedWithoutTheInternet(t *testing.T) {
	for _, mode := range modes {
		asked := []string{"logs", "ecr.dkr", "ecr.api"}
		got := place(t, network.Args{CIDR: "10.9.0.0/16", Zones: zones, NAT: mode, Endpoints: asked}, func(_ *network.Network, placement network.Placement) {
			assert.Equal(t, []string{"ecr.api", "ecr.dkr", "logs"}, placement.Endpoints)
		})
		assert.Equal(t, "10.9.0.0/16", got["cidr"])
		assert.Regexp(t, "^pl-[0-9a-f]{8}$", got["s3"])
		assert.Equal(t, []string{"logs", "ecr.dkr", "ecr.api"}, asked, "the caller's list keeps its order")
	}
	place(t, network.Args{Zones: zones}, func(_ *network.Network, placement network.Placement) {
		assert.Empty(t, placement.Endpoints)
	})
}
