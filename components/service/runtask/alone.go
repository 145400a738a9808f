package runtask

import (
	"context"
	"fmt"
	"slices"

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
		// them would be right.
		if len(left) == 1 && t.same(left[0]) {
			return aws.ToString(left[0].TaskArn), nil
		}
		if _, err := r.wait(ctx, t.Cluster, aws.ToString(left[0].TaskArn), nil); err != nil {
			return "", fmt.Errorf("waiting for the end of task %s, which an earlier run started: %w", aws.ToString(left[0].TaskArn), err)
		}
	}
}

// leftBehind are the tasks of the same StartedBy that have not stopped.
func (r *Runner) leftBehind(ctx context.Context, t Task) ([]types.Task, error) {
	listed, err := r.ECS.ListTasks(ctx, &ecs.ListTasksInput{
		Cluster: aws.String(t.Cluster), StartedBy: aws.String(t.StartedBy), DesiredStatus: types.DesiredStatusRunning,
	})
	if err != nil {
		return nil, fmt.Errorf("looking for tasks that an earlier run left: %w", err)
	}
	if len(listed.TaskArns) == 0 {
		return nil, nil
	}
	described, err := r.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String(t.Cluster), Tasks: listed.TaskArns})
	if err != nil {
		return nil, fmt.Errorf("looking at tasks that an earlier run left: %w", err)
	}
	return slices.DeleteFunc(described.Tasks, func(task types.Task) bool { return aws.ToString(task.LastStatus) == "STOPPED" }), nil
}

// same tells whether a task runs the same revision with the same command.
func (t Task) same(other types.Task) bool {
	if last(aws.ToString(other.TaskDefinitionArn)) != last(t.Definition) {
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
