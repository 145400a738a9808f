package pack_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/tenfold-iac/tenfold/policies/pack"
	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/rules"
)

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

var today = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// connect serves the rules on a real port and returns the engine's side of the connection.
func connect(t testing.TB, all []*rule.Rule) pulumirpc.AnalyzerClient {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer(grpc.MaxRecvMsgSize(400 << 20))
	pulumirpc.RegisterAnalyzerServer(server, pack.NewServer(all, func() time.Time { return today }, server.Stop))
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallSendMsgSize(400<<20)))
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = conn.Close()
		server.Stop()
		assert.NoError(t, <-served)
	})
	return pulumirpc.NewAnalyzerClient(conn)
}

func props(t testing.TB, fields map[string]any) *structpb.Struct {
	t.Helper()
	s, err := structpb.NewStruct(fields)
	require.NoError(t, err)
	return s
}

func urn(stack, resourceType, name string) string {
	return fmt.Sprintf("urn:pulumi:%s::tenfold::%s::%s", stack, resourceType, name)
}

func analyze(
	t testing.TB, client pulumirpc.AnalyzerClient, stack, resourceType, name string, fields map[string]any,
) *pulumirpc.AnalyzeResponse {
	t.Helper()
	// Tags are advised for nearly every type and not what these tests are about.
	fields = maps.Clone(fields)
	if fields == nil {
		fields = map[string]any{}
	}
	fields["tags"] = map[string]any{"service": "web"}
	answer, err := client.Analyze(context.Background(), &pulumirpc.AnalyzeRequest{
		Type: resourceType, Urn: urn(stack, resourceType, name), Name: name, Properties: props(t, fields),
	})
	require.NoError(t, err)
	return answer
}

func names(answer *pulumirpc.AnalyzeResponse) []string {
	var list []string
	for _, d := range answer.GetDiagnostics() {
		list = append(list, d.GetPolicyName())
	}
	return list
}

func diagnostic(t testing.TB, answer *pulumirpc.AnalyzeResponse, policy string) *pulumirpc.AnalyzeDiagnostic {
	t.Helper()
	for _, d := range answer.GetDiagnostics() {
		if d.GetPolicyName() == policy {
			return d
		}
	}
	require.Failf(t, "no diagnostic", "%s is not among %v", policy, names(answer))
	return nil
}

func reason(answer *pulumirpc.AnalyzeResponse, policy string) string {
	for _, na := range answer.GetNotApplicable() {
		if na.GetPolicyName() == policy {
			return na.GetReason()
		}
	}
	return ""
}

func configure(t testing.TB, client pulumirpc.AnalyzerClient, config map[string]*pulumirpc.PolicyConfig) {
	t.Helper()
	_, err := client.Configure(context.Background(), &pulumirpc.ConfigureAnalyzerRequest{PolicyConfig: config})
	require.NoError(t, err)
}

const instanceType = "aws:rds/clusterInstance:ClusterInstance"

var publicInstance = map[string]any{"publiclyAccessible": true}

func TestAPackThatWasNeverConfiguredAnswersEverything(t *testing.T) {
	ctx := context.Background()
	client := connect(t, rules.All())

	_, err := client.Handshake(ctx, &pulumirpc.AnalyzerHandshakeRequest{EngineAddress: "127.0.0.1:1"})
	require.NoError(t, err)
	plugin, err := client.GetPluginInfo(ctx, &emptypb.Empty{})
	require.NoError(t, err)
	assert.Equal(t, pack.Version, plugin.GetVersion())
	info, err := client.GetAnalyzerInfo(ctx, &emptypb.Empty{})
	require.NoError(t, err)
	assert.Len(t, info.GetPolicies(), len(rules.All())+4)
	assert.True(t, info.GetSupportsConfig())

	answer := analyze(t, client, "dev", instanceType, "writer", publicInstance)
	assert.Equal(t, []string{"rds-not-public"}, names(answer))
	_, err = client.AnalyzeStack(ctx, &pulumirpc.AnalyzeStackRequest{})
	require.NoError(t, err)
}

