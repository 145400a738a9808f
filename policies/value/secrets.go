package value

import (
	"slices"

	"google.golang.org/protobuf/types/known/structpb"
)

// Secrets collects the texts that stand anywhere under a secret inside v, and the texts inside those that are JSON
// documents, longest first. A message that must quote can be cleared of them.
func (v Value) Secrets() []string {
	var found []string
	if v.node != nil {
		collect(v.node, v.secret, &found)
	}
	slices.SortFunc(found, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(found)
}

func collect(node *structpb.Value, secret bool, found *[]string) {
	v := New(node, "")
	secret = secret || v.secret
	switch kind := v.node.GetKind().(type) {
	case *structpb.Value_StringValue:
		if !secret {
			return
		}
		*found = append(*found, kind.StringValue)
		if parsed, err := v.JSON(); err == nil {
			if _, text := parsed.node.GetKind().(*structpb.Value_StringValue); !text && parsed.node != nil {
				collect(parsed.node, true, found)
			}
		}
	case *structpb.Value_ListValue:
		for _, item := range kind.ListValue.GetValues() {
			collect(item, secret, found)
		}
	case *structpb.Value_StructValue:
		for key, field := range kind.StructValue.GetFields() {
			if secret {
				*found = append(*found, key)
			}
			collect(field, secret, found)
		}
	}
}
