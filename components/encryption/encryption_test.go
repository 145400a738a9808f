package encryption_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	ct "github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/encryption"
)

const (
	component = "tenfold:encryption:Key"
	key       = "aws:kms/key:Key"
	alias     = "aws:kms/alias:Alias"
)

func program(args encryption.Args, opts ...pulumi.ResourceOption) func(*pulumi.Context) error {
	return func(ctx *pulumi.Context) error {
		_, err := encryption.New(ctx, "data", args, opts...)
		return err
	}
}

func TestAKeyRotatesAndIsProtectedAndRetained(t *testing.T) {
	inv := ct.Run(t, program(encryption.Args{Purpose: "tenant data"}))
	ct.AssertHouse(t, inv, component, "data")
	assert.Equal(t, strings.Join([]string{
		"aws:kms/alias:Alias data < data [protect] [retain]",
		"aws:kms/key:Key data < data [protect] [retain]",
		"tenfold:encryption:Key data",
		"",
	}, "\n"), inv.Text())
	k := inv.One(t, key, "data")
	assert.Equal(t, true, k.Input("enableKeyRotation"))
	assert.Equal(t, 365.0, k.Input("rotationPeriodInDays"))
	assert.Equal(t, 30.0, k.Input("deletionWindowInDays"))
	assert.Equal(t, "tenant data", k.Input("description"))
	assert.Equal(t, "alias/tenfold/test/data", inv.One(t, alias, "data").Input("name"))
}

func TestADisposableKeyCanBeDeleted(t *testing.T) {
	inv := ct.Run(t, program(encryption.Args{Purpose: "test data", Disposable: true, DeletionWindowDays: 7}))
	for _, r := range []ct.Resource{inv.One(t, key, "data"), inv.One(t, alias, "data")} {
		assert.False(t, r.Protect)
		assert.False(t, r.Retain)
	}
	assert.Equal(t, 7.0, inv.One(t, key, "data").Input("deletionWindowInDays"))
}

func TestTheCallersOptionsReachTheComponentOnly(t *testing.T) {
	inv := ct.Run(t, program(encryption.Args{Purpose: "test data", Disposable: true},
		pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("old")}})))
	ct.AssertHouse(t, inv, component, "data")
}

func TestOnlyTheAccountUsesAPlainKey(t *testing.T) {
	inv := ct.Run(t, program(encryption.Args{Purpose: "tenant data"}))
	assert.Equal(t, map[string]any{"Version": "2012-10-17", "Statement": []any{administrators}},
		inv.One(t, key, "data").JSON(t, "policy"))
}

func TestServicesAreHeldToTheAccountAndLogsToItsLogGroups(t *testing.T) {
	inv := ct.Run(t, program(encryption.Args{
		Purpose: "messages", Services: []string{"events.amazonaws.com", "sns.amazonaws.com"}, LogGroups: true,
	}))
	use := []any{
		"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey",
		"kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo",
	}
	principals := map[string]any{"Service": []any{"events.amazonaws.com", "sns.amazonaws.com"}}
	assert.Equal(t, map[string]any{"Version": "2012-10-17", "Statement": []any{
		administrators,
		map[string]any{
			"Sid": "ServicesUse", "Effect": "Allow", "Principal": principals, "Action": use, "Resource": "*",
			"Condition": map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": ct.Account}},
		},
		map[string]any{
			"Sid": "ServicesPassOnToTheirResources", "Effect": "Allow", "Principal": principals,
			"Action": []any{"kms:CreateGrant"}, "Resource": "*",
			"Condition": map[string]any{
				"StringEquals": map[string]any{"aws:SourceAccount": ct.Account},
				"Bool":         map[string]any{"kms:GrantIsForAWSResource": "true"},
			},
		},
		map[string]any{
			"Sid": "LogGroups", "Effect": "Allow", "Action": use, "Resource": "*",
			"Principal": map[string]any{"Service": []any{"logs." + ct.Region + ".amazonaws.com"}},
			"Condition": map[string]any{"ArnLike": map[string]any{
				"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:" + ct.Region + ":" + ct.Account + ":log-group:*",
			}},
		},
	}}, inv.One(t, key, "data").JSON(t, "policy"))
}

var administrators = map[string]any{
	"Sid": "AccountDecidesByIAM", "Effect": "Allow", "Action": []any{"kms:*"}, "Resource": "*",
	"Principal": map[string]any{"AWS": "arn:aws:iam::" + ct.Account + ":root"},
}

func TestEveryProblemIsReportedBeforeAnythingIsRegistered(t *testing.T) {
	inv, err := ct.RunErr(t, program(encryption.Args{
		RotationDays: 30, DeletionWindowDays: 3,
		Services: []string{"events", "logs.amazonaws.com", "sns.amazonaws.com", "sns.amazonaws.com"},
	}))
	for _, want := range []string{
		`encryption key "data": Purpose must be 1 to 8192 characters, got 0; say what the key encrypts`,
		`encryption key "data": RotationDays must be 90 to 2560, got 30; AWS rotates no more often than every 90 days`,
		`encryption key "data": DeletionWindowDays must be 7 to 30, got 3; leave it out for 30`,
		`encryption key "data": Services must hold service principals, got "events"; write it like events.amazonaws.com`,
		`encryption key "data": Services must not hold "logs.amazonaws.com"; set LogGroups, which ties it to this account's log groups`,
		`encryption key "data": Services must not repeat "sns.amazonaws.com"; name it once`,
	} {
		assert.ErrorContains(t, err, want)
	}
	assert.Empty(t, inv.ByType(component))
}
