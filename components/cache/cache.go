// Package cache is a Valkey cache without servers to size: ElastiCache Serverless,
// encrypted, reached over TLS and signed in to by IAM.
//
// It is a cache: whatever is in it can be gone at any time. AWS takes no snapshot
// of it when it is deleted, and cannot change its engine, name, key or subnets in
// place.
package cache

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/naming"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

// Args describes a cache. VPCID, SubnetIDs, KeyARN and Monitors are required.
type Args struct {
	// VPCID is the network the cache stands in. Required.
	VPCID pulumi.StringInput
	// SubnetIDs are subnets without a route to the internet, in two or three zones.
	// They can never be changed. Required.
	SubnetIDs pulumi.StringArrayInput
	// KeyARN is the KMS key that encrypts the cache. It can never be changed.
	// Required.
	KeyARN pulumi.StringInput
	// MaxGiB bounds what the cache holds, and its cost: 1 to 5000 GiB. Beyond it
	// Valkey drops what was not used for longest. Default: 1.
	MaxGiB int
	// MaxECPU bounds the work, in ElastiCache processing units a second: 1000 to
	// 15 million. A simple command of a KiB is one. Beyond it commands are slowed
	// down. Default: 5000.
	MaxECPU int
	// SnapshotDays is how long daily snapshots are kept: 0 to 35 days. Default: 0,
	// there are none.
	SnapshotDays int
	// Disposable allows the cache to be deleted. Default: false, it is protected.
	Disposable bool
	// Monitors makes the monitors. Required; monitor.Off says why there are none.
	Monitors monitor.Sink
	// MonitorsOff switches monitors off by ID, each with its reason. Default:
	// none.
	MonitorsOff map[string]string
}

// Port is where the cache listens.
const Port = 6379

// Cache is a Valkey cache.
type Cache struct {
	pulumi.ResourceState

	// Name is the cache's name in ElastiCache, and the user's, known while the
	// program runs.
	Name string
	// ARN is the cache's ARN.
	ARN pulumi.StringOutput `pulumi:"arn"`
	// Endpoint is the address.
	Endpoint pulumi.StringOutput `pulumi:"endpoint"`
	// SecurityGroupID guards the port. It admits nobody by itself.
	SecurityGroupID pulumi.StringOutput `pulumi:"securityGroupId"`

	name    string
	userARN pulumi.StringOutput
}

// New makes a cache.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Cache, error) {
	args = args.withDefaults()
	physical, specs, err := args.plan(ctx, name)
	if err != nil {
		return nil, err
	}
	c := &Cache{Name: physical, name: name}
	if err := ctx.RegisterComponentResource("tenfold:cache:Cache", name, c, opts...); err != nil {
		return nil, err
	}
	users, err := c.users(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.guard(ctx, args); err != nil {
		return nil, err
	}
	made, err := elasticache.NewServerlessCache(ctx, name, args.inputs(c, users), pulumi.Parent(c), pulumi.Protect(!args.Disposable))
	if err != nil {
		return nil, err
	}
	c.ARN = made.Arn
	c.Endpoint = pulumi.Sprintf("%s", made.Endpoints.ApplyT(func(endpoints []elasticache.ServerlessCacheEndpoint) string {
		if len(endpoints) == 0 {
			return ""
		}
		return endpoints[0].Address
	}))
	if err := args.Monitors.Monitor(ctx, c, name, specs); err != nil {
		return nil, err
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{
		"arn": c.ARN, "endpoint": c.Endpoint, "securityGroupId": c.SecurityGroupID,
	})
}

func (a Args) withDefaults() Args {
	if a.MaxGiB == 0 {
		a.MaxGiB = 1
	}
	if a.MaxECPU == 0 {
		a.MaxECPU = 5000
	}
	return a
}

// plan reports every problem, or the name and the monitors.
func (a Args) plan(ctx *pulumi.Context, name string) (string, []monitor.Spec, error) {
	p := problem.Of("cache", name)
	p.Add(naming.Component(name))
	p.Add(naming.SecurityGroup(name))
	p.Check(a.VPCID != nil, "VPCID must be set; pass the network the cache stands in")
	p.Check(a.SubnetIDs != nil, "SubnetIDs must be set; pass the data subnets of the network")
	if literal, ok := a.SubnetIDs.(pulumi.StringArray); ok {
		p.Check(len(literal) == 2 || len(literal) == 3, "SubnetIDs must be in two or three zones, got %d subnets", len(literal))
	}
	p.Check(a.KeyARN != nil, "KeyARN must be set; pass the ARN of an encryption key, because a cache can never change its key")
	p.Check(a.MaxGiB >= 1 && a.MaxGiB <= 5000, "MaxGiB must be 1 to 5000, got %d", a.MaxGiB)
	p.Check(a.MaxECPU >= 1000 && a.MaxECPU <= 15_000_000, "MaxECPU must be 1000 to 15000000, got %d", a.MaxECPU)
	p.Check(a.SnapshotDays >= 0 && a.SnapshotDays <= 35, "SnapshotDays must be 0 to 35, got %d", a.SnapshotDays)
	p.Check(a.Monitors != nil, "Monitors must be set; pass a sink, or monitor.Off with the reason why nothing is watched")
	physical, err := naming.Physical(ctx, naming.Cache, name)
	p.Add(err)
	specs := a.specs(physical)
	if p.Err() == nil {
		p.Add(monitor.Validate(specs))
	}
	specs, err = monitor.Apply(specs, a.MonitorsOff)
	p.Add(err)
	return physical, specs, p.Err()
}
