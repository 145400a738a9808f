package cloud

import (
	"net/netip"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

const (
	bucketType     = "aws:s3/bucketV2:BucketV2"
	repositoryType = "aws:ecr/repository:Repository"
)

// storageRules are those of buckets, registries and parameters.
var storageRules = map[string]hooks{
	bucketType:                    {check: checkBucket, remove: refuseFullBucket},
	repositoryType:                {check: checkRepository, remove: refuseFullRepository},
	"aws:ssm/parameter:Parameter": {prepare: prepareParameter},
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
	if count, ok := numberAt(op.properties, objectsProperty); ok && count > 0 && !flagAt(op.properties, "forceDestroy") {
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

var repositoryName = regexp.MustCompile(`^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$`)

func checkRepository(op *operation) error {
	if name := op.name(); !repositoryName.MatchString(name) || len(name) < 2 || len(name) > 256 {
		return refuse("InvalidParameterException", "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*''")
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
