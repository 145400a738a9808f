package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/output"
)

const anywhere = "0.0.0.0/0"

// subnets makes the subnets of every layer with their route tables. The public
// subnets share a table, whose default route never depends on the zone; every
// private subnet has its own, so that its way out can be switched in place.
func (b *builder) subnets() error {
	var err error
	b.publicTable, err = b.table(b.name + "-public")
	if err != nil {
		return err
	}
	route, err := ec2.NewRoute(b.ctx, b.name+"-public-internet", &ec2.RouteArgs{
		RouteTableId:         b.publicTable.ID(),
		DestinationCidrBlock: pulumi.String(anywhere),
		GatewayId:            b.internet.ID(),
	}, b.children()...)
	if err != nil {
		return err
	}
	b.publicWay = append(b.publicWay, route)
	b.way(route)
	var public, app, data pulumi.StringArray
	for slot := range b.args.Zones {
		subnet, err := b.subnet(Public, slot, b.publicTable)
		if err != nil {
			return err
		}
		b.publicSubnet = append(b.publicSubnet, subnet)
		public = append(public, subnet.ID())
		if b.appTables, app, err = b.private(App, slot, b.appTables, app); err != nil {
			return err
		}
		if b.dataTables, data, err = b.private(Data, slot, b.dataTables, data); err != nil {
			return err
		}
	}
	b.network.PublicSubnetIDs = public.ToStringArrayOutput()
	b.network.AppSubnetIDs = app.ToStringArrayOutput()
	b.network.DataSubnetIDs = data.ToStringArrayOutput()
	return nil
}

// private makes a subnet with a route table of its own and adds both to the
// lists of its layer.
func (b *builder) private(layer Layer, slot int, tables []*ec2.RouteTable, ids pulumi.StringArray) ([]*ec2.RouteTable, pulumi.StringArray, error) {
	table, err := b.table(b.inSlot(layer, slot))
	if err != nil {
		return nil, nil, err
	}
	subnet, err := b.subnet(layer, slot, table)
	if err != nil {
		return nil, nil, err
	}
	return append(tables, table), append(ids, subnet.ID()), nil
}

func (b *builder) subnet(layer Layer, slot int, table *ec2.RouteTable) (*ec2.Subnet, error) {
	cidr, err := subnetCIDR(b.plan.cidr, slot, layer)
	if err != nil {
		return nil, err
	}
	name := b.inSlot(layer, slot)
	tags := b.tags(name)
	tags["layer"] = pulumi.String(layer.String())
	args := &ec2.SubnetArgs{
		VpcId:            b.main.ID(),
		AvailabilityZone: pulumi.String(b.args.Zones[slot]),
		CidrBlock:        pulumi.String(cidr.String()),
		// Also in the public subnets: what needs a public address asks for one.
		MapPublicIpOnLaunch: pulumi.Bool(false),
		Tags:                tags,
	}
	if b.args.IPv6 {
		args.Ipv6CidrBlock = output.MapErr(b.main.Ipv6CidrBlock, func(vpc string) (string, error) {
			return subnetCIDRv6(vpc, slot, layer)
		})
		args.AssignIpv6AddressOnCreation = pulumi.Bool(true)
	}
	subnet, err := ec2.NewSubnet(b.ctx, name, args, b.children(pulumi.Protect(!b.args.Disposable))...)
	if err != nil {
		return nil, err
	}
	association, err := ec2.NewRouteTableAssociation(b.ctx, name, &ec2.RouteTableAssociationArgs{
		SubnetId: subnet.ID(), RouteTableId: table.ID(),
	}, b.children()...)
	if layer == Public {
		b.publicWay = append(b.publicWay, association)
	}
	b.way(association)
	return subnet, err
}

func (b *builder) table(name string) (*ec2.RouteTable, error) {
	return ec2.NewRouteTable(b.ctx, name, &ec2.RouteTableArgs{VpcId: b.main.ID(), Tags: b.tags(name)}, b.children()...)
}

// inSlot is the logical name of what a layer has in a slot. It holds the number
// of the slot, not the zone, so that it never changes.
func (b *builder) inSlot(layer Layer, slot int) string {
	return fmt.Sprintf("%s-%s-%d", b.name, layer, slot)
}
