package environment

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/componenttest"
)

// The file is checked against what each use brings into a task, which is for the
// components to decide. Here both are compared.
func TestAUseBringsWhatTheCheckOfTheFileSays(t *testing.T) {
	values := rich(t)
	set(t, values, "tenfold:services.one.uses", `["database","database:read","queue:jobs:send","secret:billing","cache:kept"]`)
	set(t, values, "tenfold:services.one.calls", `["served"]`)
	set(t, values, "tenfold:services.one.shell", `true`)
	set(t, values, "tenfold:services.one.writable", `["/a/b.c"]`)
	set(t, values, "tenfold:services.one.sidecars", `{"agent":{"image":"r:1","writable":["/run"]}}`)
	c, err := Read("dev", values)
	require.NoError(t, err)
	one := c.Services["one"]
	inventory := componenttest.Run(t, Deploy, componenttest.WithStack("dev"), componenttest.WithConfig(values))

	variables, policies, rules := map[string]bool{environmentVariable: true}, []string{}, []string{}
	for _, u := range uses(one.Container, one.Queue, one.Calls) {
		g := c.gives(u)
		for _, name := range g.variables {
			variables[name] = true
		}
		if inventory.Has("aws:iam/rolePolicy:RolePolicy", "one-task-"+g.key) || inventory.Has("aws:iam/rolePolicy:RolePolicy", "one-execution-"+g.key) {
			policies = append(policies, g.key)
		}
		if rule := fmt.Sprintf("one-to-%s-%d", g.path, g.port); inventory.Has(egressType, rule) {
			rules = append(rules, rule)
		}
	}
	// A secret and a call bring no permission, and the second way to the database
	// is the first one.
	assert.Equal(t, []string{"db-connect", "db-read", "jobs-send", "kept-pull"}, policies)
	assert.Equal(t, []string{"one-to-db-5432", "one-to-db-5432", "one-to-served-80"}, rules)

	definition := inventory.One(t, taskType, "one")
	containers := definition.JSON(t, "containerDefinitions").([]any)
	var set []string
	for _, raw := range containers {
		container := raw.(map[string]any)
		if container["name"] != "one" {
			continue
		}
		for _, list := range []string{"environment", "secrets"} {
			for _, pair := range container[list].([]any) {
				set = append(set, pair.(map[string]any)["name"].(string))
			}
		}
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(variables)), set)

	p, v := &problems{}, volumes{}
	v.add("one", "", one.Writable, p)
	v.shell("one", p)
	v.add("agent", "agent-", one.Sidecars["agent"].Writable, p)
	require.NoError(t, p.err())
	var mounted []string
	for _, volume := range definition.Input("volumes").([]any) {
		mounted = append(mounted, volume.(map[string]any)["name"].(string))
	}
	assert.ElementsMatch(t, sorted(v), mounted)
}
