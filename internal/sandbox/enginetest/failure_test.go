package enginetest

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

func TestDriftIsSeenByRefreshAndPutRightByUp(t *testing.T) {
	p := newProject(t)
	program := one(queueType, "jobs", pulumi.Map{"delaySeconds": pulumi.Int(5), "tags": pulumi.StringMap{"Team": pulumi.String("core")}})
	require.NoError(t, p.up(program).err)

	_, err := p.account().Drift("jobs", "delaySeconds", 9)
	require.NoError(t, err)
	refreshed := p.refresh()
	require.NoError(t, refreshed.err, refreshed.output)
	assert.Equal(t, 9.0, p.outputsOf("jobs")["delaySeconds"])
	put := p.up(program)
	require.NoError(t, put.err, put.output)
	assert.Equal(t, []string{"update jobs"}, put.order)
	assert.Equal(t, 5.0, p.outputsOf("jobs")["delaySeconds"])

	_, err = p.account().Vanish("jobs")
	require.NoError(t, err)
	gone := p.refresh()
	require.NoError(t, gone.err, gone.output)
	again := p.up(program)
	require.NoError(t, again.err, again.output)
	assert.Equal(t, []string{"create jobs"}, again.order)
}

func TestARefreshWithoutDriftChangesNothing(t *testing.T) {
	p := newProject(t)
	require.NoError(t, p.up(queues(30)).err)
	refreshed := p.refresh()
	require.NoError(t, refreshed.err, refreshed.output)
	after := p.up(queues(30))
	require.NoError(t, after.err, after.output)
	assert.Empty(t, after.order)
}

func TestAPlannedFailureStrikesOnceAndTheNextRunConverges(t *testing.T) {
	p := newProject(t)
	require.NoError(t, p.account().Plan(account.Fault{Type: queueType, Name: "jobs", Operation: account.OnCreate, Error: "RequestThrottled: slow down"}))

	failed := p.up(queues(30))
	failed.failed(t, "RequestThrottled: slow down")
	assert.Len(t, p.account().List().Resources, 1, "what came before the failure exists")

	second := p.up(queues(30))
	require.NoError(t, second.err, second.output)
	assert.Equal(t, []string{"create jobs"}, second.order)
}

func TestAHalfMadeResourceIsKeptAndFinished(t *testing.T) {
	p := newProject(t)
	program := one(queueType, "jobs", pulumi.Map{})
	require.NoError(t, p.account().Plan(account.Fault{Type: queueType, Operation: account.OnCreate, Partial: true, Error: "timeout while waiting for the attributes"}))

	p.up(program).failed(t, "timeout while waiting for the attributes")
	assert.NotEmpty(t, p.resource("jobs").ID, "the id of a half-made resource is in the state")
	require.NotEmpty(t, p.resource("jobs").InitErrors)

	second := p.up(program)
	require.NoError(t, second.err, second.output)
	assert.Equal(t, []string{"update jobs"}, second.order)
	assert.Empty(t, p.resource("jobs").InitErrors)
	require.NoError(t, p.destroy().err)
	assert.True(t, p.account().Empty())
}

func TestAnExistingResourceIsImported(t *testing.T) {
	p := newProject(t)
	first := p.up(one(queueType, "jobs", pulumi.Map{"name": pulumi.String("jobs"), "delaySeconds": pulumi.Int(5)}))
	require.NoError(t, first.err, first.output)
	id := string(p.resource("jobs").ID)
	other := newStack(t, p, "other")

	imported := other.up(one(queueType, "jobs", pulumi.Map{"name": pulumi.String("jobs"), "delaySeconds": pulumi.Int(5)}, pulumi.Import(pulumi.ID(id))))
	require.NoError(t, imported.err, imported.output)
	assert.Equal(t, []string{"import jobs"}, imported.order)
	after := other.up(one(queueType, "jobs", pulumi.Map{"name": pulumi.String("jobs"), "delaySeconds": pulumi.Int(5)}))
	require.NoError(t, after.err, after.output)
	assert.Empty(t, after.order)

	third := newStack(t, p, "third")
	third.up(one(queueType, "jobs", pulumi.Map{"name": pulumi.String("jobs")}, pulumi.Import(pulumi.ID("https://sqs.eu-west-1.amazonaws.com/123456789012/missing")))).failed(t, "does not exist")
}

