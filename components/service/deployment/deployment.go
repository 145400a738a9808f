// Package deployment follows a deployment of a service until ECS has decided on it,
// and asks why it failed: what ECS says of the deployment itself, which alarms
// fired, how the latest task of the revision ended, and the last lines it wrote.
//
// That all tasks are new is no decision yet. ECS watches the deployment alarms for
// some minutes more, and goes back when one fires.
package deployment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/tenfold-iac/tenfold/components/service/runtask"
)

// Service is a service that is deployed.
type Service struct {
	// Cluster and Name are those of ECS.
	Cluster, Name string
	// Definition is the revision it was to run.
	Definition string
	// Container is the container users reach, and LogGroup where it writes to.
	Container, LogGroup string
}

// ECS is the part of the ECS API that is asked.
type ECS interface {
	ListServiceDeployments(context.Context, *ecs.ListServiceDeploymentsInput, ...func(*ecs.Options)) (*ecs.ListServiceDeploymentsOutput, error)
	DescribeServiceDeployments(context.Context, *ecs.DescribeServiceDeploymentsInput, ...func(*ecs.Options)) (*ecs.DescribeServiceDeploymentsOutput, error)
	DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error)
	ListTasks(context.Context, *ecs.ListTasksInput, ...func(*ecs.Options)) (*ecs.ListTasksOutput, error)
	DescribeTasks(context.Context, *ecs.DescribeTasksInput, ...func(*ecs.Options)) (*ecs.DescribeTasksOutput, error)
}

// Reader asks. Whoever deploys needs ecs:ListServiceDeployments, and for the
// reasons ecs:DescribeServiceDeployments, ecs:DescribeServices, ecs:ListTasks,
// ecs:DescribeTasks and logs:GetLogEvents.
type Reader struct {
	ECS  ECS
	Logs runtask.Logs
	// Pause waits between two looks at a deployment. Default: 3 seconds, or less
	// when the context ends.
	Pause func(context.Context) error
}

// NewFromConfig makes a reader with the region and the credentials of a
// configuration.
func NewFromConfig(settings aws.Config) *Reader {
	return &Reader{ECS: ecs.NewFromConfig(settings), Logs: cloudwatchlogs.NewFromConfig(settings)}
}

// Finding is what could be found out.
type Finding struct {
	// Why is in words, without a full stop at the end; empty when ECS says nothing.
	Why string
	// Lines are the last ones that the container of the last task wrote.
	Lines []string
}

// Why asks about a deployment that failed, or, of the zero value, about the tasks
// of the revision only. The error is about what could not be asked; the finding
// holds what could.
func (r *Reader) Why(ctx context.Context, s Service, d Deployment) (Finding, error) {
	reason, first := r.reason(ctx, d)
	end, lines, second := r.lastTask(ctx, s)
	words := slices.DeleteFunc([]string{reason, end}, func(text string) bool { return text == "" })
	return Finding{Why: strings.Join(words, "; "), Lines: lines}, errors.Join(first, second)
}

// reason is what ECS says of a deployment.
func (r *Reader) reason(ctx context.Context, d Deployment) (string, error) {
	if d.ARN == "" {
		return "", nil
	}
	described, err := r.ECS.DescribeServiceDeployments(ctx, &ecs.DescribeServiceDeploymentsInput{ServiceDeploymentArns: []string{d.ARN}})
	if err != nil {
		return "", fmt.Errorf("reading the deployment: %w", err)
	}
	var words []string
	for _, found := range described.ServiceDeployments {
		said := aws.ToString(found.StatusReason)
		// With nothing to go back to, the status tells of that only.
		if found.Rollback != nil && aws.ToString(found.Rollback.Reason) != said {
			said = strings.TrimPrefix(said+" "+aws.ToString(found.Rollback.Reason), " ")
		}
		if said != "" {
			words = append(words, "ECS says: "+strings.TrimSuffix(said, "."))
		}
		if found.Alarms != nil && len(found.Alarms.TriggeredAlarmNames) > 0 {
			words = append(words, "alarms that fired: "+strings.Join(found.Alarms.TriggeredAlarmNames, ", "))
		}
	}
	return strings.Join(words, "; "), nil
}

// Running is the revision that the service runs now.
func (r *Reader) Running(ctx context.Context, s Service) (string, error) {
	described, err := r.ECS.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: aws.String(s.Cluster), Services: []string{s.Name}})
	if err != nil {
		return "", fmt.Errorf("reading the service: %w", err)
	}
	for _, found := range described.Services {
		return aws.ToString(found.TaskDefinition), nil
	}
	return "", nil
}

// lastTask tells how the latest task of the revision ended, and what it wrote.
func (r *Reader) lastTask(ctx context.Context, s Service) (string, []string, error) {
	listed, err := r.ECS.ListTasks(ctx, &ecs.ListTasksInput{
		Cluster: aws.String(s.Cluster), ServiceName: aws.String(s.Name), DesiredStatus: types.DesiredStatusStopped,
	})
	if err != nil {
		return "", nil, fmt.Errorf("listing the stopped tasks: %w", err)
	}
	if len(listed.TaskArns) == 0 {
		return "", nil, nil
	}
	described, err := r.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String(s.Cluster), Tasks: listed.TaskArns})
	if err != nil {
		return "", nil, fmt.Errorf("looking at the stopped tasks: %w", err)
	}
	var latest *types.Task
	for i, t := range described.Tasks {
		if runtask.ID(aws.ToString(t.TaskDefinitionArn)) != runtask.ID(s.Definition) {
			continue
		}
		if latest == nil || aws.ToTime(t.StoppedAt).After(aws.ToTime(latest.StoppedAt)) {
			latest = &described.Tasks[i]
		}
	}
	if latest == nil {
		return "", nil, nil
	}
	end, lines := r.ending(ctx, s, *latest)
	return end, lines, nil
}

// ending puts the end of a task into words. A container that never ran wrote
// nothing.
func (r *Reader) ending(ctx context.Context, s Service, t types.Task) (string, []string) {
	text := fmt.Sprintf("its task %s stopped: %s", runtask.ID(aws.ToString(t.TaskArn)), strings.TrimSuffix(aws.ToString(t.StoppedReason), "."))
	ran := false
	for _, c := range t.Containers {
		switch {
		case c.ExitCode != nil:
			text += fmt.Sprintf(", %s ended with exit code %d", aws.ToString(c.Name), aws.ToInt32(c.ExitCode))
			ran = ran || aws.ToString(c.Name) == s.Container
		case aws.ToString(c.Reason) != "":
			text += fmt.Sprintf(", %s: %s", aws.ToString(c.Name), aws.ToString(c.Reason))
		}
	}
	if !ran {
		return text, nil
	}
	return text, runtask.Output(ctx, r.Logs, s.LogGroup, s.Container, aws.ToString(t.TaskArn))
}
