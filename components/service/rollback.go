package service

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// rolledBack tells from what the provider read after a deployment whether ECS
// went back. To AWS, and so to the provider, a rollback is a deployment that
// ended well: the service is steady. But the revision it runs is not the one
// that was asked for.
//
// A forced deployment of the revision that already runs cannot be told apart
// this way; going back from it changes nothing.
func rolledBack(args *pulumi.ResourceHookArgs, name, logGroup string) error {
	wanted, running := text(args.NewInputs, "taskDefinition"), text(args.NewOutputs, "taskDefinition")
	if wanted == "" || running == "" || revision(wanted) == revision(running) {
		return nil
	}
	return fmt.Errorf("service %q was rolled back: ECS runs %s again, not %s, because new tasks did not become healthy or a deployment alarm fired; "+
		"see the events and stopped tasks of ECS service %s in cluster %s and the log group %s, and deploy a fixed revision",
		name, revision(running), revision(wanted), text(args.NewOutputs, "name"), last(text(args.NewOutputs, "cluster"), "/"), logGroup)
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

// revision is family:revision, of an ARN or as it is.
func revision(taskDefinition string) string { return last(taskDefinition, "/") }

func last(s, separator string) string { return s[strings.LastIndex(s, separator)+1:] }
