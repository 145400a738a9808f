package cloud

import (
	"strings"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// An id such as a log group's name is unique within a region only. The first
// resource with an id is kept under it; one with the same id in another region
// is kept under the region and the id.

// byID returns the resource with an id as the region of the request sees it.
func (op *operation) byID(typ, id string) *account.Resource {
	if found, ok := op.tx.Get(account.Key{Type: typ, ID: op.Region + "/" + id}); ok {
		return found
	}
	found, ok := op.tx.Get(account.Key{Type: typ, ID: id})
	if !ok || op.isElsewhere(found) {
		return nil
	}
	return found
}

// isElsewhere reports whether a resource belongs to another region and cannot be
// seen from here.
func (op *operation) isElsewhere(r *account.Resource) bool {
	parts := strings.SplitN(r.ARN, ":", 6)
	return len(parts) == 6 && parts[3] != "" && parts[3] != op.Region
}

// freeKey is the key a new resource is kept under.
func (op *operation) freeKey() string {
	if holder, taken := op.tx.Get(account.Key{Type: op.Type, ID: op.key}); taken && op.isElsewhere(holder) {
		return op.Region + "/" + op.key
	}
	return op.key
}
