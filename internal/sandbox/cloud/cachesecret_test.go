package cloud

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestACacheComesUpWithASecretMadeByHand(t *testing.T) {
	w := newWorld(t)
	arn := "arn:aws:secretsmanager:eu-west-1:" + w.account.ID() + ":secret:ecr-pullthroughcache/hub-AbCdEf"
	_, err := w.account.EnsureSecret(arn)
	require.NoError(t, err)
	w.create(cacheRuleType, "docker", map[string]any{"ecrRepositoryPrefix": "docker-hub", "upstreamRegistryUrl": "registry-1.docker.io", "credentialArn": arn})
}
