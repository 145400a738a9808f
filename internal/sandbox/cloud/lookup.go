package cloud

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// image answers for any tag of a repository of the account: which images were
// pushed is not part of the account, so the digest is made up from the tag.
func image(c *invocation) (map[string]any, error) {
	name := c.text("repositoryName")
	repository, ok := c.tx.Get(account.Key{Type: repositoryType, ID: name})
	if !ok || !repository.Exists() {
		return nil, fmt.Errorf("reading ECR Images: RepositoryNotFoundException: The repository with name '%s' does not exist in the registry with id '%s'", name, c.tx.AccountID())
	}
	tag := c.text("imageTag")
	digest := c.text("imageDigest")
	if digest == "" {
		digest = "sha256:" + c.tx.Constant("image "+name+":"+tag).Hex(64)
	}
	tags := []any{}
	if tag != "" {
		tags = append(tags, tag)
	}
	return map[string]any{"id": digest, "imageDigest": digest, "imageTags": tags, "imagePushedAt": float64(repository.Created.Unix()),
		"imageSizeInBytes": 0.0, "imageUri": repository.Text("repositoryUrl") + "@" + digest, "registryId": c.tx.AccountID()}, nil
}

func engineVersion(c *invocation) (map[string]any, error) {
	engine := c.text("engine")
	defaults, known := engineDefaults[engine]
	if !known {
		return nil, fmt.Errorf("no RDS engine version matches the criteria: engine %q", engine)
	}
	version := c.text("version")
	if version == "" {
		version = defaults.version
	}
	return map[string]any{"id": version, "version": version, "versionActual": version, "engine": engine,
		"parameterGroupFamily": parameterFamily(engine, version), "status": "available", "supportsReadReplica": true,
		"supportsGlobalDatabases": true, "supportsLogExportsToCloudwatch": true, "defaultCharacterSet": "", "engineDescription": engine,
		"exportableLogTypes": []any{"postgresql"}, "supportedModes": []any{"provisioned"}, "validUpgradeTargets": []any{},
		"validMajorTargets": []any{}, "validMinorTargets": []any{}, "versionDescription": engine + " " + version}, nil
}

func getSecret(c *invocation) (map[string]any, error) {
	for _, secret := range c.tx.ByType(secretType) {
		if secret.Status != account.Active || secret.ARN != c.text("arn") && secret.Name != c.text("name") {
			continue
		}
		return map[string]any{"id": secret.ARN, "arn": secret.ARN, "name": secret.Name, "description": secret.Text("description"),
			"kmsKeyId": secret.Text("kmsKeyId"), "policy": secret.Text("policy"), "createdDate": secret.Created.Format("2006-01-02T15:04:05Z"),
			"lastChangedDate": secret.Created.Format("2006-01-02T15:04:05Z"), "tags": plainTags(secret)}, nil
	}
	return nil, fmt.Errorf("reading Secrets Manager Secret (%s%s): couldn't find resource", c.text("name"), c.text("arn"))
}

func plainTags(r *account.Resource) map[string]any {
	tags := map[string]any{}
	if value, ok := r.Properties["tagsAll"]; ok && value.IsObject() {
		for key, tag := range value.ObjectValue() {
			tags[string(key)] = textOf(tag)
		}
	}
	return tags
}

// logGroups lists the log groups whose names begin in a way.
func logGroups(c *invocation) (map[string]any, error) {
	names, arns := []any{}, []any{}
	for _, group := range c.tx.ByType(logGroupType) {
		if group.Status == account.Active && group.Region == c.region && strings.HasPrefix(group.Name, c.text("logGroupNamePrefix")) {
			names, arns = append(names, group.Name), append(arns, group.ARN)
		}
	}
	return map[string]any{"id": c.region, "logGroupNames": names, "arns": arns}, nil
}

