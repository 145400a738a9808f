package runtask

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// follower hands on what a container writes. The one that is nil follows nothing.
type follower struct {
	logs          Logs
	group, stream string
	output        func(string)
	// next is where the log goes on, nil before its first line.
	next *string
}

func (r *Runner) follow(t Task, arn string) *follower {
	if t.Output == nil || t.LogGroup == "" {
		return nil
	}
	return &follower{logs: r.Logs, group: t.LogGroup, stream: streamOf(t.Container, arn), output: t.Output}
}

// read hands on the lines that are new. A log that is not there yet, or cannot be
// read just now, is read the next time.
func (f *follower) read(ctx context.Context) {
	if f == nil {
		return
	}
	for {
		out, err := f.logs.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
			LogGroupName: aws.String(f.group), LogStreamName: aws.String(f.stream), StartFromHead: aws.Bool(true), NextToken: f.next,
		})
		if err != nil {
			return
		}
		for _, e := range out.Events {
			f.output(aws.ToString(e.Message))
		}
		// At the end of the log, AWS answers with the place it was asked about.
		end := f.next != nil && aws.ToString(out.NextForwardToken) == aws.ToString(f.next)
		f.next = out.NextForwardToken
		if end || f.next == nil {
			return
		}
	}
}

// rest hands on the lines that arrive after the end of the task: CloudWatch Logs
// is some seconds behind.
func (r *Runner) rest(ctx context.Context, f *follower) {
	if f == nil || rest(ctx, r.Pause) != nil {
		return
	}
	f.read(ctx)
}

// streamOf is the log stream of a container of a task.
func streamOf(container, task string) string { return "task/" + container + "/" + ID(task) }
