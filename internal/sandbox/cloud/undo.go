package cloud

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// Undo takes back a creation that no engine got to know of. It is no delete:
// nothing refuses it, and nothing is kept of the resource.
func (c *Cloud) Undo(r *account.Resource) error {
	request := &Request{Type: r.Type, URN: resource.URN(r.URN), Region: r.Region, ID: r.ProviderID(), State: resource.PropertyMap(r.Clone().Properties)}
	_, err := c.run(account.OnDelete, request, func(op *operation) (*account.Resource, error) {
		op.old, op.id, op.key, op.arn, op.properties = r, r.ProviderID(), r.ID, r.ARN, request.State
		op.removeWithParts(r)
		return nil, call(op.rule.removed, op)
	})
	return err
}
