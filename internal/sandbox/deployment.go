package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
	"github.com/tenfold-iac/tenfold/internal/sandbox/api"
	"github.com/tenfold-iac/tenfold/internal/sandbox/cloud"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema"
)

const serviceType = "aws:ecs/service:Service"

// revert puts back what ECS deploys as one, as a rollback does.
func revert(olds, news resource.PropertyMap) {
	for _, key := range api.Deployed {
		if before, had := olds[key]; had {
			news[key] = before
		} else {
			delete(news, key)
		}
	}
}

// begins tells whether an update deploys the service: one that finds no difference
// does nothing, and one of tags only tags.
func begins(urn resource.URN, difference schema.Diff) bool {
	return urn.Type() == serviceType && slices.ContainsFunc(difference.Changes, func(c schema.PropertyChange) bool {
		return !strings.HasPrefix(c.Path, "tags")
	})
}

// deploy has ECS know of the deployment that the update of a service began. Asked
// are the inputs, and olds what the service was before.
func (p *provider) deploy(fault *account.Fault, asked, olds resource.PropertyMap, updated *cloud.Result) error {
	d := api.Deployment{Service: updated.ID, Definition: asked["taskDefinition"], Before: olds}
	if fault != nil && fault.Rollback {
		d.Failed, d.Output, d.Later = true, fault.Error, time.Duration(fault.Later)
	}
	return p.api.Deploy(d)
}

// first is the deployment that the creation of a service began. One that fails has
// nothing to go back to, and the provider gives up waiting for the service.
func (p *provider) first(urn resource.URN, fault *account.Fault, inputs resource.PropertyMap, made *cloud.Result) error {
	if urn.Type() != serviceType {
		return nil
	}
	d := api.Deployment{Service: made.ID, Definition: inputs["taskDefinition"]}
	if fault != nil && fault.Rollback {
		d.Failed, d.Output = true, fault.Error
	}
	return p.api.Deploy(d)
}

// halfMade is the error of a creation that a fault has end halfway, nil without one.
func halfMade(fault *account.Fault, made *cloud.Result, properties *pulumirpc.CreateResponse) error {
	if fault == nil || !fault.Partial && !fault.Rollback {
		return nil
	}
	reason := fault.Error
	if fault.Rollback {
		reason = fmt.Sprintf("waiting for ECS Service (%s) create: timeout while waiting for state to become 'tfSTABLE' (last state: 'tfPENDING')", made.ID)
	}
	detail := &pulumirpc.ErrorResourceInitFailed{Id: made.ID, Properties: properties.GetProperties(), Reasons: []string{reason}}
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, reason), detail)
}
