// Package enginetest runs the real Pulumi engine against the offline cloud.
package enginetest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox"
	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
	"github.com/tenfold-iac/tenfold/internal/toolchain"
)

// project is a Pulumi project in a temporary folder, run against an offline
// cloud of its own.
type project struct {
	t       *testing.T
	name    string
	dir     string
	server  *sandbox.Server
	stack   auto.Stack
	program pulumi.RunFunc
}

// newProject starts a project with an empty account.
func newProject(t *testing.T) *project {
	t.Helper()
	t.Parallel()
	p := &project{t: t, name: "test", dir: t.TempDir()}
	p.start()
	p.selectStack()
	return p
}

func (p *project) start() {
	server, err := sandbox.Start(context.Background(), sandbox.Options{Account: filepath.Join(p.dir, "account"), Seed: "test", Log: p})
	require.NoError(p.t, err)
	p.server = server
	p.t.Cleanup(func() { require.NoError(p.t, server.Close()) })
}

// Write logs a line of the sandbox as a line of the test.
func (p *project) Write(line []byte) (int, error) {
	p.t.Log(strings.TrimSpace(string(line)))
	return len(line), nil
}

// env is the environment of every engine run.
func (p *project) env() map[string]string {
	_, providers, _ := strings.Cut(p.server.Env()[0], "=")
	return map[string]string{"PULUMI_DEBUG_PROVIDERS": providers, "PULUMI_CONFIG_PASSPHRASE": "sandbox", "PULUMI_SKIP_UPDATE_CHECK": "true",
		"PULUMI_BACKEND_URL": "file://" + p.dir, "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"}
}

// command gives the Automation API the pinned engine, in the folder layout it
// wants, behind a script that notes the process to kill.
func (p *project) command() auto.PulumiCommand {
	p.t.Helper()
	path, err := toolchain.Pulumi(context.Background())
	require.NoError(p.t, err)
	bin := filepath.Join(p.dir, "engine", "bin")
	require.NoError(p.t, os.MkdirAll(bin, 0o700))
	script := fmt.Sprintf("#!/bin/sh\necho $$ > '%s'\nexec '%s' \"$@\"\n", filepath.Join(p.dir, "engine.pid"), path)
	// A process that another test starts meanwhile would inherit the open file, and
	// the script could not be run until that one has gone.
	syscall.ForkLock.RLock()
	err = os.WriteFile(filepath.Join(bin, "pulumi"), []byte(script), 0o700)
	syscall.ForkLock.RUnlock()
	require.NoError(p.t, err)
	engine, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: filepath.Dir(bin)})
	require.NoError(p.t, err)
	return engine
}

func (p *project) selectStack() {
	p.t.Helper()
	stack, err := auto.UpsertStackInlineSource(context.Background(), p.name, "sandbox", func(ctx *pulumi.Context) error { return p.program(ctx) },
		auto.Pulumi(p.command()), auto.WorkDir(p.dir), auto.PulumiHome(filepath.Join(p.dir, "home")), auto.EnvVars(p.env()), auto.SecretsProvider("passphrase"),
		auto.Stacks(map[string]workspace.ProjectStack{p.name: {Config: config.Map{config.MustMakeKey("aws", "region"): config.NewValue("eu-west-1")}}}),
		auto.Project(workspace.Project{Name: tokens.PackageName("sandbox"), Runtime: workspace.NewProjectRuntimeInfo("go", nil)}))
	require.NoError(p.t, err)
	p.stack = stack
}

func (p *project) setConfig(key, value string) {
	p.t.Helper()
	require.NoError(p.t, p.stack.SetConfig(context.Background(), key, auto.ConfigValue{Value: value}))
}

// newStack is another stack over the same account.
func newStack(t *testing.T, p *project, name string) *project {
	t.Helper()
	other := &project{t: t, name: name, dir: p.dir, server: p.server}
	other.selectStack()
	return other
}

