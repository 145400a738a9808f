package cloud

import (
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// settle decides everything about the resource that is to be: defaults,
// references, identifiers, outputs, and whether AWS refuses it.
func (op *operation) settle() error {
	delete(op.properties, "__defaults")
	if err := call(op.rule.prepare, op); err != nil {
		return err
	}
	if err := op.resolve(); err != nil {
		return err
	}
	op.fill(op.def.Defaults, false)
	if err := call(op.rule.check, op); err != nil || op.adopted != nil {
		return err
	}
	if op.Limits != nil {
		if reasons := op.Limits(); len(reasons) > 0 {
			return &Refusal{Message: strings.Join(reasons, "; ")}
		}
	}
	if op.kind == account.OnCreate {
		op.identify()
	}
	op.fill(op.def.Outputs, true)
	op.general()
	if err := op.claim(); err != nil {
		return err
	}
	return call(op.rule.complete, op)
}

func call(hook func(*operation) error, op *operation) error {
	if hook == nil {
		return nil
	}
	return hook(op)
}

func (op *operation) identify() {
	// An id may be made from the ARN or the other way round; the one with a
	// random part comes first.
	if strings.Contains(op.def.ID, "${@arn}") {
		op.arn = op.text(op.def.ARN)
		op.id = op.text(op.def.ID)
	} else {
		op.id = op.text(op.def.ID)
		op.arn = op.text(op.def.ARN)
	}
	op.key = op.id
	if op.def.Key != "" {
		op.key = op.text(op.def.Key)
	}
}

// fill sets the properties the data files give. Given values win over defaults;
// computed values are set again, except those with a random part.
func (op *operation) fill(values map[string]any, computed bool) {
	for _, property := range slices.Sorted(maps.Keys(values)) {
		key := resource.PropertyKey(property)
		existing, given := op.properties[key]
		given = given && !existing.IsNull()
		if given && (!computed || isRandom(values[property])) {
			continue
		}
		if value, ok := op.expand(values[property]); ok {
			op.properties[key] = value
		}
	}
}

// general sets the outputs most types share.
func (op *operation) general() {
	if exists, computed := op.has("arn"); exists && computed && op.arn != "" {
		op.set("arn", op.arn)
	}
}

// claim takes the names the resource needs for itself.
func (op *operation) claim() error {
	op.claims = nil
	for _, rule := range op.def.Unique {
		claim := op.text(rule.Claim)
		if claim == "" {
			continue
		}
		if err := op.free(claim, rule); err != nil {
			return err
		}
		op.claims = append(op.claims, claim)
	}
	return nil
}

// free refuses a name that another resource holds, and waits for one that a
// deleted resource is about to give up.
func (op *operation) free(claim string, rule uniqueRule) error {
	holder, taken := op.tx.Claimant(claim)
	if !taken || op.old != nil && holder.Key == op.old.Key {
		return nil
	}
	op.user = holder.ProviderID()
	if holder.Status == account.Active || rule.Pending == "" {
		return op.refusal(rule.Error)
	}
	if holder.Until.IsZero() || !op.wait(holder.Until, seconds(rule.Wait)) {
		return op.refusal(rule.Pending)
	}
	op.tx.Remove(holder.Key)
	return nil
}
