package account

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Origin says how a resource came into the account.
type Origin string

const (
	// Managed resources were created through a provider operation.
	Managed Origin = "managed"
	// Prerequisite resources were there before the program ran, as a hosted
	// zone is that somebody registered by hand.
	Prerequisite Origin = "prerequisite"
	// Companion resources came with another resource, as a VPC brings its
	// default security group, and leave with it.
	Companion Origin = "companion"
)

// Status is the state a resource is in as far as it decides what it answers.
type Status string

const (
	// Active is the state of everything that works.
	Active Status = "active"
	// PendingDeletion is the state of keys and secrets in their recovery
	// window: they keep their name and still exist, but Pulumi sees them gone.
	PendingDeletion Status = "pending deletion"
	// Inactive is the state of what AWS keeps for ever after a delete, such
	// as a deregistered task definition revision.
	Inactive Status = "inactive"
	// Retained is the state of what works but no program manages any longer,
	// such as a final snapshot or what was deleted with skipDestroy.
	Retained Status = "retained"
	// Deleted marks a name that is held for a while after a delete.
	Deleted Status = "recently deleted"
)

// Key identifies a resource within an account.
type Key struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// Resource is one thing that exists in an account. A Resource obtained from a
// transaction is shared and must not be changed; Clone it first.
type Resource struct {
	// Key is the type and an identifier unique within it. It differs from ID
	// only for types whose Pulumi id is shared by several resources, such as
	// the revisions of a task definition family.
	Key
	// PulumiID is the id the provider reports. Empty means Key.ID.
	PulumiID string `json:"pulumiID,omitempty"`
	ARN      string `json:"arn,omitempty"`
	// Name is the physical name, where the type has one.
	Name   string `json:"name,omitempty"`
	Region string `json:"region,omitempty"`
	Origin Origin `json:"origin"`
	// URN is the Pulumi resource that created it, empty for prerequisites.
	URN     string    `json:"urn,omitempty"`
	Created time.Time `json:"created"`
	Status  Status    `json:"status"`
	// Until is when a PendingDeletion or Deleted resource disappears.
	Until time.Time `json:"until,omitzero"`
	// Owner is the resource a Companion came with.
	Owner *Key `json:"owner,omitempty"`
	// Claims are names only one resource of the account may hold at a time.
	Claims []string `json:"claims,omitempty"`
	// Uses lists the resources this one refers to.
	Uses []Key `json:"uses,omitempty"`
	// Properties are the provider's outputs, by Pulumi name, without secrets
	// markers: the account is the cloud, and the cloud knows its secrets.
	Properties Properties `json:"properties"`
	// Hidden is what else the cloud remembers of the resource and no read shows,
	// such as the deployments of an ECS service.
	Hidden json.RawMessage `json:"hidden,omitempty"`

	sequence int64
	size     int
}

// ProviderID is the id Pulumi knows the resource by.
func (r *Resource) ProviderID() string {
	if r.PulumiID != "" {
		return r.PulumiID
	}
	return r.ID
}

// LogicalName is the last part of the URN that created the resource.
func (r *Resource) LogicalName() string {
	urn := resource.URN(r.URN)
	if !urn.IsValid() {
		return ""
	}
	return urn.Name()
}

// Clone returns a copy that may be changed and put back.
func (r *Resource) Clone() *Resource {
	clone := *r
	clone.Claims = slices.Clone(r.Claims)
	clone.Uses = slices.Clone(r.Uses)
	clone.Properties = Properties(resource.PropertyMap(r.Properties).Copy())
	return &clone
}

// Exists reports whether AWS still lets the resource be used.
func (r *Resource) Exists() bool { return r.Status == Active || r.Status == Retained }

// Text returns a string property, or "" when it is absent or not a string.
func (r *Resource) Text(property resource.PropertyKey) string {
	if value, ok := r.Properties[property]; ok && value.IsString() {
		return value.StringValue()
	}
	return ""
}

// Flag returns a boolean property, or false when it is absent.
func (r *Resource) Flag(property resource.PropertyKey) bool {
	value, ok := r.Properties[property]
	return ok && value.IsBool() && value.BoolValue()
}
