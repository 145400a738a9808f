// Package stacktest runs programs of tests with the real Pulumi engine over an
// offline cloud.
package stacktest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
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
	"github.com/tenfold-iac/tenfold/internal/toolchain"
)

// project is the name of the Pulumi project of every stack.
const project = "tenfold"

// Options say which stack it is and where its account is.
type Options struct {
	// Name is the name of the stack. Default: test.
	Name string
	// Region is the region of the default provider. Default: us-east-1.
	Region string
	// Dir holds state and account, and may have been used before. Default: a folder
	// of the test.
	Dir string
	// Cloud is the offline cloud, as of another stack. Default: one of its own,
	// which ends with the test.
	Cloud *sandbox.Server
	// Log receives a line for each operation of a cloud of its own. Default: none.
	Log io.Writer
}

// Stack is a stack that a test deploys. It is not for concurrent use.
type Stack struct {
	auto.Stack
	Cloud *sandbox.Server
	Dir   string

	t       *testing.T
	mutex   sync.Mutex // the engine calls the program from another goroutine
	program pulumi.RunFunc
}

// New makes a stack. It ends the test when it cannot.
func New(t *testing.T, o Options) *Stack {
	t.Helper()
	if o.Name == "" {
		o.Name = "test"
	}
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	if o.Cloud == nil {
		cloud, err := sandbox.Start(context.Background(), sandbox.Options{Account: filepath.Join(o.Dir, "account"), Seed: "test", Region: o.Region, Log: o.Log})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, cloud.Close()) })
		o.Cloud = cloud
	}
	s := &Stack{t: t, Dir: o.Dir, Cloud: o.Cloud}
	stack, err := auto.UpsertStackInlineSource(context.Background(), o.Name, project, s.run,
		auto.Pulumi(s.command()), auto.WorkDir(s.Dir), auto.PulumiHome(filepath.Join(s.Dir, "home")), auto.SecretsProvider("passphrase"), auto.EnvVars(s.env()),
		auto.Stacks(map[string]workspace.ProjectStack{o.Name: {Config: config.Map{config.MustMakeKey("aws", "region"): config.NewValue(o.Region)}}}),
		auto.Project(workspace.Project{Name: tokens.PackageName(project), Runtime: workspace.NewProjectRuntimeInfo("go", nil)}))
	require.NoError(t, err)
	s.Stack = stack
	return s
}

func (s *Stack) run(ctx *pulumi.Context) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.program(ctx)
}

func (s *Stack) set(program pulumi.RunFunc) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.program = program
}

// env is the environment of every engine run.
func (s *Stack) env() map[string]string {
	env := map[string]string{
		"PULUMI_CONFIG_PASSPHRASE": "test", "PULUMI_SKIP_UPDATE_CHECK": "true", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
		// Without metadata each file of state is replaced in one step, whenever a test kills the engine.
		"PULUMI_BACKEND_URL": "file://" + filepath.ToSlash(s.Dir) + "?metadata=skip",
	}
	for _, kv := range s.Cloud.Env() {
		name, value, _ := strings.Cut(kv, "=")
		env[name] = value
	}
	return env
}

// command gives the Automation API the pinned engine, in the folder layout it
// wants, behind a script that notes the process to kill.
func (s *Stack) command() auto.PulumiCommand {
	s.t.Helper()
	path, err := toolchain.Pulumi(context.Background())
	require.NoError(s.t, err)
	bin := filepath.Join(s.Dir, "engine", "bin")
	require.NoError(s.t, os.MkdirAll(bin, 0o700))
	script := fmt.Sprintf("#!/bin/sh\necho $$ > '%s'\nexec '%s' \"$@\"\n", s.pidFile(), path)
	// A process that another test starts meanwhile would inherit the open file, and
	// the script could not be run until that one has gone.
	syscall.ForkLock.RLock()
	err = os.WriteFile(filepath.Join(bin, "pulumi"), []byte(script), 0o700)
	syscall.ForkLock.RUnlock()
	require.NoError(s.t, err)
	command, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: filepath.Dir(bin)})
	require.NoError(s.t, err)
	return command
}

