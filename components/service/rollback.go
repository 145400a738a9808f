package service

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/service/deployment"
	"github.com/tenfold-iac/tenfold/components/service/runtask"
)

// watcher looks at how ECS ended a deployment.
type watcher struct {
	service, logGroup string
	// limit is how long ECS may take to decide.
	limit time.Duration
	// reader asks ECS.
	reader func(context.Context) (*deployment.Reader, error)
	// tell shows how it goes on, and fail what went wrong.
	tell, fail func(text string)
	// mark is where the service stood before, nil until it is known.
	mark atomic.Pointer[deployment.Mark]
}

// explaining is how long ECS is asked for where a service stands, and for reasons.
const explaining = 30 * time.Second

// before notes where the service stands. If it cannot be told, nobody could tell
// afterwards how the deployment went, so nothing is deployed.
func (w *watcher) before(ctx context.Context, args *pulumi.ResourceHookArgs) error {
	ctx, cancel := context.WithTimeout(ctx, explaining)
	defer cancel()
	reader, err := w.reader(ctx)
	if err == nil {
		var mark deployment.Mark
		mark, err = reader.Mark(ctx, w.of(args.NewInputs, ""))
		w.mark.Store(&mark)
	}
	if err != nil {
		return fmt.Errorf("service %q stays as it is: nobody could tell whether ECS goes back from this deployment: %w; "+
			"whoever deploys needs ecs:ListServiceDeployments, or set AcceptRollback to the reason why a rollback may go unseen", w.service, err)
	}
	return nil
}

// after waits until ECS has decided on the deployment and tells whether it went
// back. To AWS, and so to the provider, a rollback is a deployment that ended
// well: the service is steady. And the provider returns when all tasks are new,
// while ECS goes on to watch the alarms.
func (w *watcher) after(ctx context.Context, args *pulumi.ResourceHookArgs) error {
	wanted, running := text(args.NewInputs, "taskDefinition"), text(args.NewOutputs, "taskDefinition")
	s := w.of(args.NewOutputs, wanted)
	reader, err := w.reader(ctx)
	if err != nil {
		return w.unknown(s, err)
	}
	ended, err := w.follow(ctx, reader, s)
	back := wanted != "" && running != "" && runtask.ID(wanted) != runtask.ID(running)
	switch {
	case ended.Failed() || back:
		return w.rolledBack(ctx, reader, s, ended, running)
	case err != nil:
		return w.unknown(s, err)
	}
	return nil
}

// follow waits for ECS to decide.
func (w *watcher) follow(ctx context.Context, reader *deployment.Reader, s deployment.Service) (deployment.Deployment, error) {
	mark := w.mark.Load()
	if mark == nil {
		return deployment.Deployment{}, errors.New("where it stood before is not known")
	}
	limited, cancel := context.WithTimeout(ctx, w.limit)
	defer cancel()
	ended, err := reader.Follow(limited, s, *mark, func() {
		w.tell("all tasks are new; ECS still watches the deployment, which takes some minutes if it has alarms")
	})
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		err = fmt.Errorf("%w (waited for %s, the DeployTimeout)", err, w.limit)
	}
	return ended, err
}

// unknown is the error when nobody can tell how the deployment went.
func (w *watcher) unknown(s deployment.Service, err error) error {
	return fmt.Errorf("service %q was deployed, and nobody can tell whether ECS goes back from %s: %w; see ECS service %s in cluster %s",
		w.service, runtask.ID(s.Definition), err, s.Name, runtask.ID(s.Cluster))
}

