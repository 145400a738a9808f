package queue

import (
	"regexp"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/naming"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

// plan is what is decided before anything is registered.
type plan struct {
	live, dead string // names in SQS
	monitors   []monitor.Spec
}

func (a Args) withDefaults() Args {
	if a.ProcessingTime == 0 {
		a.ProcessingTime = 5 * time.Second
	}
	if a.VisibilityTimeout == 0 {
		a.VisibilityTimeout = 6 * a.ProcessingTime
	}
	if a.Retention == 0 {
		a.Retention = 4 * 24 * time.Hour
	}
	if a.MaxReceives == 0 {
		a.MaxReceives = 5
	}
	if a.AcceptableAge == 0 {
		a.AcceptableAge = 5 * time.Minute
	}
	if a.ExpectedBacklog == 0 {
		a.ExpectedBacklog = 1000
	}
	return a
}

// plan reports every problem, or the names and the monitors.
func (a Args) plan(ctx *pulumi.Context, name string) (plan, error) {
	p := problem.Of("queue", name)
	p.Add(naming.Component(name))
	a.check(p)
	kind := naming.Queue
	if a.FIFO {
		kind = naming.FIFOQueue
	}
	var made plan
	var err error
	made.live, err = naming.Physical(ctx, kind, name)
	p.Add(err)
	made.dead, err = naming.Physical(ctx, kind, name+"-dead")
	p.Add(err)
	specs := a.specs(made.live, made.dead)
	if p.Err() == nil {
		p.Add(monitor.Validate(specs))
	}
	made.monitors, err = monitor.Apply(specs, a.MonitorsOff)
	p.Add(err)
	return made, p.Err()
}

var servicePattern = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$`)

func (a Args) check(p *problem.List) {
	p.Check(a.Monitors != nil, "Monitors must be set; pass a sink, or monitor.Off with the reason why nothing is watched")
	if !a.FIFO {
		p.Check(!a.ContentDeduplication, "ContentDeduplication needs FIFO; a standard queue delivers duplicates, so consumers have to cope with them")
		p.Check(!a.HighThroughput, "HighThroughput needs FIFO; a standard queue has no limit to raise")
	}
	p.Check(between(a.ProcessingTime, time.Second, 2*time.Hour),
		"ProcessingTime must be 1s to 2h, got %s; split longer work", a.ProcessingTime)
	p.Check(between(a.VisibilityTimeout, time.Second, 12*time.Hour) && seconds(a.VisibilityTimeout),
		"VisibilityTimeout must be 1s to 12h in whole seconds, got %s; lower it or split the work", a.VisibilityTimeout)
	p.Check(a.VisibilityTimeout >= a.ProcessingTime,
		"VisibilityTimeout must be at least ProcessingTime (%s), got %s; otherwise a second consumer gets a message while the first works on it", a.ProcessingTime, a.VisibilityTimeout)
	p.Check(between(a.Retention, time.Minute, 13*24*time.Hour) && seconds(a.Retention),
		"Retention must be 1m to 312h (13 days) in whole seconds, got %s; the dead-letter queue keeps messages for 14 days and has to keep them longer", a.Retention)
	p.Check(a.Retention >= a.VisibilityTimeout,
		"Retention must be at least VisibilityTimeout (%s), got %s; otherwise a message is lost while it is worked on", a.VisibilityTimeout, a.Retention)
	p.Check(a.MaxReceives >= 1 && a.MaxReceives <= 1000, "MaxReceives must be 1 to 1000, got %d; leave it out for 5", a.MaxReceives)
	p.Check(between(a.AcceptableAge, time.Minute, a.Retention/2),
		"AcceptableAge must be 1m to half of Retention (%s), got %s; messages must not be lost before someone is told", a.Retention/2, a.AcceptableAge)
	p.Check(a.ExpectedBacklog >= 1, "ExpectedBacklog must be at least 1, got %d; leave it out for 1000", a.ExpectedBacklog)
	for _, s := range a.Senders {
		p.Check(servicePattern.MatchString(s), "Senders must hold service principals, got %q; write it like events.amazonaws.com", s)
	}
}

func between(d, least, most time.Duration) bool { return d >= least && d <= most }

func seconds(d time.Duration) bool { return d%time.Second == 0 }
