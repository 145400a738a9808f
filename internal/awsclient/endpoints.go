package awsclient

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

const (
	endpointVariable = "AWS_ENDPOINT_URL"
	ignoreVariable   = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
)

// followsEndpoints refuses endpoints of the stack that the SDK would pass over. The
// SDK asks whether AWS_ENDPOINT_URL is set, so an empty one counts too.
func (t Target) followsEndpoints(ctx context.Context, loaded aws.Config) error {
	if len(t.Endpoints) == 0 {
		return nil
	}
	const format = "aws:endpoints is set beside %s, and only the provider would follow it; %s"
	if _, set := os.LookupEnv(endpointVariable); set {
		return fmt.Errorf(format, endpointVariable+" in the environment", "unset the variable")
	}
	ignored, _, err := config.GetIgnoreConfiguredEndpoints(ctx, loaded.ConfigSources)
	switch {
	case err != nil:
		return fmt.Errorf("read whether the AWS configuration ignores endpoints: %w", err)
	case ignored && os.Getenv(ignoreVariable) != "":
		return fmt.Errorf(format, ignoreVariable+" in the environment", "unset the variable")
	case ignored:
		return fmt.Errorf(format, "ignore_configured_endpoint_urls in the AWS configuration file", "take that setting out")
	}
	return nil
}

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
