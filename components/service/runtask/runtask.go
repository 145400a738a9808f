// Package runtask runs one ECS task to its end and tells how it went: its exit
// code, why it stopped, and the last lines it wrote.
//
// ECS itself is fire and forget: starting a task says nothing about its end, and
// a task can start, fail and stop between two looks at it. So a run waits for the
// task to have stopped, and never for it to be running.
package runtask

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Task is what is run.
type Task struct {
	// Cluster is the name or ARN of the cluster.
	Cluster string
	// Definition is the task definition with its revision.
	Definition string
	// Container is the container whose exit code counts.
	Container string
	// Command replaces the container's command. Default: its own.
	Command []string
	// Subnets and SecurityGroups are where the task runs.
	Subnets, SecurityGroups []string
	// PublicAddress gives the task a public address. Default: false.
	PublicAddress bool
	// LogGroup is where the container's output goes, under "task/" and its name.
	LogGroup string
	// StartedBy says in ECS who started the task: at most 128 letters, digits,
	// hyphens, underscores and slashes.
	StartedBy string
	// Limit is how long the task may run once it was started; it is stopped then.
	// Default: as long as the context allows.
	Limit time.Duration
	// Started is called with the ARN of the task that is waited for. Default: not
	// at all.
	Started func(arn string)
	// Output is called with each line of the container while the task runs, and
	// with those that arrive after its end. Default: not at all; the last lines are
	// in the result.
	Output func(line string)
	// Alone keeps a second task of the same StartedBy from running beside this
	// one. A run that was killed leaves its task running: one with the same
	// definition and command is taken over instead of starting another, and the
	// end of any other is waited for first, for Limit at most. Default: false.
	Alone bool
	// Waiting is called with the ARN of such another task. Default: not at all.
	Waiting func(arn string)
}

// Result is how a run went.
type Result struct {
	// TaskARN is the task that ran.
	TaskARN string
	// Ended tells whether the container ran to an end of its own. If not, the
	// task was stopped or never started, and ExitCode means nothing.
	Ended bool
	// ExitCode is the container's exit code.
	ExitCode int
	// Reason is why ECS says the task stopped.
	Reason string
	// Log is the last lines the container wrote, as far as they could be read.
	Log []string
}

// Succeeded tells whether the container ended with exit code 0.
func (r Result) Succeeded() bool { return r.Ended && r.ExitCode == 0 }

// ECS is the part of the ECS API that a run takes.
type ECS interface {
	ListTasks(context.Context, *ecs.ListTasksInput, ...func(*ecs.Options)) (*ecs.ListTasksOutput, error)
	RunTask(context.Context, *ecs.RunTaskInput, ...func(*ecs.Options)) (*ecs.RunTaskOutput, error)
	DescribeTasks(context.Context, *ecs.DescribeTasksInput, ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error)
	StopTask(context.Context, *ecs.StopTaskInput, ...func(*ecs.Options)) (*ecs.StopTaskOutput, error)
}

// Logs is the part of the CloudWatch Logs API that a run takes.
type Logs interface {
	GetLogEvents(context.Context, *cloudwatchlogs.GetLogEventsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.GetLogEventsOutput, error)
}

// Runner runs tasks.
type Runner struct {
	ECS  ECS
	Logs Logs
	// Pause waits between two looks at a task. Default: 3 seconds, or less when
	// the context ends.
	Pause func(context.Context) error
}

// lastLines is how many lines of output a result holds.
const lastLines = 20

// NewFromConfig makes a runner with the region and the credentials of a
// configuration.
func NewFromConfig(settings aws.Config) *Runner {
	return &Runner{ECS: ecs.NewFromConfig(settings), Logs: cloudwatchlogs.NewFromConfig(settings)}
}

// Run starts the task and waits until it has stopped. When the context or the
// Limit ends first, the task is stopped and an error returned with what is known.
// When ECS cannot be asked any longer, the task is left alone and named: it may be
// in the middle of its work. A task that ran and failed is a result, not an error.
func (r *Runner) Run(ctx context.Context, t Task) (Result, error) {
	arn, err := r.takeOver(ctx, t)
	if err == nil && arn == "" {
		arn, err = r.start(ctx, t)
	}
	if err != nil {
		return Result{}, err
	}
	if t.Started != nil {
		t.Started(arn)
	}
	result := Result{TaskARN: arn}
	follow := r.follow(t, arn)
	limited, cancel := t.limit(ctx)
	defer cancel()
	stopped, err := r.wait(limited, t.Cluster, arn, follow)
	if err != nil && limited.Err() != nil {
		return r.giveUp(limited, t, result)
	}
	if err != nil {
		return result, fmt.Errorf("task %s may still run: %w", arn, err)
	}
	r.rest(ctx, follow)
	result.Reason = aws.ToString(stopped.StoppedReason)
	for _, c := range stopped.Containers {
		if aws.ToString(c.Name) == t.Container {
			result.Ended = c.ExitCode != nil
			result.ExitCode = int(aws.ToInt32(c.ExitCode))
			if why := aws.ToString(c.Reason); why != "" {
				result.Reason = strings.TrimPrefix(result.Reason+"; "+why, "; ")
			}
		}
	}
	result.Log = Output(ctx, r.Logs, t.LogGroup, t.Container, arn)
	return result, nil
}

