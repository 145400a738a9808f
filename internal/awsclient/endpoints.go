package awsclient

import (
	"context"
	"strings"
)

// endpoints lead the clients of services elsewhere. It is a source of configuration
// of the SDK.
type endpoints []map[string]string

// synonyms are the provider's other names of a service that the SDK has a client of
// here.
var synonyms = map[string]string{"logs": "cloudwatchlogs", "cloudwatchlog": "cloudwatchlogs"}

// GetServiceBaseEndpoint is the address of a service by the SDK's name for it, such
// as "CloudWatch Logs".
func (e endpoints) GetServiceBaseEndpoint(_ context.Context, sdkID string) (string, bool, error) {
	wanted := strings.ToLower(strings.ReplaceAll(sdkID, " ", ""))
	for _, given := range e {
		for name, address := range given {
			if synonym, ok := synonyms[name]; ok {
				name = synonym
			}
			if name == wanted && address != "" {
				return address, true, nil
			}
		}
	}
	return "", false, nil
}
