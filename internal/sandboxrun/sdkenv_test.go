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

func TestACommandIsLedToTheOfflineCloud(t *testing.T) {
	env := served(t).execEnv([]string{"AWS_PROFILE=work", "AWS_SESSION_TOKEN=planted", "AWS_ACCESS_KEY_ID=planted", "AWS_REGION=eu-west-1", "PATH=/bin"}, "/opt/host")
	joined := strings.Join(env, "\n")
	assert.NotContains(t, joined, "work")
	assert.NotContains(t, joined, "planted")
	assert.Contains(t, joined, "AWS_ACCESS_KEY_ID=offline")
	assert.Contains(t, joined, "AWS_ENDPOINT_URL=http://127.0.0.1:")
	assert.Contains(t, joined, "AWS_REGION=eu-west-1")
}
