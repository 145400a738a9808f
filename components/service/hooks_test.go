package service

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestAnEngineThatOnlyWarnsOfARollbackIsRefused(t *testing.T) {
	var asked string
	require.NoError(t, checkEngine(func(versions string) error {
		asked = versions
		return nil
	}))
	// The engine reads the range with this package.
	allowed, err := semver.ParseRange(asked)
	require.NoError(t, err)
	for version, ok := range map[string]bool{"3.237.0": false, "3.238.0": true, "3.259.0": true} {
		assert.Equal(t, ok, allowed(semver.MustParse(version)), version)
	}
	err = checkEngine(func(string) error { return errors.New("version 3.200.0 does not satisfy it") })
	assert.EqualError(t, err, "a deployment that was rolled back fails the run with Pulumi >=3.238.0 only; upgrade the Pulumi CLI: version 3.200.0 does not satisfy it")
}

func TestHooksReachAWSAsTheProgramSays(t *testing.T) {
	b := &builder{args: Args{AWS: &aws.Config{Region: "eu-west-1"}}}
	settings, err := b.aws(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "eu-west-1", settings.Region)
}

func TestECSHasAsLongToDecideAsTheTasksHaveToComeUp(t *testing.T) {
	b := &builder{name: "api", args: Args{DeployTimeout: time.Hour}}
	assert.Equal(t, time.Hour, b.watcher().limit)
}

// oldEngine is an engine that the program does not accept.
type oldEngine struct {
	pulumirpc.UnimplementedEngineServer
	pulumirpc.UnimplementedResourceMonitorServer
}

func (oldEngine) SupportsFeature(context.Context, *pulumirpc.SupportsFeatureRequest) (*pulumirpc.SupportsFeatureResponse, error) {
	return &pulumirpc.SupportsFeatureResponse{}, nil
}

func (oldEngine) RequirePulumiVersion(_ context.Context, r *pulumirpc.RequirePulumiVersionRequest) (*pulumirpc.RequirePulumiVersionResponse, error) {
	return nil, status.Error(codes.FailedPrecondition, "version 3.200.0 is not "+r.GetPulumiVersionRange())
}

func TestAServiceAsksForTheEngineBeforeAnythingIsRegistered(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	pulumirpc.RegisterEngineServer(server, oldEngine{})
	pulumirpc.RegisterResourceMonitorServer(server, oldEngine{})
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() {
		server.Stop()
		serving.Wait()
	})
	address := listener.Addr().String()
	ctx, err := pulumi.NewContext(t.Context(), pulumi.RunInfo{Project: "tenfold", Stack: "test", MonitorAddr: address, EngineAddr: address})
	require.NoError(t, err)
	_, err = New(ctx, "api", Args{})
	assert.ErrorContains(t, err, "fails the run with Pulumi >=3.238.0 only; upgrade the Pulumi CLI: version 3.200.0 is not >=3.238.0")
	require.NoError(t, ctx.Close())
}

// mocks answer nothing.
type mocks struct{}

func (mocks) NewResource(pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	return "", nil, nil
}

func (mocks) Call(pulumi.MockCallArgs) (resource.PropertyMap, error) { return nil, nil }

func TestAUnitTestHasNoECSBehindIt(t *testing.T) {
	require.NoError(t, pulumi.RunErr(func(ctx *pulumi.Context) error {
		assert.False(t, engine(ctx.RequirePulumiVersion), "mocks accept every version")
		return nil
	}, pulumi.WithMocks("tenfold", "test", mocks{})))
	assert.True(t, engine(func(string) error { return errors.New("3.259.0 is not >=999999.0.0") }))
}
