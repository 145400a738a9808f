package sandbox

import (
	"context"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestASandboxOfAnotherAccountSaysHowToMakeItAnew(t *testing.T) {
	aws := start(t).dial(t, "aws", map[string]any{"region": "us-east-1", "allowedAccountIds": `["123456789012"]`, "forbiddenAccountIds": `["111122223333"]`})
	configure := func(urn *string, settings map[string]any) error {
		args, err := marshal(resource.NewPropertyMapFromMap(settings))
		require.NoError(t, err)
		_, err = aws.Configure(context.Background(), &pulumirpc.ConfigureRequest{Args: args, Urn: urn})
		return err
	}
	urn := urnOf("pulumi:providers:aws", "default")
	const want = "this sandbox is account 123456789012, and the stack allows 111122223333 (aws:allowedAccountIds); the id of a sandbox is fixed when it is made, so throw it away with `tenfold sandbox reset "
	allowed := map[string]any{"allowedAccountIds": `["111122223333"]`}
	assert.ErrorContains(t, configure(&urn, allowed), "AWS account ID not allowed: 123456789012; "+want+"dev` and run again")
	assert.ErrorContains(t, configure(nil, allowed), want+"STACK` and run again")
	assert.ErrorContains(t, configure(&urn, map[string]any{"forbiddenAccountIds": `["123456789012"]`}),
		"AWS account ID not allowed: 123456789012; aws:forbiddenAccountIds of stack dev holds it, take it out or name the stack's own account in aws:allowedAccountIds and run `tenfold sandbox reset dev`")
}
