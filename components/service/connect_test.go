package service_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/cluster"
	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/network"
	"github.com/tenfold-iac/tenfold/components/service"
)

// pair runs a service "prices" and a service "api" that calls it.
func pair(change func(prices, api *service.Args)) func(*pulumi.Context) error {
	return func(ctx *pulumi.Context) error {
		tasks, err := cluster.New(ctx, "main", cluster.Args{Connect: true})
		if err != nil {
			return err
		}
		common := service.Args{
			Cluster: tasks, Network: network.Placement{VPCID: pulumi.String("vpc-1"), SubnetIDs: pulumi.ToStringArray([]string{"subnet-1"})},
			Image: image, Monitors: &componenttest.Monitors{},
		}
		prices, api := common, common
		prices.Serve, prices.Port = true, 9090
		if change != nil {
			change(&prices, &api)
		}
		first, err := service.New(ctx, "prices", prices)
		if err != nil {
			return err
		}
		api.Calls = append(api.Calls, first)
		_, err = service.New(ctx, "api", api)
		return err
	}
}

func TestAServiceIsReachedUnderItsNameByThoseThatCallIt(t *testing.T) {
	inv := componenttest.Run(t, pair(nil))
	componenttest.AssertHouse(t, inv, component, "api")
	served := inv.One(t, "aws:ecs/service:Service", "prices").Input("serviceConnectConfiguration").(map[string]any)
	assert.Equal(t, []any{map[string]any{
		"portName": "serve", "discoveryName": "prices", "clientAlias": []any{map[string]any{"dnsName": "prices", "port": 9090.0}},
		"timeout": map[string]any{"perRequestTimeoutSeconds": 60.0},
	}}, served["services"])
	port := container(t, inv, "prices")["portMappings"].([]any)[0].(map[string]any)
	assert.Equal(t, "serve", port["name"])
	assert.Equal(t, "http", port["appProtocol"])

	caller := inv.One(t, "aws:ecs/service:Service", "api").Input("serviceConnectConfiguration").(map[string]any)
	assert.Equal(t, true, caller["enabled"])
	assert.Nil(t, caller["services"])
	assert.Equal(t, []any{map[string]any{"name": "PRICES_URL", "value": "http://prices:9090"}}, container(t, inv, "api")["environment"])
	inv.One(t, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "api-to-prices-9090")
	rule := inv.One(t, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "api-prices-in-9090")
	assert.Equal(t, 9090.0, rule.Input("fromPort"))
}

func container(t *testing.T, inv *componenttest.Inventory, name string) map[string]any {
	t.Helper()
	list, ok := inv.One(t, "aws:ecs/taskDefinition:TaskDefinition", name).JSON(t, "containerDefinitions").([]any)
	require.True(t, ok)
	return list[0].(map[string]any)
}

func TestAServiceThatNeitherServesNorCallsHasNoProxy(t *testing.T) {
	assert.Nil(t, build(t, nil).One(t, "aws:ecs/service:Service", "api").Input("serviceConnectConfiguration"))
}

func TestOnlyWhatServesCanBeCalled(t *testing.T) {
	_, err := componenttest.RunErr(t, pair(func(prices, _ *service.Args) { prices.Serve = false }))
	assert.ErrorContains(t, err, `service "api": Calls holds service "prices", which serves nobody; set Serve on it`)

	_, err = componenttest.RunErr(t, func(ctx *pulumi.Context) error {
		other, err := cluster.New(ctx, "other", cluster.Args{Connect: true})
		require.NoError(t, err)
		return pair(func(_, api *service.Args) { api.Cluster = other })(ctx)
	})
	assert.ErrorContains(t, err, `service "api": Calls holds service "prices" of another cluster; services reach each other within one`)
}
