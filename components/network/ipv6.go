package network

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const anywhereV6 = "::/0"

// routesV6 makes the ways to the IPv6 internet: for the public subnets in both
// directions, for the app subnets outwards only, for the data subnets none.
func (b *builder) routesV6() error {
	if !b.args.IPv6 {
		return nil
	}
	public, err := ec2.NewRoute(b.ctx, b.name+"-public-internet-v6", &ec2.RouteArgs{
		RouteTableId:             b.publicTable.ID(),
		DestinationIpv6CidrBlock: pulumi.String(anywhereV6),
		GatewayId:                b.internet.ID(),
	}, b.children()...)
	if err != nil {
		return err
	}
	b.way(public)
	outwards, err := ec2.NewEgressOnlyInternetGateway(b.ctx, b.name+"-outwards", &ec2.EgressOnlyInternetGatewayArgs{
		VpcId: b.main.ID(), Tags: b.tags(b.name + "-outwards"),
	}, b.children()...)
	if err != nil {
		return err
	}
	for slot, table := range b.appTables {
		app, err := ec2.NewRoute(b.ctx, b.inSlot(App, slot)+"-internet-v6", &ec2.RouteArgs{
			RouteTableId:             table.ID(),
			DestinationIpv6CidrBlock: pulumi.String(anywhereV6),
			EgressOnlyGatewayId:      outwards.ID(),
		}, b.children()...)
		if err != nil {
			return err
		}
		b.way(app)
	}
	return nil
}
