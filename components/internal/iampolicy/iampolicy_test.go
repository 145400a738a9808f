package iampolicy

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/access"
)

func render(t *testing.T, statements ...Statement) string {
	t.Helper()
	out, err := JSON(statements...)
	require.NoError(t, err)
	result, err := internals.UnsafeAwaitOutput(t.Context(), out)
	require.NoError(t, err)
	return result.Value.(string)
}

func TestJSONRendersPrincipalsConditionsAndOutputs(t *testing.T) {
	key := pulumi.String("arn:aws:kms:us-east-1:123456789012:key/1").ToStringOutput()
	assert.JSONEq(t, `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "Use", "Effect": "Allow", "Action": ["kms:Decrypt"],
			"Principal": {"Service": ["sqs.amazonaws.com"]},
			"Resource": "arn:aws:kms:us-east-1:123456789012:key/1",
			"Condition": {"StringEquals": {"aws:SourceAccount": "123456789012", "kms:ViaService": ["a", "b"]}}
		}]
	}`, render(t, Statement{
		Sid: "Use", Principals: Principals{Services: []string{"sqs.amazonaws.com"}},
		Actions: []string{"kms:Decrypt"}, Resources: []pulumi.StringInput{key},
		Conditions: []access.Condition{
			{Test: "StringEquals", Key: "aws:SourceAccount", Values: []pulumi.StringInput{pulumi.String("123456789012")}},
			{Test: "StringEquals", Key: "kms:ViaService", Values: []pulumi.StringInput{pulumi.String("a"), pulumi.String("b")}},
		},
	}))
}

func TestDenyInsecureTransportDeniesEveryoneWithoutTLS(t *testing.T) {
	assert.JSONEq(t, `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "DenyInsecureTransport", "Effect": "Deny", "Principal": "*", "Action": ["sqs:*"],
			"Resource": "arn", "Condition": {"Bool": {"aws:SecureTransport": "false"}}
		}]
	}`, render(t, DenyInsecureTransport("sqs", pulumi.String("arn"))))
}

func TestJSONRefusesUnsafeStatementsAllAtOnce(t *testing.T) {
	all := []pulumi.StringInput{pulumi.String("*")}
	_, err := JSON(
		Statement{Actions: []string{"sqs:*"}, Resources: all},
		Statement{Actions: []string{"*"}, Resources: all, Reason: "no"},
		Statement{Principals: Principals{Anyone: true}, Actions: []string{"sqs:SendMessage"}},
		Statement{},
	)
	for _, want := range []string{
		`statement 1: allows "sqs:*"`, `allows the resource "*"`, `statement 2: "*" is not service:Action`,
		"statement 3: allows anyone without a condition", "statement 4: names no action",
	} {
		assert.ErrorContains(t, err, want)
	}
	_, err = JSON()
	assert.ErrorContains(t, err, "at least one statement")
}

func TestTrustNamesTheServices(t *testing.T) {
	out, err := Trust(nil, "ecs-tasks.amazonaws.com")
	require.NoError(t, err)
	result, err := internals.UnsafeAwaitOutput(t.Context(), out)
	require.NoError(t, err)
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole"],
		"Principal":{"Service":["ecs-tasks.amazonaws.com"]}}]}`, result.Value.(string))
}
