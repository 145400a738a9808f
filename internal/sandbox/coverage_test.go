package sandbox

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox/cloud"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema"
)

func TestCloudAndSchemaKnowTheSameTypes(t *testing.T) {
	types, err := cloud.Types()
	require.NoError(t, err)
	assert.Equal(t, schema.Tokens(), types)
}
