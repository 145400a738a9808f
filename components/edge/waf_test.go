package edge_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/edge"
)

const aclToken = "aws:wafv2/webAcl:WebAcl"

func guarded(t *testing.T, w edge.WAF) *componenttest.Inventory {
	t.Helper()
	args := required()
	args.WAF = w
	return build(t, args)
}

func TestAFirewallStandsBeforeTheLoadBalancerAndKeepsWhatItRefused(t *testing.T) {
	inv := guarded(t, edge.WAF{Mode: edge.WAFBlock})
	componenttest.AssertHouse(t, inv, component, "edge")
	var text string
	for _, r := range inv.Resources {
		if r.Name == "edge-waf" {
			one := componenttest.Inventory{Resources: []componenttest.Resource{r}}
			text += one.Detailed()
		}
	}
	componenttest.Golden(t, "waf.golden", text)
}

func TestCountingRefusesNothing(t *testing.T) {
	rules := func(mode edge.WAFMode) []any {
		list, ok := guarded(t, edge.WAF{Mode: mode, RequestsPer5Minutes: 500}).One(t, aclToken, "edge-waf").Input("rules").([]any)
		require.True(t, ok)
		return list
	}
	for i, r := range rules(edge.WAFCount) {
		rule := r.(map[string]any)
		action := rule["overrideAction"]
		if i == 0 {
			action = rule["action"]
			assert.Equal(t, 500.0, rule["statement"].(map[string]any)["rateBasedStatement"].(map[string]any)["limit"])
		}
		assert.Equal(t, map[string]any{"count": map[string]any{}}, action)
	}
	blocking := rules(edge.WAFBlock)
	assert.Equal(t, map[string]any{"block": map[string]any{}}, blocking[0].(map[string]any)["action"])
	assert.Equal(t, map[string]any{"none": map[string]any{}}, blocking[1].(map[string]any)["overrideAction"])
}

func TestWithoutAModeThereIsNoFirewall(t *testing.T) {
	assert.Empty(t, guarded(t, edge.WAF{}).ByType(aclToken))
}
