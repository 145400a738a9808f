package naming

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFitJoinsShortNames(t *testing.T) {
	for _, c := range []struct {
		kind      Kind
		separator string
		want      string
	}{
		{Queue, "-", "tenfold-prod-jobs"},
		{FIFOQueue, "-", "tenfold-prod-jobs.fifo"},
		{Secret, "/", "tenfold/prod/jobs"},
		{LoadBalancer, "-", "tenfold-prod-jobs"},
	} {
		got, err := Fit(c.kind, c.separator, "tenfold", "prod", "jobs")
		require.NoError(t, err)
		assert.Equal(t, c.want, got)
	}
}

func TestEveryKindKeepsItsLimitAndItsCharacters(t *testing.T) {
	long := strings.Repeat("abcdefghi-", 200)
	for kind, l := range limits {
		got, err := Fit(kind, "-", "tenfold", "prod", long)
		require.NoError(t, err, l.what)
		assert.LessOrEqual(t, len(got), l.max, l.what)
		assert.Regexp(t, l.pattern, strings.TrimSuffix(got, l.suffix), l.what)
	}
}

func TestLongNamesThatDifferOnlyAtTheEndStayDifferent(t *testing.T) {
	long := strings.Repeat("a", 40)
	one, err := Fit(TargetGroup, "-", long, "one")
	require.NoError(t, err)
	two, err := Fit(TargetGroup, "-", long, "two")
	require.NoError(t, err)
	assert.NotEqual(t, one, two)
	assert.Len(t, one, 32)
}

func TestFitRefusesCharactersAWSRefuses(t *testing.T) {
	for kind, name := range map[Kind]string{
		LoadBalancer: "web_api", RDSIdentifier: "main--db", Queue: "jobs.dead", Service: "web api", SubnetGroup: "9data",
	} {
		_, err := Fit(kind, "-", name)
		assert.ErrorContains(t, err, "allowed are", name)
	}
}

func TestAnUnknownKindIsAnError(t *testing.T) {
	_, err := Fit(Kind(0), "-", "jobs")
	assert.ErrorContains(t, err, "has no limits")
}

func TestLowerCaseKindsAreLowered(t *testing.T) {
	got, err := Fit(RDSIdentifier, "-", "Tenfold", "main")
	require.NoError(t, err)
	assert.Equal(t, "tenfold-main", got)
}

func TestComponentNamesFitPhysicalNamesVariablesAndGrants(t *testing.T) {
	for _, name := range []string{"jobs", "billing-events", "db2"} {
		require.NoError(t, Component(name))
	}
	for _, name := range []string{"", "Jobs", "2db", "jobs_dead", "jobs-", "a--b", strings.Repeat("a", 41)} {
		assert.ErrorContains(t, Component(name), "must be 1 to 40 lower-case letters", name)
	}
}

func TestASecurityGroupCannotLookLikeTheIdOfOne(t *testing.T) {
	for _, bad := range []string{"sg", "sg-api"} {
		assert.EqualError(t, SecurityGroup(bad), `the name must not be sg or begin with sg-, got "`+bad+`"; its security group would be named so, and EC2 keeps that for the ids of groups; rename it`)
	}
	for _, good := range []string{"sga", "sg1-api", "api-sg", "s"} {
		assert.NoError(t, SecurityGroup(good), good)
	}
}
