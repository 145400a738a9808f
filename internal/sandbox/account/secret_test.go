package account

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestASecretMadeByHandIsThereBeforeTheProgramRuns(t *testing.T) {
	a, err := Open(t.TempDir()+"/account.json", Options{})
	require.NoError(t, err)
	arn := "arn:aws:secretsmanager:eu-west-1:" + a.ID() + ":secret:ecr-pullthroughcache/hub-AbCdEf"
	for _, want := range []bool{true, false} {
		made, err := a.EnsureSecret(arn)
		require.NoError(t, err)
		assert.Equal(t, want, made, "it is made once")
	}
	require.Len(t, a.List().Prerequisites, 1)
	for _, foreign := range []string{"arn:aws:secretsmanager:eu-west-1:000000000001:secret:ecr-pullthroughcache/hub-AbCdEf", "hub"} {
		made, err := a.EnsureSecret(foreign)
		require.NoError(t, err)
		assert.False(t, made, foreign)
	}
	assert.Len(t, a.List().Prerequisites, 1)
}
