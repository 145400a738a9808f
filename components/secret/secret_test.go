package secret_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/access"
	ct "github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/secret"
)

const (
	component    = "tenfold:secret:Secret"
	container    = "aws:secretsmanager/secret:Secret"
	policy       = "aws:secretsmanager/secretPolicy:SecretPolicy"
	secretARN    = "arn:aws:secretsmanager:us-east-1:123456789012:secret/tenfold/test/billing"
	keyARN       = "arn:aws:kms:us-east-1:123456789012:key/secrets"
	otherKeyARN  = "arn:aws:kms:us-west-2:123456789012:key/secrets"
	aDescription = "Stripe API key"
)

var key = pulumi.String(keyARN)

func run(t *testing.T, name string, args secret.Args, opts ...pulumi.ResourceOption) (*ct.Inventory, *secret.Secret) {
	t.Helper()
	args.Description, args.KeyARN = aDescription, key
	var made *secret.Secret
	inv := ct.Run(t, func(ctx *pulumi.Context) error {
		var err error
		made, err = secret.New(ctx, name, args, opts...)
		return err
	})
	return inv, made
}

func TestASecretIsAProtectedContainerWithoutAValue(t *testing.T) {
	inv, s := run(t, "billing", secret.Args{})
	ct.AssertHouse(t, inv, component, "billing")
	assert.Equal(t, strings.Join([]string{
		"aws:secretsmanager/secret:Secret billing < billing [protect] [retain]",
		"aws:secretsmanager/secretPolicy:SecretPolicy billing < billing [protect] [retain]",
		"tenfold:secret:Secret billing",
		"",
	}, "\n"), inv.Text())
	made := inv.One(t, container, "billing")
	assert.Equal(t, "tenfold/test/billing", made.Input("name"))
	assert.Equal(t, s.Name, made.Input("name"))
	assert.Equal(t, keyARN, made.Input("kmsKeyId"))
	assert.Equal(t, 30.0, made.Input("recoveryWindowInDays"))
	assert.Equal(t, aDescription, made.Input("description"))
	assert.Nil(t, made.Input("replicas"))
}

func TestADisposableSecretIsDeletedAtOnceAndFreesItsName(t *testing.T) {
	inv, _ := run(t, "billing", secret.Args{Disposable: true})
	assert.Equal(t, 0.0, inv.One(t, container, "billing").Input("recoveryWindowInDays"))
	assert.NotContains(t, inv.Text(), "[protect]")
	assert.NotContains(t, inv.Text(), "[retain]")
	inv, _ = run(t, "billing", secret.Args{Disposable: true, RecoveryDays: 7})
	assert.Equal(t, 7.0, inv.One(t, container, "billing").Input("recoveryWindowInDays"))
}

func TestReplicasHaveTheirOwnKeys(t *testing.T) {
	inv, _ := run(t, "billing", secret.Args{Replicas: []secret.Replica{{Region: "us-west-2", KeyARN: pulumi.String(otherKeyARN)}}})
	assert.Equal(t, []any{map[string]any{"region": "us-west-2", "kmsKeyId": otherKeyARN}},
		inv.One(t, container, "billing").Input("replicas"))
}

func TestAFunctionRenewsTheValueWhenThereIsOne(t *testing.T) {
	const function = "arn:aws:lambda:us-east-1:123456789012:function:renew"
	inv, _ := run(t, "billing", secret.Args{Rotation: secret.Rotation{FunctionARN: pulumi.String(function)}})
	made := inv.One(t, "aws:secretsmanager/secretRotation:SecretRotation", "billing")
	assert.Equal(t, secretARN, made.Input("secretId"))
	assert.Equal(t, function, made.Input("rotationLambdaArn"))
	assert.Equal(t, map[string]any{"automaticallyAfterDays": 90.0}, made.Input("rotationRules"))
	assert.Equal(t, false, made.Input("rotateImmediately"), "there may be no value yet")
	may := inv.One(t, "aws:lambda/permission:Permission", "billing")
	for input, want := range map[string]any{
		"action": "lambda:InvokeFunction", "principal": "secretsmanager.amazonaws.com", "function": function, "sourceArn": secretARN, "sourceAccount": ct.Account,
	} {
		assert.Equal(t, want, may.Input(input), input)
	}
	assert.Nil(t, inv.One(t, container, "billing").Input("tags"))
}

func TestASecretThatNobodyRotatesSaysSo(t *testing.T) {
	inv, _ := run(t, "billing", secret.Args{})
	assert.Equal(t, map[string]any{"rotation": "external"}, inv.One(t, container, "billing").Input("tags"))
	assert.Empty(t, inv.ByType("aws:secretsmanager/secretRotation:SecretRotation"))
}

func TestANameNeverEndsLikeTheTailAWSAdds(t *testing.T) {
	for name, want := range map[string]string{
		"stripe-secret":  "tenfold/test/stripe_secret",
		"stripe-secrets": "tenfold/test/stripe-secrets",
		"stripe":         "tenfold/test/stripe",
	} {
		_, s := run(t, name, secret.Args{})
		assert.Equal(t, want, s.Name)
	}
}

