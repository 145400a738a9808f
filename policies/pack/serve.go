package pack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials/insecure"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/tenfold-iac/tenfold/policies/rule"
)

const (
	// maxMessage is the size of message the engine is ready to send; a big stack arrives in one.
	maxMessage = 400 << 20

	// stopGrace is how long calls under way may take once the pack was told to end.
	stopGrace = 2 * time.Second

	// parentPoll is how often the pack looks whether the process that started it is still there.
	parentPoll = time.Second

	// engineGrace is how long the engine may be out of reach before the pack takes it for gone.
	engineGrace = 5 * time.Second
)

// Serve answers the engine at the address until the engine, or the process that started the pack, is gone. It writes
// the port it listens on, and nothing else, to out.
func Serve(ctx context.Context, engine string, rules []*rule.Rule, out io.Writer) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("cannot listen for the engine: %w", err)
	}
	server := grpc.NewServer(grpc.MaxRecvMsgSize(maxMessage))
	pulumirpc.RegisterAnalyzerServer(server, NewServer(rules, time.Now, stop))

	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() { watchEngine(ctx, engine, engineGrace, stop) })
	group.Go(func() { watchParent(ctx, os.Getppid, parentPoll, stop) })
	group.Go(func() {
		<-ctx.Done()
		forced := time.AfterFunc(stopGrace, server.Stop)
		server.GracefulStop()
		forced.Stop()
	})

	// The engine reads up to the first line break and takes it for the port, so this is one write of one line.
	if _, err := fmt.Fprintf(out, "%d\n", listener.Addr().(*net.TCPAddr).Port); err != nil {
		return errors.Join(fmt.Errorf("cannot tell the engine the port: %w", err), listener.Close())
	}
	err = server.Serve(listener)
	stop()
	if err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return fmt.Errorf("serving the engine: %w", err)
	}
	return nil
}

// watchEngine ends the pack when the engine can no longer be reached. The engine may crash without saying goodbye, and
// the pack would then live on.
func watchEngine(ctx context.Context, address string, grace time.Duration, gone func()) {
	conn, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithIdleTimeout(0))
	if err != nil {
		gone()
		return
	}
	defer func() { _ = conn.Close() }()
	lost := time.AfterFunc(grace, gone)
	defer lost.Stop()
	for ctx.Err() == nil {
		state := conn.GetState()
		switch state {
		case connectivity.Ready:
			lost.Stop()
		case connectivity.Idle:
			lost.Reset(grace)
			conn.Connect()
		}
		if !conn.WaitForStateChange(ctx, state) {
			return
		}
	}
}

// watchParent ends the pack when the process that started it has exited: the system then gives the pack a new parent.
func watchParent(ctx context.Context, parent func() int, poll time.Duration, gone func()) {
	first := parent()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if parent() != first {
				gone()
				return
			}
		}
	}
}

// EngineAddress finds the engine's address among the arguments. The engine puts flags of its own before it, which
// change from version to version, so everything else is ignored.
func EngineAddress(args []string) (string, bool) {
	for i := len(args) - 1; i >= 0; i-- {
		host, port, err := net.SplitHostPort(args[i])
		if err != nil || host == "" {
			continue
		}
		if n, err := strconv.Atoi(port); err == nil && n > 0 && n <= 65535 {
			return args[i], true
		}
	}
	return "", false
}
