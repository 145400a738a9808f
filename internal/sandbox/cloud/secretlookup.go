package cloud

import (
	"fmt"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// currentStage is the label of the version a secret is read by.
const currentStage = "AWSCURRENT"

// secretByID finds a secret by its ARN or its name.
func (c *invocation) secretByID(id string) *account.Resource {
	for _, secret := range c.tx.ByType(secretType) {
		if secret.Status == account.Active && secret.Region == c.region && (secret.ARN == id || secret.Name == id) {
			return secret
		}
	}
	return nil
}

// labelled lists the versions of a secret that carry a label, newest first;
// Secrets Manager does not list the others.
func (c *invocation) labelled(secret *account.Resource) []*account.Resource {
	versions := slices.DeleteFunc(c.tx.Owned(secret.Key), func(r *account.Resource) bool {
		return r.Type != secretVersionType || len(stagesOf(r)) == 0
	})
	slices.SortStableFunc(versions, func(a, b *account.Resource) int { return b.Created.Compare(a.Created) })
	return versions
}

func stagesOf(version *account.Resource) []string {
	return textsAt(resource.PropertyMap(version.Properties), "versionStages[]")
}

// getSecretVersions lists the versions of a secret. As the provider's data
// source, it says nothing of a secret that has none.
func getSecretVersions(c *invocation) (map[string]any, error) {
	id := c.text("secretId")
	secret := c.secretByID(id)
	if secret == nil {
		return nil, fmt.Errorf("reading Secrets Manager Secret Versions Data Source (%q): operation error Secrets Manager: ListSecretVersionIds, https response error StatusCode: 400, ResourceNotFoundException: Secrets Manager can't find the specified secret", id)
	}
	versions := []any{}
	for _, version := range c.labelled(secret) {
		versions = append(versions, map[string]any{"versionId": version.Text("versionId"), "versionStages": stagesOf(version),
			"createdTime": version.Created.Format(time.RFC3339), "lastAccessedDate": version.Created.Truncate(24 * time.Hour).Format(time.RFC3339)})
	}
	answer := map[string]any{"id": id, "versions": versions}
	if len(versions) > 0 {
		answer["arn"], answer["name"] = secret.ARN, secret.Name
	}
	return answer, nil
}

// getSecretVersion reads a version by its id, or by its label.
func getSecretVersion(c *invocation) (map[string]any, error) {
	id, stage := c.text("secretId"), c.text("versionStage")
	if stage == "" {
		stage = currentStage
	}
	wanted := c.text("versionId")
	found := func(version *account.Resource) bool {
		return wanted == "" && slices.Contains(stagesOf(version), stage) || wanted != "" && version.Text("versionId") == wanted
	}
	if secret := c.secretByID(id); secret != nil {
		for _, version := range c.tx.Owned(secret.Key) {
			if version.Type == secretVersionType && found(version) {
				return map[string]any{"id": id + "|" + or(wanted, stage), "arn": secret.ARN, "secretString": version.Text("secretString"),
					"secretBinary": version.Text("secretBinary"), "versionId": version.Text("versionId"), "versionStage": stage,
					"versionStages": stagesOf(version), "createdDate": version.Created.Format(time.RFC3339)}, nil
			}
		}
	}
	return nil, fmt.Errorf("reading Secrets Manager Secret Version (%s|%s): couldn't find resource", id, or(wanted, stage))
}

// or returns the first text unless it is empty.
func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
