package cloud

import (
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// Request is what a provider asks of the cloud.
type Request struct {
	// Type is the resource type token.
	Type string
	// URN is the Pulumi resource it is asked for.
	URN resource.URN
	// Region is the region the provider is configured for.
	Region string
	// ID is the id Pulumi knows; empty on create.
	ID string
	// Inputs are the checked inputs, without secrets and unknowns.
	Inputs resource.PropertyMap
	// OldInputs are the inputs of the last operation; empty on create.
	OldInputs resource.PropertyMap
	// State is what Pulumi has recorded; empty on create.
	State resource.PropertyMap
	// Limits lists what AWS refuses about the inputs themselves. Default:
	// nothing.
	Limits func() []string
	// Has reports whether the type has a property, and whether the
	// provider may compute it.
	Has func(property resource.PropertyKey) (exists, computed bool)
	// Timeout is how long the provider may wait. Default: 20 minutes.
	Timeout time.Duration
}

// operation is a request being carried out in a transaction.
type operation struct {
	*Request
	kind account.Operation
	tx   *account.Tx
	def  *definition
	rule hooks

	// old is the resource before the operation, nil on create.
	old *account.Resource
	// properties are the inputs, and the outputs as they become known.
	properties resource.PropertyMap
	id, key    string
	arn        string
	uses       []account.Key
	targets    map[string]*account.Resource
	claims     []string
	// keep is what a delete leaves behind, nil for nothing.
	keep *account.Resource
	// adopted is set when a create found an identical resource to take over.
	adopted *account.Resource

	source *account.Source
	// value, user and variant are what ${@value}, ${@user} and ${@variant}
	// stand for: the value of a reference that leads nowhere, who is in the
	// way, and the kind of resource where the ARN depends on it.
	value, user, variant string
}

// hooks are what data cannot say about a type.
type hooks struct {
	// prepare runs before references are resolved, to fill in what AWS decides.
	prepare func(*operation) error
	// check refuses a create or an update.
	check func(*operation) error
	// complete runs when id, ARN and outputs are known.
	complete func(*operation) error
	// stored runs when the resource is in the account.
	stored func(*operation, *account.Resource) error
	// remove runs before a delete, and may refuse it or set keep.
	remove func(*operation) error
	// removed runs when the resource is gone.
	removed func(*operation) error
}

func (op *operation) random() *account.Source {
	if op.source == nil {
		op.source = op.tx.Random(op.Type + " " + op.URN.Name())
	}
	return op.source
}

// name is the physical name, or "" when the type has none.
func (op *operation) name() string {
	if op.def.Name == "" {
		return ""
	}
	return textAt(op.properties, op.def.Name)
}

// set gives an output a value.
func (op *operation) set(property resource.PropertyKey, value any) {
	op.properties[property] = resource.NewPropertyValue(value)
}

// setIfAbsent gives a property a value unless the program or AWS gave one.
func (op *operation) setIfAbsent(property resource.PropertyKey, value any) {
	if existing, ok := op.properties[property]; !ok || existing.IsNull() {
		op.set(property, value)
	}
}

// changed reports whether an update changes a property.
func (op *operation) changed(property resource.PropertyKey) bool {
	if op.old == nil {
		return true
	}
	before, had := op.old.Properties[property]
	after, has := op.properties[property]
	return had != has || has && !before.DeepEquals(after)
}

// wait lets the account's time pass until a moment, as the provider's retries
// would, and reports whether the provider waits that long.
func (op *operation) wait(until time.Time, atMost time.Duration) bool {
	if op.Timeout > 0 {
		atMost = min(atMost, op.Timeout)
	}
	needed := until.Sub(op.tx.Now())
	if needed > atMost {
		return false
	}
	if needed > 0 {
		op.tx.Advance(needed + time.Second)
	}
	return true
}

// get returns a resource of the request's region by type and id.
func (op *operation) get(typ, id string) (*account.Resource, bool) {
	found := op.byID(typ, id)
	return found, found != nil && found.Exists()
}
