package environment

import (
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/componenttest"
)

// busy is a file in which the service one, the worker two and the job clock have
// all that services and jobs can have.
func busy(t *testing.T, stack string) map[string]string {
	t.Helper()
	values := everything(t)
	if stack == "prod" {
		set(t, values, "tenfold:production", `true`)
	} else {
		set(t, values, "tenfold:network.ipv6", `true`)
		set(t, values, "tenfold:services.one.scaling.sleep", `{"stop":"20:00","start":"07:00"}`)
	}
	set(t, values, "tenfold:network.endpoints", `["logs","ecr.api","ecr.dkr","secretsmanager","sqs","ssmmessages","kms"]`)
	set(t, values, "tenfold:services.one.scaling.schedules", `[{"name":"day","at":"rate(1 day)","min":2,"max":9}]`)
	set(t, values, "tenfold:services.one.scaling.memory", `70`)
	set(t, values, "tenfold:services.one.scaling.requests", `70`)
	set(t, values, "tenfold:services.one.sidecars", `{}`)
	set(t, values, "tenfold:services.one.uses", `["database","database:read","queue:jobs:send","secret:billing","cache:kept"]`)
	set(t, values, "tenfold:services.one.calls", `["served"]`)
	set(t, values, "tenfold:services.one.shell", `true`)
	set(t, values, "tenfold:services.one.egress.also", `[{"port":22,"cidr":"203.0.113.0/24","why":"the partner"},{"port":22,"cidr":"203.0.113.9/32","why":"the other"}]`)
	set(t, values, "tenfold:services.served.scaling", `{"min":2}`)
	set(t, values, "tenfold:services.two.egress", `{"private":true,"also":[{"port":443,"cidr":"203.0.113.0/24","why":"the partner"}]}`)
	set(t, values, "tenfold:jobs.clock.uses", `["database","queue:jobs:consume","secret:billing","cache:kept"]`)
	return values
}

// Two names that meet are found when the file is read, if the check knows every
// name that a service or a job gives. Here it is compared with what they make.
func TestTheCheckKnowsTheNameOfEveryChild(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		values := busy(t, stack)
		if stack == "dev" {
			// The longer spelling of the range is the same to AWS.
			set(t, values, "tenfold:services.served.egress", `{"also":[{"port":22,"cidr":"2001:db8:0::/48","why":"the partner"}]}`)
		}
		c, err := Read(stack, values)
		require.NoError(t, err)
		inventory := componenttest.Run(t, Deploy, componenttest.WithStack(stack), componenttest.WithConfig(values))
		for component, names := range map[string]map[string][]child{
			"tenfold:service:Service": all(c.Services, c.serviceChildren), "tenfold:job:Job": all(c.Jobs, c.jobChildren),
		} {
			for _, name := range sorted(names) {
				assertChildren(t, inventory, component, name, names[name])
			}
		}
	}
}

func all[V any](m map[string]V, children func(string) []child) map[string][]child {
	made := map[string][]child{}
	for name := range m {
		made[name] = children(name)
	}
	return made
}

func assertChildren(t *testing.T, inventory *componenttest.Inventory, component, name string, known []child) {
	t.Helper()
	knows := func(token, called string) bool {
		return slices.ContainsFunc(known, func(one child) bool { return one.token == token && one.name == called })
	}
	found := 0
	for _, r := range inventory.Resources {
		parent := resource.URN(r.Parent)
		if r.Parent == "" || string(parent.Type()) != component || parent.Name() != name {
			continue
		}
		found++
		// A resource also takes over what has one of its former names.
		for _, called := range append([]string{r.Name}, r.Aliases...) {
			assert.True(t, knows(r.Type, called), "%s has a child %s called %s, which children.go does not list", name, r.Type, called)
		}
	}
	assert.Greater(t, found, 8, name)
}
