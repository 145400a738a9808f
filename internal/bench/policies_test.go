package bench

import (
	"bufio"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandboxrun"
	"github.com/tenfold-iac/tenfold/internal/toolchain"
)

// BenchmarkPolicyPackStart measures the time from starting the policy pack to
// the port it announces: what every preview waits for.
func BenchmarkPolicyPackStart(b *testing.B) {
	root, err := toolchain.Root()
	require.NoError(b, err)
	path, err := sandboxrun.PolicyPack(b.Context(), root, sandboxrun.DefaultPolicyPack)
	require.NoError(b, err)
	engine, err := net.Listen("tcp", "127.0.0.1:0") // what the pack may connect to
	require.NoError(b, err)
	defer engine.Close()
	for b.Loop() {
		pack := exec.Command(path, engine.Addr().String(), ".")
		stdout, err := pack.StdoutPipe()
		require.NoError(b, err)
		require.NoError(b, pack.Start())
		line, err := bufio.NewReader(stdout).ReadString('\n')
		require.NoError(b, err)
		port, err := strconv.Atoi(strings.TrimSpace(line))
		require.NoError(b, err)
		require.Positive(b, port)
		b.StopTimer()
		require.NoError(b, pack.Process.Kill())
		_ = pack.Wait() // it was killed
		b.StartTimer()
	}
}
