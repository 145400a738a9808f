package account

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// Operation is what a provider does to a resource.
type Operation string

// The operations a fault can be planned for.
const (
	OnCreate Operation = "create"
	OnRead   Operation = "read"
	OnUpdate Operation = "update"
	OnDelete Operation = "delete"
)

// Fault is a failure planned for an operation to come. It waits in the account,
// across runs, until it has happened.
type Fault struct {
	// Type is the resource type it waits for; a pattern such as "aws:rds/*"
	// or "*" matches several.
	Type string `json:"type"`
	// Name is the logical name of the resource. Default: any.
	Name string `json:"name,omitempty"`
	// Operation is what has to be attempted.
	Operation Operation `json:"operation"`
	// Nth is which matching attempt fails, counted from when the fault was
	// planned. Default: 1, the next one.
	Nth int `json:"nth,omitempty"`
	// Error is the text the cloud answers with. Default: an internal failure
	// in AWS's words. With only a Delay set, the operation is slow, not failed.
	Error string `json:"error,omitempty"`
	// Delay is how long the answer takes. Default: none.
	Delay Duration `json:"delay,omitempty"`
	// Times is how many attempts in a row fail. Default: 1.
	Times int `json:"times,omitempty"`
	// Partial makes a create fail halfway: the resource exists and Pulumi
	// records it, but as not fully initialised.
	Partial bool `json:"partial,omitempty"`
	// Rollback plays a deployment of an ECS service that fails, and Error is what
	// its new tasks wrote. An update succeeds, as it does in AWS, and leaves the
	// service as it was. A create gives up waiting: there is nothing to go back to.
	Rollback bool `json:"rollback,omitempty"`
	// Later is how long after the update ECS goes back, as it does when an alarm
	// fires after all tasks are new. Until then the service is as was asked for.
	// Default: before the update ends.
	Later Duration `json:"later,omitempty"`
	// ExitCode is the code a task ends with that is run by hand or by a hook;
	// Error is then what it writes. Default: ECS refuses to start the task.
	ExitCode *int `json:"exitCode,omitempty"`
}

const (
	// TaskType is what faults of tasks are planned for.
	TaskType = "aws:ecs/task:Task"
	// ServiceType is what is rolled back.
	ServiceType = "aws:ecs/service:Service"
)

// Duration is a time.Duration written as text, such as "1m30s".
type Duration time.Duration

// MarshalJSON writes the duration as text.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// UnmarshalJSON reads the duration from text.
func (d *Duration) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("a delay must be text such as \"2s\": %w", err)
	}
	parsed, err := time.ParseDuration(text)
	*d = Duration(parsed)
	return err
}

type plannedFault struct {
	Fault
	Seen int `json:"seen,omitempty"`
	Done int `json:"done,omitempty"`
}

// Plan adds a fault.
func (a *Account) Plan(fault Fault) error {
	if err := fault.validate(); err != nil {
		return err
	}
	fault.Nth, fault.Times = max(fault.Nth, 1), max(fault.Times, 1)
	if fault.Error == "" && fault.Delay == 0 && !fault.Rollback && fault.ExitCode == nil {
		fault.Error = "InternalFailure: The request processing has failed because of an unknown error, exception or failure."
	}
	return a.Update(func(tx *Tx) error {
		tx.setFaults(append(slices.Clone(tx.account.faults), &plannedFault{Fault: fault}))
		return nil
	})
}

