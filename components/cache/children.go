package cache

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	engine       = "valkey"
	majorVersion = "8" // AWS replaces the cache when it changes
	// snapshotTime is when daily snapshots begin, in UTC.
	snapshotTime = "02:00"
)

// users makes the one user of the cache. It has no password: IAM says who may be
// it. Commands that could harm every user of the cache are not allowed.
func (c *Cache) users(ctx *pulumi.Context) (*elasticache.UserGroup, error) {
	user, err := elasticache.NewUser(ctx, c.name, &elasticache.UserArgs{
		UserId: pulumi.String(c.Name), UserName: pulumi.String(c.Name), // IAM wants the two to be equal
		Engine:             pulumi.String(engine),
		AccessString:       pulumi.String("on ~* &* +@all -@dangerous"),
		AuthenticationMode: elasticache.UserAuthenticationModeArgs{Type: pulumi.String("iam")},
	}, pulumi.Parent(c))
	if err != nil {
		return nil, err
	}
	c.userARN = user.Arn
	return elasticache.NewUserGroup(ctx, c.name, &elasticache.UserGroupArgs{
		UserGroupId: pulumi.String(c.Name), Engine: pulumi.String(engine), UserIds: pulumi.StringArray{user.UserId},
	}, pulumi.Parent(c))
}

// guard makes the group. Rules that let services in are made by the services.
func (c *Cache) guard(ctx *pulumi.Context, args Args) error {
	group, err := ec2.NewSecurityGroup(ctx, c.name, &ec2.SecurityGroupArgs{
		Description: pulumi.String("Cache " + c.name), VpcId: args.VPCID.ToStringOutput(),
	}, pulumi.Parent(c))
	if err != nil {
		return err
	}
	c.SecurityGroupID = group.ID().ToStringOutput()
	return nil
}

func (a Args) inputs(c *Cache, users *elasticache.UserGroup) *elasticache.ServerlessCacheArgs {
	made := &elasticache.ServerlessCacheArgs{
		Name:               pulumi.String(c.Name),
		Description:        pulumi.String("Cache " + c.name),
		Engine:             pulumi.String(engine),
		MajorEngineVersion: pulumi.String(majorVersion),
		KmsKeyId:           a.KeyARN.ToStringOutput(), // an ARN: a key id would replace the cache on every run
		SubnetIds:          a.SubnetIDs,
		SecurityGroupIds:   pulumi.StringArray{c.SecurityGroupID},
		UserGroupId:        users.UserGroupId,
		CacheUsageLimits: elasticache.ServerlessCacheCacheUsageLimitsArgs{
			DataStorage: elasticache.ServerlessCacheCacheUsageLimitsDataStorageArgs{
				Maximum: pulumi.Int(a.MaxGiB), Unit: pulumi.String("GB"),
			},
			EcpuPerSeconds: elasticache.ServerlessCacheCacheUsageLimitsEcpuPerSecondArray{
				elasticache.ServerlessCacheCacheUsageLimitsEcpuPerSecondArgs{Maximum: pulumi.Int(a.MaxECPU)},
			},
		},
		SnapshotRetentionLimit: pulumi.Int(a.SnapshotDays),
	}
	if a.SnapshotDays > 0 {
		made.DailySnapshotTime = pulumi.String(snapshotTime)
	}
	return made
}
