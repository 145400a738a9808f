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
	// mark is where the service stood before this run changed it, nil if it did not.
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

// after tells from what the provider read whether ECS went back already. To AWS,
// and so to the provider, a rollback is a deployment that ended well: the service
// is steady. It waits for nothing: as long as a hook runs, the engine saves no
// state, of any resource.
func (w *watcher) after(ctx context.Context, args *pulumi.ResourceHookArgs) error {
	wanted, seen := text(args.NewInputs, "taskDefinition"), text(args.NewOutputs, "taskDefinition")
	if wanted == "" || seen == "" || runtask.ID(wanted) == runtask.ID(seen) {
		return nil
	}
	s := w.of(args.NewOutputs, wanted)
	ctx, cancel := context.WithTimeout(ctx, explaining)
	defer cancel()
	var begun deployment.Deployment
	reader, err := w.reader(ctx)
	if mark := w.mark.Load(); err == nil && mark != nil {
		begun, err = reader.Begun(ctx, s, *mark)
	}
	if reader == nil {
		return fmt.Errorf("service %q does not run %s: ECS runs %s (and could not be asked for more: %w); see %s",
			w.service, runtask.ID(wanted), runtask.ID(seen), err, w.places(s))
	}
	return w.failed(ctx, reader, s, begun, seen, err)
}

// settled waits until ECS has decided on the last deployment of the service,
// whoever began it, and fails if the service is not as it was declared. The
// provider returns when all tasks are new, while ECS goes on to watch the alarms.
func (w *watcher) settled(ctx context.Context, s deployment.Service, seen string) error {
	limited, cancel := context.WithTimeout(ctx, w.limit)
	defer cancel()
	reader, err := w.reader(ctx)
	if err != nil {
		return w.unknown(s, err)
	}
	last, err := reader.Follow(limited, s, w.mark.Load(), func() {
		w.tell("ECS has not decided on the deployment yet; with alarms it watches for some minutes after all tasks are new")
	})
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		err = fmt.Errorf("%w (waited for %s, the DeployTimeout)", err, w.limit)
	}
	if err != nil {
		return w.unknown(s, err)
	}
	if last.Failed() {
		return w.failed(ctx, reader, s, last, seen, nil)
	}
	running, err := reader.Running(ctx, s)
	switch {
	case err != nil:
		return w.unknown(s, err)
	case running != "" && runtask.ID(running) != runtask.ID(s.Definition):
		return fmt.Errorf("service %q runs %s, not %s, though its last deployment ended well: something else deployed it; see ECS service %s in cluster %s, and run pulumi up --refresh to deploy %s",
			w.service, runtask.ID(running), runtask.ID(s.Definition), s.Name, runtask.ID(s.Cluster), runtask.ID(s.Definition))
	}
	return nil
}

// unknown is the error when nobody can tell how the deployment went.
func (w *watcher) unknown(s deployment.Service, err error) error {
	return fmt.Errorf("service %q: nobody can tell whether ECS keeps %s: %w; see ECS service %s in cluster %s, and run again to ask again",
		w.service, runtask.ID(s.Definition), err, s.Name, runtask.ID(s.Cluster))
}

// failed tells what ECS runs now instead, and why. Seen is the revision that the
// provider saw running, which the state holds.
func (w *watcher) failed(ctx context.Context, reader *deployment.Reader, s deployment.Service, ended deployment.Deployment, seen string, unknown error) error {
	ctx, cancel := context.WithTimeout(ctx, explaining)
	defer cancel()
	running, unread := reader.Running(ctx, s)
	if running == "" {
		running = seen
	}
	finding, unasked := reader.Why(ctx, s, ended)
	err := fmt.Errorf("service %q %s: %s; %s; see %s, and deploy a fixed revision", w.service, outcome(ended), standing(ended, s.Definition, running),
		because(finding.Why, errors.Join(unknown, unread, unasked)), w.places(s))
	if runtask.ID(seen) == runtask.ID(s.Definition) {
		err = fmt.Errorf("%w, or the same one again with %s", err, again(s, ended, running))
	}
	return withLines(err, finding.Lines)
}

// outcome is how a deployment failed.
func outcome(ended deployment.Deployment) string {
	switch {
	case ended.ARN == "":
		return "was not deployed: ECS lists no deployment of this update"
	case ended.Status == types.ServiceDeploymentStatusRollbackFailed:
		return "could be neither deployed nor rolled back"
	case ended.Status == types.ServiceDeploymentStatusStopped:
		return "was not deployed to the end: its deployment was stopped"
	case ended.Status == types.ServiceDeploymentStatusSuccessful:
		return "was deployed by something else at the same time"
	default:
		return "was rolled back"
	}
}

// standing is what runs now.
func standing(ended deployment.Deployment, wanted, running string) string {
	switch same, back := runtask.ID(running) == runtask.ID(wanted), ended.Status == types.ServiceDeploymentStatusRollbackSuccessful; {
	case same && back:
		return "ECS runs " + runtask.ID(running) + " with the settings of before"
	case same:
		return "ECS is left with " + runtask.ID(running)
	case back:
		return fmt.Sprintf("ECS runs %s again, not %s", runtask.ID(running), runtask.ID(wanted))
	default:
		return fmt.Sprintf("ECS runs %s, not %s", runtask.ID(running), runtask.ID(wanted))
	}
}

// again is what has the same revision deployed once more when Pulumi believes that
// it is: a refresh finds a difference, unless there is none to find.
func again(s deployment.Service, ended deployment.Deployment, running string) string {
	if runtask.ID(running) == runtask.ID(s.Definition) && ended.Status != types.ServiceDeploymentStatusRollbackSuccessful {
		return fmt.Sprintf("aws ecs update-service --cluster %s --service %s --force-new-deployment", runtask.ID(s.Cluster), s.Name)
	}
	return "pulumi up --refresh"
}

// because is the reason as far as it is known.
func because(why string, unasked error) string {
	if why == "" {
		why = "ECS gives no reason"
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
	begun, err := reader.Begun(ctx, s, *mark)
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
	return w.in(text(properties, "cluster"), text(properties, "name"), definition)
}

// in is the service by its cluster and its name in ECS.
func (w *watcher) in(cluster, name, definition string) deployment.Service {
	return deployment.Service{Cluster: cluster, Name: name, Definition: definition, Container: w.service, LogGroup: w.logGroup}
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