func (r *Runner) start(ctx context.Context, t Task) (string, error) {
	address := types.AssignPublicIpDisabled
	if t.PublicAddress {
		address = types.AssignPublicIpEnabled
	}
	in := &ecs.RunTaskInput{
		Cluster:        aws.String(t.Cluster),
		TaskDefinition: aws.String(t.Definition),
		StartedBy:      aws.String(t.StartedBy),
		CapacityProviderStrategy: []types.CapacityProviderStrategyItem{
			{CapacityProvider: aws.String("FARGATE"), Weight: 1},
		},
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{
			Subnets: t.Subnets, SecurityGroups: t.SecurityGroups, AssignPublicIp: address,
		}},
	}
	if len(t.Command) > 0 {
		in.Overrides = &types.TaskOverride{ContainerOverrides: []types.ContainerOverride{
			{Name: aws.String(t.Container), Command: t.Command},
		}}
	}
	out, err := r.ECS.RunTask(ctx, in)
	if err != nil {
		return "", fmt.Errorf("starting a task of %s: %w", t.Definition, err)
	}
	if len(out.Tasks) == 0 {
		return "", fmt.Errorf("starting a task of %s: %s", t.Definition, failures(out.Failures))
	}
	return aws.ToString(out.Tasks[0].TaskArn), nil
}

// limit is the context of a task that runs.
func (t Task) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if t.Limit == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, t.Limit, fmt.Errorf("took longer than %s", t.Limit))
}

// wait looks at the task until it has stopped, and at its output, if that is
// followed.
func (r *Runner) wait(ctx context.Context, cluster, arn string, follow *follower) (types.Task, error) {
	var stopped types.Task
	err := Poll(ctx, r.Pause, func() (bool, error) {
		out, err := r.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String(cluster), Tasks: []string{arn}})
		if err != nil {
			return false, fmt.Errorf("looking at task %s: %w", arn, err)
		}
		follow.read(ctx)
		// A task that was just started may not be listed yet.
		if len(out.Tasks) != 1 || aws.ToString(out.Tasks[0].LastStatus) != "STOPPED" {
			return false, nil
		}
		stopped = out.Tasks[0]
		return true, nil
	})
	return stopped, err
}

// giveUp stops a task that nobody waits for any longer.
func (r *Runner) giveUp(ended context.Context, t Task, result Result) (Result, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ended), 30*time.Second)
	defer cancel()
	cause := context.Cause(ended)
	if errors.Is(cause, ended.Err()) {
		cause = fmt.Errorf("was interrupted: %w", cause)
	}
	_, err := r.ECS.StopTask(ctx, &ecs.StopTaskInput{
		Cluster: aws.String(t.Cluster), Task: aws.String(result.TaskARN), Reason: aws.String("nobody waits for it any longer"),
	})
	result.Log = Output(ctx, r.Logs, t.LogGroup, t.Container, result.TaskARN)
	if err != nil {
		return result, fmt.Errorf("%w; it could not be stopped and may still run, as task %s: %w", cause, result.TaskARN, err)
	}
	return result, fmt.Errorf("%w; it was told to stop", cause)
}

// Output reads the last lines that a container of a task wrote. What cannot be
// read is said in a line instead: how the task ended is known without it.
func Output(ctx context.Context, logs Logs, group, container, task string) []string {
	if group == "" {
		return nil
	}
	out, err := logs.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName:  aws.String(group),
		LogStreamName: aws.String(streamOf(container, task)),
		Limit:         aws.Int32(lastLines),
		StartFromHead: aws.Bool(false),
	})
	if err != nil {
		return []string{fmt.Sprintf("(its output could not be read: %v)", err)}
	}
	lines := make([]string, 0, len(out.Events))
	for _, e := range out.Events {
		lines = append(lines, aws.ToString(e.Message))
	}
	return lines
}

func failures(all []types.Failure) string {
	reasons := make([]string, 0, len(all))
	for _, f := range all {
		reasons = append(reasons, strings.TrimSpace(aws.ToString(f.Reason)+" "+aws.ToString(f.Detail)))
	}
	if len(reasons) == 0 {
		return "ECS started none and gave no reason"
	}
	return strings.Join(reasons, ", ")
}

// ID is what follows the last slash of an ARN: the id of a task, the name of a
// cluster, the family:revision of a task definition. What has no slash stays as it
// is.
func ID(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
