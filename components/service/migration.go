package service

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/problem"
	"github.com/tenfold-iac/tenfold/components/internal/task"
	"github.com/tenfold-iac/tenfold/components/service/runtask"
)

// Migration is a command that runs once, in a task of the new revision, before
// the service moves to that revision. If it fails, the service stays as it is and
// the run fails with the command's last lines. It never runs in a preview.
//
// A run that fails later runs the command again, so it has to be one that can be
// repeated. Two never run at once: the task of a run that was killed is taken
// over by the next one, or waited for when it runs something else. Whoever deploys
// needs ecs:ListTasks, ecs:RunTask, ecs:DescribeTasks, ecs:StopTask,
// logs:GetLogEvents, and iam:PassRole for the roles of the task.
type Migration struct {
	// Command is what is run in the service's container, with its permissions,
	// variables and secrets. Default: none, nothing runs.
	Command []string
	// Off says why the command is not run for now. Default: it is run.
	Off string
	// Timeout is how long the command may take, with the start of its task: 1 minute
	// to 2 hours. It is told to stop then. The end of each task that an earlier run
	// left is waited for as long; such a task is left alone, and one that is taken
	// over has the whole time again. Default: 15 minutes.
	Timeout time.Duration
	// Runner runs the task. Default: ECS, as Args.AWS says.
	Runner Runner
}

// Runner runs a task to its end, and no longer than its Limit. A *runtask.Runner
// is one.
type Runner interface {
	Run(context.Context, runtask.Task) (runtask.Result, error)
}

func (m Migration) withDefaults() Migration {
	if m.Timeout == 0 {
		m.Timeout = 15 * time.Minute
	}
	return m
}

func (m Migration) check(l *problem.List) {
	l.Check(task.Whole(m.Timeout, 60, 2*3600), "Migration.Timeout must be whole seconds from 1m to 2h, got %s", m.Timeout)
	l.Check(m.Runner == nil || len(m.Command) > 0, "Migration.Runner is set without a Command; name what to run")
	l.Check(m.Off == "" || len(m.Command) > 0, "Migration.Off is set without a Command; there is nothing to switch off")
	l.Check(m.Off == "" || strings.TrimSpace(m.Off) != "", "Migration.Off is blank; say why the command is not run")
}

// gate is the migration of one service.
type gate struct {
	Migration
	service, container, logGroup string
	// tell shows how it goes on.
	tell func(text string)
	// aws is how ECS is reached.
	aws func(context.Context) (aws.Config, error)
}

// before runs the migration when the service is about to move to another
// revision. An error keeps the engine from touching the service.
func (g gate) before(ctx context.Context, args *pulumi.ResourceHookArgs) error {
	revisionToBe := text(args.NewInputs, "taskDefinition")
	if revisionToBe == text(args.OldInputs, "taskDefinition") {
		return nil
	}
	runner := g.Runner
	if runner == nil {
		settings, err := g.aws(ctx)
		if err != nil {
			return fmt.Errorf("service %q: %w", g.service, err)
		}
		runner = runtask.NewFromConfig(settings)
	}
	result, err := runner.Run(ctx, g.task(args.NewInputs, revisionToBe))
	switch {
	case err != nil:
		return g.failed(result, revisionToBe, err.Error())
	case !result.Ended:
		return g.failed(result, revisionToBe, "never ran to an end: "+result.Reason)
	case !result.Succeeded():
		return g.failed(result, revisionToBe, fmt.Sprintf("ended with exit code %d: %s", result.ExitCode, result.Reason))
	}
	return nil
}

// task is the task that runs where the service's own will.
func (g gate) task(inputs resource.PropertyMap, definition string) runtask.Task {
	network := inputs["networkConfiguration"]
	return runtask.Task{
		Cluster: text(inputs, "cluster"), Definition: definition, Container: g.container, Command: g.Command,
		Subnets: texts(network, "subnets"), SecurityGroups: texts(network, "securityGroups"),
		PublicAddress: network.IsObject() && network.ObjectValue()["assignPublicIp"].IsBool() && network.ObjectValue()["assignPublicIp"].BoolValue(),
		LogGroup:      g.logGroup, StartedBy: "tenfold-migration/" + g.service, Alone: true, Limit: g.Timeout,
		Started: func(arn string) {
			g.tell(fmt.Sprintf("the migration runs as task %s; it writes to log group %s", runtask.ID(arn), g.logGroup))
		},
		Waiting: func(arn string) {
			g.tell(fmt.Sprintf("the migration waits for the end of task %s, which an earlier run started, for %s at most", runtask.ID(arn), g.Timeout))
		},
	}
}

func (g gate) failed(result runtask.Result, definition, how string) error {
	err := fmt.Errorf("service %q stays as it is: the migration %q in a task of %s %s", g.service, strings.Join(g.Command, " "), runtask.ID(definition), how)
	if result.TaskARN != "" {
		err = fmt.Errorf("%w; see task %s and log group %s", err, runtask.ID(result.TaskARN), g.logGroup)
	}
	return withLines(err, result.Log)
}

// texts is a list of texts within an object.
func texts(object resource.PropertyValue, key resource.PropertyKey) []string {
	if !object.IsObject() {
		return nil
	}
	list := object.ObjectValue()[key]
	if !list.IsArray() {
		return nil
	}
	var found []string
	for _, v := range list.ArrayValue() {
		found = append(found, text(resource.PropertyMap{"v": v}, "v"))
	}
	return found
}
