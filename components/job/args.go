package job

import (
	"errors"
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
	task                                task.Plan
	schedule, queue, machine, log, lock string
}

// logPath begins the name of the log group of a state machine: what AWS delivers
// there needs no entry of its own in the region's policy for log deliveries, whose
// length is limited.
const logPath = "/aws/vendedlogs/states"

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
	if a.Timeout == 0 && a.Schedule != "" {
		a.Timeout = 6 * time.Hour
	}
	return a
}

// spec is the part of the arguments that describes a task.
func (a Args) spec() task.Spec {
	return task.Spec{
		Cluster: a.Cluster, Network: a.Network, Image: a.Image, MutableImage: a.MutableImage, Command: a.Command,
		Architecture: a.Architecture, CPU: a.CPU, MemoryMiB: a.MemoryMiB, StorageGiB: a.StorageGiB, StopTimeout: a.StopTimeout,
		Uses: a.Uses, Egress: a.Egress, Env: a.Env, User: a.User, WritablePaths: a.WritablePaths,
		LogRetentionDays: a.LogRetentionDays, LogKeyARN: a.LogKeyARN, Disposable: a.Disposable,
	}.WithDefaults()
}

// plan checks the arguments and reports everything that is wrong with them.
func (a Args) plan(ctx *pulumi.Context, name string, spec task.Spec) (plan, error) {
	l := problem.Of("job", name)
	p := plan{task: spec.Plan(ctx, name, l)}
	l.Add(p.name(ctx, name))
	a.checkSchedule(l)
	l.Check(a.Window >= 0 && a.Window <= 24*time.Hour && a.Window%time.Minute == 0, "Window must be whole minutes up to 24h, got %s", a.Window)
	l.Check(a.Retries == NoRetry || a.Retries >= 1 && a.Retries <= 185, "Retries must be 1 to 185, or NoRetry, got %d", a.Retries)
	l.Check(task.Whole(a.MaxDelay, 60, 24*3600), "MaxDelay must be whole seconds from 1m to 24h, got %s", a.MaxDelay)
	l.Check(a.Monitors != nil, "Monitors is missing; pass a sink, or monitor.Off with the reason")
	_, err := monitor.Apply(specs(p.queue), a.MonitorsOff)
	l.Add(err)
	return p, l.Err()
}

// name makes the physical names.
func (p *plan) name(ctx *pulumi.Context, name string) error {
	var errs [5]error
	p.schedule, errs[0] = naming.Physical(ctx, naming.Schedule, name)
	p.queue, errs[1] = naming.Physical(ctx, naming.Queue, name+"-failed")
	p.machine, errs[2] = naming.Physical(ctx, naming.StateMachine, name)
	p.lock, errs[3] = naming.Physical(ctx, naming.Table, name+"-lock")
	p.log, errs[4] = naming.Fit(naming.LogGroup, "/", logPath, ctx.Project(), ctx.Stack(), name)
	return errors.Join(errs[:]...)
}

// CheckSchedule says what is wrong with a cron or rate expression of AWS, in the
// schedule of a job or in those of a service's scaling.
func CheckSchedule(expression string) error { return timetable.CheckExpression(expression) }

// checkSchedule checks when the job runs, and what only runs on a schedule have.
func (a Args) checkSchedule(l *problem.List) {
	if err := timetable.CheckZone(a.TimeZone); err != nil {
		l.Addf("TimeZone %w", err)
	}
	if a.Schedule == "" {
		l.Check(a.Paused == "", "Paused is set, but the job has no schedule to stop; leave it out")
		l.Check(!a.Overlap, "Overlap is set, but the job has no schedule, and tasks that a person starts take no lock; leave it out")
		l.Check(a.Timeout == 0, "Timeout is set to %s, but the job has no schedule, and only runs on one are limited; leave it out", a.Timeout)
		return
	}
	if err := CheckSchedule(a.Schedule); err != nil {
		l.Addf("Schedule %w", err)
	}
	l.Check(task.Whole(a.Timeout, 60, 7*24*3600), "Timeout must be whole seconds from 1m to 168h, got %s", a.Timeout)
}
