package api

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

const (
	secretType  = "aws:secretsmanager/secret:Secret"
	versionType = "aws:secretsmanager/secretVersion:SecretVersion"
	current     = "AWSCURRENT"
	previous    = "AWSPREVIOUS"
)

// stagesOf are the labels of a version.
func stagesOf(version *account.Resource) []string {
	stages := []string{}
	if list := version.Properties["versionStages"]; list.IsArray() {
		for _, stage := range list.ArrayValue() {
			if stage.IsString() {
				stages = append(stages, stage.StringValue())
			}
		}
	}
	return stages
}

func versions(tx *account.Tx, secret *account.Resource) []*account.Resource {
	var found []*account.Resource
	for _, owned := range tx.Owned(secret.Key) {
		if owned.Type == versionType && owned.Exists() {
			found = append(found, owned)
		}
	}
	return found
}

// findSecret finds a secret by ARN or name, also one that waits for its deletion.
func findSecret(tx *account.Tx, region, text string) (*account.Resource, error) {
	if found, ok := tx.ByARN(text); ok && found.Type == secretType {
		return found, nil
	}
	for _, found := range tx.ByName(secretType, text) {
		if found.Region == region && found.Status != account.Deleted {
			return found, nil
		}
	}
	return nil, refuse("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

func (s *Server) describeSecret(c call) (any, error) {
	var request struct {
		SecretID string `json:"SecretId"`
	}
	if err := c.read(&request); err != nil {
		return nil, err
	}
	described := map[string]any{}
	err := s.account.View(func(tx *account.Tx) error {
		secret, err := findSecret(tx, c.region, request.SecretID)
		if err != nil {
			return err
		}
		stages := map[string][]string{}
		for _, version := range versions(tx, secret) {
			stages[version.Text("versionId")] = stagesOf(version)
		}
		described = map[string]any{"ARN": secret.ARN, "Name": secret.Name, "VersionIdsToStages": stages}
		if secret.Status == account.PendingDeletion {
			described["DeletedDate"] = secret.Until.Unix()
		}
		return nil
	})
	return described, err
}

const maxValue = 65536

// putSecretValue makes the value the current one. It is kept in the account's
// file, as everything is.
func (s *Server) putSecretValue(c call) (any, error) {
	var request struct {
		SecretID           string `json:"SecretId"`
		SecretString       string `json:"SecretString"`
		ClientRequestToken string `json:"ClientRequestToken"`
	}
	if err := c.read(&request); err != nil {
		return nil, err
	}
	if len(request.SecretString) == 0 || len(request.SecretString) > maxValue {
		return nil, refuse("InvalidParameterException", "The value must have 1 to %d bytes.", maxValue)
	}
	var put map[string]any
	err := s.account.Update(func(tx *account.Tx) error {
		secret, err := findSecret(tx, c.region, request.SecretID)
		if err != nil {
			return err
		}
		if !secret.Exists() {
			return refuse("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.")
		}
		id := request.ClientRequestToken
		if id == "" {
			id = tx.Random("secret version " + secret.ARN).UUID()
		}
		put = map[string]any{"ARN": secret.ARN, "Name": secret.Name, "VersionId": id, "VersionStages": []string{current}}
		held := versions(tx, secret)
		if slices.ContainsFunc(held, func(v *account.Resource) bool { return v.Text("versionId") == id }) {
			return nil // a call that is repeated
		}
		restage(tx, held)
		owner := secret.Key
		tx.Put(&account.Resource{
			Key: account.Key{Type: versionType, ID: secret.ARN + "|" + id}, ARN: "", Region: c.region, Origin: account.Companion, Owner: &owner,
			Uses: []account.Key{owner},
			Properties: account.Properties{
				"arn": resource.NewProperty(secret.ARN), "secretId": resource.NewProperty(secret.ARN), "versionId": resource.NewProperty(id),
				"versionStages": resource.NewPropertyValue([]any{current}), "secretString": resource.NewProperty(request.SecretString),
			},
		})
		return nil
	})
	return put, err
}

// restage makes the current version the previous one, and takes the label off the
// one that was.
func restage(tx *account.Tx, held []*account.Resource) {
	for _, version := range held {
		before := stagesOf(version)
		after := []any{}
		for _, stage := range before {
			switch stage {
			case current:
				after = append(after, previous)
			case previous:
			default:
				after = append(after, stage)
			}
		}
		next := version.Clone()
		next.Properties["versionStages"] = resource.NewPropertyValue(after)
		tx.Put(next)
	}
}
