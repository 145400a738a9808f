package enginetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox"
	"github.com/tenfold-iac/tenfold/internal/stacktest"
)

// engine is a stack over an offline cloud of its own.
type engine struct {
	t      *testing.T
	stack  *stacktest.Stack
	server *sandbox.Server
}

func start(t *testing.T) *engine {
	t.Helper()
	stack := stacktest.New(t, stacktest.Options{})
	// The program, and with it the hooks, runs in this process.
	for _, kv := range stack.Cloud.SDKEnv() {
		name, value, _ := strings.Cut(kv, "=")
		t.Setenv(name, value)
	}
	return &engine{t: t, stack: stack, server: stack.Cloud}
}

// run is what one operation of the engine did.
type run struct {
	err    error
	output string
	// steps are "operation type name", without those of components.
	steps []string
}

func ran(r stacktest.Run) run {
	seen := run{err: r.Err, output: r.Output}
	for _, s := range r.Steps {
		if !strings.HasPrefix(s.Type, "tenfold:") {
			seen.steps = append(seen.steps, string(s.Op)+" "+s.Type+" "+s.Name)
		}
	}
	return seen
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

// up deploys and fails the test unless that works.
func (e *engine) up(program pulumi.RunFunc, options ...optup.Option) run {
	e.t.Helper()
	return e.worked(e.try(program, options...))
}

// try deploys a program that may fail.
func (e *engine) try(program pulumi.RunFunc, options ...optup.Option) run {
	e.t.Helper()
	return ran(e.stack.Up(program, options...))
}

// preview plans a program and fails the test unless that works.
func (e *engine) preview(program pulumi.RunFunc) run {
	e.t.Helper()
	return e.worked(e.plans(program))
}

// plans plans a program that may be refused.
func (e *engine) plans(program pulumi.RunFunc) run {
	e.t.Helper()
	return ran(e.stack.Preview(program))
}

func (e *engine) destroy() run {
	e.t.Helper()
	return e.worked(ran(e.stack.Destroy()))
}

func (e *engine) worked(r run) run {
	e.t.Helper()
	require.NoError(e.t, r.err, r.output)
	return r
}
