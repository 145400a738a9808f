package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The command reads the settings of the real stack, with its profile and its role.
func TestACommandOfTheStackStaysInTheOfflineCloud(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s went elsewhere", r.Method, r.Header.Get("X-Amz-Target"))
	}))
	t.Cleanup(elsewhere.Close)
	t.Setenv("AWS_ENDPOINT_URL_STS", elsewhere.URL)
	t.Setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", elsewhere.URL)
	a, root := secretCheckout(t, billing)
	settings := func(more string) {
		writeSettings(t, root, "dev", strings.Replace(shippedSettings(t, "dev"), "config:\n", "config:\n  aws:profile: nowhere\n"+
			"  aws:assumeRole: {roleArn: \"arn:aws:iam::123456789012:role/deploy\"}\n"+more, 1))
	}
	self, err := os.Executable()
	require.NoError(t, err)
	t.Setenv("TENFOLD_TEST_CHECKOUT", root)
	list := func() result { return a.runFor(t, "sandbox", "exec", "-s", "dev", "--", self, "secret", "list", "dev") }

	settings("")
	got := list()
	require.Zero(t, got.code, got.stderr)
	assert.Regexp(t, `(?m)^billing +shop/dev/billing +not made yet`, got.stdout)

	settings("  aws:allowedAccountIds: [111122223333]\n")
	got = list()
	assert.NotZero(t, got.code)
	assert.Contains(t, got.stderr, "this sandbox is account 123456789012, and the stack allows 111122223333 (aws:allowedAccountIds); the id of a sandbox is fixed when it is made, so throw it away with `tenfold sandbox reset STACK` and run again")
	require.Zero(t, a.runFor(t, "sandbox", "reset", "dev").code)
	got = list()
	assert.Zero(t, got.code, got.stderr)
}

func TestASandboxThatWasMadeBeforeItsAccountWasNamedSaysWhatToDo(t *testing.T) {
	a, root := smallCheckout(t)
	require.Zero(t, upSmall(t, a).code)
	writeSettings(t, root, "dev", "config:\n  aws:region: us-east-1\n  aws:allowedAccountIds: [\"111122223333\"]\n")
	got := upSmall(t, a)
	assert.Equal(t, exitFailure, got.code)
	assert.Contains(t, got.stdout+got.stderr, "AWS account ID not allowed: 123456789012; this sandbox is account 123456789012, and the stack allows 111122223333 (aws:allowedAccountIds); the id of a sandbox is fixed when it is made, so throw it away with `tenfold sandbox reset dev` and run again")

	require.Zero(t, a.runFor(t, "sandbox", "reset", "dev").code)
	require.Zero(t, upSmall(t, a).code)
	assert.Equal(t, "111122223333", accountOf(t, root).ID())
}