func TestADiagnosticSaysWhatIsWrongHowToMendItAndWhoAsks(t *testing.T) {
	client := connect(t, rules.All())
	d := diagnostic(t, analyze(t, client, "dev", instanceType, "writer", publicInstance), "rds-not-public")

	assert.Equal(t, "publiclyAccessible is true; it must be false\n"+
		"Fix: set publiclyAccessible to false; reach the database through a task or Session Manager.\n"+
		"See: AWS FSBP RDS.2, Checkov CKV_AWS_17, Trivy AWS-0180", d.GetMessage())
	assert.Equal(t, pulumirpc.EnforcementLevel_MANDATORY, d.GetEnforcementLevel())
	assert.Equal(t, pulumirpc.PolicySeverity_POLICY_SEVERITY_CRITICAL, d.GetSeverity())
	assert.Equal(t, pack.Name, d.GetPolicyPackName())
	assert.Equal(t, pack.Version, d.GetPolicyPackVersion())
}

func TestAMessageStaysUnderEightLinesHoweverMuchIsWrong(t *testing.T) {
	client := connect(t, rules.All())
	configure(t, client, exceptionFor("ecs-task-non-root", "2026-03-01"))
	var containers []string
	for i := range 20 {
		containers = append(containers, fmt.Sprintf(`{"name":"c%d","image":"x"}`, i))
	}
	answer := analyze(t, client, "dev", "aws:ecs/taskDefinition:TaskDefinition", "web", map[string]any{
		"containerDefinitions": "[" + strings.Join(containers, ",") + "]", "networkMode": "awsvpc",
	})
	require.NotEmpty(t, answer.GetDiagnostics())
	for _, d := range answer.GetDiagnostics() {
		assert.Less(t, strings.Count(d.GetMessage(), "\n")+1, 8, d.GetMessage())
	}
	assert.Contains(t, diagnostic(t, answer, "ecs-task-non-root").GetMessage(), "(and 16 more)")
}

func TestAnUnknownValueIsCountedOnceAndNeverFails(t *testing.T) {
	ctx := context.Background()
	client := connect(t, rules.All())
	answer := analyze(t, client, "dev", instanceType, "writer", map[string]any{"publiclyAccessible": unknown})
	assert.Empty(t, answer.GetDiagnostics())
	assert.Equal(t, "it waits for values", reason(answer, "rds-not-public"))

	stack, err := client.AnalyzeStack(ctx, &pulumirpc.AnalyzeStackRequest{})
	require.NoError(t, err)
	d := diagnostic(t, stack, "waiting-values")
	assert.Equal(t, "Not decided, because values are not known yet: 1 check on 1 resource. The update decides.", d.GetMessage())
	assert.Equal(t, pulumirpc.EnforcementLevel_ADVISORY, d.GetEnforcementLevel())

	again, err := client.AnalyzeStack(ctx, &pulumirpc.AnalyzeStackRequest{})
	require.NoError(t, err)
	assert.Empty(t, again.GetDiagnostics(), "the count starts anew with each run")
}

func TestARuleThatBreaksIsReportedAndTakesNothingElseDown(t *testing.T) {
	broken := &rule.Rule{
		ID: "rule-broken", Scope: rule.Resource, Level: rule.Mandatory, Severity: rule.High, Types: []string{instanceType},
		Check: func(c *rule.Check) { panic("swordfish") },
	}
	client := connect(t, append([]*rule.Rule{broken}, rules.All()...))
	answer := analyze(t, client, "dev", instanceType, "writer", publicInstance)
	assert.Equal(t, []string{"rds-not-public"}, names(answer))
	stack, err := client.AnalyzeStack(context.Background(), &pulumirpc.AnalyzeStackRequest{})
	require.NoError(t, err)
	d := diagnostic(t, stack, "broken-rules")
	assert.Contains(t, d.GetMessage(), "rule-broken on urn:pulumi:dev::")
	assert.NotContains(t, d.GetMessage(), "swordfish", "a panic may quote a property")
	assert.Equal(t, pulumirpc.EnforcementLevel_ADVISORY, d.GetEnforcementLevel())
}

