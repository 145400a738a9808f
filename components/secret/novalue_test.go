package secret_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/assert"

	"github.com/tenfold-iac/tenfold/components/secret"
)

// empty answers as an account whose secrets have no value yet.
type empty struct{}

func (empty) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	out := args.Inputs.Copy()
	out["arn"] = resource.NewProperty(secretARN)
	return args.Name, out, nil
}

func (empty) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	out := args.Args.Copy()
	switch {
	case strings.HasSuffix(args.Token, ":getSecretVersions"):
		out["versions"] = resource.NewProperty([]resource.PropertyValue{})
	case strings.HasSuffix(args.Token, ":getSecretVersion"):
		return nil, errors.New("a value is read that is not there")
	default:
		out["accountId"], out["name"], out["partition"], out["dnsSuffix"] = resource.NewProperty("123456789012"), resource.NewProperty("us-east-1"), resource.NewProperty("aws"), resource.NewProperty("amazonaws.com")
	}
	return out, nil
}

func TestAValueThatIsNotThereYetSaysHowToPutItIn(t *testing.T) {
	err := pulumi.RunErr(func(ctx *pulumi.Context) error {
		made, err := secret.New(ctx, "billing", secret.Args{Description: aDescription, KeyARN: key})
		if err != nil {
			return err
		}
		_, err = internals.UnsafeAwaitOutput(ctx.Context(), made.Value("planted_key"))
		return err
	}, pulumi.WithMocks("tenfold", "dev", empty{}))
	assert.ErrorContains(t, err, "secret \"billing\" has no value yet, and its key \"planted_key\" is needed now; put the value in with `tenfold secret put dev billing` and run `pulumi up` again")
}
