package task_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/cluster"
	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
	"github.com/tenfold-iac/tenfold/components/internal/task"
	"github.com/tenfold-iac/tenfold/components/network"
)

const (
	policyToken = "aws:iam/rolePolicy:RolePolicy"
	image       = "123456789012.dkr.ecr.us-east-1.amazonaws.com/tenfold/api@sha256:0000000000000000000000000000000000000000000000000000000000000001"
)

// owner is the component that a task belongs to.
type owner struct{ pulumi.ResourceState }

// build makes the task "api" of a spec that change may alter.
func build(t *testing.T, change func(*task.Spec)) *componenttest.Inventory {
	t.Helper()
	return componenttest.Run(t, func(ctx *pulumi.Context) error {
		tasks, err := cluster.New(ctx, "main", cluster.Args{})
		if err != nil {
			return err
		}
		spec := task.Spec{
			Cluster: tasks, Image: image,
			Network: network.Placement{
				VPCID: pulumi.String("vpc-1"), SubnetIDs: pulumi.ToStringArray([]string{"subnet-1"}),
				CIDR: pulumi.String("10.0.0.0/16"), S3PrefixListID: pulumi.String("pl-s3"), Endpoints: []string{"ecr.api", "ecr.dkr", "logs"},
			},
		}
		change(&spec)
		spec = spec.WithDefaults()
		l := problem.Of("task", "api")
		plan := spec.Plan(ctx, "api", l)
		if err := l.Err(); err != nil {
			return err
		}
		o := &owner{}
		if err := ctx.RegisterComponentResource("tenfold:test:Owner", "api", o); err != nil {
			return err
		}
		_, err = task.Make(ctx, "api", o, spec, plan)
		return err
	})
}

func TestWhatECSNeedsToStartATaskGoesToTheExecutionRoleAndNotToTheContainers(t *testing.T) {
	statement := func(action string) []access.Statement {
		return []access.Statement{{
			Actions: []string{action}, Resources: []pulumi.StringInput{pulumi.String("arn:aws:ecr:us-east-1:123456789012:repository/public/*")},
		}}
	}
	inv := build(t, func(s *task.Spec) {
		s.Uses = []access.Grant{
			{Key: "pull", Start: statement("ecr:CreateRepository")},
			{Key: "both", Allow: statement("ecr:DescribeImages"), Start: statement("ecr:BatchImportUpstreamImage")},
		}
	})
	var policies []string
	for _, p := range inv.ByType(policyToken) {
		policies = append(policies, p.Name)
	}
	assert.Equal(t, []string{"api-execution", "api-execution-both", "api-execution-pull", "api-task-both"}, policies)
	for name, want := range map[string][2]string{
		"api-execution-pull": {"api-execution", "ecr:CreateRepository"},
		"api-execution-both": {"api-execution", "ecr:BatchImportUpstreamImage"},
		"api-task-both":      {"api-task", "ecr:DescribeImages"},
	} {
		policy := inv.One(t, policyToken, name)
		assert.Regexp(t, "^"+want[0]+"-[0-9a-f]+$", policy.Input("role"), name)
		text, ok := policy.Input("policy").(string)
		require.True(t, ok, name)
		assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["`+want[1]+`"],
			"Resource":"arn:aws:ecr:us-east-1:123456789012:repository/public/*"}]}`, text, name)
	}
}
