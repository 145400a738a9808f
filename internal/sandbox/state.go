package sandbox

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/tenfold-iac/tenfold/internal/sandbox/schema"
)

// planned is what preview shows of a resource: the inputs, and unknown for what
// the cloud will decide. An update keeps the outputs the resource already has.
func planned(facts *schema.Resource, oldInputs, olds, inputs resource.PropertyMap) resource.PropertyMap {
	after := olds.Copy()
	if after == nil {
		after = resource.PropertyMap{}
	}
	for key := range oldInputs {
		if property := facts.Properties[string(key)]; property == nil || !property.Computed {
			delete(after, key)
		}
	}
	for key, value := range inputs {
		if !strings.HasPrefix(string(key), "__") {
			after[key] = value
		}
	}
	if olds == nil {
		for name, property := range facts.Properties {
			if _, known := after[resource.PropertyKey(name)]; property.Computed && !known {
				after[resource.PropertyKey(name)] = unknown()
			}
		}
	}
	return after
}

func unknown() resource.PropertyValue { return resource.MakeComputed(resource.NewProperty("")) }

// forget makes the outputs unknown that an update lets the cloud decide anew.
func (p *provider) forget(urn resource.URN, oldInputs, news, after resource.PropertyMap) {
	for key, value := range news {
		if before, had := oldInputs[key]; had && before.DeepEquals(value) {
			continue
		}
		for _, output := range p.cloud.Volatile(string(urn.Type()), key) {
			if _, given := news[resource.PropertyKey(output)]; !given {
				after[resource.PropertyKey(output)] = unknown()
			}
		}
	}
}

// markSecrets wraps the properties the schema calls secret.
func markSecrets(facts *schema.Resource, properties resource.PropertyMap) {
	for key, value := range properties {
		if property := facts.Properties[string(key)]; property != nil {
			properties[key] = markedSecret(property, value)
		}
	}
}

func markedSecret(property *schema.Property, value resource.PropertyValue) resource.PropertyValue {
	if property.Secret && !value.IsSecret() && !value.IsNull() {
		return resource.MakeSecret(value)
	}
	switch {
	case value.IsObject():
		for key, element := range value.ObjectValue() {
			if field := property.Fields[string(key)]; field != nil {
				value.ObjectValue()[key] = markedSecret(field, element)
			}
		}
	case value.IsArray() && property.Element != nil:
		for index, element := range value.ArrayValue() {
			value.ArrayValue()[index] = markedSecret(property.Element, element)
		}
	}
	return value
}

func diffResponse(diff schema.Diff) *pulumirpc.DiffResponse {
	response := &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE, HasDetailedDiff: true,
		DetailedDiff: map[string]*pulumirpc.PropertyDiff{}, DeleteBeforeReplace: diff.DeleteBeforeReplace}
	if len(diff.Changes) > 0 {
		response.Changes = pulumirpc.DiffResponse_DIFF_SOME
	}
	seen := map[string]bool{}
	for _, change := range diff.Changes {
		top := change.Path
		if end := strings.IndexAny(top, ".["); end > 0 {
			top = top[:end]
		}
		if !seen[top] {
			response.Diffs = append(response.Diffs, top)
			seen[top] = true
		}
		if change.Replace && !seen[top+" replaces"] {
			response.Replaces = append(response.Replaces, top)
			seen[top+" replaces"] = true
		}
		response.DetailedDiff[change.Path] = &pulumirpc.PropertyDiff{Kind: diffKind(change), InputDiff: change.InputDiff}
	}
	return response
}

func diffKind(change schema.PropertyChange) pulumirpc.PropertyDiff_Kind {
	kinds := map[schema.ChangeKind][2]pulumirpc.PropertyDiff_Kind{
		schema.Add:    {pulumirpc.PropertyDiff_ADD, pulumirpc.PropertyDiff_ADD_REPLACE},
		schema.Update: {pulumirpc.PropertyDiff_UPDATE, pulumirpc.PropertyDiff_UPDATE_REPLACE},
		schema.Delete: {pulumirpc.PropertyDiff_DELETE, pulumirpc.PropertyDiff_DELETE_REPLACE},
	}[change.Kind]
	if change.Replace {
		return kinds[1]
	}
	return kinds[0]
}
