package service

import (
	"fmt"
	"slices"
	"time"

	"github.com/tenfold-iac/tenfold/components/internal/problem"
	"github.com/tenfold-iac/tenfold/components/internal/task"
	"github.com/tenfold-iac/tenfold/components/internal/timetable"
)

// Scaling is how many tasks run. Each measure asks for a number of tasks of its
// own; the greatest wins.
type Scaling struct {
	// Min is the least number of tasks, 1 to 5000. Default: 2, so that a zone or
	// a task can fail.
	Min int
	// Max is the greatest number of tasks, Min to 5000. Equal to Min, the number is
	// fixed. Default: four times Min.
	Max int
	// CPUPercent is the average CPU use to aim at, 10 to 95. Default: 70.
	CPUPercent int
	// MemoryPercent is the average memory use to aim at, 10 to 95. Few programs
	// give memory back, so few scale by it. Default: 0, memory does not count.
	MemoryPercent int
	// RequestsPerTask is how many requests a minute a task should get, for a
	// service with a route. Default: 0, requests do not count.
	RequestsPerTask int
	// Backlog scales a worker by the messages that wait. Default: they do not
	// count.
	Backlog Backlog
	// Idle lets no task run while no message of Backlog waits: cheap where a minute or
	// two until the first task is no matter. Default: false, Min run.
	Idle bool
	// Schedules change Min and Max at set times. Default: none.
	Schedules []Schedule
	// Sleep stops all tasks at night. Default: never.
	Sleep Sleep
}

// Backlog scales by the messages that wait for each task, measured in CloudWatch
// without any code of one's own. A task that takes TimePerMessage for a message
// can let AcceptableLatency / TimePerMessage of them wait.
type Backlog struct {
	// QueueName is the queue's name in SQS, known while the program runs.
	// Default: none.
	QueueName string
	// AcceptableLatency is how long a message may wait. Default: 1 minute.
	AcceptableLatency time.Duration
	// TimePerMessage is what a task takes for a message on average, divided by
	// the messages it works on at once. At most AcceptableLatency. Default: 1
	// second.
	TimePerMessage time.Duration
}

// Schedule changes the number of tasks at set times. AWS changes the limits of
// the scaling target itself: a refresh between two schedules sees them, and the next
// update sets Min and Max again. When a schedule goes, what it had set goes with it.
type Schedule struct {
	// Name tells schedules apart: lower-case letters, digits and hyphens.
	Name string
	// At is a cron or rate expression of AWS, for example
	// "cron(0 7 ? * MON-FRI *)".
	At string
	// TimeZone is the name of a time zone. Default: UTC.
	TimeZone string
	// Min and Max are the numbers of tasks from then on, 0 to 5000.
	Min, Max int
}

// Sleep stops all tasks in the evening and starts them on the morning of working
// days: for environments that only the team uses.
type Sleep struct {
	// Stop is when tasks stop each day, for example "20:00". Default: they never
	// do.
	Stop string
	// Start is when tasks start on Monday to Friday, for example "07:00".
	Start string
	// TimeZone is the name of a time zone. Default: UTC.
	TimeZone string
}

// scheduled are the names of all schedules, sorted.
func (s Scaling) scheduled() []string {
	var names []string
	for _, at := range s.Schedules {
		names = append(names, at.Name)
	}
	if s.sleeps() {
		names = append(names, "sleep", "wake")
	}
	slices.Sort(names)
	return names
}

// sleeps tells whether there are times at which no task runs.
func (s Scaling) sleeps() bool { return s.Sleep.Stop != "" }

// least is the least number of tasks that autoscaling keeps.
func (s Scaling) least() int {
	if s.Idle {
		return 0
	}
	return s.Min
}

// mayBeEmpty tells whether no task running can be what was asked for.
func (s Scaling) mayBeEmpty() bool {
	return s.Idle || s.sleeps() || slices.ContainsFunc(s.Schedules, func(at Schedule) bool { return at.Min == 0 })
}

