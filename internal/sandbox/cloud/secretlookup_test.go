package cloud

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	getSecretVersionToken  = "aws:secretsmanager/getSecretVersion:getSecretVersion"
	getSecretVersionsToken = "aws:secretsmanager/getSecretVersions:getSecretVersions"
)

func TestASecretIsReadByItsCurrentVersion(t *testing.T) {
	w := newWorld(t)
	w.create(secretType, "token", map[string]any{"name": "app/token"})
	w.invokeFails("reading Secrets Manager Secret Version (app/token|AWSCURRENT): couldn't find resource", getSecretVersionToken, map[string]any{"secretId": "app/token"})
	w.create(secretVersionType, "first", map[string]any{"secretId": "$(token)", "secretString": "planted-one"})
	require.NoError(t, w.account.Advance(time.Hour))
	w.create(secretVersionType, "second", map[string]any{"secretId": "$(token)", "secretString": "planted-two"})

	current := w.invoke(getSecretVersionToken, map[string]any{"secretId": "$(token.arn)"})
	assert.Equal(t, "planted-two", textAt(current, "secretString"))
	assert.Equal(t, w.made["second"].text("versionId"), textAt(current, "versionId"))
	assert.Equal(t, []string{"AWSCURRENT"}, textsAt(current, "versionStages[]"))
	assert.Equal(t, "2026-01-02T13:00:00Z", textAt(current, "createdDate"))
	assert.False(t, current["secretString"].IsSecret(), "the bridge hands results of functions over without their secrecy, so that a program has to see to it")
	previous := w.invoke(getSecretVersionToken, map[string]any{"secretId": "app/token", "versionStage": "AWSPREVIOUS"})
	assert.Equal(t, "planted-one", textAt(previous, "secretString"))
	byID := w.invoke(getSecretVersionToken, map[string]any{"secretId": "app/token", "versionId": w.made["first"].text("versionId")})
	assert.Equal(t, "planted-one", textAt(byID, "secretString"))
	w.invokeFails("(app/token|other): couldn't find resource", getSecretVersionToken, map[string]any{"secretId": "app/token", "versionId": "other"})
	w.region = "us-east-1"
	w.invokeFails("couldn't find resource", getSecretVersionToken, map[string]any{"secretId": "app/token"})
}

func TestVersionsOfASecretAreListedNewestFirst(t *testing.T) {
	w := newWorld(t)
	w.invokeFails(`reading Secrets Manager Secret Versions Data Source ("app/token"): operation error Secrets Manager: ListSecretVersionIds`, getSecretVersionsToken, map[string]any{"secretId": "app/token"})
	w.create(secretType, "token", map[string]any{"name": "app/token"})
	none := w.invoke(getSecretVersionsToken, map[string]any{"secretId": "app/token"})
	require.True(t, none["versions"].IsArray())
	assert.Empty(t, none["versions"].ArrayValue())

	w.create(secretVersionType, "first", map[string]any{"secretId": "$(token)", "secretString": "planted-one"})
	require.NoError(t, w.account.Advance(time.Hour))
	w.create(secretVersionType, "second", map[string]any{"secretId": "$(token)", "secretString": "planted-two"})
	both := w.invoke(getSecretVersionsToken, map[string]any{"secretId": "$(token.arn)"})
	assert.Equal(t, w.made["token"].text("arn"), textAt(both, "arn"))
	assert.Equal(t, []string{w.made["second"].text("versionId"), w.made["first"].text("versionId")}, textsAt(both, "versions[].versionId"))
	assert.Equal(t, []string{"AWSCURRENT", "AWSPREVIOUS"}, textsAt(both, "versions[].versionStages[]"))
	assert.Equal(t, []string{"2026-01-02T13:00:00Z", "2026-01-02T12:00:00Z"}, textsAt(both, "versions[].createdTime"))
	assert.Equal(t, "2026-01-02T00:00:00Z", textAt(both, "versions[].lastAccessedDate"))

	require.NoError(t, w.remove("token"))
	w.invokeFails("Secrets Manager can't find the specified secret", getSecretVersionsToken, map[string]any{"secretId": "app/token"})
}