func TestStackRulesReadTheInputsTheProgramGaveAndNotWhatAWSAnswered(t *testing.T) {
	const queueType = "aws:sqs/queue:Queue"
	client := connect(t, rules.All())
	analyze(t, client, "dev", queueType, "jobs", map[string]any{"kmsMasterKeyId": "alias/x"})
	// The provider answers with an unknown redrive policy for a queue that was given none.
	stack, err := client.AnalyzeStack(context.Background(), &pulumirpc.AnalyzeStackRequest{
		Resources: []*pulumirpc.AnalyzerResource{
			{Type: "pulumi:pulumi:Stack", Urn: urn("dev", "pulumi:pulumi:Stack", "tenfold-dev")},
			{Type: queueType, Urn: urn("dev", queueType, "jobs"), Properties: props(t, map[string]any{"redrivePolicy": unknown})},
		},
	})
	require.NoError(t, err)
	d := diagnostic(t, stack, "sqs-dead-letter-queue")
	assert.Equal(t, urn("dev", queueType, "jobs"), d.GetUrn())
}

func TestResourcesJudgedAtOnceAreAllCounted(t *testing.T) {
	client := connect(t, rules.All())
	configure(t, client, exceptionFor("rds-not-public", "2026-04-01"))
	var group sync.WaitGroup
	for i := range 64 {
		group.Go(func() {
			fields := map[string]any{"publiclyAccessible": unknown}
			if i%2 == 0 {
				fields = publicInstance
			}
			analyze(t, client, "dev", instanceType, fmt.Sprint("w", i), fields)
		})
	}
	group.Wait()
	stack, err := client.AnalyzeStack(context.Background(), &pulumirpc.AnalyzeStackRequest{})
	require.NoError(t, err)
	assert.Contains(t, diagnostic(t, stack, "waiting-values").GetMessage(), "32 checks on 32 resources")
	assert.Contains(t, diagnostic(t, stack, "exceptions").GetMessage(), "until 2026-04-01): 32")
}

func TestASecretInConfigurationOrPropertiesIsNeverRepeated(t *testing.T) {
	client := connect(t, rules.All())
	_, err := client.ConfigureStack(context.Background(), &pulumirpc.AnalyzerStackConfigureRequest{
		Stack: "dev", Config: map[string]string{"tenfold:key": "swordfish"}, ConfigSecretKeys: []string{"tenfold:key"},
	})
	require.NoError(t, err)
	secret := func(v any) map[string]any { return map[string]any{sig.Key: sig.Secret, "value": v} }
	answer := analyze(t, client, "dev", "aws:lambda/function:Function", "f", map[string]any{
		"runtime": secret("swordfish"), "environment": map[string]any{"variables": secret(map[string]any{"API_TOKEN": "swordfish"})},
	})
	assert.Contains(t, names(answer), "lambda-runtime")
	assert.Contains(t, names(answer), "lambda-no-plain-secrets")
	assert.NotContains(t, answer.String(), "swordfish")
}

func TestEveryRuleIsEitherJudgedOrNotApplicableForEachResource(t *testing.T) {
	client := connect(t, rules.All())
	for _, resourceType := range []string{instanceType, "pulumi:pulumi:Stack", "pulumi:providers:aws", "tenfold:index:Queue"} {
		answer := analyze(t, client, "dev", resourceType, "x", nil)
		seen := map[string]int{}
		for _, na := range answer.GetNotApplicable() {
			seen[na.GetPolicyName()]++
		}
		for id, n := range seen {
			assert.Equal(t, 1, n, "%s is not applicable to %s more than once", id, resourceType)
		}
		assert.GreaterOrEqual(t, len(seen), 90, resourceType)
	}
	remediated, err := client.Remediate(context.Background(), &pulumirpc.AnalyzeRequest{Type: instanceType})
	require.NoError(t, err)
	assert.Empty(t, remediated.GetRemediations())
	assert.Len(t, remediated.GetNotApplicable(), resourceRules())
}

func resourceRules() int {
	n := 0
	for _, r := range rules.All() {
		if r.Scope == rule.Resource {
			n++
		}
	}
	return n
}

func TestAStackLargerThanTheUsualMessageLimitIsJudged(t *testing.T) {
	client := connect(t, rules.All())
	filler := props(t, map[string]any{"description": strings.Repeat("x", 1<<20)})
	req := &pulumirpc.AnalyzeStackRequest{}
	for i := range 12 {
		req.Resources = append(req.Resources, &pulumirpc.AnalyzerResource{
			Type: "aws:ec2/vpc:Vpc", Urn: urn("dev", "aws:ec2/vpc:Vpc", fmt.Sprint(i)), Properties: filler,
		})
	}
	answer, err := client.AnalyzeStack(context.Background(), req)
	require.NoError(t, err)
	diagnostic(t, answer, "vpc-default-group-closed")
}
