package task

import (
	"fmt"
	"maps"
	"reflect"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/iampolicy"
)

// roles makes the two roles of a task. ECS acts as the execution role to start
// it; the containers act as the task role.
func (t *Task) roles() error {
	trust, err := iampolicy.Trust(t.Here.OnBehalfOf("ecs", "*"), "ecs-tasks.amazonaws.com")
	if err != nil {
		return err
	}
	if t.ExecutionRole, err = t.role("execution", "Starts tasks", trust); err != nil {
		return err
	}
	if t.Role, err = t.role("task", "What the containers of a task may do", trust); err != nil {
		return err
	}
	if err := t.policy("execution", t.ExecutionRole, t.execution()); err != nil {
		return err
	}
	for _, g := range t.plan.uses {
		// A policy for each grant: taking one away removes one resource.
		if err := t.policy("task-"+g.Key, t.Role, g.Allow); err != nil {
			return err
		}
		if err := t.policy("execution-"+g.Key, t.ExecutionRole, g.Start); err != nil {
			return err
		}
	}
	return nil
}

func (t *Task) role(suffix, description string, trust pulumi.StringInput) (*iam.Role, error) {
	return iam.NewRole(t.ctx, t.name+"-"+suffix, &iam.RoleArgs{
		Description: pulumi.String(description), AssumeRolePolicy: trust,
	}, t.Children()...)
}

// policy gives a role its statements, if there are any.
func (t *Task) policy(suffix string, role *iam.Role, statements []access.Statement) error {
	if len(statements) == 0 {
		return nil
	}
	document, err := iampolicy.Identity(statements...)
	if err != nil {
		return fmt.Errorf("%s: policy %s: %w", t.name, suffix, err)
	}
	made, err := iam.NewRolePolicy(t.ctx, t.name+"-"+suffix, &iam.RolePolicyArgs{Role: role.Name, Policy: document}, t.Children()...)
	t.Needs(made)
	return err
}

// execution is what ECS needs to start a task: write to its log, pull
// its image, and read the secrets it is given.
func (t *Task) execution() []access.Statement {
	statements := []access.Statement{{
		Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resources: []pulumi.StringInput{pulumi.Sprintf("%s:*", t.LogGroup.Arn)},
	}}
	if images := t.repositoryARNs(); len(images) > 0 {
		statements = append(statements, access.Statement{
			Actions:   []string{"ecr:GetAuthorizationToken"},
			Resources: []pulumi.StringInput{pulumi.String("*")},
			Reason:    "ecr:GetAuthorizationToken has no resource types",
		}, access.Statement{
			Actions:   []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"},
			Resources: images,
		})
	}
	secrets, keys := t.secretARNs()
	if len(secrets) > 0 {
		statements = append(statements, access.Statement{Actions: []string{"secretsmanager:GetSecretValue"}, Resources: secrets})
	}
	if len(keys) > 0 {
		statements = append(statements, access.Statement{
			Actions: []string{"kms:Decrypt"}, Resources: keys,
			Conditions: []access.Condition{{
				Test: "StringEquals", Key: "kms:ViaService",
				Values: []pulumi.StringInput{pulumi.String("secretsmanager." + t.Here.Region + ".amazonaws.com")},
			}},
		})
	}
	return statements
}

// repositoryARNs are the repositories of the images that are in ECR, each once.
func (t *Task) repositoryARNs() []pulumi.StringInput {
	var list []pulumi.StringInput
	for _, r := range t.plan.repositories {
		if r != nil {
			arn := fmt.Sprintf("arn:%s:ecr:%s:%s:repository/%s", t.Here.Partition, r.region, r.account, r.name)
			list = appendOnce(list, pulumi.String(arn))
		}
	}
	return list
}

// secretARNs are the secrets of the grants and the sidecars and their keys, each
// once, in the order of the variables.
func (t *Task) secretARNs() (secrets, keys []pulumi.StringInput) {
	add := func(all map[string]access.Secret) {
		for _, name := range sortedSecrets(all) {
			secrets = appendOnce(secrets, all[name].SecretARN)
			if all[name].KeyARN != nil {
				keys = appendOnce(keys, all[name].KeyARN)
			}
		}
	}
	own := map[string]access.Secret{}
	for _, g := range t.plan.uses {
		maps.Copy(own, g.Secrets)
	}
	add(own)
	for _, s := range t.spec.Sidecars {
		add(s.Secrets)
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
