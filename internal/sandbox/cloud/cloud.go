package cloud

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// Cloud answers requests from an account.
type Cloud struct {
	account     *account.Account
	definitions map[string]*definition
}

// Result is a resource as the provider reports it.
type Result struct {
	ID    string
	State resource.PropertyMap
}

// New returns the cloud of an account.
func New(a *account.Account) (*Cloud, error) {
	all, err := definitions()
	if err != nil {
		return nil, fmt.Errorf("sandbox data: %w", err)
	}
	return &Cloud{account: a, definitions: all}, nil
}

// Knows reports whether the cloud answers for a resource type.
func (c *Cloud) Knows(typ string) bool { return c.definitions[typ] != nil }

// Volatile lists the outputs an update of the inputs makes unknown at preview.
func (c *Cloud) Volatile(typ string, changed resource.PropertyKey) []string {
	if def := c.definitions[typ]; def != nil {
		return def.Volatile[string(changed)]
	}
	return nil
}

// Create makes a resource.
func (c *Cloud) Create(request *Request) (*Result, error) {
	return c.run(account.OnCreate, request, (*operation).create)
}

// Update changes a resource in place.
func (c *Cloud) Update(request *Request) (*Result, error) {
	return c.run(account.OnUpdate, request, (*operation).update)
}

// Delete deletes a resource. Deleting what is gone succeeds.
func (c *Cloud) Delete(request *Request) error {
	_, err := c.run(account.OnDelete, request, (*operation).delete)
	return err
}

// Read returns a resource as it is, or nil when it does not exist.
func (c *Cloud) Read(request *Request) (*Result, error) {
	var result *Result
	err := c.account.View(func(tx *account.Tx) error {
		op, err := c.begin(account.OnRead, request, tx)
		if err != nil {
			return err
		}
		if op.old != nil && op.old.Status == account.Active {
			result = &Result{ID: op.old.ProviderID(), State: visible(resource.PropertyMap(op.old.Clone().Properties))}
		}
		return nil
	})
	return result, err
}

func (c *Cloud) run(kind account.Operation, request *Request, step func(*operation) (*account.Resource, error)) (*Result, error) {
	var result *Result
	err := c.account.Update(func(tx *account.Tx) error {
		expire(tx)
		op, err := c.begin(kind, request, tx)
		if err != nil {
			return err
		}
		r, err := step(op)
		if err != nil {
			return op.wrap(err)
		}
		if r != nil {
			result = &Result{ID: r.ProviderID(), State: visible(resource.PropertyMap(r.Clone().Properties))}
		}
		return nil
	})
	return result, err
}

func (c *Cloud) begin(kind account.Operation, request *Request, tx *account.Tx) (*operation, error) {
	def := c.definitions[request.Type]
	if def == nil {
		return nil, fmt.Errorf("the offline cloud has no resource type %s", request.Type)
	}
	op := &operation{Request: request, kind: kind, tx: tx, def: def, rule: rules[request.Type]}
	if kind != account.OnCreate {
		op.old = op.locate()
	}
	return op, nil
}

// locate finds the resource a request means.
func (op *operation) locate() *account.Resource {
	id := op.ID
	if op.def.Key != "" {
		op.properties, op.id = op.State, op.ID
		op.arn = textAt(op.State, "arn")
		if key := op.text(op.def.Key); key != "" {
			id = key
		}
	}
	if found := op.byID(op.Type, id); found != nil {
		return found
	}
	if found, ok := op.tx.ByARN(op.ID); ok && found.Type == op.Type {
		return found
	}
	return nil
}

func (op *operation) create() (*account.Resource, error) {
	op.properties = op.Inputs.Copy()
	if err := op.settle(); err != nil {
		return nil, err
	}
	if op.adopted != nil {
		return op.adopted, nil
	}
	return op.store(&account.Resource{Origin: account.Managed, URN: string(op.URN), Region: op.Region})
}

func (op *operation) update() (*account.Resource, error) {
	if op.old == nil || op.old.Status != account.Active {
		return nil, fmt.Errorf("couldn't find resource: it was deleted outside Pulumi; run a refresh")
	}
	before := resource.PropertyMap(op.old.Properties)
	op.properties = before.Copy()
	for key := range op.OldInputs {
		if _, still := op.Inputs[key]; !still {
			if _, computed := op.has(key); !computed {
				delete(op.properties, key)
			}
		}
	}
	maps.Copy(op.properties, op.Inputs.Copy())
	op.id, op.key, op.arn = op.old.ProviderID(), op.old.ID, op.old.ARN
	if err := op.settle(); err != nil {
		return nil, err
	}
	next := op.old.Clone()
	if next.Origin == account.Prerequisite {
		next.Origin = account.Managed
	}
	next.URN = string(op.URN)
	return op.store(next)
}

func (op *operation) has(property resource.PropertyKey) (exists, computed bool) {
	if op.Has == nil {
		return false, false
	}
	return op.Has(property)
}

func (op *operation) store(r *account.Resource) (*account.Resource, error) {
	if op.id == "" || op.key == "" {
		return nil, fmt.Errorf("the offline cloud could not make an id for %s %q: a property its id is made of is missing", op.Type, op.URN.Name())
	}
	if op.kind == account.OnCreate {
		op.key = op.freeKey()
	}
	r.Key = account.Key{Type: op.Type, ID: op.key}
	r.PulumiID = ""
	if op.id != op.key {
		r.PulumiID = op.id
	}
	r.ARN, r.Name, r.Claims, r.Uses = op.arn, op.name(), op.claims, op.uses
	r.Properties = account.Properties(op.properties)
	if op.def.PartOf != "" {
		if owner := op.targets[op.def.PartOf]; owner != nil {
			key := owner.Key
			r.Owner = &key
		}
	}
	op.tx.Put(r)
	if op.rule.stored != nil {
		if err := op.rule.stored(op, r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (op *operation) wrap(err error) error {
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	subject := op.ID
	if subject == "" {
		subject = op.name()
	}
	return &OperationError{Operation: op.kind, Label: op.def.Label, ID: subject, Service: serviceNames[op.def.service],
		Action: op.action(), RequestID: op.random().UUID(), Cause: err}
}

func (op *operation) action() string {
	verb := map[account.Operation]string{account.OnCreate: "Create", account.OnUpdate: "Update", account.OnDelete: "Delete"}[op.kind]
	return verb + op.Type[strings.LastIndex(op.Type, ":")+1:]
}

// expire removes what AWS would have forgotten by now.
func expire(tx *account.Tx) {
	now := tx.Now()
	for _, r := range tx.Waiting() {
		if now.After(r.Until) {
			tx.Remove(r.Key)
		}
	}
}

// seconds is a duration given in seconds.
func seconds(count int) time.Duration { return time.Duration(count) * time.Second }
