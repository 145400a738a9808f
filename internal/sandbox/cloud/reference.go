package cloud

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// resolve follows every reference of the resource, records what it uses, and
// refuses when AWS would not find what is named.
func (op *operation) resolve() error {
	op.targets = map[string]*account.Resource{}
	op.uses = nil
	for _, property := range slices.Sorted(maps.Keys(op.def.References)) {
		rule := op.def.References[property]
		for _, value := range textsAt(op.properties, property) {
			target := op.lookup(value, rule)
			if target == nil {
				if rule.Missing == "" || op.isExternal(value, rule) || op.isUnchanged(property, value) {
					continue
				}
				op.value = value
				return op.refusal(strings.ReplaceAll(rule.Missing, "${value}", "${@value}"))
			}
			op.use(target)
			if op.targets[property] == nil {
				op.targets[property] = target
			}
		}
	}
	return nil
}

// isUnchanged reports whether an update leaves a reference as it was: AWS does
// not look at what it is not told again.
func (op *operation) isUnchanged(property, value string) bool {
	return op.old != nil && slices.Contains(textsAt(resource.PropertyMap(op.old.Properties), property), value)
}

func (op *operation) use(target *account.Resource) {
	if !slices.Contains(op.uses, target.Key) {
		op.uses = append(op.uses, target.Key)
	}
}

func (op *operation) lookup(value string, rule referenceRule) *account.Resource {
	if found := op.named(value, rule); found != nil || rule.Within == "" {
		return found
	}
	whole, _, _ := strings.Cut(value, rule.Within)
	return op.named(whole, rule)
}

// named finds the resource that a value names as a whole.
func (op *operation) named(value string, rule referenceRule) *account.Resource {
	by := rule.By
	if len(by) == 0 {
		by = oneOrMore{"id", "arn"}
	}
	for _, typ := range rule.To {
		for _, how := range by {
			if found := op.find(typ, how, value); found != nil && found.Exists() {
				return found
			}
		}
	}
	return nil
}

func (op *operation) find(typ, how, value string) *account.Resource {
	switch how {
	case "id":
		return op.byID(typ, value)
	case "arn":
		found, ok := op.tx.ByARN(value)
		if ok && found.Type == typ {
			return found
		}
	case "name":
		named := op.tx.ByName(typ, value)
		for _, found := range slices.Backward(named) {
			if found.Exists() {
				return found
			}
		}
	default:
		property := strings.TrimPrefix(how, ".")
		for _, found := range op.tx.ByType(typ) {
			if found.Exists() && textAt(resource.PropertyMap(found.Properties), property) == value {
				return found
			}
		}
	}
	return nil
}

// isExternal reports whether a value names something outside the account: what
// AWS owns, another account's resource, or what the data file lists.
func (op *operation) isExternal(value string, rule referenceRule) bool {
	if strings.HasPrefix(value, "arn:") {
		parts := strings.SplitN(value, ":", 6)
		if len(parts) == 6 && parts[4] != "" && parts[4] != op.tx.AccountID() {
			return true
		}
	}
	for _, pattern := range rule.External {
		if matched, _ := path.Match(pattern, value); matched || pattern == "*" {
			return true
		}
		if prefix, ok := strings.CutSuffix(pattern, "**"); ok && strings.HasPrefix(value, prefix) {
			return true
		}
	}
	return false
}