// rolledBack tells what ECS runs now instead, and why. Seen is the revision that
// the provider saw running.
func (w *watcher) rolledBack(ctx context.Context, reader *deployment.Reader, s deployment.Service, ended deployment.Deployment, seen string) error {
	ctx, cancel := context.WithTimeout(ctx, explaining)
	defer cancel()
	running, unread := reader.Running(ctx, s)
	if running == "" {
		running = seen
	}
	finding, unasked := reader.Why(ctx, s, ended)
	err := fmt.Errorf("service %q %s: %s; %s; see %s, and deploy a fixed revision", w.service, outcome(ended.Status), standing(s.Definition, running),
		because(finding.Why, errors.Join(unread, unasked)), w.places(s))
	if runtask.ID(seen) == runtask.ID(s.Definition) {
		// The state holds what the provider saw.
		err = fmt.Errorf("%w, or the same one again with pulumi up --refresh", err)
	}
	return withLines(err, finding.Lines)
}

// outcome is how a deployment failed; without a status, the service runs another
// revision than it was to.
func outcome(status types.ServiceDeploymentStatus) string {
	switch status {
	case types.ServiceDeploymentStatusRollbackFailed:
		return "could be neither deployed nor rolled back"
	case types.ServiceDeploymentStatusStopped:
		return "was not deployed to the end: its deployment was stopped"
	default:
		return "was rolled back"
	}
}

// standing is what runs now.
func standing(wanted, running string) string {
	if runtask.ID(running) == runtask.ID(wanted) {
		return "ECS runs " + runtask.ID(running) + " with the settings of before"
	}
	return fmt.Sprintf("ECS runs %s again, not %s", runtask.ID(running), runtask.ID(wanted))
}

// because is the reason as far as it is known.
func because(why string, unasked error) string {
	if why == "" {
		why = "new tasks did not become healthy or a deployment alarm fired"
	}
	if unasked != nil {
		why += fmt.Sprintf(" (ECS could not be asked for more: %v)", unasked)
	}
	return why
}

// explain adds what ECS knows to the error of a provider that gave up waiting, as
// it does when no task of a first deployment becomes healthy. It never has the
// engine try again.
func (w *watcher) explain(ctx context.Context, args *pulumi.ErrorHookArgs) (bool, error) {
	mark := w.mark.Load()
	if mark == nil || args.FailedOperation == "delete" {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, explaining)
	defer cancel()
	s := w.of(args.NewInputs, text(args.NewInputs, "taskDefinition"))
	reader, err := w.reader(ctx)
	if err != nil {
		return false, nil
	}
	begun, err := reader.Newest(ctx, s, *mark)
	if err != nil || begun.ARN == "" {
		return false, nil
	}
	finding, unasked := reader.Why(ctx, s, begun)
	err = fmt.Errorf("service %q did not become steady: its deployment is %s; %s; see %s", w.service, begun.Status, because(finding.Why, unasked), w.places(s))
	w.fail(withLines(err, finding.Lines).Error())
	return false, nil
}

// of is the service as the engine knows it.
func (w *watcher) of(properties resource.PropertyMap, definition string) deployment.Service {
	return deployment.Service{
		Cluster: text(properties, "cluster"), Name: text(properties, "name"), Definition: definition, Container: w.service, LogGroup: w.logGroup,
	}
}

// places are where people look next.
func (w *watcher) places(s deployment.Service) string {
	return fmt.Sprintf("the events and stopped tasks of ECS service %s in cluster %s and the log group %s", s.Name, runtask.ID(s.Cluster), w.logGroup)
}

// withLines ends an error with the last lines of a container.
func withLines(err error, lines []string) error {
	if len(lines) == 0 {
		return err
	}
	return fmt.Errorf("%w; its last lines:\n%s", err, strings.Join(lines, "\n"))
}

// text is a property that holds text, plain or secret; empty when there is none.
func text(properties resource.PropertyMap, key resource.PropertyKey) string {
	v := properties[key]
	for {
		switch {
		case v.IsSecret():
			v = v.SecretValue().Element
		case v.IsOutput() && v.OutputValue().Known:
			v = v.OutputValue().Element
		case v.IsString():
			return v.StringValue()
		default:
			return ""
		}
	}
}
