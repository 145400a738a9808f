package service

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/service/deployment"
	"github.com/tenfold-iac/tenfold/components/service/runtask"
)

// watcher looks at what the provider read after a deployment.
type watcher struct {
	service, logGroup string
	// why asks ECS why it went back from a revision.
	why func(context.Context, deployment.Service) (deployment.Finding, error)
}

// explaining is how long ECS is asked at most: the verdict is known without it.
const explaining = 30 * time.Second

// rolledBack tells from what the provider read after a deployment whether ECS
// went back. To AWS, and so to the provider, a rollback is a deployment that
// ended well: the service is steady. But the revision it runs is not the one
// that was asked for.
//
// It looks once. A rollback that ECS decides on after the provider returned, and
// one of an update that kept the revision, cannot be told this way.
func (w watcher) rolledBack(ctx context.Context, args *pulumi.ResourceHookArgs) error {
	wanted, running := text(args.NewInputs, "taskDefinition"), text(args.NewOutputs, "taskDefinition")
	if wanted == "" || running == "" || runtask.ID(wanted) == runtask.ID(running) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, explaining)
	defer cancel()
	found := deployment.Service{
		Cluster: text(args.NewOutputs, "cluster"), Name: text(args.NewOutputs, "name"), Definition: wanted, Container: w.service, LogGroup: w.logGroup,
	}
	finding, unasked := w.why(ctx, found)
	why := finding.Why
	if why == "" {
		why = "new tasks did not become healthy or a deployment alarm fired"
	}
	if unasked != nil {
		why += fmt.Sprintf(" (ECS could not be asked for more: %v)", unasked)
	}
	err := fmt.Errorf("service %q was rolled back: ECS runs %s again, not %s; %s; "+
		"see the events and stopped tasks of ECS service %s in cluster %s and the log group %s, and deploy a fixed revision",
		w.service, runtask.ID(running), runtask.ID(wanted), why, found.Name, runtask.ID(found.Cluster), w.logGroup)
	return withLines(err, finding.Lines)
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
