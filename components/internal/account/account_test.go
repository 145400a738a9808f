package account_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/internal/account"
)

type owner struct{ pulumi.ResourceState }

func TestCurrentIsWhatTheProviderAnswers(t *testing.T) {
	var got account.Account
	componenttest.Run(t, func(ctx *pulumi.Context) error {
		o := &owner{}
		if err := ctx.RegisterComponentResource("tenfold:test:Owner", "owner", o); err != nil {
			return err
		}
		var err error
		got, err = account.Current(ctx, o)
		return err
	})
	assert.Equal(t, account.Account{ID: componenttest.Account, Region: componenttest.Region, Partition: "aws"}, got)
}

func TestARNNamesPartitionRegionAndAccount(t *testing.T) {
	a := account.Account{ID: "123456789012", Region: "cn-north-1", Partition: "aws-cn"}
	assert.Equal(t, "arn:aws-cn:ecs:cn-north-1:123456789012:cluster/main", a.ARN("ecs", "cluster/main"))
	conditions := a.OnBehalfOf("ecs", "*")
	assert.Equal(t, pulumi.String("123456789012"), conditions[0].Values[0])
	assert.Equal(t, pulumi.String("arn:aws-cn:ecs:cn-north-1:123456789012:*"), conditions[1].Values[0])
}
