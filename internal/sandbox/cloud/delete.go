package cloud

import (
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

func (op *operation) delete() (*account.Resource, error) {
	if op.old == nil || op.old.Status != account.Active {
		return nil, nil
	}
	op.id, op.key, op.arn = op.old.ProviderID(), op.old.ID, op.old.ARN
	op.properties = resource.PropertyMap(op.old.Clone().Properties)
	if err := op.protected(); err != nil {
		return nil, err
	}
	if err := call(op.rule.remove, op); err != nil {
		return nil, err
	}
	if err := op.inUse(); err != nil {
		return nil, err
	}
	op.remember()
	op.removeWithParts(op.old)
	if op.keep != nil {
		op.tx.Put(op.keep)
	}
	return nil, call(op.rule.removed, op)
}

func (op *operation) protected() error {
	for _, rule := range op.def.Protect {
		value, ok := firstAt(op.properties, rule.Property)
		if ok && textOf(value) == textOf(resource.NewPropertyValue(rule.Equals)) {
			return op.refusal(rule.Error)
		}
	}
	return nil
}

func (op *operation) inUse() error {
	users := op.tx.Users(op.old.Key)
	for _, rule := range op.def.InUse {
		for _, user := range users {
			if user.Status == account.Active && !op.isPart(user) && slices.Contains(rule.By, user.Type) {
				op.user = user.ProviderID()
				return op.refusal(rule.Error)
			}
		}
	}
	return nil
}

// isPart reports whether a user disappears with the resource anyway.
func (op *operation) isPart(user *account.Resource) bool {
	return user.Owner != nil && *user.Owner == op.old.Key
}

// remember keeps what AWS keeps of a deleted resource.
func (op *operation) remember() {
	rule := op.def.AfterDelete
	if rule == nil || op.keep != nil {
		return
	}
	wait := seconds(rule.Seconds)
	if days, ok := numberAt(op.properties, rule.Days); ok && rule.Days != "" {
		if days == 0 {
			return
		}
		wait = time.Duration(days) * 24 * time.Hour
	}
	op.keep = op.old.Clone()
	op.keep.Status = account.Status(rule.Status)
	if wait > 0 {
		op.keep.Until = op.tx.Now().Add(wait)
	}
	op.keep.Uses, op.keep.Owner = nil, nil
}

func (op *operation) removeWithParts(r *account.Resource) {
	for _, part := range op.tx.Owned(r.Key) {
		op.removeWithParts(part)
	}
	op.tx.Remove(r.Key)
}
