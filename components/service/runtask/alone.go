package runtask

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// takeOver returns the task that a run which was killed left behind, if it does
// what this one would do, and waits for the end of every other. It returns no ARN
// when a task has to be started.
func (r *Runner) takeOver(ctx context.Context, t Task) (string, error) {
	if !t.Alone {
		return "", nil
	}
	for {
		left, err := r.leftBehind(ctx, t)
		if err != nil || len(left) == 0 {
			return "", err
		}
		// Several run only when somebody started one by hand: no choice among
		// them would be right. Nor is one that is being stopped.
		if len(left) == 1 && t.same(left[0]) && aws.ToString(left[0].DesiredStatus) != "STOPPED" {
			return aws.ToString(left[0].TaskArn), nil
		}
		if err := r.outwait(ctx, t, aws.ToString(left[0].TaskArn)); err != nil {
			return "", err
		}
	}
}

// outwait waits for the end of a task of an earlier run, which it never stops.
func (r *Runner) outwait(ctx context.Context, t Task, other string) error {
	if t.Waiting != nil {
		t.Waiting(other)
	}
	limited, cancel := t.limit(ctx)
	defer cancel()
	_, err := r.wait(limited, t.Cluster, other, nil)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return fmt.Errorf("did not start: task %s, which an earlier run started, still runs after %s; wait for its end or stop it, and run again", other, t.Limit)
	}
	if err != nil {
		return fmt.Errorf("did not start: waiting for the end of task %s, which an earlier run started: %w", other, err)
	}
	return nil
}

// leftBehind are the tasks of the same StartedBy that have not ended. ECS lists
// those that are being stopped apart, and takes no other filter beside StartedBy.
func (r *Runner) leftBehind(ctx context.Context, t Task) ([]types.Task, error) {
	family, _, _ := strings.Cut(ID(t.Definition), ":")
	var left []types.Task
	for _, in := range []*ecs.ListTasksInput{
		{Cluster: aws.String(t.Cluster), StartedBy: aws.String(t.StartedBy)},
		{Cluster: aws.String(t.Cluster), Family: aws.String(family), DesiredStatus: types.DesiredStatusStopped},
	} {
		for pages := ecs.NewListTasksPaginator(r.ECS, in); pages.HasMorePages(); {
			listed, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("looking for tasks that an earlier run left: %w", err)
			}
			if len(listed.TaskArns) == 0 {
				continue
			}
			described, err := r.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String(t.Cluster), Tasks: listed.TaskArns})
			if err != nil {
				return nil, fmt.Errorf("looking at tasks that an earlier run left: %w", err)
			}
			left = append(left, slices.DeleteFunc(described.Tasks, func(other types.Task) bool {
				return aws.ToString(other.LastStatus) == "STOPPED" || aws.ToString(other.StartedBy) != t.StartedBy
			})...)
		}
	}
	return left, nil
}

// same tells whether a task runs the same revision with the same command.
func (t Task) same(other types.Task) bool {
	if ID(aws.ToString(other.TaskDefinitionArn)) != ID(t.Definition) {
		return false
	}
	var command []string
	if other.Overrides != nil {
		for _, c := range other.Overrides.ContainerOverrides {
			if aws.ToString(c.Name) == t.Container {
				command = c.Command
			}
		}
	}
	return slices.Equal(command, t.Command)
}