func (f Fault) validate() error {
	var problems []error
	if _, err := path.Match(f.Type, ""); f.Type == "" || err != nil {
		problems = append(problems, fmt.Errorf("fault: type must be a resource type or a pattern such as aws:rds/*, got %q", f.Type))
	}
	if !slices.Contains([]Operation{OnCreate, OnRead, OnUpdate, OnDelete}, f.Operation) {
		problems = append(problems, fmt.Errorf("fault: operation must be create, read, update or delete, got %q", f.Operation))
	}
	if f.Nth < 0 || f.Times < 0 || f.Delay < 0 || f.Later < 0 {
		problems = append(problems, fmt.Errorf("fault: nth, times, delay and later must not be negative, got %d, %d, %s and %s", f.Nth, f.Times, time.Duration(f.Delay), time.Duration(f.Later)))
	}
	if f.Partial && f.Operation != OnCreate {
		problems = append(problems, fmt.Errorf("fault: partial applies to create only, got %q", f.Operation))
	}
	if kinds := f.kinds(); len(kinds) > 1 {
		problems = append(problems, fmt.Errorf("fault: %s exclude each other; keep one of them", strings.Join(kinds, " and ")))
	}
	if f.Rollback && (f.Type != ServiceType || f.Operation != OnCreate && f.Operation != OnUpdate) {
		problems = append(problems, fmt.Errorf("fault: a rollback applies to create and update of %s, got %s of %s", ServiceType, f.Operation, f.Type))
	}
	switch {
	case f.Later > 0 && !f.Rollback:
		problems = append(problems, fmt.Errorf("fault: --later is how long after an update its rollback comes, and --rollback is missing; add it, or leave out --later %s", time.Duration(f.Later)))
	case f.Later > 0 && f.Operation != OnUpdate:
		problems = append(problems, fmt.Errorf("fault: later applies to the rollback of an update, got %s of %s", f.Operation, f.Type))
	}
	if f.ExitCode != nil && (f.Operation != OnCreate || f.Type != TaskType || *f.ExitCode < 0 || *f.ExitCode > 255) {
		problems = append(problems, fmt.Errorf("fault: an exit code is 0 to 255 and applies to create %s, got %d for %s %s", TaskType, *f.ExitCode, f.Operation, f.Type))
	}
	return errors.Join(problems...)
}

// kinds are the flags that say in which way it fails.
func (f Fault) kinds() []string {
	var kinds []string
	if f.ExitCode != nil {
		kinds = append(kinds, "--exit-code")
	}
	if f.Partial {
		kinds = append(kinds, "--partial")
	}
	if f.Rollback {
		kinds = append(kinds, "--rollback")
	}
	return kinds
}

// Faults lists the faults that have not happened yet, in the order they were
// planned.
func (a *Account) Faults() []Fault {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	faults := make([]Fault, 0, len(a.faults))
	for _, planned := range a.faults {
		faults = append(faults, planned.Fault)
	}
	return faults
}

// ClearFaults forgets all planned faults.
func (a *Account) ClearFaults() error {
	return a.Update(func(tx *Tx) error {
		// Not nil, which the journal reads as no change.
		tx.setFaults([]*plannedFault{})
		return nil
	})
}

// TakeFault counts an attempt and returns the fault that strikes it, if one
// does. A fault that has struck as often as planned is gone afterwards. One that
// does not suit the attempt waits on; nil suits all.
func (a *Account) TakeFault(typ, name string, operation Operation, suits func(Fault) bool) (*Fault, error) {
	a.mutex.Lock()
	waiting := len(a.faults)
	a.mutex.Unlock()
	if waiting == 0 {
		return nil, nil
	}
	var struck *Fault
	err := a.Update(func(tx *Tx) error {
		remaining := make([]*plannedFault, 0, len(tx.account.faults))
		for _, planned := range tx.account.faults {
			next := *planned
			if struck == nil && next.matches(typ, name, operation) && (suits == nil || suits(next.Fault)) {
				next.Seen++
				if next.Seen >= next.Nth {
					next.Done++
					struck = &next.Fault
				}
			}
			if next.Done < next.Times {
				remaining = append(remaining, &next)
			}
		}
		tx.setFaults(remaining)
		return nil
	})
	return struck, err
}

func (f *plannedFault) matches(typ, name string, operation Operation) bool {
	return f.Operation == operation && (f.Name == "" || f.Name == name) && MatchesType(f.Type, typ)
}

// MatchesType reports whether a pattern means a resource type: the type itself,
// "*" for all of them, or a pattern of path.Match such as "aws:rds/*", in which
// "*" stands for no slash. One that is not valid means none.
func MatchesType(pattern, typ string) bool {
	matched, err := path.Match(pattern, typ)
	return pattern == "*" || pattern == typ || matched && err == nil
}

func (tx *Tx) setFaults(faults []*plannedFault) {
	before := tx.account.faults
	tx.account.faults = faults
	tx.faults = true
	tx.undo = append(tx.undo, func() { tx.account.faults = before })
}