func (s Scaling) withDefaults() Scaling {
	if s.Min == 0 {
		s.Min = 2
	}
	if s.Max == 0 {
		s.Max = 4 * s.Min
	}
	if s.CPUPercent == 0 {
		s.CPUPercent = 70
	}
	if s.Backlog.AcceptableLatency == 0 {
		s.Backlog.AcceptableLatency = time.Minute
	}
	if s.Backlog.TimePerMessage == 0 {
		s.Backlog.TimePerMessage = time.Second
	}
	s.Schedules = slices.Clone(s.Schedules)
	for i := range s.Schedules {
		if s.Schedules[i].TimeZone == "" {
			s.Schedules[i].TimeZone = "UTC"
		}
	}
	if s.Sleep.TimeZone == "" {
		s.Sleep.TimeZone = "UTC"
	}
	return s
}

func (s Scaling) check(l *problem.List, routed bool) {
	l.Check(s.Min >= 1 && s.Min <= 5000, "Scaling.Min must be 1 to 5000, got %d", s.Min)
	l.Check(s.Max >= s.Min && s.Max <= 5000, "Scaling.Max must be Scaling.Min (%d) to 5000, got %d", s.Min, s.Max)
	l.Check(s.CPUPercent >= 10 && s.CPUPercent <= 95, "Scaling.CPUPercent must be 10 to 95, got %d", s.CPUPercent)
	l.Check(s.MemoryPercent == 0 || s.MemoryPercent >= 10 && s.MemoryPercent <= 95, "Scaling.MemoryPercent must be 10 to 95, or 0, got %d", s.MemoryPercent)
	l.Check(s.RequestsPerTask >= 0, "Scaling.RequestsPerTask must not be negative, got %d", s.RequestsPerTask)
	l.Check(s.RequestsPerTask == 0 || routed, "Scaling.RequestsPerTask is %d, but no request comes without a route; set Edge, or scale by Backlog", s.RequestsPerTask)
	b := s.Backlog
	l.Check(b.TimePerMessage > 0 && b.AcceptableLatency >= b.TimePerMessage,
		"Scaling.Backlog.AcceptableLatency must be at least the time for one message, %s, got %s", b.TimePerMessage, b.AcceptableLatency)
	l.Check(!s.Idle || b.QueueName != "" && s.Max > s.Min, "Scaling.Idle needs a Backlog whose messages wake the first task, and a Max above Min")
	names := map[string]bool{"sleep": true, "wake": true}
	for _, at := range s.Schedules {
		at.check(l, names)
	}
	s.checkSleep(l)
}

func (at Schedule) check(l *problem.List, names map[string]bool) {
	l.Check(task.ValidName(at.Name), "Scaling.Schedules holds the name %q; a name is at most 24 lower-case letters, digits and inner hyphens", at.Name)
	l.Check(!names[at.Name], "Scaling.Schedules holds the name %q twice, or a name of Sleep's; choose another", at.Name)
	names[at.Name] = true
	l.Add(field("Scaling.Schedules "+at.Name+": At", timetable.CheckExpression(at.At)))
	l.Add(field("Scaling.Schedules "+at.Name+": TimeZone", timetable.CheckZone(at.TimeZone)))
	l.Check(at.Min >= 0 && at.Max >= at.Min && at.Max <= 5000, "Scaling.Schedules %s: Min and Max must be 0 to 5000 in this order, got %d and %d", at.Name, at.Min, at.Max)
}

func (s Scaling) checkSleep(l *problem.List) {
	if s.Sleep.Stop == "" && s.Sleep.Start == "" {
		return
	}
	_, err := timetable.Daily(s.Sleep.Stop, "*")
	l.Add(field("Scaling.Sleep.Stop", err))
	_, err = timetable.Daily(s.Sleep.Start, "MON-FRI")
	l.Add(field("Scaling.Sleep.Start", err))
	l.Check(s.Sleep.Stop != s.Sleep.Start, "Scaling.Sleep.Stop and Start are both %s; nothing would run", s.Sleep.Stop)
	l.Add(field("Scaling.Sleep.TimeZone", timetable.CheckZone(s.Sleep.TimeZone)))
}

// field puts the name of a field before an error about its value.
func field(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %w", name, err)
}
