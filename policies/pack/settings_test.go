package pack_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/tenfold-iac/tenfold/policies/rules"
)

func TestRaisingAllRulesDoesNotMakeAPreviewFailOverUnknownValues(t *testing.T) {
	client := connect(t, rules.All())
	mandatory := &pulumirpc.PolicyConfig{EnforcementLevel: pulumirpc.EnforcementLevel_MANDATORY}
	configure(t, client, map[string]*pulumirpc.PolicyConfig{"all": mandatory, "waiting-values": mandatory})
	analyze(t, client, "dev", instanceType, "writer", map[string]any{"publiclyAccessible": unknown})
	stack, err := client.AnalyzeStack(context.Background(), &pulumirpc.AnalyzeStackRequest{})
	require.NoError(t, err)
	assert.Equal(t, pulumirpc.EnforcementLevel_ADVISORY, diagnostic(t, stack, "waiting-values").GetEnforcementLevel())
}

func TestPolicyConfigSetsLevelsAndParametersAndIgnoresNamesItDoesNotKnow(t *testing.T) {
	client := connect(t, rules.All())
	level := func(l pulumirpc.EnforcementLevel) *pulumirpc.PolicyConfig {
		return &pulumirpc.PolicyConfig{EnforcementLevel: l}
	}
	configure(t, client, map[string]*pulumirpc.PolicyConfig{
		"rds-not-public":        level(pulumirpc.EnforcementLevel_ADVISORY),
		"rds-minor-upgrades":    level(pulumirpc.EnforcementLevel_DISABLED),
		"rule-of-a-newer-pack":  level(pulumirpc.EnforcementLevel_MANDATORY),
		"rds-storage-encrypted": level(pulumirpc.EnforcementLevel_REMEDIATE),
		"rds-backup-retention": {
			EnforcementLevel: pulumirpc.EnforcementLevel_MANDATORY, Properties: props(t, map[string]any{"days": 14}),
		},
	})
	answer := analyze(t, client, "dev", instanceType, "writer", map[string]any{
		"publiclyAccessible": true, "autoMinorVersionUpgrade": false,
	})
	assert.Equal(t, []string{"rds-not-public"}, names(answer))
	assert.Equal(t, pulumirpc.EnforcementLevel_ADVISORY, answer.GetDiagnostics()[0].GetEnforcementLevel())

	answer = analyze(t, client, "dev", "aws:rds/cluster:Cluster", "main", map[string]any{"backupRetentionPeriod": 10})
	assert.Contains(t, diagnostic(t, answer, "rds-backup-retention").GetMessage(), "at least 14")
	assert.Equal(t, pulumirpc.EnforcementLevel_MANDATORY,
		diagnostic(t, answer, "rds-storage-encrypted").GetEnforcementLevel(), "the pack repairs nothing")
}

func TestNoDiagnosticIsEverDisabled(t *testing.T) {
	client := connect(t, rules.All())
	config := map[string]*pulumirpc.PolicyConfig{}
	for _, r := range rules.All() {
		config[r.ID] = &pulumirpc.PolicyConfig{EnforcementLevel: pulumirpc.EnforcementLevel_DISABLED}
	}
	for _, own := range []string{"exceptions", "production", "waiting-values", "broken-rules"} {
		config[own] = &pulumirpc.PolicyConfig{EnforcementLevel: pulumirpc.EnforcementLevel_DISABLED}
	}
	configure(t, client, config)
	assert.Empty(t, analyze(t, client, "prod", instanceType, "writer", publicInstance).GetDiagnostics())
	stack, err := client.AnalyzeStack(context.Background(), &pulumirpc.AnalyzeStackRequest{
		Resources: []*pulumirpc.AnalyzerResource{{Type: "aws:ec2/vpc:Vpc", Urn: urn("prod", "aws:ec2/vpc:Vpc", "main")}},
	})
	require.NoError(t, err)
	assert.Empty(t, stack.GetDiagnostics())
}