// publicParameters are values AWS itself publishes, by the start of the name.
var publicParameters = []struct{ prefix, kind string }{
	{"/aws/service/ami-amazon-linux-latest/", "image"}, {"/aws/service/ecs/optimized-ami/", "image"}, {"/aws/service/bottlerocket/", "image"}, {"/aws/service/canonical/", "image"},
}

func getParameter(c *invocation) (map[string]any, error) {
	name := c.text("name")
	if found, ok := c.tx.Get(account.Key{Type: "aws:ssm/parameter:Parameter", ID: name}); ok && found.Exists() {
		version, _ := numberAt(resource.PropertyMap(found.Properties), "version")
		value := found.Text("value") + found.Text("insecureValue") // one of them is given
		answer := map[string]any{"id": name, "arn": found.Text("arn"), "type": found.Text("type"), "value": value, "version": version}
		if found.Text("type") != "SecureString" {
			answer["insecureValue"] = value
		}
		return answer, nil
	}
	for _, public := range publicParameters {
		if strings.HasPrefix(name, public.prefix) {
			value := "ami-" + c.tx.Constant("parameter "+c.region+" "+name).Hex(17)
			return map[string]any{"id": name, "arn": fmt.Sprintf("arn:%s:ssm:%s::parameter%s", Partition(c.region), c.region, name),
				"type": "String", "value": value, "insecureValue": value, "version": 1.0}, nil
		}
	}
	return nil, fmt.Errorf("reading SSM Parameter (%s): ParameterNotFound: couldn't find resource", name)
}

// policyDocumentOf renders a policy document as the provider's data source does:
// single values as text, several as a list, statements in the order given.
func policyDocumentOf(c *invocation) (map[string]any, error) {
	document := map[string]any{"Version": "2012-10-17", "Statement": []any{}}
	if version := c.text("version"); version != "" {
		document["Version"] = version
	}
	if id := c.text("policyId"); id != "" {
		document["Id"] = id
	}
	var statements []any
	for _, value := range valuesAt(c.arguments, "statements[]") {
		if value.IsObject() {
			statements = append(statements, statementOf(value.ObjectValue()))
		}
	}
	document["Statement"] = statements
	pretty, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return nil, err
	}
	compact, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	return map[string]any{"id": fmt.Sprintf("%d", len(compact)), "json": string(pretty), "minifiedJson": string(compact)}, nil
}

func statementOf(given resource.PropertyMap) map[string]any {
	statement := map[string]any{"Effect": "Allow"}
	if effect := textAt(given, "effect"); effect != "" {
		statement["Effect"] = effect
	}
	if sid := textAt(given, "sid"); sid != "" {
		statement["Sid"] = sid
	}
	for name, key := range map[string]string{"actions": "Action", "notActions": "NotAction", "resources": "Resource", "notResources": "NotResource"} {
		if texts := textsAt(given, name+"[]"); len(texts) > 0 {
			statement[key] = oneOrList(texts)
		}
	}
	for name, key := range map[string]string{"principals": "Principal", "notPrincipals": "NotPrincipal"} {
		principals := map[string]any{}
		for _, principal := range valuesAt(given, name+"[]") {
			principals[textAt(principal.ObjectValue(), "type")] = oneOrList(textsAt(principal.ObjectValue(), "identifiers[]"))
		}
		if len(principals) > 0 {
			statement[key] = principals
		}
	}
	conditions := map[string]any{}
	for _, condition := range valuesAt(given, "conditions[]") {
		test := textAt(condition.ObjectValue(), "test")
		if conditions[test] == nil {
			conditions[test] = map[string]any{}
		}
		conditions[test].(map[string]any)[textAt(condition.ObjectValue(), "variable")] = oneOrList(textsAt(condition.ObjectValue(), "values[]"))
	}
	if len(conditions) > 0 {
		statement["Condition"] = conditions
	}
	return statement
}

func oneOrList(texts []string) any {
	if len(texts) == 1 {
		return texts[0]
	}
	return texts
}
