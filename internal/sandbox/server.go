package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
	"github.com/tenfold-iac/tenfold/internal/sandbox/api"
	"github.com/tenfold-iac/tenfold/internal/sandbox/cloud"
)

// Options say which account is served and how.
type Options struct {
	// Account is the path of the account file; it is created when missing.
	Account string
	// AccountID is the number of a new account. Default: account.DefaultID.
	AccountID string
	// Seed decides the identifiers of a new account. Default: random.
	Seed string
	// Region is where calls land that come before a provider is configured.
	// Default: us-east-1.
	Region string
	// Log receives one line per operation. Default: nothing is logged.
	Log io.Writer
}

// maxMessage is the largest gRPC message, the engine's own limit.
const maxMessage = 400 << 20

// Server is a running offline cloud. It is safe for concurrent use.
type Server struct {
	account *account.Account
	cloud   *cloud.Cloud
	api     *api.Server
	ports   []string
	servers []*grpc.Server
	stop    context.CancelFunc
	serving sync.WaitGroup
	failed  chan error
	close   sync.Once
	closed  error
}

// Start opens the account and serves it on local ports until Close is
// called or ctx is cancelled.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Account == "" {
		return nil, errors.New("sandbox: the path of the account file is missing")
	}
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	opened, err := account.Open(o.Account, account.Options{ID: o.AccountID, Seed: o.Seed})
	if err != nil {
		return nil, err
	}
	answers, err := cloud.New(opened)
	if err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	calls, err := api.Start(ctx, opened, o.Region)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("sandbox: %w", err), opened.Close())
	}
	ctx, stop := context.WithCancel(ctx)
	s := &Server{account: opened, cloud: answers, api: calls, stop: stop, failed: make(chan error, 2)}
	log := &logger{writer: o.Log}
	for _, note := range opened.Notes() {
		log.printf("note: %s", note)
	}
	for _, pkg := range []string{"aws", "datadog"} {
		p := &provider{pkg: pkg, account: opened, cloud: answers, api: calls, options: o, log: log, stopped: ctx}
		if err := s.serve(ctx, p); err != nil {
			return nil, errors.Join(fmt.Errorf("sandbox: %w", err), s.Close())
		}
	}
	context.AfterFunc(ctx, func() { _ = s.Close() })
	return s, nil
}

func (s *Server) serve(ctx context.Context, p *provider) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := grpc.NewServer(grpc.StatsHandler(&connections{region: p.options.Region}),
		grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(maxMessage))
	pulumirpc.RegisterResourceProviderServer(server, p)
	s.servers = append(s.servers, server)
	s.ports = append(s.ports, fmt.Sprintf("%s:%d", p.pkg, listener.Addr().(*net.TCPAddr).Port))
	s.serving.Go(func() {
		if err := server.Serve(listener); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			s.failed <- err
		}
	})
	return nil
}

// Env returns the variables that make an engine use the offline cloud.
func (s *Server) Env() []string {
	return []string{"PULUMI_DEBUG_PROVIDERS=" + strings.Join(s.ports, ",")}
}

// SDKEnv returns the variables that make an AWS SDK use the offline cloud: that
// of a program's hooks, and of commands.
func (s *Server) SDKEnv() []string { return s.api.Env() }

// Account is the account being served.
func (s *Server) Account() *account.Account { return s.account }

// TakeBack undoes what a stack created since a time and never recorded: what was
// made, by type and id, when its engine or this server was killed. It returns what
// it took back, oldest first.
func (s *Server) TakeBack(stack, project string, since time.Time, recorded func(typ, id string) bool) ([]*account.Resource, error) {
	var lost []*account.Resource
	err := s.account.View(func(tx *account.Tx) error {
		for _, r := range tx.All() {
			urn := resource.URN(r.URN)
			if r.Status == account.Active && r.Origin == account.Managed && !r.Created.Before(since) && urn.IsValid() &&
				string(urn.Stack()) == stack && string(urn.Project()) == project && !recorded(r.Type, r.ProviderID()) {
				lost = append(lost, r)
			}
		}
		return nil
	})
	for _, r := range slices.Backward(lost) {
		err = errors.Join(err, s.cloud.Undo(r))
	}
	return lost, err
}

// Close ends running operations, stops serving and closes the account.
func (s *Server) Close() error {
	s.close.Do(func() {
		s.stop()
		for _, server := range s.servers {
			server.Stop()
		}
		s.serving.Wait()
		close(s.failed)
		for err := range s.failed {
			s.closed = errors.Join(s.closed, err)
		}
		s.closed = errors.Join(s.closed, s.api.Close(), s.account.Close())
	})
	return s.closed
}

// logger writes whole lines from several goroutines.
type logger struct {
	mutex  sync.Mutex
	writer io.Writer
}

func (l *logger) printf(format string, arguments ...any) {
	if l.writer == nil {
		return
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	fmt.Fprintf(l.writer, format+"\n", arguments...)
}
