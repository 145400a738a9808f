package lifecycle

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox"
	"github.com/tenfold-iac/tenfold/internal/toolchain"
)

// environment is a stack with an offline cloud of its own.
type environment struct {
	t       *testing.T
	dir     string
	cloud   *sandbox.Server
	stack   auto.Stack
	program pulumi.RunFunc
}

func newEnvironment(t *testing.T) *environment {
	t.Helper()
	t.Parallel()
	ctx, dir := context.Background(), t.TempDir()
	cloud, err := sandbox.Start(ctx, sandbox.Options{Account: filepath.Join(dir, "account"), Seed: "lifecycle", Log: &bytes.Buffer{}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, cloud.Close()) })
	e := &environment{t: t, dir: dir, cloud: cloud}
	_, providers, _ := strings.Cut(cloud.Env()[0], "=")
	e.stack, err = auto.UpsertStackInlineSource(ctx, "test", "tenfold", func(ctx *pulumi.Context) error { return e.program(ctx) },
		auto.Pulumi(engine(t, dir)), auto.WorkDir(dir), auto.PulumiHome(filepath.Join(dir, "home")), auto.SecretsProvider("passphrase"),
		auto.EnvVars(map[string]string{
			"PULUMI_DEBUG_PROVIDERS": providers, "PULUMI_CONFIG_PASSPHRASE": "sandbox", "PULUMI_SKIP_UPDATE_CHECK": "true",
			"PULUMI_BACKEND_URL": "file://" + dir, "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
		}),
		auto.Stacks(map[string]workspace.ProjectStack{"test": {Config: config.Map{config.MustMakeKey("aws", "region"): config.NewValue("us-east-1")}}}),
		auto.Project(workspace.Project{Name: tokens.PackageName("tenfold"), Runtime: workspace.NewProjectRuntimeInfo("go", nil)}))
	require.NoError(t, err)
	return e
}

// engine gives the Automation API the pinned CLI in the folder layout it wants.
func engine(t *testing.T, dir string) auto.PulumiCommand {
	t.Helper()
	path, err := toolchain.Pulumi(context.Background())
	require.NoError(t, err)
	bin := filepath.Join(dir, "engine", "bin")
	require.NoError(t, os.MkdirAll(bin, 0o700))
	require.NoError(t, os.Symlink(path, filepath.Join(bin, filepath.Base(path))))
	command, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: filepath.Dir(bin)})
	require.NoError(t, err)
	return command
}

// run is what one operation of the engine did.
type run struct {
	err    error
	output string
	// did maps "type name" to the operations, without those that change nothing.
	did map[string][]string
}

// ops are the operations of the run, each once, in alphabetical order.
func (r run) ops() []string {
	seen := map[string]bool{}
	for _, ops := range r.did {
		for _, op := range ops {
			seen[op] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func (e *environment) observe(operation func(chan<- events.EngineEvent, *bytes.Buffer) error) run {
	e.t.Helper()
	r := run{did: map[string][]string{}}
	channel, done := make(chan events.EngineEvent), make(chan struct{})
	go func() {
		defer close(done)
		for event := range channel {
			if out := event.ResOutputsEvent; out != nil && out.Metadata.Op != apitype.OpSame && out.Metadata.Op != apitype.OpRefresh {
				u := resource.URN(out.Metadata.URN)
				if custom := strings.HasPrefix(string(u.Type()), "aws:"); custom {
					key := string(u.Type()) + " " + u.Name()
					r.did[key] = append(r.did[key], string(out.Metadata.Op))
				}
			}
		}
	}()
	var output bytes.Buffer
	r.err = operation(channel, &output)
	<-done
	r.output = output.String()
	if r.err != nil {
		r.output += r.err.Error()
	}
	return r
}

func (e *environment) up(program pulumi.RunFunc) run {
	e.t.Helper()
	e.program = program
	return e.observe(func(channel chan<- events.EngineEvent, output *bytes.Buffer) error {
		_, err := e.stack.Up(context.Background(), optup.EventStreams(channel), optup.ProgressStreams(output), optup.ErrorProgressStreams(output))
		return err
	})
}

// settle brings the program up and checks that a second run finds nothing to do,
// also after a refresh has read everything back.
func (e *environment) settle(program pulumi.RunFunc) run {
	e.t.Helper()
	first := e.up(program)
	require.NoError(e.t, first.err, first.output)
	refreshed := e.observe(func(channel chan<- events.EngineEvent, output *bytes.Buffer) error {
		_, err := e.stack.Refresh(context.Background(), optrefresh.EventStreams(channel), optrefresh.ProgressStreams(output), optrefresh.ErrorProgressStreams(output))
		return err
	})
	require.NoError(e.t, refreshed.err, refreshed.output)
	again := e.up(program)
	require.NoError(e.t, again.err, again.output)
	require.Empty(e.t, again.did, "a second run changes nothing")
	return first
}

// state is what the backend stores.
func (e *environment) state() string {
	e.t.Helper()
	stored, err := os.ReadFile(filepath.Join(e.dir, ".pulumi", "stacks", "tenfold", "test.json"))
	require.NoError(e.t, err)
	return string(stored)
}

func (e *environment) destroy() run {
	e.t.Helper()
	return e.observe(func(channel chan<- events.EngineEvent, output *bytes.Buffer) error {
		_, err := e.stack.Destroy(context.Background(), optdestroy.EventStreams(channel), optdestroy.ProgressStreams(output), optdestroy.ErrorProgressStreams(output))
		return err
	})
}
