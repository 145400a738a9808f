// Package guard judges what the Pulumi engine plans before it is done. A plan
// that replaces or deletes a protected resource, or one of a type that holds
// state, is refused unless the resource is named.
//
// It reads the engine's own events, those of the Automation API as well as the
// log a plain pulumi command writes with --event-log, so a laptop and a pipeline
// judge by the same code.
package guard

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
)

// Kind is what happens to a resource.
type Kind string

// The kinds, from the mildest to the gravest.
const (
	Create  Kind = "create"
	Update  Kind = "update"
	Delete  Kind = "delete"
	Replace Kind = "replace"
)

var gravity = []Kind{Create, Update, Delete, Replace}

// kinds maps the engine's steps to what they amount to. Steps that change
// nothing are not in it.
var kinds = map[apitype.OpType]Kind{
	apitype.OpCreate: Create, apitype.OpImport: Create,
	apitype.OpUpdate:  Update,
	apitype.OpDelete:  Delete,
	apitype.OpReplace: Replace, apitype.OpCreateReplacement: Replace, apitype.OpDeleteReplaced: Replace,
	apitype.OpDiscardReplaced: Replace, apitype.OpRemovePendingReplace: Replace, apitype.OpImportReplacement: Replace,
}

// Step is what the engine plans for one resource of a provider.
type Step struct {
	Kind Kind   `json:"kind"`
	URN  string `json:"urn"`
	Type string `json:"type"`
	Name string `json:"name"`
	// Properties are the inputs that change.
	Properties []string `json:"properties,omitempty"`
	// Because are the inputs that force a replacement.
	Because []string `json:"because,omitempty"`
	// Protected says that the resource is protected in the state.
	Protected bool `json:"protected,omitempty"`
	// Retained says that the cloud keeps the resource when the state forgets it.
	Retained bool `json:"retained,omitempty"`
}

// Plan collects the events of a preview. The zero value is an empty plan.
type Plan struct {
	steps    map[string]*Step
	order    []string
	complete bool
}

// Record takes in one event. Components and providers are left out: what they
// stand for has steps of its own.
func (p *Plan) Record(e apitype.EngineEvent) {
	if e.SummaryEvent != nil {
		p.complete = true
	}
	if e.ResourcePreEvent == nil {
		return
	}
	m := e.ResourcePreEvent.Metadata
	kind, changes := kinds[m.Op]
	custom := m.Old != nil && m.Old.Custom || m.New != nil && m.New.Custom
	if !changes || !custom || strings.HasPrefix(m.Type, "pulumi:providers:") {
		return
	}
	if p.steps == nil {
		p.steps = map[string]*Step{}
	}
	s := p.steps[m.URN]
	if s == nil {
		s = &Step{Kind: kind, URN: m.URN, Type: m.Type, Name: urn.URN(m.URN).Name()}
		p.steps[m.URN] = s
		p.order = append(p.order, m.URN)
	}
	if slices.Index(gravity, kind) > slices.Index(gravity, s.Kind) {
		s.Kind = kind
	}
	s.Properties = merge(s.Properties, m.Diffs)
	s.Because = merge(s.Because, m.Keys)
	if m.Old != nil {
		s.Protected = s.Protected || m.Old.Protect
		s.Retained = s.Retained || m.Old.RetainOnDelete
	}
}

func merge(list, more []string) []string {
	for _, item := range more {
		if !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	slices.Sort(list)
	return list
}

// Read takes in an event log, one JSON object a line.
func (p *Plan) Read(log io.Reader) error {
	decoder := json.NewDecoder(log)
	for {
		var e apitype.EngineEvent
		switch err := decoder.Decode(&e); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read the engine's event log: %w", err)
		}
		p.Record(e)
	}
}

// Steps returns the steps in the order the engine planned them.
func (p *Plan) Steps() []Step {
	steps := make([]Step, 0, len(p.order))
	for _, name := range p.order {
		steps = append(steps, *p.steps[name])
	}
	return steps
}