func TestProductionRulesFollowConfigThenTagThenName(t *testing.T) {
	const clusterType, id = "aws:rds/cluster:Cluster", "rds-deletion-protection"
	judged := func(t *testing.T, client pulumirpc.AnalyzerClient, stack string) bool {
		answer := analyze(t, client, stack, clusterType, "main", map[string]any{"deletionProtection": false})
		if why := reason(answer, id); why != "" {
			assert.Equal(t, "the stack is not production", why)
			return false
		}
		diagnostic(t, answer, id)
		return true
	}
	tagged := func(t *testing.T, client pulumirpc.AnalyzerClient, stack, tag string) {
		_, err := client.ConfigureStack(context.Background(), &pulumirpc.AnalyzerStackConfigureRequest{
			Stack: stack, Tags: map[string]string{"production": tag},
		})
		require.NoError(t, err)
	}

	client := connect(t, rules.All())
	assert.True(t, judged(t, client, "prod"), "the name in the URN decides when nobody named the stack")
	assert.True(t, judged(t, client, "eu-prod"))
	assert.False(t, judged(t, client, "dev"))
	assert.False(t, judged(t, client, "product-tests"))

	tagged(t, client, "dev", "true")
	assert.True(t, judged(t, client, "dev"))
	tagged(t, client, "prod", "false")
	assert.False(t, judged(t, client, "prod"))
	_, err := client.ConfigureStack(context.Background(), &pulumirpc.AnalyzerStackConfigureRequest{
		Stack: "eu-west", Project: "tenfold", Config: map[string]string{"tenfold:production": "true"},
	})
	require.NoError(t, err)
	assert.True(t, judged(t, client, "eu-west"), "the stack's own configuration says so")
	tagged(t, client, "prod", "false")

	configure(t, client, map[string]*pulumirpc.PolicyConfig{
		"production": {Properties: props(t, map[string]any{"enabled": true})},
	})
	assert.True(t, judged(t, client, "prod"), "policy config outweighs the tag, and configuring keeps what the stack said")

	other := connect(t, rules.All())
	configure(t, other, map[string]*pulumirpc.PolicyConfig{
		"production": {Properties: props(t, map[string]any{"stacks": []any{"live-*"}})},
	})
	assert.True(t, judged(t, other, "live-eu"))
	assert.False(t, judged(t, other, "prod"))
}

func exceptionFor(id, expires string) map[string]*pulumirpc.PolicyConfig {
	list, _ := structpb.NewStruct(map[string]any{"list": []any{map[string]any{
		"rule": id, "urn": "*::w*", "owner": "data team", "expires": expires, "reason": "moved behind the proxy next month",
	}}})
	return map[string]*pulumirpc.PolicyConfig{"exceptions": {Properties: list}}
}

func TestAnExceptedFindingIsSilentWhereItIsAndListedAtTheEnd(t *testing.T) {
	client := connect(t, rules.All())
	configure(t, client, exceptionFor("rds-not-public", "2026-04-01"))

	answer := analyze(t, client, "dev", instanceType, "writer", publicInstance)
	assert.Empty(t, answer.GetDiagnostics())
	assert.Equal(t, "excepted: moved behind the proxy next month", reason(answer, "rds-not-public"))
	assert.Equal(t, []string{"rds-not-public"}, names(analyze(t, client, "dev", instanceType, "reader", publicInstance)))

	stack, err := client.AnalyzeStack(context.Background(), &pulumirpc.AnalyzeStackRequest{})
	require.NoError(t, err)
	assert.Equal(t, "In use, with the number of findings:\n  rds-not-public for *::w* (data team, until 2026-04-01): 1",
		diagnostic(t, stack, "exceptions").GetMessage())
}

func TestAnExpiredExceptionGivesTheFindingBackAndSaysSo(t *testing.T) {
	client := connect(t, rules.All())
	configure(t, client, exceptionFor("rds-not-public", "2026-03-09"))
	d := diagnostic(t, analyze(t, client, "dev", instanceType, "writer", publicInstance), "rds-not-public")
	assert.Contains(t, d.GetMessage(), "The exception of data team for it ended on 2026-03-09.")
}

func TestUnusedAndMalformedExceptionsAreReported(t *testing.T) {
	client := connect(t, rules.All())
	configure(t, client, exceptionFor("rds-not-public", "2026-04-01"))
	stack, err := client.AnalyzeStack(context.Background(), &pulumirpc.AnalyzeStackRequest{})
	require.NoError(t, err)
	assert.Contains(t, diagnostic(t, stack, "exceptions").GetMessage(), "No finding needs them, remove them:\n  rds-not-public")

	configure(t, client, exceptionFor("no-such-rule", "2026-04-01"))
	stack, err = client.AnalyzeStack(context.Background(), &pulumirpc.AnalyzeStackRequest{})
	require.NoError(t, err)
	assert.Contains(t, diagnostic(t, stack, "exceptions").GetMessage(), `exception 1: rule "no-such-rule" does not exist`)
}
