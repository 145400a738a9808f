package account

import (
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const secretType = "aws:secretsmanager/secret:Secret"

var secretARN = regexp.MustCompile(`^arn:[a-z-]+:secretsmanager:([a-z0-9-]+):([0-9]{12}):secret:(.+)-[A-Za-z0-9]{6}$`)

// EnsureSecret makes sure the account has the secret of an ARN, without a value, as
// a prerequisite no program manages, and tells whether it made it. What is no ARN of
// a secret, or one of another account, is none of this account's.
func (a *Account) EnsureSecret(arn string) (made bool, err error) {
	parts := secretARN.FindStringSubmatch(arn)
	if len(parts) == 0 || parts[2] != a.ID() {
		return false, nil
	}
	err = a.Update(func(tx *Tx) error {
		if found, ok := tx.ByARN(arn); ok && found.Exists() {
			return nil
		}
		made = true
		tx.Put(&Resource{Key: Key{secretType, arn}, ARN: arn, Name: parts[3], Region: parts[1], Origin: Prerequisite, Properties: Properties{
			"name": resource.NewProperty(parts[3]), "arn": resource.NewProperty(arn),
			"description": resource.NewProperty("prepared before the program ran"),
		}})
		return nil
	})
	return made, err
}
