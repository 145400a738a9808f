package enginetest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/cluster"
	"github.com/tenfold-iac/tenfold/components/encryption"
	"github.com/tenfold-iac/tenfold/components/network"
	"github.com/tenfold-iac/tenfold/components/secret"
	"github.com/tenfold-iac/tenfold/components/service"
)

// secretive is a service that gets a secret, and one that does not.
func secretive(ctx *pulumi.Context) error {
	net, err := network.New(ctx, "net", network.Args{Zones: usual().zones, NAT: network.NATSingle, Disposable: true, Monitors: none})
	if err != nil {
		return err
	}
	key, err := encryption.New(ctx, "secrets", encryption.Args{Purpose: "the secrets of a test", Disposable: true})
	if err != nil {
		return err
	}
	billing, err := secret.New(ctx, "billing", secret.Args{Description: "a key of a test", KeyARN: key.ARN, Disposable: true})
	if err != nil {
		return err
	}
	tasks, err := cluster.New(ctx, "main", cluster.Args{})
	if err != nil {
		return err
	}
	for name, uses := range map[string][]access.Grant{"api": {billing.Inject(map[string]string{"STRIPE_SECRET_KEY": "secret_key"})}, "web": nil} {
		_, err := service.New(ctx, name, service.Args{
			Cluster: tasks, Network: net.Tasks(), Image: image("1"), Uses: uses, Disposable: true, Monitors: none,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// renew puts a value into the secret, as a person or a rotation does.
func (e *engine) renew(value string) {
	e.t.Helper()
	settings, err := config.LoadDefaultConfig(e.t.Context(), config.WithRegion("us-east-1"))
	require.NoError(e.t, err)
	_, err = secretsmanager.NewFromConfig(settings).PutSecretValue(e.t.Context(), &secretsmanager.PutSecretValueInput{
		SecretId: aws.String("tenfold/test/billing"), SecretString: aws.String(value),
	})
	require.NoError(e.t, err)
}

func TestANewValueOfASecretRollsTheTasksThatHaveItAndNoOthers(t *testing.T) {
	e := start(t)
	e.up(secretive)
	assert.Empty(t, e.up(secretive).steps, "a secret without a value is no change either")
	for _, value := range []string{`{"secret_key":"planted-1"}`, `{"secret_key":"planted-2"}`} {
		e.renew(value)
		planned := e.preview(secretive)
		assert.Equal(t, []string{"Service", "TaskDefinition"}, planned.kinds(), "the preview shows it")
		rolled := e.up(secretive)
		assert.Equal(t, []string{"Service", "TaskDefinition"}, rolled.kinds())
		assert.Equal(t, []string{"update api"}, rolled.of("Service"))
		assert.Empty(t, e.up(secretive).steps)
	}
	held, err := e.stack.Export(t.Context())
	require.NoError(t, err)
	assert.NotContains(t, string(held.Deployment), "planted", "no value reaches the state")
}
