package project

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A key that would be refused in the real stack stays, so that it is refused
// offline too.
func TestTheSandboxCopyTakesNobodysCredentials(t *testing.T) {
	root := checkout(t, map[string]string{"Pulumi.yaml": projectYAML, "Pulumi.dev.yaml": `config:
  aws:region: us-east-1
  aws:profile: work
  aws:sharedConfigFiles: [~/.aws/company]
  aws:sharedCredentialsFiles: [~/.aws/company]
  aws:assumeRole: {roleArn: "arn:aws:iam::123456789012:role/deploy"}
  aws:assumeRoleWithWebIdentity: {roleArn: "arn:aws:iam::123456789012:role/deploy", webIdentityTokenFile: /run/token}
  aws:allowedAccountIds: ["123456789012"]
  aws:forbiddenAccountIds: ["111122223333"]
  aws:accessKey: planted
  aws:secretKey: {secure: planted}
  aws:token: {secure: planted}
  aws:endpoints: [{ecs: "http://127.0.0.1:4566"}]
  aws:httpProxy: {secure: planted}
`})
	dir := filepath.Join(root, ".tenfold", "copy")
	require.NoError(t, load(t, root, "dev").WriteSandbox(dir))
	assert.Equal(t, map[string]any{"config": map[string]any{
		"aws:region": "us-east-1", "aws:allowedAccountIds": []any{"123456789012"}, "aws:forbiddenAccountIds": []any{"111122223333"}, "aws:httpProxy": "sandbox",
	}}, decode(t, SandboxSettings(dir, "dev")))
}
