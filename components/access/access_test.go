package access

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func send(key string) Grant {
	return Grant{
		Key: key,
		Allow: []Statement{{
			Actions:   []string{"sqs:SendMessage"},
			Resources: []pulumi.StringInput{pulumi.String("arn:aws:sqs:us-east-1:123456789012:jobs")},
		}},
		Env: map[string]pulumi.StringInput{"JOBS_QUEUE_URL": pulumi.String("https://example.com")},
	}
}

func elsewhere(key string) Grant {
	g := send(key)
	g.Env = map[string]pulumi.StringInput{"JOBS_QUEUE_URL": pulumi.String("https://example.com/other")}
	return g
}

func TestTwoGrantsMaySetAVariableToTheSameValue(t *testing.T) {
	url := pulumi.String("https://example.com").ToStringOutput()
	secret := Secret{ValueFrom: url, SecretARN: url}
	grant := func(key string) Grant {
		return Grant{
			Key: key, Env: map[string]pulumi.StringInput{"JOBS_QUEUE_URL": url},
			Secrets: map[string]Secret{"API_KEY": secret},
		}
	}
	require.NoError(t, Validate([]Grant{grant("jobs-send"), grant("jobs-consume")}))
	other := grant("jobs-consume")
	other.Secrets = map[string]Secret{"API_KEY": {ValueFrom: url, SecretARN: url, KeyARN: url}}
	assert.ErrorContains(t, Validate([]Grant{grant("jobs-send"), other}), "both set the environment variable API_KEY")
	other = Grant{Key: "jobs-consume", Secrets: map[string]Secret{"JOBS_QUEUE_URL": secret}}
	assert.ErrorContains(t, Validate([]Grant{grant("jobs-send"), other}), "both set the environment variable JOBS_QUEUE_URL")
}

func TestValidateAcceptsCompleteGrants(t *testing.T) {
	require.NoError(t, Validate(nil))
	require.NoError(t, Validate([]Grant{send("jobs-send")}))
}

func TestValidateReportsEveryProblemAtOnce(t *testing.T) {
	all := pulumi.String("*")
	err := Validate([]Grant{
		{Key: "Bad Key", Allow: []Statement{{Actions: []string{"sqs:*"}, Resources: []pulumi.StringInput{all}}}},
		{Key: "empty", Allow: []Statement{{}}},
		{Key: "start", Start: []Statement{{Actions: []string{"ecr:*"}, Resources: []pulumi.StringInput{all}}, {}}},
		{Key: "db", Reach: []Path{{SecurityGroupID: all, Port: 70000}}, Env: map[string]pulumi.StringInput{"1DB": all}},
		send("jobs-send"), send("jobs-send"), elsewhere("other"),
	})
	require.Error(t, err)
	for _, want := range []string{
		`grant key "Bad Key" must start with a lower-case letter`,
		`grant "Bad Key" allows "sqs:*", which is not one complete IAM action`,
		`grant "Bad Key" allows sqs:* on every resource`,
		`grant "empty" has a statement without actions or without resources`,
		`grant "start" allows "ecr:*", which is not one complete IAM action`,
		`grant "start" allows ecr:* on every resource`,
		`grant "start" has a statement without actions or without resources`,
		`grant "db" reaches port 70000`,
		`grant "db" sets the environment variable "1DB"`,
		`grant "jobs-send" is given twice`,
		`grants "jobs-send" and "other" both set the environment variable JOBS_QUEUE_URL`,
	} {
		assert.ErrorContains(t, err, want)
	}
}

func TestValidateRefusesPathsAndSecretsThatLeadNowhere(t *testing.T) {
	err := Validate([]Grant{{Key: "db", Reach: []Path{{Port: 5432, Name: "Main DB"}}, Secrets: map[string]Secret{"PASSWORD": {}}}})
	assert.ErrorContains(t, err, `grant "db" reaches port 5432 of no security group`)
	assert.ErrorContains(t, err, `grant "db" names a path "Main DB"`)
	assert.ErrorContains(t, err, `grant "db" injects PASSWORD from no secret`)
}

func TestValidateAcceptsEveryResourceWithAReason(t *testing.T) {
	g := Grant{Key: "metrics", Allow: []Statement{{
		Actions:   []string{"cloudwatch:PutMetricData"},
		Resources: []pulumi.StringInput{pulumi.String("*")},
		Reason:    "cloudwatch:PutMetricData has no resource types",
	}}}
	require.NoError(t, Validate([]Grant{g}))
}

func TestEnvNameIsUpperCaseWithUnderscores(t *testing.T) {
	assert.Equal(t, "BILLING_EVENTS_QUEUE_URL", EnvName("billing-events", "QUEUE_URL"))
}
