package schema

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestATableHasExactlyTheAttributesItsKeysAndIndexesUse(t *testing.T) {
	attribute := func(names ...string) []any {
		var out []any
		for _, name := range names {
			out = append(out, map[string]any{"name": name, "type": "S"})
		}
		return out
	}
	byOwner := []any{map[string]any{"name": "byOwner", "hashKey": "owner", "rangeKey": "created", "projectionType": "ALL"}}
	for name, c := range map[string]struct {
		inputs map[string]any
		want   []string
	}{
		"keys and indexes": {map[string]any{"hashKey": "id", "rangeKey": "at", "attributes": attribute("id", "at", "owner", "created"), "globalSecondaryIndexes": byOwner}, []string{}},
		"an attribute nothing uses": {map[string]any{"hashKey": "id", "attributes": attribute("id", "owner")},
			[]string{"attributes: all attributes must be indexed, unused: owner; name only what hashKey, rangeKey or an index uses"}},
		"a key that is no attribute": {map[string]any{"hashKey": "id"},
			[]string{"attributes: all keys and indexes must match a defined attribute, unmatched: id"}},
		"an index over what is no attribute": {map[string]any{"hashKey": "id", "attributes": attribute("id", "owner"), "globalSecondaryIndexes": byOwner},
			[]string{"attributes: all keys and indexes must match a defined attribute, unmatched: created"}},
		"a key not known yet": {map[string]any{"hashKey": unknown(), "attributes": attribute("id")}, []string{}},
		"a restored table":    {map[string]any{"hashKey": "id", "restoreSourceName": "before"}, []string{}},
	} {
		c.inputs["billingMode"] = "PAY_PER_REQUEST"
		assert.Equal(t, c.want, refusals(lookup(t, "aws:dynamodb/table:Table").Check(properties(c.inputs))), name)
	}
}

func TestATableHasCapacityExactlyWhenItIsProvisioned(t *testing.T) {
	for name, c := range map[string]struct {
		inputs map[string]any
		want   []string
	}{
		"provisioned": {map[string]any{"readCapacity": 1, "writeCapacity": 1}, []string{}},
		"provisioned without capacity": {map[string]any{"billingMode": "PROVISIONED", "readCapacity": 1},
			[]string{"writeCapacity: must be at least 1 when billingMode is PROVISIONED, got 0; set it, or set billingMode to PAY_PER_REQUEST"}},
		"paid by the request with capacity": {map[string]any{"billingMode": "PAY_PER_REQUEST", "readCapacity": 5},
			[]string{"readCapacity: can not be set when billingMode is PAY_PER_REQUEST, got 5; remove it"}},
		"a stream without a view": {map[string]any{"billingMode": "PAY_PER_REQUEST", "streamEnabled": true},
			[]string{"streamViewType: is required when streamEnabled is true"}},
	} {
		c.inputs["hashKey"], c.inputs["attributes"] = "id", []any{map[string]any{"name": "id", "type": "S"}}
		assert.Equal(t, c.want, refusals(lookup(t, "aws:dynamodb/table:Table").Check(properties(c.inputs))), name)
	}
}
