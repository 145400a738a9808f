package secret_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/encryption"
	"github.com/tenfold-iac/tenfold/components/secret"
)

// A secret whose JSON value a container gets in two environment variables.
func Example() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		key, err := encryption.New(ctx, "secrets", encryption.Args{Purpose: "application secrets"})
		if err != nil {
			return err
		}
		billing, err := secret.New(ctx, "billing", secret.Args{
			Description: "Stripe API key and webhook signing secret",
			KeyARN:      key.ARN,
		})
		if err != nil {
			return err
		}
		uses := []access.Grant{billing.Inject(map[string]string{ // service.Args.Uses
			"STRIPE_SECRET_KEY":     "secret_key",
			"STRIPE_WEBHOOK_SECRET": "webhook_secret",
		})}
		ctx.Export("grants", pulumi.Int(len(uses)))
		return nil
	})
}
