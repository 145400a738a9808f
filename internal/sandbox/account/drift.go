package account

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Find returns the one active resource a selector names: its id, ARN, physical
// name, URN or logical name, or TYPE::NAME when that alone is ambiguous.
func (tx *Tx) Find(selector string) (*Resource, error) {
	typ, name, typed := strings.Cut(selector, "::")
	if !typed || strings.HasPrefix(selector, "urn:") {
		typ, name = "", selector
	}
	var found []*Resource
	for _, r := range tx.All() {
		if r.Status != Active || typ != "" && r.Type != typ {
			continue
		}
		if name == r.ID || name == r.ARN || name == r.Name || name == r.ProviderID() || name == r.URN || name == r.LogicalName() {
			found = append(found, r)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, fmt.Errorf("nothing in the account has the id, ARN or name %q; list the account to see what it holds", selector)
	}
	choices := make([]string, 0, len(found))
	for _, r := range found {
		choices = append(choices, r.Type+"::"+r.ID)
	}
	return nil, fmt.Errorf("%q names %d resources; use one of %s", selector, len(found), strings.Join(choices, ", "))
}

// Drift changes a property of a resource behind Pulumi's back, as somebody in
// the console would. The path is a Pulumi property path such as
// "tags.Owner" or "ingress[0].fromPort"; a nil value removes the property. It
// returns the resource as it is afterwards.
func (a *Account) Drift(selector, propertyPath string, value any) (*Resource, error) {
	parsedPath, err := resource.ParsePropertyPath(propertyPath)
	if err != nil || len(parsedPath) == 0 {
		return nil, fmt.Errorf("property path %q is not valid; write it as in tags.Owner or ingress[0].fromPort", propertyPath)
	}
	parsedValue, err := FromPlain(value)
	if err != nil {
		return nil, fmt.Errorf("value of %s: %w", propertyPath, err)
	}
	var changed *Resource
	err = a.Update(func(tx *Tx) error {
		found, err := tx.Find(selector)
		if err != nil {
			return err
		}
		changed = found.Clone()
		object := resource.NewProperty(resource.PropertyMap(changed.Properties))
		var done bool
		if value == nil {
			done = parsedPath.Delete(object)
		} else {
			object, done = parsedPath.Add(object, parsedValue)
		}
		if !done {
			return fmt.Errorf("%s %s has no property %s to change", found.Type, found.ID, propertyPath)
		}
		if _, tagged := changed.Properties["tagsAll"]; tagged && parsedPath[0] == "tags" {
			// The provider reports every tag there too.
			mirrored := append(resource.PropertyPath{"tagsAll"}, parsedPath[1:]...)
			if value == nil {
				mirrored.Delete(object)
			} else {
				object, _ = mirrored.Add(object, parsedValue)
			}
		}
		changed.Properties = Properties(object.ObjectValue())
		tx.Put(changed)
		return nil
	})
	return changed, err
}

// Vanish deletes a resource and its companions behind Pulumi's back, without
// asking what still uses it. It returns what was deleted.
func (a *Account) Vanish(selector string) (*Resource, error) {
	var gone *Resource
	err := a.Update(func(tx *Tx) error {
		found, err := tx.Find(selector)
		if err != nil {
			return err
		}
		gone = found
		tx.removeWithOwned(found.Key)
		return nil
	})
	return gone, err
}

func (tx *Tx) removeWithOwned(key Key) {
	for _, owned := range tx.Owned(key) {
		tx.removeWithOwned(owned.Key)
	}
	tx.Remove(key)
}
