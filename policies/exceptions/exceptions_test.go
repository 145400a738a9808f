package exceptions_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/tenfold-iac/tenfold/policies/exceptions"
	"github.com/tenfold-iac/tenfold/policies/value"
)

const cluster = "urn:pulumi:prod::tenfold::tenfold:index:Database$aws:rds/cluster:Cluster::main"

var today = time.Date(2026, 3, 10, 15, 0, 0, 0, time.UTC)

func parse(t *testing.T, entries ...map[string]any) ([]exceptions.Exception, error) {
	t.Helper()
	list := make([]any, len(entries))
	for i, entry := range entries {
		list[i] = entry
	}
	node, err := structpb.NewList(list)
	require.NoError(t, err)
	known := func(rule string) bool { return rule == "rds-not-public" || rule == "rds-iam-authentication" }
	return exceptions.Parse(value.New(structpb.NewListValue(node), "list"), today, known)
}

func entry(changes ...string) map[string]any {
	e := map[string]any{
		"rule": "rds-not-public", "urn": "*::main", "reason": "moved behind the proxy next month",
		"owner": "data team", "expires": "2026-04-01",
	}
	for i := 0; i < len(changes); i += 2 {
		e[changes[i]] = changes[i+1]
	}
	return e
}

func TestAnExceptionExcusesItsRuleOnItsResourcesOnly(t *testing.T) {
	list, err := parse(t, entry())
	require.NoError(t, err)
	book := exceptions.NewBook(list, today)

	current, expired := book.Excuse("rds-not-public", cluster)
	require.NotNil(t, current)
	assert.Nil(t, expired)
	assert.Equal(t, "data team", current.Owner)
	current, expired = book.Excuse("rds-not-public", cluster+"-replica")
	assert.True(t, current == nil && expired == nil, "another resource is still judged")
	current, expired = book.Excuse("rds-iam-authentication", cluster)
	assert.True(t, current == nil && expired == nil, "another rule still judges")
	assert.Equal(t, []string{"rds-not-public for *::main (data team, until 2026-04-01): 1"}, book.Used())
	assert.Empty(t, book.Unused())
}

func TestAPatternCoversWhatItSpells(t *testing.T) {
	for pattern, covers := range map[string]bool{
		cluster:                     true,
		"*::main":                   true,
		"urn:pulumi:prod::*::main":  true,
		"*aws:rds/cluster:Cluster*": true,
		"*::mai":                    false,
		"urn:pulumi:dev::*::main":   false,
		"*main*main":                false,
		"main":                      false,
	} {
		list, err := parse(t, entry("urn", pattern))
		require.NoError(t, err, pattern)
		current, _ := exceptions.NewBook(list, today).Excuse("rds-not-public", cluster)
		assert.Equal(t, covers, current != nil, pattern)
	}
}

func TestAnExceptionHoldsThroughItsLastDayAndNoLonger(t *testing.T) {
	list, err := parse(t, entry("expires", "2026-03-10"))
	require.NoError(t, err)
	lastMoment := time.Date(2026, 3, 10, 23, 59, 59, 0, time.UTC)

	current, _ := exceptions.NewBook(list, lastMoment).Excuse("rds-not-public", cluster)
	assert.NotNil(t, current)
	current, expired := exceptions.NewBook(list, lastMoment.Add(time.Second)).Excuse("rds-not-public", cluster)
	assert.Nil(t, current)
	require.NotNil(t, expired, "the finding comes back and can say whose exception ended")
	assert.Equal(t, "data team", expired.Owner)
}

func TestARenewedExceptionOutweighsTheExpiredOne(t *testing.T) {
	list, err := parse(t, entry("expires", "2026-03-01"), entry("expires", "2026-04-01"))
	require.NoError(t, err)
	current, expired := exceptions.NewBook(list, today).Excuse("rds-not-public", cluster)
	assert.NotNil(t, current)
	assert.Nil(t, expired)
}

func TestAnExceptionNoFindingAskedForIsUnusedUnlessItsRuleStillWaits(t *testing.T) {
	list, err := parse(t, entry(), entry("rule", "rds-iam-authentication"))
	require.NoError(t, err)
	book := exceptions.NewBook(list, today)
	book.Wait("rds-iam-authentication", cluster)
	assert.Equal(t, []string{"rds-not-public for *::main (data team, until 2026-04-01)"}, book.Unused())
}

func TestEveryProblemOfAnEntryIsReportedAndTheEntryIsLeftOut(t *testing.T) {
	list, err := parse(t,
		entry("rule", "no-such-rule", "urn", "*", "reason", "because", "owner", " ", "expires", "soon"),
		entry("expires", "2027-01-01"),
		entry())
	assert.Len(t, list, 1)
	for _, said := range []string{
		`exception 1: rule "no-such-rule" does not exist`, `urn "*" covers every resource`,
		`reason "because" must have at least 15 characters`, "owner is empty", `expires "soon" must be a date`,
		"exception 2: expires 2027-01-01 is more than 180 days ahead",
	} {
		assert.ErrorContains(t, err, said)
	}
}

func TestNoListMeansNoExceptions(t *testing.T) {
	list, err := exceptions.Parse(value.Value{}, today, func(string) bool { return true })
	assert.NoError(t, err)
	assert.Empty(t, list)
}

func FuzzAnyEntryIsEitherUsableOrAProblem(f *testing.F) {
	f.Add("rds-not-public", "*::main", "moved behind the proxy", "data team", "2026-04-01")
	f.Add("", "***", "", "", "9999-99-99")
	f.Fuzz(func(t *testing.T, rule, urn, reason, owner, expires string) {
		fields, err := structpb.NewStruct(map[string]any{
			"rule": rule, "urn": urn, "reason": reason, "owner": owner, "expires": expires,
		})
		if err != nil {
			return
		}
		list := value.New(structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{structpb.NewStructValue(fields)}}), "list")
		parsed, err := exceptions.Parse(list, today, func(r string) bool { return r == "rds-not-public" })
		if err != nil {
			assert.Empty(t, parsed)
			return
		}
		for _, e := range parsed {
			assert.False(t, e.Expires.After(today.AddDate(0, 0, exceptions.LongestDays)))
			assert.NotEmpty(t, fmt.Sprint(e))
		}
	})
}
