package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/internal/stacktest"
	"github.com/tenfold-iac/tenfold/internal/toolchain"
)

// pack is the compiled pack, as users run it.
var pack string

func TestMain(m *testing.M) {
	os.Exit(runAll(m))
}

func runAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "policies")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	pack = filepath.Join(dir, "policies")
	if out, err := exec.Command("go", "build", "-o", pack, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "the pack does not compile: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// project is a stack of the real engine on an offline cloud, judged by the pack.
type project struct {
	t      *testing.T
	config string
	stack  *stacktest.Stack
}

func newProject(t *testing.T, stackName string) *project {
	t.Helper()
	return &project{t: t, stack: stacktest.New(t, stacktest.Options{Name: stackName, Region: "eu-central-1"})}
}

// configure writes policy config for the runs that follow.
func (p *project) configure(config string) {
	p.config = filepath.Join(p.t.TempDir(), "policies.json")
	require.NoError(p.t, os.WriteFile(p.config, []byte(config), 0o600))
}

func (p *project) preview(program pulumi.RunFunc) (output string, err error) {
	p.t.Helper()
	options := []optpreview.Option{optpreview.PolicyPacks(pack)}
	if p.config != "" {
		options = append(options, optpreview.PolicyPackConfigs(p.config))
	}
	r := p.stack.Preview(program, options...)
	return r.Output, r.Err
}

func (p *project) up(program pulumi.RunFunc) (output string, err error) {
	p.t.Helper()
	r := p.stack.Up(program, optup.PolicyPacks(pack))
	return r.Output, r.Err
}

// resource is any AWS resource, registered by its token.
type resource struct {
	pulumi.CustomResourceState
	ARN pulumi.StringOutput `pulumi:"arn"`
}

func register(ctx *pulumi.Context, token, name string, props pulumi.Map, opts ...pulumi.ResourceOption) (*resource, error) {
	var r resource
	err := ctx.RegisterResource(token, name, props, &r, opts...)
	return &r, err
}

// queues is a pair of queues in order: encrypted, with dead letters, TLS only and tagged.
func queues(change func(pulumi.Map)) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		tags := pulumi.StringMap{"service": pulumi.String("jobs")}
		dead, err := register(ctx, "aws:sqs/queue:Queue", "dead", pulumi.Map{
			"sqsManagedSseEnabled": pulumi.Bool(true), "messageRetentionSeconds": pulumi.Int(1209600),
			"receiveWaitTimeSeconds": pulumi.Int(20), "tags": tags,
		})
		if err != nil {
			return err
		}
		props := pulumi.Map{
			"sqsManagedSseEnabled": pulumi.Bool(true), "receiveWaitTimeSeconds": pulumi.Int(20), "tags": tags,
			"redrivePolicy": pulumi.JSONMarshal(map[string]any{"deadLetterTargetArn": dead.ARN, "maxReceiveCount": 5}),
		}
		if change != nil {
			change(props)
		}
		jobs, err := register(ctx, "aws:sqs/queue:Queue", "jobs", props)
		if err != nil {
			return err
		}
		for name, queue := range map[string]*resource{"jobs": jobs, "dead": dead} {
			policy := pulumi.JSONMarshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
				"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": queue.ARN,
				"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
			}}})
			if _, err := register(ctx, "aws:sqs/queuePolicy:QueuePolicy", name, pulumi.Map{
				"queueUrl": queue.ID(), "policy": policy,
			}); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestABadChangeIsStoppedInThePreviewWithWhatToDo(t *testing.T) {
	p := newProject(t, "dev")
	out, err := p.preview(queues(func(props pulumi.Map) {
		delete(props, "redrivePolicy")
		props["sqsManagedSseEnabled"] = pulumi.Bool(false)
	}))
	require.Error(t, err, out)
	assert.Contains(t, out, "[mandatory]")
	assert.Contains(t, out, "sqs-encrypted  (aws:sqs:Queue: jobs)")
	assert.NotContains(t, out, "sqs-encrypted  (aws:sqs:Queue: dead)")
	assert.Contains(t, out, "Fix: set kmsMasterKeyId, or sqsManagedSseEnabled to true.")
	assert.Contains(t, out, "AWS FSBP SQS.1")
	assert.Contains(t, out, "sqs-dead-letter-queue", "the stack's rules are judged in a preview too")
}

func TestAGoodProgramPassesAPreviewThatKnowsLittleAndAnUpdateThatKnowsAll(t *testing.T) {
	p := newProject(t, "dev")
	out, err := p.preview(queues(nil))
	require.NoError(t, err, out)
	assert.Contains(t, out, "Not decided, because values are not known yet")
	assert.NotContains(t, out, "[mandatory]")

	out, err = p.up(queues(nil))
	require.NoError(t, err, out)
	assert.NotContains(t, out, "[mandatory]")
	assert.False(t, p.stack.Cloud.Account().Empty())

	out, err = p.preview(queues(nil))
	require.NoError(t, err, out)
	assert.NotContains(t, out, "Not decided", "everything is known by now")
	assert.NotContains(t, out, "[advisory]")
}

