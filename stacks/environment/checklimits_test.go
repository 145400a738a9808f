package environment

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/componenttest"
)

// many adds services with a host, each with the same other settings, and with the
// probe that the check asks for where two priorities meet.
func many(t *testing.T, values map[string]string, n int, more string) {
	t.Helper()
	taken := map[int]string{}
	c := &Config{Domain: "example.com"}
	for i := range n {
		s := Service{Host: fmt.Sprintf("h%d", i)}
		s.Probe = c.freeProbe(s.Host, s, taken)
		taken[c.priority(s.Host, s, s.Probe)] = s.Host
		probe := ""
		if s.Probe != 0 {
			probe = fmt.Sprintf(`,"probe":%d`, s.Probe)
		}
		set(t, values, "tenfold:services."+s.Host, fmt.Sprintf(`{"image":%q,"port":80,"host":%q%s%s}`, digestImage, s.Host, probe, more))
	}
}

func TestMoreServicesWithAHostThanALoadBalancerTakesAreRefused(t *testing.T) {
	values := small(t, "prod")
	set(t, values, "tenfold:services", `{}`)
	many(t, values, 100, "")
	_, err := Read("prod", values)
	require.NoError(t, err)
	set(t, values, "tenfold:services.last", `{"image":"`+digestImage+`","port":80,"host":"last","path":"up"}`)
	assertProblems(t, []string{
		`tenfold:services.last.path: "up" is not a path prefix; write it like /api, without a wildcard or a slash at the end`,
		"tenfold:services: has 101 services with a host, and the load balancer takes 100 target groups, which AWS does not raise; give serve in place of a host to those that only other services call, or move some to another environment",
	}, problemsOf(t, values))
}

func TestARunTellsWhichQuotasToRaise(t *testing.T) {
	values := small(t, "prod")
	set(t, values, "tenfold:services", `{}`)
	many(t, values, 57, `,"uses":["database","database:read"]`)
	c, err := Read("prod", values)
	require.NoError(t, err)
	assert.Empty(t, c.quotas())
	many(t, values, 61, `,"uses":["database"]`)
	c, err = Read("prod", values)
	require.NoError(t, err)
	const rest = `, and AWS takes 60 of a security group in one direction unless its quota is raised; ask for more of "Inbound or outbound rules per security group" (Amazon VPC, L-0EA8095F) first`
	assert.Equal(t, []string{
		"61 rules lead out of the load balancer, one for each service with a host" + rest,
		"64 rules lead in to the database, one for each service or job that uses it" + rest,
	}, c.quotas())
}

// The rules that are counted are those that are made.
func TestTheRulesAreCountedAsTheyAreMade(t *testing.T) {
	values := busy(t, "dev")
	c, err := Read("dev", values)
	require.NoError(t, err)
	inventory := componenttest.Run(t, Deploy, componenttest.WithStack("dev"), componenttest.WithConfig(values))
	count := func(token, group string) (n int) {
		for _, r := range inventory.ByType(token) {
			if of, ok := r.Input("securityGroupId").(string); ok && strings.HasPrefix(of, group) {
				n++
			}
		}
		return n
	}
	balancer, database := c.rules()
	assert.Equal(t, []int{2, 5}, []int{balancer, database})
	assert.Equal(t, balancer, count(waysOut.token, "edge-"))
	assert.Equal(t, database, count(waysIn.token, "db-"))
}

// What the checks take for what the file leaves out is what the components do.
func TestTheChecksKnowTheDefaultsOfTheComponents(t *testing.T) {
	values := small(t, "prod")
	set(t, values, "tenfold:queues.jobs", `{"processingTime":"1s"}`)
	inventory := componenttest.Run(t, Deploy, componenttest.WithStack("prod"), componenttest.WithConfig(values))
	assert.Equal(t, defaultCIDR, inventory.One(t, "aws:ec2/vpc:Vpc", "network").Input("cidrBlock"))
	one := inventory.One(t, serviceType, "one")
	assert.Equal(t, defaultStartup.Seconds(), one.Input("healthCheckGracePeriodSeconds"))
	assert.Equal(t, defaultDeployTimeout.String(), one.UpdateTimeout)
	container := inventory.One(t, taskType, "one").JSON(t, "containerDefinitions").([]any)[0].(map[string]any)
	assert.Equal(t, defaultStop.Seconds(), container["stopTimeout"])
	assert.Contains(t, shown(inventory.One(t, monitorType, "jobs-sqs-age")), fmt.Sprintf(`"critical":"%g"`, defaultMaxAge.Seconds()))
}
