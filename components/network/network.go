// Package network is a VPC: subnets in two to four availability zones, the way
// out, and a log of refused traffic.
//
// The address plan is a function of the zone's slot and the layer alone, every
// private subnet has a route table of its own from the first day, and logical
// names follow the slots. A zone can be added and the NAT mode switched later
// without replacing anything that carries traffic.
package network

import (
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/monitor"
)

// NAT is how the app subnets reach the internet.
type NAT int

// The NAT modes. Any can follow any other in place: gateways and the instance
// come and go, and the default route of each app subnet changes its target. Open
// connections break. Between gateways and the instance the public address
// changes too: the new way out stands before the old one goes, and an address
// belongs to one of them.
const (
	// NATPerZone is a gateway in every zone: a zone that fails takes no other
	// with it. About 33 USD a month for each gateway, and 0.045 USD per GB.
	NATPerZone NAT = iota + 1
	// NATSingle is one gateway, in the first zone. If that zone fails, no
	// container reaches the internet; what users ask of the product still works
	// as far as it needs nothing outside.
	NATSingle
	// NATNone has no way out of the app subnets. Containers then run in the
	// public subnets with public addresses, closed to everything but their load
	// balancer; see [Network.Tasks].
	NATNone
	// NATInstance is one small EC2 instance (t4g.nano) in the first zone: about
	// 3 USD a month, 3.60 USD for its public address, and nothing per GB. It is
	// for environments without customers and for the first customers. It carries
	// 5 Gbit/s in bursts and 32 Mbit/s in the long run. AWS moves it to another
	// host by itself when its host fails, but nothing stands in meanwhile, nor in
	// the one or two minutes a new instance takes to set itself up.
	//
	// It installs security updates every day; those of the kernel need a new
	// instance. A new image never replaces it. This does, and takes the newest:
	//
	//	pulumi up --replace <URN of the instance>
	//
	// The address stays. The first zone has to offer the type, as nearly all do.
	NATInstance
)

// Args configures a network. Zones and Monitors are required.
type Args struct {
	// CIDR is the address range: a private IPv4 /16. Changing it replaces the
	// network. Default: 10.0.0.0/16.
	CIDR string
	// Zones are the availability zones, two to four names of one region, for
	// example "eu-west-1a". The order is the order of the slots: add zones at
	// the end. Changing the zone of a slot replaces its subnets. Required.
	Zones []string
	// NAT is the way out of the app subnets. Default: NATPerZone.
	NAT NAT
	// IPv6 gives the network a range of IPv6 addresses beside the IPv4 one. The
	// app subnets reach the IPv6 internet without NAT and its price, and nothing
	// reaches them from there. Fargate tasks get an IPv6 address once the
	// account setting dualStackIPv6 is on. It can be set on a running network;
	// it cannot be taken back without replacing the subnets. Default: false.
	IPv6 bool
	// Endpoints are AWS services that are reached without leaving the network,
	// each by the end of its endpoint's name: "ecr.api", "ecr.dkr", "logs",
	// "secretsmanager", "ssmmessages". AWS refuses one that the region does not have
	// when it is made. One costs about 7.30 USD a month for each
	// zone and 0.01 USD per GB, where a NAT gateway costs 0.045 USD per GB: three
	// in two zones pay from about 1.25 TB a month on. Below that, and beside a NAT
	// instance, they are a matter of compliance. Default: none; S3 and DynamoDB
	// always have their gateway endpoints, for free.
	Endpoints []string
	// FlowLog records traffic. Default: refused traffic, kept 30 days.
	FlowLog FlowLog
	// Disposable lets the VPC and its subnets be destroyed. Default: false,
	// Pulumi refuses to delete them until this is set and deployed.
	Disposable bool
	// Monitors makes the monitors. Required; monitor.Off has none and says why.
	Monitors monitor.Sink
	// MonitorsOff switches monitors off by ID and says why. Default: all on.
	// There are nat-port and nat-drop for each gateway, or nat-instance-status and
	// nat-instance-cpu.
	MonitorsOff map[string]string
}

// Network is a VPC with its subnets.
type Network struct {
	pulumi.ResourceState

	// VPCID is the id of the VPC.
	VPCID pulumi.StringOutput `pulumi:"vpcId"`
	// CIDR is the address range.
	CIDR pulumi.StringOutput `pulumi:"cidr"`
	// PublicSubnetIDs, AppSubnetIDs and DataSubnetIDs are in the order of Zones.
	PublicSubnetIDs pulumi.StringArrayOutput `pulumi:"publicSubnetIds"`
	AppSubnetIDs    pulumi.StringArrayOutput `pulumi:"appSubnetIds"`
	DataSubnetIDs   pulumi.StringArrayOutput `pulumi:"dataSubnetIds"`
	// NATAddresses are the public addresses that the app subnets are seen
	// under: those of the gateways in their order, or the one of the instance;
	// empty with NATNone.
	NATAddresses pulumi.StringArrayOutput `pulumi:"natAddresses"`

	nat          NAT
	ipv6         bool
	endpoints    []string
	s3PrefixList pulumi.StringOutput
	// ways are the routes, the associations and the endpoints.
	ways []pulumi.Resource
}

