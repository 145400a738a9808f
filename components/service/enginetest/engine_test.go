package enginetest

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox"
	"github.com/tenfold-iac/tenfold/internal/toolchain"
)

// engine is a stack over an offline cloud of its own.
type engine struct {
	t      *testing.T
	stack  auto.Stack
	server *sandbox.Server

	mu      sync.Mutex
	program pulumi.RunFunc
}

func start(t *testing.T) *engine {
	t.Helper()
	dir := t.TempDir()
	server, err := sandbox.Start(t.Context(), sandbox.Options{Account: filepath.Join(dir, "account"), Seed: "test", Region: "us-east-1"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	e := &engine{t: t, server: server}
	_, providers, _ := strings.Cut(server.Env()[0], "=")
	// The program, and with it the hooks, runs in this process.
	for _, kv := range server.SDKEnv() {
		name, value, _ := strings.Cut(kv, "=")
		t.Setenv(name, value)
	}
	e.stack, err = auto.UpsertStackInlineSource(t.Context(), "test", "tenfold", func(ctx *pulumi.Context) error {
		e.mu.Lock()
		defer e.mu.Unlock()
		return e.program(ctx)
	},
		auto.Pulumi(command(t, dir)), auto.WorkDir(dir), auto.PulumiHome(filepath.Join(dir, "home")), auto.SecretsProvider("passphrase"),
		auto.EnvVars(map[string]string{
			"PULUMI_DEBUG_PROVIDERS": providers, "PULUMI_CONFIG_PASSPHRASE": "test", "PULUMI_SKIP_UPDATE_CHECK": "true",
			"PULUMI_BACKEND_URL": "file://" + dir, "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
		}),
		auto.Stacks(map[string]workspace.ProjectStack{"test": {Config: config.Map{config.MustMakeKey("aws", "region"): config.NewValue("us-east-1")}}}),
		auto.Project(workspace.Project{Name: tokens.PackageName("tenfold"), Runtime: workspace.NewProjectRuntimeInfo("go", nil)}))
	require.NoError(t, err)
	return e
}

// command is the pinned engine in the layout the Automation API wants.
func command(t *testing.T, dir string) auto.PulumiCommand {
	t.Helper()
	path, err := toolchain.Pulumi(t.Context())
	require.NoError(t, err)
	bin := filepath.Join(dir, "engine", "bin")
	require.NoError(t, os.MkdirAll(bin, 0o700))
	require.NoError(t, os.Symlink(path, filepath.Join(bin, "pulumi")))
	pulumi, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: filepath.Dir(bin)})
	require.NoError(t, err)
	return pulumi
}

// run is what one operation of the engine did.
type run struct {
	err    error
	output string
	// steps are "operation type name", without what stayed the same.
	steps []string
}

// of returns the steps whose type ends in the given name, sorted.
func (r run) of(kind string) []string {
	var found []string
	for _, s := range r.steps {
		if fields := strings.Fields(s); strings.HasSuffix(fields[1], ":"+kind) {
			found = append(found, fields[0]+" "+fields[2])
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// kinds returns the types that had steps, sorted.
func (r run) kinds() []string {
	var found []string
	for _, s := range r.steps {
		kind := strings.Fields(s)[1]
		found = append(found, kind[strings.LastIndex(kind, ":")+1:])
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func (e *engine) observe(operation func(chan<- events.EngineEvent, *bytes.Buffer) error) run {
	e.t.Helper()
	channel, done := make(chan events.EngineEvent), make(chan struct{})
	var r run
	go func() {
		defer close(done)
		for event := range channel {
			r.note(event.EngineEvent)
		}
	}()
	var output bytes.Buffer
	r.err = operation(channel, &output)
	<-done
	r.output = output.String()
	return r
}

func (r *run) note(event apitype.EngineEvent) {
	var step *apitype.StepEventMetadata
	switch {
	case event.ResOutputsEvent != nil:
		step = &event.ResOutputsEvent.Metadata
	case event.ResourcePreEvent != nil && event.ResourcePreEvent.Planning:
		step = &event.ResourcePreEvent.Metadata
	default:
		return
	}
	if step.Op == apitype.OpSame || strings.HasPrefix(step.Type, "pulumi:") || strings.HasPrefix(step.Type, "tenfold:") {
		return
	}
	r.steps = append(r.steps, string(step.Op)+" "+step.Type+" "+step.URN[strings.LastIndex(step.URN, "::")+2:])
}

// up deploys and fails the test unless that works.
func (e *engine) up(program pulumi.RunFunc, options ...optup.Option) run {
	e.t.Helper()
	r := e.try(program, options...)
	require.NoError(e.t, r.err, r.output)
	return r
}

// try deploys a program that may fail.
func (e *engine) try(program pulumi.RunFunc, options ...optup.Option) run {
	e.t.Helper()
	e.set(program)
	return e.observe(func(channel chan<- events.EngineEvent, output *bytes.Buffer) error {
		options := append(options, optup.EventStreams(channel), optup.ProgressStreams(output), optup.ErrorProgressStreams(output))
		_, err := e.stack.Up(context.Background(), options...)
		return err
	})
}

// preview plans a program and fails the test unless that works.
func (e *engine) preview(program pulumi.RunFunc) run {
	e.t.Helper()
	r := e.plans(program)
	require.NoError(e.t, r.err, r.output)
	return r
}

// plans plans a program that may be refused.
func (e *engine) plans(program pulumi.RunFunc) run {
	e.t.Helper()
	e.set(program)
	return e.observe(func(channel chan<- events.EngineEvent, output *bytes.Buffer) error {
		_, err := e.stack.Preview(context.Background(), optpreview.EventStreams(channel), optpreview.ProgressStreams(output), optpreview.ErrorProgressStreams(output))
		return err
	})
}

func (e *engine) destroy() run {
	e.t.Helper()
	r := e.observe(func(channel chan<- events.EngineEvent, output *bytes.Buffer) error {
		_, err := e.stack.Destroy(context.Background(), optdestroy.EventStreams(channel), optdestroy.ProgressStreams(output), optdestroy.ErrorProgressStreams(output))
		return err
	})
	require.NoError(e.t, r.err, r.output)
	return r
}

func (e *engine) set(program pulumi.RunFunc) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.program = program
}
