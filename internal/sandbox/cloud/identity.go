package cloud

import (
	"encoding/json"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

const roleType = "aws:iam/role:Role"

// identityRules are those of IAM.
var identityRules = map[string]hooks{
	roleType: {check: checkRole, remove: removeRole},
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment": {stored: countAttachment(1), removed: func(op *operation) error { return countAttachment(-1)(op, op.old) }},
}

// policyDocument is an IAM policy as far as the cloud looks into it.
type policyDocument struct {
	Statement oneOrMoreOf[policyStatement] `json:"Statement"`
}

type policyStatement struct {
	Effect    string              `json:"Effect"`
	Action    oneOrMoreOf[string] `json:"Action"`
	Principal json.RawMessage     `json:"Principal"`
}

// oneOrMoreOf is a list that JSON may write as its only element.
type oneOrMoreOf[T any] []T

// UnmarshalJSON reads an element or a list of them.
func (o *oneOrMoreOf[T]) UnmarshalJSON(data []byte) error {
	var list []T
	if err := json.Unmarshal(data, &list); err == nil {
		*o = list
		return nil
	}
	var single T
	err := json.Unmarshal(data, &single)
	*o = oneOrMoreOf[T]{single}
	return err
}

func checkRole(op *operation) error {
	var trust policyDocument
	if err := json.Unmarshal([]byte(textAt(op.properties, "assumeRolePolicy")), &trust); err != nil || len(trust.Statement) == 0 {
		return refuse("MalformedPolicyDocument", "This policy contains invalid Json")
	}
	for _, statement := range trust.Statement {
		if len(statement.Principal) == 0 {
			return refuse("MalformedPolicyDocument", "AssumeRole policy must contain a Principal.")
		}
	}
	return nil
}

// trusts reports whether a role's trust policy lets a service assume it.
func trusts(role *account.Resource, service string) bool {
	var trust policyDocument
	if json.Unmarshal([]byte(role.Text("assumeRolePolicy")), &trust) != nil {
		return false
	}
	for _, statement := range trust.Statement {
		if statement.Effect != "Allow" {
			continue
		}
		for _, action := range statement.Action {
			if action == "sts:AssumeRole" || action == "sts:*" || action == "*" {
				if principalIs(statement.Principal, service) {
					return true
				}
			}
		}
	}
	return false
}

func principalIs(raw json.RawMessage, service string) bool {
	if string(raw) == `"*"` {
		return true
	}
	var principal struct {
		Service oneOrMoreOf[string]
	}
	if json.Unmarshal(raw, &principal) != nil {
		return false
	}
	for _, name := range principal.Service {
		if name == service {
			return true
		}
	}
	return false
}

// trustErrors are how services say that they may not assume a role.
var trustErrors = map[string]struct{ code, text string }{
	"ecs-tasks.amazonaws.com": {"ClientException", "ECS was unable to assume the role '%s' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role."},
	"lambda.amazonaws.com":    {"InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda. (%s)"},
	"scheduler.amazonaws.com": {"ValidationException", "The execution role you provide must allow AWS EventBridge Scheduler to assume the role. (%s)"},
	"rds.amazonaws.com":       {"InvalidParameterValue", "RDS is not authorized to assume service-linked role %s. Check your RDS service-linked role and try again."},
	"states.amazonaws.com":    {"AccessDeniedException", "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role. (%s)"},
	"backup.amazonaws.com":    {"InvalidParameterValueException", "IAM Role %s cannot be assumed by AWS Backup"},
}

// checkTrust refuses a role that the service may not assume.
func checkTrust(op *operation, property, service string) error {
	role := op.targets[property]
	if role == nil || role.Type != roleType || trusts(role, service) {
		return nil
	}
	text := trustErrors[service]
	return refuse(text.code, text.text, role.ARN)
}

// removeRole refuses to delete a role that still has policies.
func removeRole(op *operation) error {
	if flagAt(op.properties, "forceDetachPolicies") {
		return nil
	}
	for _, user := range op.tx.Users(op.old.Key) {
		switch user.Type {
		case "aws:iam/rolePolicyAttachment:RolePolicyAttachment":
			return refuse("DeleteConflict", "Cannot delete entity, must detach all policies first.")
		case "aws:iam/rolePolicy:RolePolicy":
			return refuse("DeleteConflict", "Cannot delete entity, must delete policies first.")
		}
	}
	return nil
}

// countAttachment keeps the attachment count of a customer-managed policy.
func countAttachment(by float64) func(*operation, *account.Resource) error {
	return func(op *operation, attachment *account.Resource) error {
		policy, ok := op.tx.ByARN(attachment.Text("policyArn"))
		if !ok || op.kind == account.OnUpdate || !strings.HasPrefix(policy.Type, "aws:iam/") {
			return nil
		}
		next := policy.Clone()
		count, _ := numberAt(resource.PropertyMap(next.Properties), "attachmentCount")
		next.Properties["attachmentCount"] = resource.NewProperty(count + by)
		op.tx.Put(next)
		return nil
	}
}
