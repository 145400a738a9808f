package service

import (
	"context"
	"errors"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/tenfold-iac/tenfold/components/service/deployment"
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

// answering is a watcher to whom ECS gives an answer, and what it was asked.
func answering(why deployment.Finding, err error) (watcher, *[]deployment.Service) {
	asked := &[]deployment.Service{}
	return watcher{service: "api", logGroup: "tenfold/prod/api", why: func(ctx context.Context, s deployment.Service) (deployment.Finding, error) {
		*asked = append(*asked, s)
		if _, limited := ctx.Deadline(); !limited {
			return why, errors.New("the run would wait for an answer for ever")
		}
		return why, err
	}}, asked
}

func TestADeploymentThatEndsOnTheOldRevisionWasRolledBack(t *testing.T) {
	old, wanted := resource.NewStringProperty(family+"41"), resource.NewStringProperty(family+"42")
	want := func(why string) string {
		return `service "api" was rolled back: ECS runs tenfold-prod-api:41 again, not tenfold-prod-api:42; ` + why + `; ` +
			`see the events and stopped tasks of ECS service tenfold-prod-api in cluster tenfold-prod-main and the log group tenfold/prod/api, and deploy a fixed revision`
	}
	w, asked := answering(deployment.Finding{Why: "its task a stopped", Lines: []string{"connecting", "no such column"}}, nil)
	assert.EqualError(t, w.rolledBack(t.Context(), after(wanted, old)), want("its task a stopped")+"; its last lines:\nconnecting\nno such column")
	assert.Equal(t, []deployment.Service{{
		Cluster: "arn:aws:ecs:us-east-1:123456789012:cluster/tenfold-prod-main", Name: "tenfold-prod-api", Definition: family + "42", Container: "api", LogGroup: "tenfold/prod/api",
	}}, *asked)

	w, _ = answering(deployment.Finding{}, nil)
	assert.EqualError(t, w.rolledBack(t.Context(), after(resource.MakeSecret(wanted), resource.NewOutputProperty(resource.Output{Element: old, Known: true}))),
		want("new tasks did not become healthy or a deployment alarm fired"), "however the engine wraps the values")

	w, _ = answering(deployment.Finding{}, errors.New("AccessDeniedException"))
	assert.EqualError(t, w.rolledBack(t.Context(), after(wanted, old)),
		want("new tasks did not become healthy or a deployment alarm fired (ECS could not be asked for more: AccessDeniedException)"), "the verdict does not depend on the reason")
}

func TestADeploymentThatEndsOnTheNewRevisionIsASuccess(t *testing.T) {
	w, asked := answering(deployment.Finding{}, nil)
	wanted := resource.NewStringProperty(family + "42")
	assert.NoError(t, w.rolledBack(t.Context(), after(wanted, wanted)))
	assert.NoError(t, w.rolledBack(t.Context(), after(wanted, resource.NewStringProperty("tenfold-prod-api:42"))), "ECS takes both forms")
	assert.Empty(t, *asked)
}

func TestWhatIsNotKnownIsNoRollback(t *testing.T) {
	w, _ := answering(deployment.Finding{}, nil)
	wanted := resource.NewStringProperty(family + "42")
	assert.NoError(t, w.rolledBack(t.Context(), after(wanted, resource.NewNullProperty())))
	assert.NoError(t, w.rolledBack(t.Context(), after(resource.MakeComputed(wanted), wanted)))
	assert.NoError(t, w.rolledBack(t.Context(), &pulumi.ResourceHookArgs{}))
}