// New makes a network.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Network, error) {
	args = args.withDefaults()
	p, err := args.plan(ctx, name)
	if err != nil {
		return nil, err
	}
	n := &Network{nat: args.NAT, ipv6: args.IPv6, endpoints: slices.Sorted(slices.Values(args.Endpoints))}
	if err := ctx.RegisterComponentResource("tenfold:network:Network", name, n, opts...); err != nil {
		return nil, err
	}
	b := &builder{ctx: ctx, name: name, args: args, plan: p, network: n}
	for _, step := range []func() error{b.vpc, b.subnets, b.endpoints, b.nat, b.routesV6, b.flowLog, b.monitors} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return n, ctx.RegisterResourceOutputs(n, pulumi.Map{
		"vpcId": n.VPCID, "cidr": n.CIDR, "publicSubnetIds": n.PublicSubnetIDs,
		"appSubnetIds": n.AppSubnetIDs, "dataSubnetIds": n.DataSubnetIDs, "natAddresses": n.NATAddresses,
	})
}

// builder carries what the steps of New share.
type builder struct {
	ctx     *pulumi.Context
	name    string
	args    Args
	plan    plan
	network *Network

	main         *ec2.Vpc
	internet     *ec2.InternetGateway
	publicTable  *ec2.RouteTable
	publicSubnet []*ec2.Subnet
	appTables    []*ec2.RouteTable
	dataTables   []*ec2.RouteTable
	// publicWay is what leads the public subnets to the internet.
	publicWay []pulumi.Resource
	s3        *ec2.VpcEndpoint
	// natIDs are the ids of the gateways, or of the instance.
	natIDs []pulumi.StringInput
}

// children are the options of a child resource. The caller's options go to the
// component only.
func (b *builder) children(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(b.network)}, more...)
}

// way notes what tasks need to connect to anything.
func (b *builder) way(r pulumi.Resource) { b.network.ways = append(b.network.ways, r) }

// tags names a resource in the AWS console and for monitors.
func (b *builder) tags(name string) pulumi.StringMap {
	return pulumi.StringMap{"Name": pulumi.Sprintf("%s-%s", b.ctx.Stack(), name), "env": pulumi.String(b.ctx.Stack())}
}

func (b *builder) vpc() error {
	var err error
	keep := pulumi.Protect(!b.args.Disposable)
	args := &ec2.VpcArgs{
		CidrBlock:          pulumi.String(b.plan.cidr.String()),
		EnableDnsSupport:   pulumi.Bool(true),
		EnableDnsHostnames: pulumi.Bool(true),
		Tags:               b.tags(b.name),
	}
	if b.args.IPv6 {
		args.AssignGeneratedIpv6CidrBlock = pulumi.Bool(true)
	}
	b.main, err = ec2.NewVpc(b.ctx, b.name, args, b.children(keep)...)
	if err != nil {
		return err
	}
	b.network.VPCID = b.main.ID().ToStringOutput()
	b.network.CIDR = b.main.CidrBlock
	b.internet, err = ec2.NewInternetGateway(b.ctx, b.name+"-internet", &ec2.InternetGatewayArgs{
		VpcId: b.main.ID(), Tags: b.tags(b.name + "-internet"),
	}, b.children()...)
	if err != nil {
		return err
	}
	// Adopting the default group without rules removes those AWS put there:
	// nothing that forgets to name a group is reachable.
	_, err = ec2.NewDefaultSecurityGroup(b.ctx, b.name+"-default", &ec2.DefaultSecurityGroupArgs{
		VpcId:   b.main.ID(),
		Ingress: ec2.DefaultSecurityGroupIngressArray{},
		Egress:  ec2.DefaultSecurityGroupEgressArray{},
		Tags:    b.tags(b.name + "-default"),
	}, b.children()...)
	return err
}

func (b *builder) monitors() error {
	specs, err := monitor.Apply(b.args.specs(b.ctx.Stack(), b.name, b.natIDs), b.args.MonitorsOff)
	if err != nil {
		return err
	}
	return b.args.Monitors.Monitor(b.ctx, b.network, b.name, specs)
}
