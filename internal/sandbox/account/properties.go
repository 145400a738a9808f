package account

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
)

// Properties is a property map that is written as plain JSON.
type Properties resource.PropertyMap

// MarshalJSON writes the properties as a JSON object. Secrets are unwrapped;
// an unknown value is an error, because nothing unknown can exist.
func (p Properties) MarshalJSON() ([]byte, error) {
	plain, err := plainMap(resource.PropertyMap(p))
	if err != nil {
		return nil, err
	}
	return json.Marshal(plain)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (p *Properties) UnmarshalJSON(data []byte) error {
	var plain map[string]any
	if err := json.Unmarshal(data, &plain); err != nil {
		return err
	}
	properties := make(Properties, len(plain))
	for key, value := range plain {
		parsed, err := FromPlain(value)
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		properties[resource.PropertyKey(key)] = parsed
	}
	*p = properties
	return nil
}

func plainMap(properties resource.PropertyMap) (map[string]any, error) {
	plain := make(map[string]any, len(properties))
	for key, value := range properties {
		converted, err := Plain(value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		plain[string(key)] = converted
	}
	return plain, nil
}

// Plain converts a property value to what encoding/json writes.
func Plain(value resource.PropertyValue) (any, error) {
	switch {
	case value.IsSecret():
		return Plain(value.SecretValue().Element)
	case value.IsOutput() && value.OutputValue().Known:
		return Plain(value.OutputValue().Element)
	case value.IsComputed(), value.IsOutput():
		return nil, fmt.Errorf("the value is unknown and cannot be stored")
	case value.IsArray():
		list := make([]any, 0, len(value.ArrayValue()))
		for index, element := range value.ArrayValue() {
			converted, err := Plain(element)
			if err != nil {
				return nil, fmt.Errorf("[%d]: %w", index, err)
			}
			list = append(list, converted)
		}
		return list, nil
	case value.IsObject():
		return plainMap(value.ObjectValue())
	case value.IsAsset():
		return value.AssetValue().Serialize(), nil
	case value.IsArchive():
		return value.ArchiveValue().Serialize(), nil
	case value.IsResourceReference():
		id, _ := value.ResourceReferenceValue().IDString()
		return id, nil
	default:
		return value.V, nil
	}
}

// FromPlain converts what encoding/json (or yaml) reads to a property value.
func FromPlain(plain any) (resource.PropertyValue, error) {
	switch value := plain.(type) {
	case []any:
		list := make([]resource.PropertyValue, 0, len(value))
		for index, element := range value {
			converted, err := FromPlain(element)
			if err != nil {
				return resource.PropertyValue{}, fmt.Errorf("[%d]: %w", index, err)
			}
			list = append(list, converted)
		}
		return resource.NewProperty(list), nil
	case map[string]any:
		return objectFromPlain(value)
	case nil, bool, string, float64, int:
		return resource.NewPropertyValue(value), nil
	default:
		return resource.PropertyValue{}, fmt.Errorf("a %T cannot be a property", plain)
	}
}

func objectFromPlain(plain map[string]any) (resource.PropertyValue, error) {
	switch plain[sig.Key] {
	case sig.AssetSig:
		parsed, ok, err := asset.Deserialize(plain)
		if err == nil && ok {
			return resource.NewProperty(parsed), nil
		}
		return resource.PropertyValue{}, fmt.Errorf("the asset cannot be read: %w", err)
	case sig.ArchiveSig:
		parsed, ok, err := archive.Deserialize(plain)
		if err == nil && ok {
			return resource.NewProperty(parsed), nil
		}
		return resource.PropertyValue{}, fmt.Errorf("the archive cannot be read: %w", err)
	}
	object := make(resource.PropertyMap, len(plain))
	for key, element := range plain {
		converted, err := FromPlain(element)
		if err != nil {
			return resource.PropertyValue{}, fmt.Errorf("%s: %w", key, err)
		}
		object[resource.PropertyKey(key)] = converted
	}
	return resource.NewProperty(object), nil
}
