package cloud

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

const (
	bucketType     = "aws:s3/bucketV2:BucketV2"
	objectType     = "aws:s3/bucketObjectv2:BucketObjectv2"
	repositoryType = "aws:ecr/repository:Repository"
	versioningType = "aws:s3/bucketVersioningV2:BucketVersioningV2"
	cacheRuleType  = "aws:ecr/pullThroughCacheRule:PullThroughCacheRule"
)

// storageRules are those of buckets, registries and parameters.
var storageRules = map[string]hooks{
	bucketType:     {check: checkBucket, remove: refuseFullBucket},
	objectType:     {prepare: prepareObject, complete: completeObject},
	repositoryType: {check: checkRepository, remove: refuseFullRepository},
	cacheRuleType:  {check: checkCacheRule},
	"aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": {check: checkCreationTemplate},
	"aws:ssm/parameter:Parameter":                                   {prepare: prepareParameter},
}

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

func checkBucket(op *operation) error {
	name := op.name()
	_, addressErr := netip.ParseAddr(name)
	if !bucketName.MatchString(name) || strings.Contains(name, "..") || addressErr == nil || strings.HasPrefix(name, "xn--") {
		return refuse("InvalidBucketName", "The specified bucket is not valid.")
	}
	return nil
}

// objectsProperty counts what a bucket holds. Drift can set it.
const objectsProperty = hiddenPrefix + "objects"

func refuseFullBucket(op *operation) error {
	count, _ := numberAt(op.properties, objectsProperty)
	for _, part := range op.tx.Owned(op.old.Key) {
		if part.Type == objectType {
			count++
		}
	}
	if count > 0 && !flagAt(op.properties, "forceDestroy") {
		return refuse("BucketNotEmpty", "The bucket you tried to delete is not empty")
	}
	return nil
}

// putObject adds an object to a bucket, as a service does that writes there.
func (op *operation) putObject(bucket string) {
	found, ok := op.get(bucketType, bucket)
	if !ok {
		return
	}
	next := found.Clone()
	count, _ := numberAt(resource.PropertyMap(next.Properties), objectsProperty)
	next.Properties[objectsProperty] = resource.NewProperty(count + 1)
	op.tx.Put(next)
}

func prepareObject(op *operation) error {
	if textAt(op.properties, "kmsKeyId") != "" {
		op.setIfAbsent("serverSideEncryption", "aws:kms")
	}
	return nil
}

// completeObject describes the content of an object. Each upload to a versioned
// bucket is a version of its own; which changes upload it again the data file
// says.
func completeObject(op *operation) error {
	uploaded := op.kind == account.OnCreate
	for property := range op.def.Volatile {
		uploaded = uploaded || op.changed(resource.PropertyKey(property))
	}
	if !uploaded {
		return nil
	}
	if _, given := op.Inputs["etag"]; !given {
		op.set("etag", op.random().Hex(32))
	}
	bucket := op.targets["bucket"]
	if bucket == nil {
		return nil
	}
	op.set("versionId", "")
	for _, user := range op.tx.Users(bucket.Key) {
		if user.Type == versioningType && textAt(resource.PropertyMap(user.Properties), "versioningConfiguration.status") == "Enabled" {
			op.set("versionId", op.random().Mixed(32))
		}
	}
	return nil
}

var repositoryName = regexp.MustCompile(`^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$`)

func checkRepository(op *operation) error {
	if name := op.name(); !repositoryName.MatchString(name) || len(name) < 2 || len(name) > 256 {
		return refuse("InvalidParameterException", "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*''")
	}
	return nil
}

// credentialName is how ECR wants the secret of an upstream to be called.
const credentialName = "ecr-pullthroughcache/"

// checkCacheRule refuses an upstream ECR does not know, and one that needs
// credentials without a secret that may hold them.
func checkCacheRule(op *operation) error {
	upstream, secret := textAt(op.properties, "upstreamRegistryUrl"), textAt(op.properties, "credentialArn")
	needed, known := upstreamNeeds(upstream)
	if !known {
		return refuse("UnsupportedUpstreamRegistryException", "The specified upstream registry isn't supported.")
	}
	if needed && secret == "" {
		return refuse("UnsupportedUpstreamRegistryException", "The specified upstream registry requires authentication. Specify a valid Secrets Manager ARN")
	}
	if secret != "" && !strings.Contains(secret, ":secret:"+credentialName) {
		return refuse("InvalidParameterException", "Invalid parameter at 'credentialArn' failed to satisfy constraint: 'must satisfy regular expression '^arn:aws:secretsmanager:[a-zA-Z0-9-:]+:secret:ecr\\-pullthroughcache\\/[a-zA-Z0-9\\/_+=.@-]+$''")
	}
	return nil
}

// upstreamNeeds reports whether an upstream registry needs credentials, and
// whether ECR can cache it at all.
func upstreamNeeds(host string) (credentials, known bool) {
	switch {
	case slices.Contains([]string{"registry-1.docker.io", "ghcr.io", "registry.gitlab.com"}, host), strings.HasSuffix(host, ".azurecr.io"):
		return true, true
	case slices.Contains([]string{"public.ecr.aws", "registry.k8s.io", "quay.io"}, host), strings.Contains(host, ".dkr.ecr."):
		return false, true
	}
	return false, false
}

// checkCreationTemplate wants a role for what the service-linked one may not do.
func checkCreationTemplate(op *operation) error {
	encrypted := false
	for _, kind := range textsAt(op.properties, "encryptionConfigurations[].encryptionType") {
		encrypted = encrypted || kind != "AES256"
	}
	if (encrypted || len(objectAt(op.properties, "resourceTags")) > 0) && textAt(op.properties, "customRoleArn") == "" {
		return refuse("InvalidParameterException", "Invalid parameter at 'customRoleArn' failed to satisfy constraint: 'must be specified when resource tags or KMS encryption are used'")
	}
	return nil
}

// imagesProperty counts what a repository holds. Drift can set it.
const imagesProperty = hiddenPrefix + "images"

func refuseFullRepository(op *operation) error {
	if count, ok := numberAt(op.properties, imagesProperty); ok && count > 0 && !flagAt(op.properties, "forceDelete") {
		return refuse("RepositoryNotEmptyException", "The repository with name '%s' in registry with id '%s' cannot be deleted because it still contains images", op.name(), op.tx.AccountID())
	}
	return nil
}

// prepareParameter counts the versions of a parameter.
func prepareParameter(op *operation) error {
	if textAt(op.properties, "type") == "SecureString" {
		op.setIfAbsent("keyId", "alias/aws/ssm")
	}
	version, _ := numberAt(op.properties, "version")
	if op.kind == account.OnCreate || op.changed("value") || op.changed("insecureValue") {
		version++
	}
	op.set("version", version)
	return nil
}