func TestOtherAccountsAreDenied(t *testing.T) {
	inv, _ := run(t, "billing", secret.Args{})
	made := inv.One(t, policy, "billing")
	assert.Equal(t, true, made.Input("blockPublicPolicy"))
	assert.Equal(t, secretARN, made.Input("secretArn"))
	assert.Equal(t, map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Sid": "DenyOtherAccounts", "Effect": "Deny", "Principal": "*", "Action": []any{"secretsmanager:*"}, "Resource": "*",
		"Condition": map[string]any{
			"StringNotEquals": map[string]any{"aws:PrincipalAccount": ct.Account},
			"Bool":            map[string]any{"aws:PrincipalIsAWSService": "false"},
		},
	}}}, made.JSON(t, "policy"))
}

func TestTheCallersOptionsReachTheComponentOnly(t *testing.T) {
	inv, _ := run(t, "billing", secret.Args{}, pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("old")}}))
	ct.AssertHouse(t, inv, component, "billing")
}

func await(t *testing.T, in pulumi.StringInput) string {
	t.Helper()
	result, err := internals.UnsafeAwaitOutput(t.Context(), in.ToStringOutput())
	require.NoError(t, err)
	return result.Value.(string)
}

func TestReadHoldsExactlyTheDocumentedActions(t *testing.T) {
	_, s := run(t, "billing", secret.Args{})
	g := s.Read()
	require.NoError(t, access.Validate([]access.Grant{g}))
	ct.AssertDocumented(t, "Secret.Read", g)
	assert.Equal(t, "billing-read", g.Key)
	assert.Equal(t, secretARN, await(t, g.Env["BILLING_SECRET_ARN"]))
	assert.Equal(t, secretARN, await(t, g.Allow[0].Resources[0]))
	assert.Equal(t, keyARN, await(t, g.Allow[1].Resources[0]))
	assert.Equal(t, "kms:ViaService", g.Allow[1].Conditions[0].Key)
	assert.Equal(t, "secretsmanager.us-east-1.amazonaws.com", await(t, g.Allow[1].Conditions[0].Values[0]))
}

func TestInjectMapsVariablesToKeysOfTheValueAndGivesTheContainerNoPermission(t *testing.T) {
	var g access.Grant
	within(t, func(s *secret.Secret) {
		g = s.Inject(map[string]string{"STRIPE_SECRET_KEY": "secret_key", "STRIPE_CONFIG": ""})
		// The program waits for what it looks up.
		await(t, g.Secrets["STRIPE_CONFIG"].Version)
	})
	require.NoError(t, access.Validate([]access.Grant{g}))
	assert.Empty(t, g.Allow)
	assert.Empty(t, g.Env)
	require.Len(t, g.Secrets, 2)
	assert.Equal(t, secretARN+":secret_key::", await(t, g.Secrets["STRIPE_SECRET_KEY"].ValueFrom))
	assert.Equal(t, secretARN, await(t, g.Secrets["STRIPE_CONFIG"].ValueFrom))
	for _, injected := range g.Secrets {
		assert.Equal(t, secretARN, await(t, injected.SecretARN))
		assert.Equal(t, keyARN, await(t, injected.KeyARN))
		assert.Equal(t, ct.SecretVersion, await(t, injected.Version), "the version that has the label AWSCURRENT")
	}
}

// within runs a program that makes a secret and does something with it.
func within(t *testing.T, do func(*secret.Secret)) {
	t.Helper()
	ct.Run(t, func(ctx *pulumi.Context) error {
		made, err := secret.New(ctx, "billing", secret.Args{Description: aDescription, KeyARN: key})
		if err == nil {
			do(made)
		}
		return err
	})
}

func TestAValueThatAWSHasToBeToldIsASecretInTheState(t *testing.T) {
	within(t, func(s *secret.Secret) {
		value, err := internals.UnsafeAwaitOutput(t.Context(), s.Value("planted_key"))
		require.NoError(t, err)
		assert.Equal(t, "planted-value", value.Value)
		assert.True(t, value.Secret)
		_, err = internals.UnsafeAwaitOutput(t.Context(), s.Value("other"))
		require.ErrorContains(t, err, `secret "billing" holds no text under the key "other"; put its value in again`)
		assert.NotContains(t, err.Error(), "planted")
	})
}

func TestEveryProblemIsReportedBeforeAnythingIsRegistered(t *testing.T) {
	inv, err := ct.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := secret.New(ctx, "Billing", secret.Args{
			RecoveryDays: 3, Rotation: secret.Rotation{Days: 400}, Replicas: []secret.Replica{{Region: "oregon"}, {Region: "us-west-2", KeyARN: key}, {Region: "us-west-2", KeyARN: key}},
		})
		return err
	})
	for _, want := range []string{
		`secret "Billing": the name must be 1 to 40 lower-case letters`,
		`secret "Billing": Description must be 1 to 2048 characters, got 0; say what the value is and who issues it`,
		`secret "Billing": KeyARN must be set; pass the ARN of an encryption key`,
		`secret "Billing": RecoveryDays must be 7 to 30, got 3; leave it out for 30, or set Disposable to delete at once`,
		`secret "Billing": Rotation must have a FunctionARN when it has Days; pass the function that renews the value`,
		`secret "Billing": Rotation.Days must be 1 to 365, got 400; leave it out for 90`,
		`secret "Billing": Replicas must name regions, got "oregon"; write it like us-west-2`,
		`secret "Billing": Replicas must have a key; set KeyARN of "oregon" to a key of that region`,
		`secret "Billing": Replicas must not repeat "us-west-2"; name it once`,
	} {
		assert.ErrorContains(t, err, want)
	}
	assert.Empty(t, inv.ByType(component))
}
