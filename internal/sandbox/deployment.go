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

// begins tells whether an update deploys the service: one that finds no difference
// does nothing, and one of tags only tags.
func begins(difference schema.Diff) bool {
	return slices.ContainsFunc(difference.Changes, func(c schema.PropertyChange) bool { return !strings.HasPrefix(c.Path, "tags") })
}

// deploy has ECS know of a deployment of a service. Asked are the inputs, and olds
// what the service was before, nil for its first one: when that fails there is
// nothing to go back to, and the provider gives up waiting for the service.
func (p *provider) deploy(fault *account.Fault, asked, olds resource.PropertyMap, service *cloud.Result) error {
	d := api.Deployment{Service: service.ID, Definition: asked["taskDefinition"], Before: olds}
	if fault != nil && fault.Rollback {
		d.Failed, d.Output, d.Later = true, fault.Error, time.Duration(fault.Later)
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
