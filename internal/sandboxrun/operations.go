package sandboxrun

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// Run says how an operation runs and where the engine reports.
type Run struct {
	// Progress receives what the engine prints.
	Progress io.Writer
	// Color says whether to colour it.
	Color bool
	// PolicyPacks are checked during Up and Preview, by path.
	PolicyPacks []string
	// Refresh asks the cloud for the real state before Up and Preview.
	Refresh bool
	// Diff shows each changed property.
	Diff bool
	// ExpectNoChanges makes any change a failure.
	ExpectNoChanges bool
	// Event is called with each engine event, in order. Default: not at all.
	Event func(apitype.EngineEvent)
}

func (r Run) color() string {
	if r.Color {
		return "always"
	}
	return "never"
}

// Up makes the account match the program and returns the stack's outputs.
func (s *Sandbox) Up(ctx context.Context, run Run) (auto.OutputMap, error) {
	options := []optup.Option{
		optup.ProgressStreams(run.Progress), optup.ErrorProgressStreams(run.Progress),
		optup.Color(run.color()), optup.PolicyPacks(run.PolicyPacks...), optup.SuppressOutputs(),
	}
	if run.Refresh {
		options = append(options, optup.Refresh())
	}
	if run.Diff {
		options = append(options, optup.Diff())
	}
	if run.ExpectNoChanges {
		options = append(options, optup.ExpectNoChanges())
	}
	var outputs auto.OutputMap
	err := s.operate(ctx, "up", run, func(stream chan<- events.EngineEvent) error {
		if stream != nil {
			options = append(options, optup.EventStreams(stream))
		}
		result, err := s.stack.Up(ctx, options...)
		outputs = result.Outputs
		return err
	})
	return outputs, err
}

// Preview shows what Up would do.
func (s *Sandbox) Preview(ctx context.Context, run Run) error {
	options := []optpreview.Option{
		optpreview.ProgressStreams(run.Progress), optpreview.ErrorProgressStreams(run.Progress),
		optpreview.Color(run.color()), optpreview.PolicyPacks(run.PolicyPacks...),
	}
	if run.Refresh {
		options = append(options, optpreview.Refresh())
	}
	if run.Diff {
		options = append(options, optpreview.Diff())
	}
	if run.ExpectNoChanges {
		options = append(options, optpreview.ExpectNoChanges())
	}
	return s.operate(ctx, "preview", run, func(stream chan<- events.EngineEvent) error {
		if stream != nil {
			options = append(options, optpreview.EventStreams(stream))
		}
		_, err := s.stack.Preview(ctx, options...)
		return err
	})
}

// Refresh reads every resource from the account and records what it finds.
func (s *Sandbox) Refresh(ctx context.Context, run Run) error {
	options := []optrefresh.Option{
		optrefresh.ProgressStreams(run.Progress), optrefresh.ErrorProgressStreams(run.Progress),
		optrefresh.Color(run.color()),
	}
	if run.Diff {
		options = append(options, optrefresh.Diff())
	}
	if run.ExpectNoChanges {
		options = append(options, optrefresh.ExpectNoChanges())
	}
	return s.operate(ctx, "refresh", run, func(stream chan<- events.EngineEvent) error {
		if stream != nil {
			options = append(options, optrefresh.EventStreams(stream))
		}
		_, err := s.stack.Refresh(ctx, options...)
		return err
	})
}

// Destroy deletes everything the stack created.
func (s *Sandbox) Destroy(ctx context.Context, run Run) error {
	options := []optdestroy.Option{
		optdestroy.ProgressStreams(run.Progress), optdestroy.ErrorProgressStreams(run.Progress),
		optdestroy.Color(run.color()), optdestroy.SuppressOutputs(),
	}
	if run.Refresh {
		options = append(options, optdestroy.Refresh())
	}
	return s.operate(ctx, "destroy", run, func(stream chan<- events.EngineEvent) error {
		if stream != nil {
			options = append(options, optdestroy.EventStreams(stream))
		}
		_, err := s.stack.Destroy(ctx, options...)
		return err
	})
}

// operate runs an engine operation with its event stream, and turns its failure
// into one line: the engine has already printed the reasons.
func (s *Sandbox) operate(ctx context.Context, verb string, run Run, do func(chan<- events.EngineEvent) error) error {
	var stream chan events.EngineEvent
	delivered := make(chan struct{})
	returned := make(chan struct{})
	if run.Event == nil {
		close(delivered)
	} else {
		stream = make(chan events.EngineEvent)
		go func() {
			defer close(delivered)
			deliver(stream, returned, run.Event)
		}()
	}
	detach := s.attachSDK()
	err := do(stream)
	detach()
	close(returned)
	<-delivered
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s of %s was stopped; the account and the state hold what was done, and the next run goes on from there", verb, s.options.Stack)
	case run.Progress == io.Discard:
		return fmt.Errorf("%s of %s failed: %w", verb, s.options.Stack, err)
	default:
		return &FailedError{Verb: verb, Stack: s.options.Stack, cause: err}
	}
}

// deliver hands on events until the stream is closed. The stream of an engine
// that never started is not closed, so the operation's return ends it as well;
// by then no event is under way.
func deliver(stream <-chan events.EngineEvent, returned <-chan struct{}, event func(apitype.EngineEvent)) {
	for {
		select {
		case e, open := <-stream:
			if !open {
				return
			}
			if e.Error == nil {
				event(e.EngineEvent)
			}
		case <-returned:
			return
		}
	}
}

// FailedError is the failure of an engine operation whose reasons the engine
// has printed.
type FailedError struct {
	// Verb is the operation and Stack the stack it ran on.
	Verb, Stack string
	cause       error
}

func (e *FailedError) Error() string {
	return fmt.Sprintf("%s of %s failed; the reasons are above", e.Verb, e.Stack)
}

// Unwrap returns what the Automation API reported, with the engine's output.
func (e *FailedError) Unwrap() error { return e.cause }

// IsFailed reports whether an error is a failure the engine has explained.
func IsFailed(err error) bool {
	var failed *FailedError
	return errors.As(err, &failed)
}
