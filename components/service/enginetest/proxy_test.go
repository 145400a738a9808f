package enginetest

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// rollback stands between the engine and the provider and, when it is armed,
// answers the next update of an ECS service as the provider does after ECS went
// back: the update ended well, and the service runs the revision it ran before.
// That this is what the provider answers was measured on the Terraform AWS
// provider 5.100.0.
type rollback struct {
	armed    atomic.Bool
	provider *grpc.ClientConn
}

// frame is a message that is passed on as it is.
type frame struct{ raw []byte }

// codec leaves messages as they are.
type codec struct{}

func (codec) Marshal(v any) ([]byte, error) { return v.(*frame).raw, nil }
func (codec) Unmarshal(raw []byte, v any) error {
	v.(*frame).raw = append([]byte{}, raw...)
	return nil
}
func (codec) Name() string { return "proto" }

// between puts the rollback before the provider "aws" of a list such as
// "aws:1234,datadog:1235" and returns the list with its own port.
func between(t *testing.T, providers string) (*rollback, string) {
	t.Helper()
	const limit = 400 << 20
	r := &rollback{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var list []string
	for _, p := range strings.Split(providers, ",") {
		if port, ok := strings.CutPrefix(p, "aws:"); ok {
			r.provider, err = grpc.NewClient("127.0.0.1:"+port, grpc.WithTransportCredentials(insecure.NewCredentials()),
				grpc.WithDefaultCallOptions(grpc.ForceCodec(codec{}), grpc.MaxCallRecvMsgSize(limit)))
			require.NoError(t, err)
			p = fmt.Sprintf("aws:%d", listener.Addr().(*net.TCPAddr).Port)
		}
		list = append(list, p)
	}
	require.NotNil(t, r.provider, "there is no provider aws in %q", providers)
	server := grpc.NewServer(grpc.ForceServerCodec(codec{}), grpc.UnknownServiceHandler(r.pass), grpc.MaxRecvMsgSize(limit))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // ends with Stop
	}()
	t.Cleanup(func() {
		server.Stop()
		<-done
		_ = r.provider.Close()
	})
	return r, strings.Join(list, ",")
}

func (r *rollback) pass(_ any, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	var request, response frame
	if err := stream.RecvMsg(&request); err != nil {
		return err
	}
	if err := r.call(stream.Context(), method, &request, &response); err != nil {
		return err
	}
	return stream.SendMsg(&response)
}

func (r *rollback) call(ctx context.Context, method string, request, response *frame) error {
	if err := r.provider.Invoke(ctx, method, request, response); err != nil || !strings.HasSuffix(method, "/Update") {
		return err
	}
	var asked pulumirpc.UpdateRequest
	if err := proto.Unmarshal(request.raw, &asked); err != nil {
		return err
	}
	if asked.GetPreview() || !strings.Contains(asked.GetUrn(), "aws:ecs/service:Service::") || !r.armed.Swap(false) {
		return nil
	}
	var answered pulumirpc.UpdateResponse
	if err := proto.Unmarshal(response.raw, &answered); err != nil {
		return err
	}
	before := asked.GetOlds().GetFields()["taskDefinition"].GetStringValue()
	answered.GetProperties().GetFields()["taskDefinition"] = structpb.NewStringValue(before)
	raw, err := proto.Marshal(&answered)
	response.raw = raw
	return err
}
