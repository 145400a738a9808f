// Package enginetest runs the real Pulumi engine against the offline cloud.
package enginetest

import (
	"context"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox"
	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
	"github.com/tenfold-iac/tenfold/internal/stacktest"
)

// region is where the tests run.
const region = "eu-west-1"

// project is a stack over an offline cloud.
type project struct {
	t      *testing.T
	server *sandbox.Server
	stack  *stacktest.Stack
}

// newProject starts a project with an empty account.
func newProject(t *testing.T) *project {
	t.Helper()
	t.Parallel()
	p := &project{t: t}
	p.open(stacktest.Options{})
	return p
}

func (p *project) open(o stacktest.Options) {
	p.t.Helper()
	o.Region, o.Log = region, p
	p.stack = stacktest.New(p.t, o)
	p.server = p.stack.Cloud
}

// reopen starts the cloud of a project again after its end.
func (p *project) reopen() {
	p.t.Helper()
	p.open(stacktest.Options{Dir: p.stack.Dir})
}

// newStack is another stack over the same account.
func newStack(t *testing.T, p *project, name string) *project {
	t.Helper()
	other := &project{t: t}
	other.open(stacktest.Options{Name: name, Dir: p.stack.Dir, Cloud: p.server})
	return other
}

// Write logs a line of the sandbox as a line of the test.
func (p *project) Write(line []byte) (int, error) {
	p.t.Log(strings.TrimSpace(string(line)))
	return len(line), nil
}

func (p *project) setConfig(key, value string) {
	p.t.Helper()
	require.NoError(p.t, p.stack.SetConfig(context.Background(), key, auto.ConfigValue{Value: value}))
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

func ran(r stacktest.Run) run {
	seen := run{err: r.Err, output: r.Output, steps: map[string][]string{}, Outputs: r.Outputs}
	for _, s := range r.Steps {
		step := string(s.Op)
		if previous := seen.steps[s.Name]; len(previous) > 0 && previous[len(previous)-1] == step {
			continue
		}
		seen.steps[s.Name] = append(seen.steps[s.Name], step)
		seen.order = append(seen.order, step+" "+s.Name)
	}
	return seen
}

// failed asserts that the run failed and said text.
func (r run) failed(t *testing.T, text string) {
	t.Helper()
	require.Error(t, r.err)
	require.Contains(t, r.output, text)
}

func (p *project) up(program pulumi.RunFunc) run {
	p.t.Helper()
	return ran(p.stack.Up(program))
}

func (p *project) preview(program pulumi.RunFunc) run {
	p.t.Helper()
	return ran(p.stack.Preview(program))
}

func (p *project) refresh() run {
	p.t.Helper()
	return ran(p.stack.Refresh())
}

func (p *project) destroy() run {
	p.t.Helper()
	return ran(p.stack.Destroy())
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
