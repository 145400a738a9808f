package sandboxrun

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox"
)

// served is a sandbox of which only the cloud runs.
func served(t *testing.T) *Sandbox {
	t.Helper()
	dir := t.TempDir()
	cloud, err := sandbox.Start(t.Context(), sandbox.Options{Account: filepath.Join(dir, "account")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, cloud.Close()) })
	return &Sandbox{cloud: cloud, folders: FoldersOf(dir, "dev"), options: Options{Stack: "dev", Notes: io.Discard}, pulumi: "/opt/pulumi/bin/pulumi"}
}

func TestAnOperationLeadsTheSDKToTheOfflineCloudAndBack(t *testing.T) {
	s := served(t)
	t.Setenv("AWS_PROFILE", "work")
	t.Setenv("AWS_ENDPOINT_URL", "")
	require.NoError(t, os.Unsetenv("AWS_ENDPOINT_URL"))
	t.Setenv("AWS_ACCESS_KEY_ID", "planted")
	detach := s.attachSDK()
	assert.True(t, strings.HasPrefix(os.Getenv("AWS_ENDPOINT_URL"), "http://127.0.0.1:"))
	assert.Equal(t, "offline", os.Getenv("AWS_ACCESS_KEY_ID"))
	_, set := os.LookupEnv("AWS_PROFILE")
	assert.False(t, set, "a profile would lead to a real account")
	detach()
	assert.Equal(t, "work", os.Getenv("AWS_PROFILE"))
	assert.Equal(t, "planted", os.Getenv("AWS_ACCESS_KEY_ID"))
	_, set = os.LookupEnv("AWS_ENDPOINT_URL")
	assert.False(t, set)
}

// Each of these would lead an SDK to an account, or away from the offline cloud.
func TestNothingOfARealAccountIsLeft(t *testing.T) {
	s := served(t)
	var environ []string
	names := []string{
		"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
	}
	for _, name := range names {
		t.Setenv(name, "planted")
		environ = append(environ, name+"=planted")
	}
	detach := s.attachSDK()
	defer detach()
	for _, name := range names {
		_, set := os.LookupEnv(name)
		assert.False(t, set, name)
	}
	assert.NotContains(t, strings.Join(s.execEnv(environ, "/opt/host"), "\n"), "planted")
}

func TestACommandIsLedToTheOfflineCloud(t *testing.T) {
	env := served(t).execEnv([]string{"AWS_PROFILE=work", "AWS_SESSION_TOKEN=planted", "AWS_ACCESS_KEY_ID=planted", "AWS_REGION=eu-west-1", "PATH=/bin"}, "/opt/host")
	joined := strings.Join(env, "\n")
	assert.NotContains(t, joined, "work")
	assert.NotContains(t, joined, "planted")
	assert.Contains(t, joined, "AWS_ACCESS_KEY_ID=offline")
	assert.Contains(t, joined, "AWS_ENDPOINT_URL=http://127.0.0.1:")
	assert.Contains(t, joined, "AWS_REGION=eu-west-1")
}
