package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// nat makes the gateways and the default routes of the app subnets. Names follow
// the slots: going from one gateway to one for each zone keeps the first gateway
// and its address, and routes change nothing but their target. The data subnets
// have no default route in any mode.
func (b *builder) nat() error {
	addresses := pulumi.StringArray{}
	for slot := range b.args.gateways() {
		gateway, address, err := b.gateway(slot)
		if err != nil {
			return err
		}
		b.gateways = append(b.gateways, gateway)
		addresses = append(addresses, address.PublicIp)
	}
	b.network.NATAddresses = addresses.ToStringArrayOutput()
	if len(b.gateways) == 0 {
		return nil
	}
	for slot, table := range b.appTables {
		gateway := b.gateways[min(slot, len(b.gateways)-1)]
		_, err := ec2.NewRoute(b.ctx, b.inSlot(App, slot)+"-internet", &ec2.RouteArgs{
			RouteTableId:         table.ID(),
			DestinationCidrBlock: pulumi.String(anywhere),
			NatGatewayId:         gateway.ID(),
		}, b.children()...)
		if err != nil {
			return err
		}
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
