package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// nat makes the way out of the app subnets. The data subnets have none in any
// mode.
func (b *builder) nat() error {
	switch b.args.NAT {
	case NATNone:
		b.network.NATAddresses = pulumi.StringArray{}.ToStringArrayOutput()
		return nil
	case NATInstance:
		return b.natInstance()
	}
	return b.natGateways()
}

// natGateways makes the gateways and the routes to them. Names follow the slots:
// going from one gateway to one for each zone keeps the first gateway and its
// address.
func (b *builder) natGateways() error {
	var gateways []*ec2.NatGateway
	var addresses pulumi.StringArray
	for slot := range b.args.ways() {
		gateway, address, err := b.gateway(slot)
		if err != nil {
			return err
		}
		gateways = append(gateways, gateway)
		addresses = append(addresses, address.PublicIp)
		b.natIDs = append(b.natIDs, gateway.ID().ToStringOutput())
	}
	b.network.NATAddresses = addresses.ToStringArrayOutput()
	return b.routesOut(func(slot int, route *ec2.RouteArgs) {
		route.NatGatewayId = gateways[min(slot, len(gateways)-1)].ID()
	})
}

// routesOut makes the default route of each app subnet. Only the target differs
// between the modes, and AWS changes a target in place.
func (b *builder) routesOut(target func(slot int, route *ec2.RouteArgs), opts ...pulumi.ResourceOption) error {
	for slot, table := range b.appTables {
		route := &ec2.RouteArgs{RouteTableId: table.ID(), DestinationCidrBlock: pulumi.String(anywhere)}
		target(slot, route)
		made, err := ec2.NewRoute(b.ctx, b.inSlot(App, slot)+"-internet", route, b.children(opts...)...)
		if err != nil {
			return err
		}
		b.way(made)
	}
	return nil
}

func (b *builder) gateway(slot int) (*ec2.NatGateway, *ec2.Eip, error) {
	name := natName(b.name, slot)
	address, err := ec2.NewEip(b.ctx, name, &ec2.EipArgs{
		Domain: pulumi.String("vpc"), Tags: b.tags(name),
	}, b.children()...)
	if err != nil {
		return nil, nil, err
	}
	tags := b.tags(name)
	tags[natTag] = pulumi.String(name)
	gateway, err := ec2.NewNatGateway(b.ctx, name, &ec2.NatGatewayArgs{
		SubnetId:     b.publicSubnet[slot].ID(),
		AllocationId: address.ID(),
		Tags:         tags,
	}, b.children(pulumi.DependsOn([]pulumi.Resource{b.internet}))...)
	return gateway, address, err
}

func natName(name string, slot int) string { return fmt.Sprintf("%s-nat-%d", name, slot) }