func TestSecretsStayEncryptedInTheState(t *testing.T) {
	p := newProject(t)
	const value = "correct-horse-battery"
	up := p.up(func(ctx *pulumi.Context) error {
		secret := register(ctx, "aws:secretsmanager/secret:Secret", "token", pulumi.Map{"name": pulumi.String("app/token")})
		register(ctx, "aws:secretsmanager/secretVersion:SecretVersion", "value", pulumi.Map{"secretId": secret.ID(), "secretString": pulumi.String(value)})
		register(ctx, "aws:ssm/parameter:Parameter", "marked", pulumi.Map{"name": pulumi.String("marked"), "type": pulumi.String("String"), "value": pulumi.ToSecret(pulumi.String(value))})
		return nil
	})
	require.NoError(t, up.err, up.output)
	assert.NotContains(t, up.output, value)
	stored := func() bool {
		state := p.stack.State()
		require.Contains(t, state, "secret:app/token")
		return strings.Contains(state, value)
	}
	assert.False(t, stored())

	require.NoError(t, p.refresh().err)
	assert.False(t, stored(), "a refresh must not uncover a secret")
}

// many registers resources one after the other.
func many(count int) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		var previous pulumi.Resource
		for index := range count {
			var options []pulumi.ResourceOption
			if previous != nil {
				options = append(options, pulumi.DependsOn([]pulumi.Resource{previous}))
			}
			previous = register(ctx, queueType, "queue-"+string(rune('a'+index)), pulumi.Map{}, options...)
		}
		return nil
	}
}

func TestAnEngineKilledInTheMiddleIsFollowedByARunThatConverges(t *testing.T) {
	p := newProject(t)
	// The third create takes so long that the kill finds the engine waiting.
	require.NoError(t, p.account().Plan(account.Fault{Type: queueType, Name: "queue-c", Operation: account.OnCreate, Delay: account.Duration(time.Minute)}))

	p.killWhen(many(5), func() bool { return len(p.account().Faults()) == 0 })
	require.NoError(t, p.stack.Cancel(context.Background()))
	p.reopen()

	second := p.up(many(5))
	require.NoError(t, second.err, second.output)
	assert.NotContains(t, second.order, "create queue-a", "what was made and recorded is not made again")
	assert.Contains(t, second.order, "create queue-e")
	third := p.up(many(5))
	require.NoError(t, third.err, third.output)
	assert.Empty(t, third.order)
	require.NoError(t, p.destroy().err)
	assert.True(t, p.account().Empty())
}

// outputsOf returns the outputs of a resource in the state.
func (p *project) outputsOf(name string) map[string]any { return p.resource(name).Outputs }

func (p *project) resource(name string) apitype.ResourceV3 {
	p.t.Helper()
	exported, err := p.stack.Export(context.Background())
	require.NoError(p.t, err)
	var deployment apitype.DeploymentV3
	require.NoError(p.t, json.Unmarshal(exported.Deployment, &deployment))
	for _, r := range deployment.Resources {
		if strings.HasSuffix(string(r.URN), "::"+name) {
			return r
		}
	}
	require.Fail(p.t, "not in the state", name)
	return apitype.ResourceV3{}
}

// killWhen runs up and kills the engine with SIGKILL as soon as the condition
// holds.
func (p *project) killWhen(program pulumi.RunFunc, condition func() bool) {
	p.t.Helper()
	done := make(chan run)
	go func() { done <- p.up(program) }()
	require.Eventually(p.t, condition, time.Minute, 10*time.Millisecond)
	p.stack.Kill()
	require.NoError(p.t, p.server.Close())
	require.Error(p.t, (<-done).err)
}
