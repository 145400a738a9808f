package pack

import (
	"bufio"
	"context"
	"io"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/tenfold-iac/tenfold/policies/rules"
)

// deadline bounds waiting for something that must happen; nothing depends on how soon it does.
const deadline = 30 * time.Second

// engine is a server that stands for the Pulumi engine.
func engine(t *testing.T) (address string, stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return listener.Addr().String(), func() {
		server.Stop()
		assert.NoError(t, <-served)
	}
}

func wait(t *testing.T, done <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(deadline):
		require.Fail(t, what)
	}
}

func TestServeWritesThePortAloneAndEndsWhenTheEngineSaysSo(t *testing.T) {
	address, _ := engine(t)
	reader, writer := io.Pipe()
	result := make(chan error, 1)
	go func() {
		result <- Serve(context.Background(), address, rules.All(), writer)
		_ = writer.Close()
	}()
	out := bufio.NewReader(reader)
	line, err := out.ReadString('\n')
	require.NoError(t, err)
	port, err := strconv.Atoi(strings.TrimSuffix(line, "\n"))
	require.NoError(t, err)

	conn, err := grpc.NewClient(net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	client := pulumirpc.NewAnalyzerClient(conn)
	_, err = client.Handshake(context.Background(), &pulumirpc.AnalyzerHandshakeRequest{EngineAddress: address})
	require.NoError(t, err)
	_, err = client.Cancel(context.Background(), &emptypb.Empty{})
	require.NoError(t, err, "the engine gets its answer before the pack ends")

	rest, err := io.ReadAll(out)
	require.NoError(t, err)
	assert.Empty(t, rest)
	select {
	case err := <-result:
		assert.NoError(t, err)
	case <-time.After(deadline):
		require.Fail(t, "the pack did not end")
	}
}

func TestThePackEndsWhenTheEngineIsGone(t *testing.T) {
	address, stop := engine(t)
	var early atomic.Bool
	early.Store(true)
	gone := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go watchEngine(ctx, address, 100*time.Millisecond, func() {
		assert.False(t, early.Load(), "the engine was still there")
		close(gone)
		cancel()
	})
	// A call over a second connection proves the engine answers; the watcher must not have given up by then.
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	_, err = pulumirpc.NewAnalyzerClient(conn).Cancel(t.Context(), &emptypb.Empty{})
	assert.ErrorContains(t, err, "unknown service")
	require.NoError(t, conn.Close())
	early.Store(false)
	stop()
	wait(t, gone, "the pack outlived the engine")
}

func TestThePackEndsWhenThereNeverWasAnEngine(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	gone := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go watchEngine(ctx, address, time.Millisecond, func() { close(gone); cancel() })
	wait(t, gone, "the pack waits for an engine that is not there")
}

func TestThePackEndsWhenItsParentIsGone(t *testing.T) {
	var parent atomic.Int64
	parent.Store(100)
	gone := make(chan struct{})
	go watchParent(t.Context(), func() int { return int(parent.Add(1) / 103) }, time.Millisecond, func() { close(gone) })
	wait(t, gone, "the pack outlived its parent")
}

func TestTheEnginesAddressIsFoundAmongFlagsOfAnyVersion(t *testing.T) {
	for _, c := range []struct {
		args  []string
		found string
	}{
		{[]string{"127.0.0.1:4000"}, "127.0.0.1:4000"},
		{[]string{"--logtostderr", "-v=9", "--tracing", "localhost:6831", "127.0.0.1:4000"}, "127.0.0.1:4000"},
		{[]string{"127.0.0.1:4000", "."}, "127.0.0.1:4000"},
		{[]string{"--new-flag=a:1", "127.0.0.1:4000"}, "127.0.0.1:4000"},
		{[]string{"--list"}, ""},
		{[]string{":4000"}, ""},
		{[]string{"127.0.0.1:99999"}, ""},
		{nil, ""},
	} {
		address, ok := EngineAddress(c.args)
		assert.Equal(t, c.found, address, "%v", c.args)
		assert.Equal(t, c.found != "", ok, "%v", c.args)
	}
}
