package cluster_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/cluster"
	"github.com/tenfold-iac/tenfold/components/componenttest"
)

const component = "tenfold:cluster:Cluster"

var key = pulumi.String("arn:aws:kms:us-east-1:123456789012:key/sessions")

func build(t *testing.T, args cluster.Args, opts ...pulumi.ResourceOption) (*componenttest.Inventory, *cluster.Cluster) {
	t.Helper()
	var c *cluster.Cluster
	inv := componenttest.Run(t, func(ctx *pulumi.Context) error {
		var err error
		c, err = cluster.New(ctx, "main", args, opts...)
		return err
	})
	return inv, c
}

func TestTheDefaultClusterIsSafeForProduction(t *testing.T) {
	inv, c := build(t, cluster.Args{}, pulumi.Protect(true), pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("old")}}))
	componenttest.AssertHouse(t, inv, component, "main")
	componenttest.Golden(t, "default.golden", inv.Detailed())
	assert.Equal(t, "tenfold-test-main", c.Name)
}

func TestAKeyTurnsOnRecordedShells(t *testing.T) {
	inv, _ := build(t, cluster.Args{Insights: cluster.StandardInsights, Exec: cluster.Exec{KeyARN: key, RetentionDays: 90}})
	componenttest.AssertHouse(t, inv, component, "main")
	componenttest.Golden(t, "exec.golden", inv.Detailed())
}

func TestServicesFindEachOtherOnlyWhereThatIsAskedFor(t *testing.T) {
	const token = "aws:servicediscovery/httpNamespace:HttpNamespace"
	inv, c := build(t, cluster.Args{Connect: true})
	componenttest.AssertHouse(t, inv, component, "main")
	assert.Equal(t, "tenfold-test-main", inv.One(t, token, "main").Input("name"))
	assert.NotNil(t, c.NamespaceARN)
	inv, c = build(t, cluster.Args{})
	assert.Empty(t, inv.ByType(token))
	assert.Nil(t, c.NamespaceARN)
}

func TestAClusterWithoutAKeyLetsNobodyIn(t *testing.T) {
	_, c := build(t, cluster.Args{})
	_, possible := c.Shell()
	assert.False(t, possible)
}

func TestShellAllowsExactlyWhatItsCommentLists(t *testing.T) {
	_, c := build(t, cluster.Args{Exec: cluster.Exec{KeyARN: key}})
	grant, possible := c.Shell()
	require.True(t, possible)
	require.NoError(t, access.Validate([]access.Grant{grant}))
	componenttest.AssertDocumented(t, "Cluster.Shell", grant)
}

func TestAllProblemsAreReportedBeforeAnythingIsRegistered(t *testing.T) {
	inv, err := componenttest.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := cluster.New(ctx, "ma in", cluster.Args{Insights: 4, Exec: cluster.Exec{RetentionDays: 2}})
		return err
	})
	for _, want := range []string{
		`cluster "ma in": ECS cluster name "tenfold-test-ma in" holds a character AWS refuses`,
		`cluster "ma in": log group name "tenfold/test/ma in/exec" holds a character AWS refuses`,
		`cluster "ma in": Cloud Map namespace name "tenfold-test-ma in" holds a character AWS refuses`,
		`cluster "ma in": Insights must be EnhancedInsights or StandardInsights, got 4`,
		`cluster "ma in": Exec.RetentionDays must be one of [1 3 5`,
	} {
		assert.ErrorContains(t, err, want)
	}
	assert.Empty(t, inv.Resources)
}
