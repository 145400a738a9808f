package document_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/tenfold-iac/tenfold/policies/document"
	"github.com/tenfold-iac/tenfold/policies/value"
)

func text(s string) value.Value { return value.New(structpb.NewStringValue(s), "policy") }

func TestAPolicyIsReadAsIAMReadsIt(t *testing.T) {
	policy, state, err := document.ParsePolicy(text(`{
		"version": "2012-10-17",
		"STATEMENT": {
			"effect": "allow", "action": "s3:GetObject", "Resource": ["arn:aws:s3:::a/*"],
			"Principal": {"AWS": ["1", "2"], "Service": "events.amazonaws.com"},
			"Condition": {"StringEquals": {"token.example.com:SUB": "x"}, "Bool": {"aws:SecureTransport": false}}
		}
	}`))
	require.NoError(t, err)
	assert.Equal(t, value.Known, state)
	require.Len(t, policy.Statements, 1)
	s := policy.Statements[0]
	assert.True(t, s.Allow)
	assert.Equal(t, []string{"s3:GetObject"}, s.Actions)
	assert.Equal(t, []string{"AWS:1", "AWS:2", "Service:events.amazonaws.com"}, s.Principals)
	assert.Equal(t, []document.Condition{
		{Operator: "Bool", Key: "aws:securetransport", Values: []string{"false"}},
		{Operator: "StringEquals", Key: "token.example.com:sub", Values: []string{"x"}},
	}, s.Conditions)
	assert.False(t, policy.Partial)
}

func TestAPolicyGivenAsAValueMayBePartlyUnknown(t *testing.T) {
	node, err := structpb.NewValue(map[string]any{"Statement": []any{map[string]any{
		"Effect": "Allow", "Action": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
	}}})
	require.NoError(t, err)
	policy, state, err := document.ParsePolicy(value.New(node, "policy"))
	require.NoError(t, err)
	assert.Equal(t, value.Known, state)
	assert.True(t, policy.Partial)
}

func TestOnlyATextThatIsNoDocumentIsAnError(t *testing.T) {
	_, state, err := document.ParsePolicy(value.Value{})
	assert.NoError(t, err)
	assert.Equal(t, value.Absent, state)
	_, _, err = document.ParsePolicy(text(`{`))
	assert.EqualError(t, err, "policy is not a JSON document")
	_, _, err = document.ParseContainers(text(`[`))
	assert.Error(t, err)
}

func TestPatternsMatchAsIAMMatchesThem(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		match         bool
	}{
		{"*", "s3:GetObject", true},
		{"s3:*", "s3:GetObject", true},
		{"S3:get*", "s3:GetObject", true},
		{"s3:Get?bject", "s3:GetObject", true},
		{"s3:Put*", "s3:GetObject", false},
		{"sqs:*", "s3:GetObject", false},
		{"s3:[a-z]*", "s3:GetObject", false},
		{`s3:\*`, "s3:GetObject", false},
		{"arn:*/x", "arn:a/b/x", true},
	} {
		assert.Equal(t, c.match, document.Match(c.pattern, c.text), "%s on %s", c.pattern, c.text)
	}
}

func TestAnyResourceSeesThroughWildcardARNs(t *testing.T) {
	for resource, any := range map[string]bool{
		"*":                                true,
		"**":                               true,
		"arn:aws:kms:*:*:key/*":            true,
		"arn:aws:iam::123456789012:role/*": true,
		"arn:aws:kms:eu-central-1:123456789012:*":                   true,
		"arn:aws:kms:eu-central-1:123456789012:key/1":               false,
		"arn:aws:iam::123456789012:role/app/*":                      false,
		"arn:aws:s3:::files/*":                                      false,
		"arn:aws:secretsmanager:eu-central-1:123456789012:secret:x": false,
	} {
		assert.Equal(t, any, document.Statement{Resources: []string{resource}}.AnyResource(), resource)
	}
}

func TestOnlyAConditionAnOutsiderCannotMeetMakesAStatementPrivate(t *testing.T) {
	open := document.Statement{Allow: true, Principals: []string{"*"}}
	assert.True(t, open.Public())
	for _, c := range []struct {
		condition document.Condition
		public    bool
	}{
		{document.Condition{Operator: "StringEquals", Key: "aws:sourceaccount", Values: []string{"123456789012"}}, false},
		{document.Condition{Operator: "ForAnyValue:StringLike", Key: "aws:principalorgpaths", Values: []string{"o-1/*"}}, false},
		{document.Condition{Operator: "StringEqualsIfExists", Key: "aws:sourceaccount", Values: []string{"1"}}, true},
		{document.Condition{Operator: "StringNotEquals", Key: "aws:sourceaccount", Values: []string{"1"}}, true},
		{document.Condition{Operator: "ArnLike", Key: "aws:sourcearn", Values: []string{"arn:x", "*"}}, true},
		{document.Condition{Operator: "StringEquals", Key: "aws:useragent", Values: []string{"x"}}, true},
		{document.Condition{Operator: "Bool", Key: "aws:securetransport", Values: []string{"true"}}, true},
	} {
		s := open
		s.Conditions = []document.Condition{c.condition}
		assert.Equal(t, c.public, s.Public(), "%+v", c.condition)
	}
}

func FuzzParsingAnyPolicyNeverPanics(f *testing.F) {
	f.Add(`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Condition":{"Bool":{"a":[1,null]}}}]}`)
	f.Add(`{"Statement":{"NotAction":{"a":1},"Principal":["*",{"AWS":null}]}}`)
	f.Add(`[[]]`)
	f.Fuzz(func(t *testing.T, source string) {
		policy, _, err := document.ParsePolicy(text(source))
		if err != nil {
			assert.Empty(t, policy.Statements)
		}
		for _, s := range policy.Statements {
			s.Public()
			s.AnyResource()
			s.Allows("iam:PassRole")
			s.DeniesPlaintext("s3")
		}
	})
}

func FuzzParsingAnyContainersNeverPanics(f *testing.F) {
	f.Add(`[{"name":"web","image":"x","environment":[{"name":"A","value":1}]}]`)
	f.Add(`{"Name":null}`)
	f.Add(`[null,1,[[]]]`)
	f.Fuzz(func(t *testing.T, source string) {
		containers, _, err := document.ParseContainers(text(source))
		if err != nil {
			assert.Empty(t, containers)
		}
		for _, c := range containers {
			c.Get("logConfiguration.logDriver").Show()
			c.Get("environment").Items()
		}
	})
}
