package edge

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Two versions in one program would be two providers, each to be configured.
func TestTheFirewallUsesTheProviderOfTheSDK(t *testing.T) {
	module, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	require.NoError(t, err)
	assert.Contains(t, string(module), "github.com/pulumi/pulumi-aws/sdk/v6 v"+wafVersion+"\n")
}
