package network

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Placement says where containers run, and what is near them.
type Placement struct {
	// VPCID is the VPC of the subnets. Required.
	VPCID pulumi.StringInput
	// SubnetIDs are the subnets. Required.
	SubnetIDs pulumi.StringArrayInput
	// PublicAddress gives every container a public IPv4 address. It is the only
	// way out of a subnet whose default route is the internet gateway.
	// Default: false.
	PublicAddress bool
	// IPv6 tells that the subnets have IPv6 addresses, so that tasks may connect
	// to them. Default: false.
	IPv6 bool
	// CIDR is the IPv4 range of the network. Its resolver, its interface
	// endpoints and its databases have addresses in it. Default: nil, not known.
	CIDR pulumi.StringInput
	// S3PrefixListID is the list of the addresses that S3 has in the region. A
	// security group that lets nothing else out still lets image layers in.
	// Default: nil, not known.
	S3PrefixListID pulumi.StringInput
	// Endpoints are the AWS services that are reached within CIDR, in
	// alphabetical order and named as in [Args]. Default: none.
	Endpoints []string
	// After is what has to exist before the first task starts there: the ways out of
	// the subnets and the endpoints within them. Default: none.
	After []pulumi.Resource
}

// Tasks says where containers run: in the app subnets, or, in a network without
// NAT, in the public subnets with a public address each.
func (n *Network) Tasks() Placement {
	place := Placement{
		VPCID: n.VPCID, SubnetIDs: n.AppSubnetIDs, IPv6: n.ipv6,
		CIDR: n.CIDR, S3PrefixListID: n.s3PrefixList, Endpoints: slices.Clone(n.endpoints), After: slices.Clone(n.ways),
	}
	if n.nat == NATNone {
		place.SubnetIDs, place.PublicAddress = n.PublicSubnetIDs, true
	}
	return place
}
