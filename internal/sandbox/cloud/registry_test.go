package cloud

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCacheRuleRefusals(t *testing.T) {
	w := newWorld(t)
	rule := func(prefix, upstream, secret string) map[string]any {
		inputs := map[string]any{"ecrRepositoryPrefix": prefix, "upstreamRegistryUrl": upstream}
		if secret != "" {
			inputs["credentialArn"] = secret
		}
		return inputs
	}
	for _, upstream := range []string{"registry-1.docker.io", "ghcr.io", "registry.gitlab.com", "example.azurecr.io"} {
		w.refuses("UnsupportedUpstreamRegistryException: The specified upstream registry requires authentication. Specify a valid Secrets Manager ARN", cacheRuleType, rule("cache", upstream, ""))
	}
	w.refuses("UnsupportedUpstreamRegistryException: The specified upstream registry isn't supported.", cacheRuleType, rule("cache", "registry.example.com", ""))
	w.create(secretType, "other", map[string]any{"name": "docker-hub"})
	w.refuses("InvalidParameterException: Invalid parameter at 'credentialArn' failed to satisfy constraint", cacheRuleType, rule("docker-hub", "registry-1.docker.io", "$(other.arn)"))
	w.refuses("SecretNotFoundException: The ARN of the secret specified in the pull through cache rule was not found.", cacheRuleType,
		rule("docker-hub", "registry-1.docker.io", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ecr-pullthroughcache/missing-planted"))

	w.create(secretType, "credentials", map[string]any{"name": "ecr-pullthroughcache/docker-hub"})
	w.create(cacheRuleType, "docker", rule("docker-hub", "registry-1.docker.io", "$(credentials.arn)"))
	w.refuses("PullThroughCacheRuleAlreadyExistsException: The pull through cache rule with prefix 'docker-hub' already exists", cacheRuleType, rule("docker-hub", "public.ecr.aws", ""))
	for prefix, upstream := range map[string]string{"public": "public.ecr.aws", "quay": "quay.io", "kubernetes": "registry.k8s.io"} {
		w.create(cacheRuleType, prefix, rule(prefix, upstream, ""))
	}
}

func TestCreationTemplateRefusals(t *testing.T) {
	w := newWorld(t)
	const templateType = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"
	template := func(changes map[string]any) map[string]any {
		inputs := map[string]any{"prefix": "public", "appliedFors": []any{"PULL_THROUGH_CACHE"}}
		for key, value := range changes {
			inputs[key] = value
		}
		return inputs
	}
	needsRole := "InvalidParameterException: Invalid parameter at 'customRoleArn' failed to satisfy constraint"
	w.refuses(needsRole, templateType, template(map[string]any{"resourceTags": map[string]any{"team": "core"}}))
	w.refuses(needsRole, templateType, template(map[string]any{"encryptionConfigurations": []any{map[string]any{"encryptionType": "KMS"}}}))
	w.refuses("The role arn:aws:iam::123456789012:role/missing does not exist", templateType, template(map[string]any{"customRoleArn": "arn:aws:iam::123456789012:role/missing"}))
	w.role("templates", "ecr.amazonaws.com")
	w.create(templateType, "tagged", template(map[string]any{"resourceTags": map[string]any{"team": "core"}, "customRoleArn": "$(templates.arn)"}))
	w.refuses("TemplateAlreadyExistsException: The repository creation template with prefix 'public' already exists in the registry with id '123456789012'", templateType, template(nil))
	w.create(templateType, "root", template(map[string]any{"prefix": "ROOT"}))
}

func TestABucketWithAnObjectIsNotEmpty(t *testing.T) {
	w := newWorld(t)
	w.create(bucketType, "files", map[string]any{"bucket": "files-example"})
	w.refuses("NoSuchBucket", objectType, map[string]any{"bucket": "missing-example", "key": "a", "content": "planted"})
	w.create(objectType, "one", map[string]any{"bucket": "$(files)", "content": "planted"})
	assert.Equal(t, "one", w.made["one"].ID, "an object without a key has its logical name")
	assert.Equal(t, "arn:aws:s3:::files-example/one", w.made["one"].text("arn"))
	w.keeps("BucketNotEmpty: The bucket you tried to delete is not empty", "files")
	w.create("aws:s3/bucketVersioningV2:BucketVersioningV2", "versions", map[string]any{"bucket": "$(files)", "versioningConfiguration": map[string]any{"status": "Enabled"}})
	before := w.made["one"].text("etag")
	require.NoError(t, w.update("one", map[string]any{"bucket": "$(files)", "content": "planted again"}))
	assert.NotEqual(t, before, w.made["one"].text("etag"))
	version := w.made["one"].text("versionId")
	assert.Len(t, version, 32)
	require.NoError(t, w.update("one", map[string]any{"bucket": "$(files)", "content": "planted again", "forceDestroy": true}))
	assert.Equal(t, version, w.made["one"].text("versionId"), "nothing was uploaded")
	require.NoError(t, w.update("one", map[string]any{"bucket": "$(files)", "content": "planted again", "forceDestroy": true, "cacheControl": "no-store"}))
	assert.NotEqual(t, version, w.made["one"].text("versionId"))
	assert.Equal(t, []string{"versionId"}, w.cloud.Volatile(objectType, "content"), "a preview does not know the version to come")
	require.NoError(t, w.update("files", map[string]any{"bucket": "files-example", "forceDestroy": true}))
	require.NoError(t, w.remove("files"))
	assert.Nil(t, w.read("one"))
}
