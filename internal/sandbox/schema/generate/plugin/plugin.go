// Package plugin drives a Terraform provider binary over plugin protocol
// version 5: it validates and plans configurations without Terraform and
// without credentials. Only the fact generator uses it; the offline cloud
// itself never starts a provider.
package plugin

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
)

// ErrEnded says that the provider process ended itself over a request. It has
// been started again; the next request is answered.
var ErrEnded = errors.New("the provider ended itself on this request")

// Provider is a running provider process.
type Provider struct {
	binary  string
	config  map[string]any
	process *exec.Cmd
	conn    *grpc.ClientConn
}

// Start runs the provider binary and connects to it. Environment variables
// that could carry credentials are not passed on.
func Start(binary string) (*Provider, error) {
	provider := &Provider{binary: binary}
	if err := provider.start(); err != nil {
		return nil, err
	}
	return provider, nil
}

func (p *Provider) start() error {
	binary := p.binary
	process := exec.Command(binary)
	process.Env = append(safeEnvironment(),
		"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
		"PLUGIN_PROTOCOL_VERSIONS=5", "PLUGIN_MIN_PORT=10000", "PLUGIN_MAX_PORT=25000",
		"AWS_EC2_METADATA_DISABLED=true")
	stdout, err := process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := process.Start(); err != nil {
		return fmt.Errorf("start the provider %s: %w", binary, err)
	}
	p.process = process
	reader := bufio.NewReader(stdout)
	line, err := reader.ReadString('\n')
	if err != nil {
		p.Stop()
		return fmt.Errorf("the provider %s gave no handshake: %w", binary, err)
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	parts := strings.Split(strings.TrimSpace(line), "|")
	if len(parts) < 5 || parts[4] != "grpc" {
		p.Stop()
		return fmt.Errorf("the provider's handshake %q is not one of gRPC", line)
	}
	target := parts[3]
	if parts[2] == "unix" {
		target = "unix:" + target
	}
	p.conn, err = grpc.NewClient(target,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(rawCodec{}), grpc.MaxCallRecvMsgSize(256<<20)))
	if err != nil {
		p.Stop()
		return fmt.Errorf("connect to the provider at %s: %w", target, err)
	}
	return nil
}

// safeEnvironment is the environment without the variables of cloud accounts.
func safeEnvironment() []string {
	var out []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "AWS_") && !strings.HasPrefix(entry, "TF_") {
			out = append(out, entry)
		}
	}
	return out
}

// Stop ends the provider process.
func (p *Provider) Stop() {
	if p.conn != nil {
		_ = p.conn.Close()
	}
	_ = p.process.Process.Kill()
	_ = p.process.Wait()
}

// Configure gives the provider its configuration, a value of its own schema.
func (p *Provider) Configure(ctx context.Context, config map[string]any) error {
	p.config = config
	request, err := dynamicValue(stringField(nil, 1, "1.9.0"), 2, config)
	if err != nil {
		return err
	}
	response, err := p.call(ctx, "Configure", request)
	if err != nil {
		return err
	}
	found, err := errorsOf(response, 1)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return fmt.Errorf("the provider refused its configuration: %s", found[0].Text())
	}
	return nil
}

// Validate returns what the provider has against a resource's configuration.
func (p *Provider) Validate(ctx context.Context, kind string, config map[string]any) ([]Diagnostic, error) {
	request, err := dynamicValue(stringField(nil, 1, kind), 2, config)
	if err != nil {
		return nil, err
	}
	response, err := p.call(ctx, "ValidateResourceTypeConfig", request)
	if err != nil {
		return nil, err
	}
	return errorsOf(response, 1)
}

// Plan is the provider's answer to a change.
type Plan struct {
	State    map[string]any // planned state, nil for a deletion
	Replace  []string       // paths that require a replacement
	Problems []Diagnostic
}

// Plan asks what the step from a prior state (nil for a creation) to a
// configuration would do. proposed is the configuration completed with the
// prior values of computed attributes.
func (p *Provider) Plan(ctx context.Context, kind string, prior any, proposed, config map[string]any) (Plan, error) {
	request := stringField(nil, 1, kind)
	var err error
	for _, part := range []struct {
		field protowire.Number
		value any
	}{{2, prior}, {3, proposed}, {4, config}} {
		if request, err = dynamicValue(request, part.field, part.value); err != nil {
			return Plan{}, err
		}
	}
	response, err := p.call(ctx, "PlanResourceChange", request)
	if err != nil {
		return Plan{}, err
	}
	var plan Plan
	err = fields(response, func(number protowire.Number, bytes []byte, _ uint64) error {
		switch number {
		case 1:
			value, err := valueOf(bytes)
			plan.State, _ = value.(map[string]any)
			return err
		case 2:
			path, err := attributePath(bytes)
			plan.Replace = append(plan.Replace, path)
			return err
		}
		return nil
	})
	if err != nil {
		return Plan{}, err
	}
	plan.Problems, err = errorsOf(response, 4)
	return plan, err
}

func (p *Provider) call(ctx context.Context, method string, request []byte) ([]byte, error) {
	var response []byte
	err := p.conn.Invoke(ctx, "/tfplugin5.Provider/"+method, &request, &response)
	if status.Code(err) == codes.Unavailable && method != "Configure" {
		p.Stop()
		if err := p.start(); err != nil {
			return nil, err
		}
		if err := p.Configure(ctx, p.config); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%s: %w", method, ErrEnded)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	return response, nil
}

// rawCodec hands messages through as they are on the wire.
type rawCodec struct{}

// Name is the codec that the provider expects.
func (rawCodec) Name() string { return "proto" }

// Marshal returns the bytes of a message as they are.
func (rawCodec) Marshal(v any) ([]byte, error) {
	b, ok := v.(*[]byte)
	if !ok {
		return nil, fmt.Errorf("cannot send a %T", v)
	}
	return *b, nil
}

// Unmarshal keeps the bytes of a message as they are.
func (rawCodec) Unmarshal(data []byte, v any) error {
	b, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("cannot receive into a %T", v)
	}
	*b = append([]byte(nil), data...)
	return nil
}
