package cloud

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

const (
	secretType        = "aws:secretsmanager/secret:Secret"
	secretVersionType = "aws:secretsmanager/secretVersion:SecretVersion"
)

// secretRules are those of Secrets Manager.
var secretRules = map[string]hooks{
	secretVersionType: {prepare: numberVersion, check: checkSecretValue, stored: takeStages},
}

func numberVersion(op *operation) error {
	if op.kind == account.OnCreate {
		op.set("versionId", "terraform-"+op.random().Digits(26))
	}
	return nil
}

const maxSecretBytes = 65536

func checkSecretValue(op *operation) error {
	if secret := op.targets["secretId"]; secret != nil {
		op.set("arn", secret.ARN)
	}
	if len(textAt(op.properties, "secretString")) > maxSecretBytes {
		return refuse("ValidationException", "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to %d", maxSecretBytes)
	}
	return nil
}

// takeStages moves the stages of the new version away from older ones.
func takeStages(op *operation, version *account.Resource) error {
	secret := op.targets["secretId"]
	if secret == nil || op.kind != account.OnCreate {
		return nil
	}
	for _, other := range op.tx.Owned(secret.Key) {
		if other.Type != secretVersionType || other.Key == version.Key {
			continue
		}
		for _, stage := range textsAt(resource.PropertyMap(other.Properties), "versionStages[]") {
			if stage == "AWSCURRENT" {
				next := other.Clone()
				next.Properties["versionStages"] = resource.NewPropertyValue([]any{"AWSPREVIOUS"})
				op.tx.Put(next)
			}
		}
	}
	return nil
}