// run is what one engine operation did.
type run struct {
	err    error
	output string
	// steps are the operations by logical name, in order.
	steps map[string][]string
	// order is "operation name" in the order the steps ended.
	order   []string
	Outputs auto.OutputMap
}

// failed asserts that the run failed and said text.
func (r run) failed(t *testing.T, text string) {
	t.Helper()
	require.Error(t, r.err)
	require.Contains(t, r.output, text)
}

func (p *project) observe(operation func(chan<- events.EngineEvent, *bytes.Buffer) error) run {
	p.t.Helper()
	channel := make(chan events.EngineEvent)
	result := run{steps: map[string][]string{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for event := range channel {
			result.record(event.EngineEvent)
		}
	}()
	var output bytes.Buffer
	result.err = operation(channel, &output)
	<-done
	result.output = output.String()
	if result.err != nil {
		result.output += result.err.Error()
	}
	return result
}

func (r *run) record(event apitype.EngineEvent) {
	var metadata *apitype.StepEventMetadata
	switch {
	case event.ResOutputsEvent != nil:
		metadata = &event.ResOutputsEvent.Metadata
	case event.ResourcePreEvent != nil && event.ResourcePreEvent.Planning:
		metadata = &event.ResourcePreEvent.Metadata
	default:
		return
	}
	if strings.HasPrefix(metadata.Type, "pulumi:") || metadata.Op == apitype.OpSame {
		return
	}
	name := metadata.URN[strings.LastIndex(metadata.URN, "::")+2:]
	step := string(metadata.Op)
	if previous := r.steps[name]; len(previous) > 0 && previous[len(previous)-1] == step {
		return
	}
	r.steps[name] = append(r.steps[name], step)
	r.order = append(r.order, step+" "+name)
}

func (p *project) up(program pulumi.RunFunc) run {
	p.t.Helper()
	p.program = program
	var outputs auto.OutputMap
	result := p.observe(func(channel chan<- events.EngineEvent, output *bytes.Buffer) error {
		done, err := p.stack.Up(context.Background(), optup.EventStreams(channel), optup.ProgressStreams(output), optup.ErrorProgressStreams(output))
		outputs = done.Outputs
		return err
	})
	result.Outputs = outputs
	return result
}

func (p *project) preview(program pulumi.RunFunc) run {
	p.t.Helper()
	p.program = program
	return p.observe(func(channel chan<- events.EngineEvent, output *bytes.Buffer) error {
		_, err := p.stack.Preview(context.Background(), optpreview.EventStreams(channel), optpreview.ProgressStreams(output), optpreview.ErrorProgressStreams(output))
		return err
	})
}

func (p *project) refresh() run {
	p.t.Helper()
	return p.observe(func(channel chan<- events.EngineEvent, output *bytes.Buffer) error {
		_, err := p.stack.Refresh(context.Background(), optrefresh.EventStreams(channel), optrefresh.ProgressStreams(output), optrefresh.ErrorProgressStreams(output))
		return err
	})
}

func (p *project) destroy() run {
	p.t.Helper()
	return p.observe(func(channel chan<- events.EngineEvent, output *bytes.Buffer) error {
		_, err := p.stack.Destroy(context.Background(), optdestroy.EventStreams(channel), optdestroy.ProgressStreams(output), optdestroy.ErrorProgressStreams(output))
		return err
	})
}

// raw is a resource registered by token, without any SDK.
type raw struct {
	pulumi.CustomResourceState
	ARN  pulumi.StringOutput `pulumi:"arn"`
	Name pulumi.StringOutput `pulumi:"name"`
	URL  pulumi.StringOutput `pulumi:"url"`
}

// register registers a resource and stops the program when it cannot.
func register(ctx *pulumi.Context, token, name string, inputs pulumi.Map, options ...pulumi.ResourceOption) *raw {
	r := &raw{}
	if err := ctx.RegisterResource(token, name, inputs, r, options...); err != nil {
		panic(err) // only a program error of the test itself ends here
	}
	return r
}

func (p *project) account() *account.Account { return p.server.Account() }
