package pack

import (
	"google.golang.org/protobuf/types/known/structpb"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/tenfold-iac/tenfold/policies/graph"
	"github.com/tenfold-iac/tenfold/policies/value"
)

// stackType is the type of the resource that stands for the whole stack.
const stackType = "pulumi:pulumi:Stack"

// described is what the engine's two messages about a resource have in common.
type described interface {
	GetType() string
	GetUrn() string
	GetName() string
	GetProperties() *structpb.Struct
	GetOptions() *pulumirpc.AnalyzerResourceOptions
	GetProvider() *pulumirpc.AnalyzerProviderResource
}

func resourceOf(d described) *graph.Resource {
	return &graph.Resource{
		URN: d.GetUrn(), Type: d.GetType(), Name: d.GetName(),
		Props:    value.Properties(d.GetProperties()),
		Provider: value.Properties(d.GetProvider().GetProperties()),
		Protect:  d.GetOptions().GetProtect(),
	}
}

// stackOf reads the whole stack and the URN under which the pack reports about itself. The engine sends outputs here,
// in which nobody can tell what the program asked for from what AWS chose, so the inputs that were judged one by one
// before take their place where they are known.
func stackOf(
	req *pulumirpc.AnalyzeStackRequest, inputs map[string]value.Value,
) (stack *graph.Stack, root string) {
	resources := make([]*graph.Resource, 0, len(req.GetResources()))
	for _, described := range req.GetResources() {
		r := resourceOf(described)
		r.Outputs = r.Props
		if given, ok := inputs[r.URN]; ok {
			r.Props = given
		}
		r.PropDeps = map[string][]string{}
		for property, deps := range described.GetPropertyDependencies() {
			r.PropDeps[property] = deps.GetUrns()
		}
		if r.Type == stackType {
			root = r.URN
		}
		resources = append(resources, r)
	}
	return graph.New(resources), root
}
