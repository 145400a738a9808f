package service

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
)

const family = "arn:aws:ecs:us-east-1:123456789012:task-definition/tenfold-prod-api:"

// after is what the engine tells a hook after a deployment.
func after(wanted, running resource.PropertyValue) *pulumi.ResourceHookArgs {
	return &pulumi.ResourceHookArgs{
		NewInputs: resource.PropertyMap{"taskDefinition": wanted},
		NewOutputs: resource.PropertyMap{
			"taskDefinition": running,
			"name":           resource.NewStringProperty("tenfold-prod-api"),
			"cluster":        resource.NewStringProperty("arn:aws:ecs:us-east-1:123456789012:cluster/tenfold-prod-main"),
		},
	}
}

func TestADeploymentThatEndsOnTheOldRevisionWasRolledBack(t *testing.T) {
	old, wanted := resource.NewStringProperty(family+"41"), resource.NewStringProperty(family+"42")
	want := `service "api" was rolled back: ECS runs tenfold-prod-api:41 again, not tenfold-prod-api:42, because new tasks did not become healthy or a deployment alarm fired; ` +
		`see the events and stopped tasks of ECS service tenfold-prod-api in cluster tenfold-prod-main and the log group tenfold/prod/api, and deploy a fixed revision`
	assert.EqualError(t, rolledBack(after(wanted, old), "api", "tenfold/prod/api"), want)
	assert.EqualError(t, rolledBack(after(resource.MakeSecret(wanted), resource.NewOutputProperty(resource.Output{Element: old, Known: true})), "api", "tenfold/prod/api"), want,
		"however the engine wraps the values")
}

func TestADeploymentThatEndsOnTheNewRevisionIsASuccess(t *testing.T) {
	wanted := resource.NewStringProperty(family + "42")
	assert.NoError(t, rolledBack(after(wanted, wanted), "api", "g"))
	assert.NoError(t, rolledBack(after(wanted, resource.NewStringProperty("tenfold-prod-api:42")), "api", "g"), "ECS takes both forms")
}

func TestWhatIsNotKnownIsNoRollback(t *testing.T) {
	wanted := resource.NewStringProperty(family + "42")
	assert.NoError(t, rolledBack(after(wanted, resource.NewNullProperty()), "api", "g"))
	assert.NoError(t, rolledBack(after(resource.MakeComputed(wanted), wanted), "api", "g"))
	assert.NoError(t, rolledBack(&pulumi.ResourceHookArgs{}, "api", "g"))
}