func (s *Stack) pidFile() string { return filepath.Join(s.Dir, "engine.pid") }

// Kill kills the engine with SIGKILL.
func (s *Stack) Kill() {
	s.t.Helper()
	text, err := os.ReadFile(s.pidFile())
	require.NoError(s.t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(s.t, err)
	engine, err := os.FindProcess(pid)
	require.NoError(s.t, err)
	require.NoError(s.t, engine.Kill())
}

// State is what the backend stores of the stack.
func (s *Stack) State() string {
	s.t.Helper()
	stored, err := os.ReadFile(filepath.Join(s.Dir, ".pulumi", "stacks", project, s.Name()+".json"))
	require.NoError(s.t, err)
	return string(stored)
}

// Run is what one operation of the engine did.
type Run struct {
	// Err is its error, and Output what it printed, with the error at the end.
	Err    error
	Output string
	// Steps are its steps in the order they ended, or in that of a preview, without
	// what stayed the same and without Pulumi's own resources.
	Steps []Step
	// Outputs are those of the stack after an update.
	Outputs auto.OutputMap
}

// Step is what happened to one resource.
type Step struct {
	Op         apitype.OpType
	Type, Name string
}

func (r *Run) record(event apitype.EngineEvent) {
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
	r.Steps = append(r.Steps, Step{Op: metadata.Op, Type: metadata.Type, Name: metadata.URN[strings.LastIndex(metadata.URN, "::")+2:]})
}

// observe runs an operation of the engine and records its events.
func (s *Stack) observe(operation func(chan<- events.EngineEvent, io.Writer) error) Run {
	s.t.Helper()
	var r Run
	channel, done := make(chan events.EngineEvent), make(chan struct{})
	go func() {
		defer close(done)
		for event := range channel {
			r.record(event.EngineEvent)
		}
	}()
	var output bytes.Buffer
	r.Err = operation(channel, &output)
	<-done
	r.Output = output.String()
	if r.Err != nil {
		r.Output += r.Err.Error()
	}
	return r
}

// Up deploys a program.
func (s *Stack) Up(program pulumi.RunFunc, options ...optup.Option) Run {
	s.t.Helper()
	s.set(program)
	var outputs auto.OutputMap
	r := s.observe(func(channel chan<- events.EngineEvent, output io.Writer) error {
		done, err := s.Stack.Up(context.Background(), append(options, optup.EventStreams(channel), optup.ProgressStreams(output), optup.ErrorProgressStreams(output))...)
		outputs = done.Outputs
		return err
	})
	r.Outputs = outputs
	return r
}

// Preview plans a program.
func (s *Stack) Preview(program pulumi.RunFunc, options ...optpreview.Option) Run {
	s.t.Helper()
	s.set(program)
	return s.observe(func(channel chan<- events.EngineEvent, output io.Writer) error {
		_, err := s.Stack.Preview(context.Background(), append(options, optpreview.EventStreams(channel), optpreview.ProgressStreams(output), optpreview.ErrorProgressStreams(output))...)
		return err
	})
}

// Refresh reads everything back.
func (s *Stack) Refresh() Run {
	s.t.Helper()
	return s.observe(func(channel chan<- events.EngineEvent, output io.Writer) error {
		_, err := s.Stack.Refresh(context.Background(), optrefresh.EventStreams(channel), optrefresh.ProgressStreams(output), optrefresh.ErrorProgressStreams(output))
		return err
	})
}

// Destroy deletes what the stack holds.
func (s *Stack) Destroy() Run {
	s.t.Helper()
	return s.observe(func(channel chan<- events.EngineEvent, output io.Writer) error {
		_, err := s.Stack.Destroy(context.Background(), optdestroy.EventStreams(channel), optdestroy.ProgressStreams(output), optdestroy.ErrorProgressStreams(output))
		return err
	})
}
