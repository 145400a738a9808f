package sandbox

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
	"github.com/tenfold-iac/tenfold/internal/sandbox/api"
	"github.com/tenfold-iac/tenfold/internal/sandbox/cloud"
)

// versions are the provider versions the sandbox answers as.
var versions = map[string]string{"aws": "6.83.2", "datadog": "4.68.0"}

// provider serves one package to the engine. As the Terraform bridge, it does
// not take secrets: the engine unwraps them and marks the outputs itself.
type provider struct {
	pulumirpc.UnimplementedResourceProviderServer

	pkg     string
	account *account.Account
	cloud   *cloud.Cloud
	api     *api.Server
	options Options
	log     *logger
	// stopped ends when the server is closed.
	stopped context.Context
	// cancelled is raised when the engine cancels.
	cancelled interruption
}

// Handshake tells the engine what the provider understands.
func (p *provider) Handshake(context.Context, *pulumirpc.ProviderHandshakeRequest) (*pulumirpc.ProviderHandshakeResponse, error) {
	return &pulumirpc.ProviderHandshakeResponse{}, nil
}

// Attach accepts an engine; the provider sends it nothing on its own.
func (p *provider) Attach(context.Context, *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// Cancel ends the delays under way; other operations are too short to cancel.
func (p *provider) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	p.cancelled.raise()
	return &emptypb.Empty{}, nil
}

// GetPluginInfo returns the version of the provider being stood in for.
func (p *provider) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: versions[p.pkg]}, nil
}

// GetSchema returns a schema with the package's name and version only.
func (p *provider) GetSchema(context.Context, *pulumirpc.GetSchemaRequest) (*pulumirpc.GetSchemaResponse, error) {
	text, err := json.Marshal(map[string]any{"name": p.pkg, "version": versions[p.pkg], "resources": map[string]any{}, "functions": map[string]any{}})
	return &pulumirpc.GetSchemaResponse{Schema: string(text)}, err
}

// GetMapping has none to offer.
func (p *provider) GetMapping(context.Context, *pulumirpc.GetMappingRequest) (*pulumirpc.GetMappingResponse, error) {
	return &pulumirpc.GetMappingResponse{}, nil
}

// Invoke answers a function call.
func (p *provider) Invoke(ctx context.Context, request *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	arguments, err := unmarshal(request.GetArgs())
	if err != nil {
		return nil, err
	}
	result, err := p.cloud.Invoke(request.GetTok(), sessionOf(ctx).get().region, arguments)
	if err != nil {
		return nil, fmt.Errorf("invoking %s: %w", request.GetTok(), err)
	}
	returned, err := marshal(result)
	return &pulumirpc.InvokeResponse{Return: returned}, err
}

func unmarshal(properties *structpb.Struct) (resource.PropertyMap, error) {
	return plugin.UnmarshalProperties(properties, plugin.MarshalOptions{KeepUnknowns: true, SkipNulls: true})
}

func marshal(properties resource.PropertyMap) (*structpb.Struct, error) {
	return plugin.MarshalProperties(properties, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, SkipNulls: true})
}
