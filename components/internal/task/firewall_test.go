package task_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/internal/task"
)

const egressToken = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"

// rules are the rules out of the task's group, without what all of them share.
func rules(t *testing.T, inv *componenttest.Inventory) map[string]map[string]any {
	t.Helper()
	group := inv.One(t, "aws:ec2/securityGroup:SecurityGroup", "api")
	assert.Nil(t, group.Input("egress"))
	found := map[string]map[string]any{}
	for _, r := range inv.ByType(egressToken) {
		inputs := r.Inputs.Mappable()
		assert.Equal(t, inputs["fromPort"], inputs["toPort"], r.Name)
		assert.Equal(t, "tcp", inputs["ipProtocol"], r.Name)
		assert.Contains(t, inputs["securityGroupId"], "api-", r.Name)
		for _, shared := range []string{"toPort", "ipProtocol", "securityGroupId"} {
			delete(inputs, shared)
		}
		found[r.Name] = inputs
	}
	return found
}

func TestTasksConnectToHTTPSAnywhereUnlessTheyArePrivate(t *testing.T) {
	assert.Equal(t, map[string]map[string]any{
		"api-https": {"cidrIpv4": "0.0.0.0/0", "fromPort": 443.0, "description": "api"},
	}, rules(t, build(t, func(*task.Spec) {})))
	assert.Equal(t, map[string]map[string]any{
		"api-https":    {"cidrIpv4": "0.0.0.0/0", "fromPort": 443.0, "description": "api"},
		"api-https-v6": {"cidrIpv6": "::/0", "fromPort": 443.0, "description": "api"},
	}, rules(t, build(t, func(s *task.Spec) { s.Network.IPv6 = true })))
}

func TestPrivateTasksConnectToTheirNetworkAndS3Only(t *testing.T) {
	inv := build(t, func(s *task.Spec) { s.Network.IPv6, s.Egress.Private = true, true })
	assert.Equal(t, map[string]map[string]any{
		"api-https":    {"cidrIpv4": "10.0.0.0/16", "fromPort": 443.0, "description": "api"},
		"api-https-s3": {"prefixListId": "pl-s3", "fromPort": 443.0, "description": "api"},
	}, rules(t, inv))
	assert.Contains(t, inv.One(t, egressToken, "api-https").DependsOn, inv.One(t, egressToken, "api-https-s3").URN,
		"the way to S3 is open before the one to everything is narrowed")
}

func TestEachDestinationIsARuleThatSaysWhy(t *testing.T) {
	also := []task.Destination{
		{Port: 587, CIDR: "0.0.0.0/0", Why: "Mail [SMTP]: relays change their addresses!"},
		{Port: 5432, CIDR: "203.0.113.7/32", Why: " The warehouse "},
		{Port: 5432, CIDR: "2001:DB8::/32", Why: "The warehouse"},
	}
	egress := func(list []task.Destination) map[string]map[string]any {
		return rules(t, build(t, func(s *task.Spec) { s.Network.IPv6, s.Egress.Also = true, list }))
	}
	got := egress(also)
	assert.Equal(t, map[string]map[string]any{
		"api-https":                  {"cidrIpv4": "0.0.0.0/0", "fromPort": 443.0, "description": "api"},
		"api-https-v6":               {"cidrIpv6": "::/0", "fromPort": 443.0, "description": "api"},
		"api-to-587-0-0-0-0-0":       {"cidrIpv4": "0.0.0.0/0", "fromPort": 587.0, "description": "Mail [SMTP]: relays change their addresses!"},
		"api-to-5432-203-0-113-7-32": {"cidrIpv4": "203.0.113.7/32", "fromPort": 5432.0, "description": "The warehouse"},
		"api-to-5432-2001-db8---32":  {"cidrIpv6": "2001:db8::/32", "fromPort": 5432.0, "description": "The warehouse"},
	}, got)
	slices.Reverse(also)
	assert.Equal(t, got, egress(also), "the order of the destinations does not show")
}

func TestSwitchingPrivateChangesRulesAndNothingElse(t *testing.T) {
	lines := func(private bool) map[string]bool {
		set := map[string]bool{}
		for _, r := range build(t, func(s *task.Spec) { s.Network.IPv6, s.Egress.Private = true, private }).Resources {
			one := componenttest.Inventory{Resources: []componenttest.Resource{r}}
			set[one.Detailed()] = true
		}
		return set
	}
	open, private := lines(false), lines(true)
	only := func(some, others map[string]bool) (names []string) {
		for line := range some {
			if !others[line] {
				name, _, _ := strings.Cut(line, " < ")
				names = append(names, name)
			}
		}
		return names
	}
	assert.ElementsMatch(t, []string{egressToken + " api-https", egressToken + " api-https-v6"}, only(open, private))
	assert.ElementsMatch(t, []string{egressToken + " api-https", egressToken + " api-https-s3"}, only(private, open))
}
