package service

import (
	"fmt"
	"reflect"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/iampolicy"
)

// roles makes the two roles of a task. ECS acts as the execution role to start
// it; the containers act as the task role.
func (b *builder) roles() error {
	trust, err := iampolicy.Trust(b.here.OnBehalfOf("ecs", "*"), "ecs-tasks.amazonaws.com")
	if err != nil {
		return err
	}
	if b.executionRole, err = b.role("execution", "Starts the tasks of a service", trust); err != nil {
		return err
	}
	if b.taskRole, err = b.role("task", "What the containers of a service may do", trust); err != nil {
		return err
	}
	b.service.RoleName = b.taskRole.Name
	if err := b.policy("execution", b.executionRole, b.execution()); err != nil {
		return err
	}
	for _, g := range b.plan.uses {
		if len(g.Allow) == 0 {
			continue
		}
		// A policy for each grant: taking one away removes one resource.
		if err := b.policy("task-"+g.Key, b.taskRole, g.Allow); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) role(suffix, description string, trust pulumi.StringInput) (*iam.Role, error) {
	return iam.NewRole(b.ctx, b.name+"-"+suffix, &iam.RoleArgs{
		Description: pulumi.String(description), AssumeRolePolicy: trust,
	}, b.children()...)
}

func (b *builder) policy(suffix string, role *iam.Role, statements []access.Statement) error {
	document, err := iampolicy.Identity(statements...)
	if err != nil {
		return fmt.Errorf("service %q: policy %s: %w", b.name, suffix, err)
	}
	made, err := iam.NewRolePolicy(b.ctx, b.name+"-"+suffix, &iam.RolePolicyArgs{Role: role.Name, Policy: document}, b.children()...)
	b.needs(made)
	return err
}

// execution is what ECS needs to start a task: write to the service's log, pull
// its image, and read the secrets it is given.
func (b *builder) execution() []access.Statement {
	statements := []access.Statement{{
		Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resources: []pulumi.StringInput{pulumi.Sprintf("%s:*", b.logGroup.Arn)},
	}}
	if r := b.plan.repository; r != nil {
		statements = append(statements, access.Statement{
			Actions:   []string{"ecr:GetAuthorizationToken"},
			Resources: []pulumi.StringInput{pulumi.String("*")},
			Reason:    "ecr:GetAuthorizationToken has no resource types",
		}, access.Statement{
			Actions: []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"},
			Resources: []pulumi.StringInput{
				pulumi.Sprintf("arn:%s:ecr:%s:%s:repository/%s", b.here.Partition, r.region, r.account, r.name),
			},
		})
	}
	secrets, keys := b.secretARNs()
	if len(secrets) > 0 {
		statements = append(statements, access.Statement{Actions: []string{"secretsmanager:GetSecretValue"}, Resources: secrets})
	}
	if len(keys) > 0 {
		statements = append(statements, access.Statement{
			Actions: []string{"kms:Decrypt"}, Resources: keys,
			Conditions: []access.Condition{{
				Test: "StringEquals", Key: "kms:ViaService",
				Values: []pulumi.StringInput{pulumi.String("secretsmanager." + b.here.Region + ".amazonaws.com")},
			}},
		})
	}
	return statements
}

// secretARNs are the secrets of the grants and their keys, each once, in the
// order of the variables.
func (b *builder) secretARNs() (secrets, keys []pulumi.StringInput) {
	all := map[string]access.Secret{}
	names := map[string]pulumi.StringInput{}
	for _, g := range b.plan.uses {
		for name, secret := range g.Secrets {
			all[name], names[name] = secret, secret.ValueFrom
		}
	}
	for _, name := range sortedNames(names) {
		secrets = appendOnce(secrets, all[name].SecretARN)
		if all[name].KeyARN != nil {
			keys = appendOnce(keys, all[name].KeyARN)
		}
	}
	return secrets, keys
}

// appendOnce appends an input unless the list holds the same one.
func appendOnce(list []pulumi.StringInput, in pulumi.StringInput) []pulumi.StringInput {
	for _, other := range list {
		if same(other, in) {
			return list
		}
	}
	return append(list, in)
}

// same tells whether two inputs are one: equal text, or the same output. Two
// outputs that resolve to equal text are not.
func same(a, b pulumi.StringInput) bool {
	return a != nil && b != nil && reflect.TypeOf(a) == reflect.TypeOf(b) && reflect.TypeOf(a).Comparable() && a == b
}
