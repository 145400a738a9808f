package job

import (
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/naming"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
	"github.com/tenfold-iac/tenfold/components/internal/task"
	"github.com/tenfold-iac/tenfold/components/internal/timetable"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

// plan is what validation works out of the arguments.
type plan struct {
	task            task.Plan
	schedule, queue string
}

func (a Args) withDefaults() Args {
	if a.TimeZone == "" {
		a.TimeZone = "UTC"
	}
	if a.Retries == 0 {
		a.Retries = 3
	}
	if a.MaxDelay == 0 {
		a.MaxDelay = time.Hour
	}
	return a
}

// spec is the part of the arguments that describes a task.
func (a Args) spec() task.Spec {
	return task.Spec{
		Cluster: a.Cluster, Network: a.Network, Image: a.Image, MutableImage: a.MutableImage, Command: a.Command,
		Architecture: a.Architecture, CPU: a.CPU, MemoryMiB: a.MemoryMiB, StorageGiB: a.StorageGiB, StopTimeout: a.StopTimeout,
		Uses: a.Uses, Env: a.Env, User: a.User, WritablePaths: a.WritablePaths,
		LogRetentionDays: a.LogRetentionDays, LogKeyARN: a.LogKeyARN, Disposable: a.Disposable,
	}.WithDefaults()
}

// plan checks the arguments and reports everything that is wrong with them.
func (a Args) plan(ctx *pulumi.Context, name string, spec task.Spec) (plan, error) {
	l := problem.Of("job", name)
	p := plan{task: spec.Plan(ctx, name, l)}
	var err error
	p.schedule, err = naming.Physical(ctx, naming.Schedule, name)
	l.Add(err)
	p.queue, err = naming.Physical(ctx, naming.Queue, name+"-failed")
	l.Add(err)
	if a.Schedule != "" {
		if err := timetable.CheckExpression(a.Schedule); err != nil {
			l.Addf("Schedule %w", err)
		}
	}
	if err := timetable.CheckZone(a.TimeZone); err != nil {
		l.Addf("TimeZone %w", err)
	}
	l.Check(a.Window >= 0 && a.Window <= 24*time.Hour && a.Window%time.Minute == 0, "Window must be whole minutes up to 24h, got %s", a.Window)
	l.Check(a.Retries == NoRetry || a.Retries >= 1 && a.Retries <= 185, "Retries must be 1 to 185, or NoRetry, got %d", a.Retries)
	l.Check(task.Whole(a.MaxDelay, 60, 24*3600), "MaxDelay must be whole seconds from 1m to 24h, got %s", a.MaxDelay)
	l.Check(a.Paused == "" || a.Schedule != "", "Paused is set, but the job has no schedule to stop; leave it out")
	l.Check(a.Monitors != nil, "Monitors is missing; pass a sink, or monitor.Off with the reason")
	_, err = monitor.Apply(specs(p.queue), a.MonitorsOff)
	l.Add(err)
	return p, l.Err()
}
