package lifecycle

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox"
	"github.com/tenfold-iac/tenfold/internal/stacktest"
)

// environment is a stack with an offline cloud of its own.
type environment struct {
	t     *testing.T
	cloud *sandbox.Server
	stack *stacktest.Stack
}

func newEnvironment(t *testing.T) *environment {
	t.Helper()
	t.Parallel()
	stack := stacktest.New(t, stacktest.Options{})
	return &environment{t: t, cloud: stack.Cloud, stack: stack}
}

// run is what one operation of the engine did.
type run struct {
	err    error
	output string
	// did maps "type name" of a resource of AWS to the operations that change it.
	did map[string][]string
}

func ran(r stacktest.Run) run {
	seen := run{err: r.Err, output: r.Output, did: map[string][]string{}}
	for _, s := range r.Steps {
		if s.Op != apitype.OpRefresh && strings.HasPrefix(s.Type, "aws:") {
			key := s.Type + " " + s.Name
			seen.did[key] = append(seen.did[key], string(s.Op))
		}
	}
	return seen
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

func (e *environment) up(program pulumi.RunFunc) run {
	e.t.Helper()
	return ran(e.stack.Up(program))
}

// settle brings the program up and checks that a second run finds nothing to do,
// also after a refresh has read everything back.
func (e *environment) settle(program pulumi.RunFunc) run {
	e.t.Helper()
	first := e.up(program)
	require.NoError(e.t, first.err, first.output)
	refreshed := e.stack.Refresh()
	require.NoError(e.t, refreshed.Err, refreshed.Output)
	again := e.up(program)
	require.NoError(e.t, again.err, again.output)
	require.Empty(e.t, again.did, "a second run changes nothing")
	return first
}

func (e *environment) destroy() run {
	e.t.Helper()
	return ran(e.stack.Destroy())
}
