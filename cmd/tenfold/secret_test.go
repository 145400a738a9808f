package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// secretsManager answers like Secrets Manager and STS of one account.
type secretsManager struct {
	made   map[string]bool
	values map[string]string
}

func newSecretsManager(t *testing.T, made ...string) *secretsManager {
	t.Helper()
	m := &secretsManager{made: map[string]bool{}, values: map[string]string{}}
	for _, name := range made {
		m.made[name] = true
	}
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	nowhere := filepath.Join(t.TempDir(), "absent")
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "",
		"AWS_PROFILE": "", "AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere, "AWS_MAX_ATTEMPTS": "1",
	} {
		t.Setenv(name, value)
	}
	return m
}

func (m *secretsManager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	_, action, isJSON := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if !isJSON {
		fmt.Fprint(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
		return
	}
	var request struct {
		Secret             string `json:"SecretId"`
		SecretString       string
		ClientRequestToken string
	}
	_ = json.Unmarshal(body, &request)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if !m.made[request.Secret] {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"__type":"ResourceNotFoundException","Message":"Secrets Manager can't find the specified secret."}`)
		return
	}
	answer := map[string]any{"Name": request.Secret}
	switch action {
	case "PutSecretValue":
		m.values[request.Secret] = request.SecretString
		answer["VersionId"] = request.ClientRequestToken
	case "DescribeSecret":
		if _, has := m.values[request.Secret]; has {
			answer["VersionIdsToStages"] = map[string]any{"1": []string{"AWSCURRENT"}}
		}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// secretCheckout is an app over a checkout of its own with the shipped dev stack.
func secretCheckout(t *testing.T, stdin string) (*app, string) {
	t.Helper()
	a, root := fakeCheckout(t)
	a.stdin = strings.NewReader(stdin)
	writeSettings(t, root, "dev", shippedSettings(t, "dev"))
	return a, root
}

const billing = `{"secret_key":"planted-value-1","webhook_secret":"planted-value-2"}`

func TestASecretsValueGoesFromStandardInputToSecretsManagerAndNowhereElse(t *testing.T) {
	m := newSecretsManager(t, "shop/dev/billing", "shop/dev/identity")
	a, _ := secretCheckout(t, billing)
	got := a.runFor(t, "secret", "list", "dev")
	require.Zero(t, got.code, got.stderr)
	assert.Regexp(t, `(?m)^billing +shop/dev/billing +no value +secret_key, webhook_secret$`, got.stdout)

	got = a.runFor(t, "secret", "put", "dev", "billing")
	require.Zero(t, got.code, got.stderr)
	assert.Equal(t, map[string]string{"shop/dev/billing": billing}, m.values)
	assert.Regexp(t, `^shop/dev/billing in account 123456789012 has a new value, version [0-9a-f-]{36}; tasks`, got.stdout)
	assert.NotContains(t, got.stdout+got.stderr, "planted")

	got = a.runFor(t, "secret", "list", "dev")
	assert.Regexp(t, `(?m)^billing .* has a value `, got.stdout)
	assert.Regexp(t, `(?m)^identity .* no value `, got.stdout)

	t.Setenv("IDENTITY_JSON", `{"session_secret":"planted-3","oidc_client_secret":"planted-4"}`)
	got = a.runFor(t, "secret", "put", "dev", "identity", "--from-env", "IDENTITY_JSON")
	require.Zero(t, got.code, got.stderr)
	assert.Contains(t, m.values["shop/dev/identity"], "planted-3")
}

func TestAValueOfTheWrongShapeIsNotPut(t *testing.T) {
	m := newSecretsManager(t, "shop/dev/billing")
	a, _ := secretCheckout(t, `{"secret_key":"","planted-key":"planted-value"}`)
	got := a.runFor(t, "secret", "put", "dev", "billing")
	assert.Equal(t, exitFailure, got.code)
	assert.Equal(t, `error: the value of secret "billing" is not what env and keys of tenfold:secrets.billing ask for; nothing was put:
1 key is not declared; the stack declares secret_key, webhook_secret
secret_key is empty
webhook_secret is missing
`, got.stderr)
	assert.Empty(t, m.values)
}

func TestASecretThatCannotBePutSaysWhy(t *testing.T) {
	newSecretsManager(t)
	a, root := secretCheckout(t, billing)
	got := a.runFor(t, "secret", "put", "dev", "billing")
	assert.Equal(t, "error: secret shop/dev/billing does not exist in account 123456789012; run pulumi up first, it makes the container\n", got.stderr)
	assert.Contains(t, a.runFor(t, "secret", "list", "dev").stdout, "not made yet")

	got = a.runFor(t, "secret", "put", "dev", "mail")
	assert.Equal(t, "error: stack \"dev\" declares no secret \"mail\"; there are billing, identity\n", got.stderr)
	got = a.runFor(t, "secret", "put", "dev", "billing", "--from-env", "TENFOLD_TEST_ABSENT")
	assert.Equal(t, "error: the environment variable TENFOLD_TEST_ABSENT is not set\n", got.stderr)
	a.terminal = true
	assert.Contains(t, a.runFor(t, "secret", "put", "dev", "billing").stderr, "which is a terminal that would show it")
	a.terminal = false

	for _, ids := range []string{`["111122223333"]`, "[111122223333]"} {
		writeSettings(t, root, "dev", strings.Replace(shippedSettings(t, "dev"), "config:\n", "config:\n  aws:allowedAccountIds: "+ids+"\n", 1))
		a.stdin = strings.NewReader(billing)
		got = a.runFor(t, "secret", "put", "dev", "billing")
		assert.Equal(t, exitFailure, got.code)
		assert.Contains(t, got.stderr, "the credentials belong to account 123456789012, and the stack allows 111122223333 (aws:allowedAccountIds)")
		assert.NotContains(t, got.stderr, "planted")
	}
}

func TestAnAccountThatIsEncryptedInTheSettingsIsNotGuessed(t *testing.T) {
	m := newSecretsManager(t, "shop/dev/billing")
	a, root := secretCheckout(t, "")
	const (
		encrypted = " is encrypted in the settings of stack dev, and this command decrypts nothing; "
		clear     = encrypted + "keep it in the clear, without credentials in it\n"
		out       = encrypted + "take it out of the settings, and take credentials from aws:profile or the environment\n"
	)
	for _, c := range []struct{ settings, want string }{
		{"aws:profile: {secure: planted}", "error: aws:profile" + clear},
		{"aws:assumeRole: {roleArn: 'arn:aws:iam::123456789012:role/deploy', externalId: {secure: planted}}", "error: aws:assumeRole" + clear},
		{"aws:endpoints: [{ecs: {secure: planted}}]", "error: aws:endpoints" + clear},
		{"aws:accessKey: {secure: planted}\n  aws:secretKey: {secure: planted}\n  aws:token: {secure: planted}", "error: aws:accessKey" + out + "aws:secretKey" + out + "aws:token" + out},
		{"aws:accessKey: planted\n  aws:secretKey: {secure: planted}\n  aws:profile: {secure: planted}", "error: aws:profile" + clear + "aws:secretKey" + out},
	} {
		writeSettings(t, root, "dev", strings.Replace(shippedSettings(t, "dev"), "config:\n", "config:\n  "+c.settings+"\n", 1))
		a.stdin = strings.NewReader(billing)
		got := a.runFor(t, "secret", "put", "dev", "billing")
		assert.Equal(t, exitFailure, got.code)
		assert.Equal(t, c.want, got.stderr)
	}
	assert.Empty(t, m.values)
}
