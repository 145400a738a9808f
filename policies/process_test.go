package main_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// listen stands for the engine: a server the pack can reach.
func listen(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

// start runs the pack as the engine does and returns the port it names.
func start(t testing.TB, args ...string) (command *exec.Cmd, port int, rest *bufio.Reader, stderr *bytes.Buffer) {
	t.Helper()
	command = exec.Command(pack, args...)
	stderr = &bytes.Buffer{}
	command.Stderr = stderr
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill() })
	rest = bufio.NewReader(out)
	line, err := rest.ReadString('\n')
	require.NoError(t, err, stderr.String())
	port, err = strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err, "the first line must be the port")
	return command, port, rest, stderr
}

func TestTheBinaryWritesNothingButThePortAndEndsWhenToldTo(t *testing.T) {
	engine := listen(t)
	command, port, rest, stderr := start(t, "--logtostderr", "-v=9", "--some-flag-of-a-later-engine=x", engine)
	conn, err := grpc.NewClient(net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	info, err := pulumirpc.NewAnalyzerClient(conn).GetAnalyzerInfo(t.Context(), &emptypb.Empty{})
	require.NoError(t, err)
	assert.Equal(t, "tenfold", info.GetName())
	_, err = pulumirpc.NewAnalyzerClient(conn).Cancel(t.Context(), &emptypb.Empty{})
	require.NoError(t, err)

	more, err := io.ReadAll(rest)
	require.NoError(t, err)
	assert.Empty(t, more)
	require.NoError(t, command.Wait())
	assert.Empty(t, stderr.String())
}

func TestTheBinaryPrintsItsCatalogueForPeople(t *testing.T) {
	out, err := exec.Command(pack, "--list").Output()
	require.NoError(t, err)
	assert.Contains(t, string(out), "rds-not-public")
	out, err = exec.Command(pack, "--explain", "rds-not-public").Output()
	require.NoError(t, err)
	assert.Contains(t, string(out), "RDS.2")
	out, err = exec.Command(pack, "--help").Output()
	require.NoError(t, err)
	assert.Contains(t, string(out), "pulumi preview --policy-pack")
}

func TestTheBinaryWithoutAnEngineSaysHowItIsUsed(t *testing.T) {
	var stderr bytes.Buffer
	command := exec.Command(pack)
	command.Stderr = &stderr
	out, err := command.Output()
	require.Error(t, err)
	assert.Empty(t, out)
	assert.Contains(t, stderr.String(), "no engine address")
	assert.Contains(t, stderr.String(), "--policy-pack bin/policies")
}

func BenchmarkStartToPort(b *testing.B) {
	engine := listen(b)
	var longest time.Duration
	for b.Loop() {
		began := time.Now()
		command, _, _, _ := start(b, engine)
		longest = max(longest, time.Since(began))
		_ = command.Process.Kill()
		_ = command.Wait()
	}
	b.ReportMetric(float64(longest.Microseconds())/1000, "ms-longest")
}
