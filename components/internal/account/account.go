// Package account tells a component which AWS account, region and partition it
// deploys to, for the ARNs in its policies.
package account

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
)

// Account is where a component deploys to.
type Account struct {
	ID        string // twelve digits
	Region    string // for example "eu-west-1"
	Partition string // "aws", "aws-cn" or "aws-us-gov"
}

// Current asks the provider of the parent, so that a component that is given
// another account's provider names that account in its policies.
func Current(ctx *pulumi.Context, parent pulumi.Resource) (Account, error) {
	identity, err := aws.GetCallerIdentity(ctx, &aws.GetCallerIdentityArgs{}, pulumi.Parent(parent))
	if err != nil {
		return Account{}, fmt.Errorf("asking for the AWS account: %w", err)
	}
	region, err := aws.GetRegion(ctx, &aws.GetRegionArgs{}, pulumi.Parent(parent))
	if err != nil {
		return Account{}, fmt.Errorf("asking for the AWS region: %w", err)
	}
	partition, err := aws.GetPartition(ctx, &aws.GetPartitionArgs{}, pulumi.Parent(parent))
	if err != nil {
		return Account{}, fmt.Errorf("asking for the AWS partition: %w", err)
	}
	return Account{ID: identity.AccountId, Region: region.Name, Partition: partition.Partition}, nil
}

// ARN is the ARN of a resource in this account and region, for example
// ARN("ecs", "cluster/main").
func (a Account) ARN(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", a.Partition, service, a.Region, a.ID, resource)
}

// OnBehalfOf narrows a trust or resource policy to requests that an AWS service
// makes for resources of this account: the guard against the confused deputy.
// The resource may end in "*".
func (a Account) OnBehalfOf(service, resource string) []access.Condition {
	return []access.Condition{
		{Test: "StringEquals", Key: "aws:SourceAccount", Values: []pulumi.StringInput{pulumi.String(a.ID)}},
		a.Source(service, resource),
	}
}

// Source is the second half of [Account.OnBehalfOf], for services that send no
// aws:SourceAccount. The ARN holds the account all the same.
func (a Account) Source(service, resource string) access.Condition {
	return access.Condition{
		Test: "ArnLike", Key: "aws:SourceArn", Values: []pulumi.StringInput{pulumi.String(a.ARN(service, resource))},
	}
}