func TestABadResourceIsNotCreatedByAnUpdate(t *testing.T) {
	p := newProject(t, "dev")
	program := func(ctx *pulumi.Context) error {
		_, err := register(ctx, "aws:secretsmanager/secret:Secret", "key", pulumi.Map{
			"policy": pulumi.String(`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}]}`),
		})
		return err
	}
	out, err := p.up(program)
	require.Error(t, err, out)
	assert.Contains(t, out, "secret-not-public")
	assert.True(t, p.stack.Cloud.Account().Empty(), "the update stopped before the resource")
}

func TestProductionStacksMustProtectWhatHoldsData(t *testing.T) {
	keyOf := func(opts ...pulumi.ResourceOption) pulumi.RunFunc {
		return func(ctx *pulumi.Context) error {
			_, err := register(ctx, "aws:kms/key:Key", "data", pulumi.Map{
				"enableKeyRotation": pulumi.Bool(true), "rotationPeriodInDays": pulumi.Int(365),
				"tags": pulumi.StringMap{"service": pulumi.String("data")},
			}, opts...)
			return err
		}
	}
	prod := newProject(t, "prod")
	out, err := prod.preview(keyOf())
	require.Error(t, err, out)
	assert.Contains(t, out, "stateful-protected")
	out, err = prod.preview(keyOf(pulumi.Protect(true)))
	require.NoError(t, err, out)

	prod.configure(`{"production": {"enabled": false}}`)
	out, err = prod.preview(keyOf())
	require.NoError(t, err, out)
}

func TestPolicyConfigPassesTheEngineAndMistakesInItStopTheRun(t *testing.T) {
	p := newProject(t, "dev")
	bad := queues(func(props pulumi.Map) { props["sqsManagedSseEnabled"] = pulumi.Bool(false) })

	p.configure(`{"sqs-encrypted": "advisory"}`)
	out, err := p.preview(bad)
	require.NoError(t, err, out)
	assert.Contains(t, out, "[advisory]")

	p.configure(`{"exceptions": {"list": [{"rule": "sqs-encrypted", "urn": "*::jobs", "owner": "platform team",
		"reason": "encrypted with the next release", "expires": "2000-01-01"}]}}`)
	out, err = p.preview(bad)
	require.Error(t, err, out)
	assert.Contains(t, out, "The exception of platform team for it ended on 2000-01-01.")

	p.configure(`{"exceptions": {"list": [{"rule": "sqs-encrypted", "urn": "*::jobs"}]}}`)
	out, err = p.preview(bad)
	require.Error(t, err, out)
	assert.Contains(t, out, "reason is required")

	p.configure(`{"rds-backup-retention": {"days": "many"}}`)
	out, err = p.preview(bad)
	require.Error(t, err, out)
	assert.Contains(t, out, "days")
}

func TestASecretNeverReachesTheTerminal(t *testing.T) {
	p := newProject(t, "dev")
	out, err := p.preview(func(ctx *pulumi.Context) error {
		_, err := register(ctx, "aws:sqs/queue:Queue", "jobs", pulumi.Map{
			"policy": pulumi.ToSecret(pulumi.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:swordfish","Resource":"*"}]}`)),
		})
		return err
	})
	require.Error(t, err, out)
	assert.Contains(t, out, "sqs-not-public")
	assert.NotContains(t, out, "swordfish")
}

func TestAStateFileIsJudgedWithoutAStack(t *testing.T) {
	cli, err := toolchain.Pulumi(t.Context())
	require.NoError(t, err)
	dir := t.TempDir()
	const instance = "aws:rds/clusterInstance:ClusterInstance"
	state, err := json.Marshal(map[string]any{"version": 3, "deployment": map[string]any{
		"manifest": map[string]any{"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""},
		"resources": []any{map[string]any{
			"urn": "urn:pulumi:prod::tenfold::" + instance + "::writer", "custom": true, "id": "writer", "type": instance,
			"inputs":  map[string]any{"publiclyAccessible": true, "tags": map[string]any{"a": "b"}},
			"outputs": map[string]any{"publiclyAccessible": true},
		}},
	}})
	require.NoError(t, err)
	file := filepath.Join(dir, "state.json")
	require.NoError(t, os.WriteFile(file, state, 0o600))

	command := exec.CommandContext(t.Context(), cli, "policy", "analyze", "--file", file, "--policy-pack", pack, "--color", "never")
	command.Dir = dir
	command.Env = append(os.Environ(), "PULUMI_HOME="+filepath.Join(dir, "home"), "PULUMI_SKIP_UPDATE_CHECK=true",
		"PULUMI_BACKEND_URL=file://"+dir, "PULUMI_CONFIG_PASSPHRASE=offline")
	out, err := command.CombinedOutput()
	require.Error(t, err, string(out))
	assert.Contains(t, string(out), "rds-not-public")
	assert.Contains(t, string(out), "publiclyAccessible is true; it must be false")
	assert.NotContains(t, string(out), "panic")
}
