package network

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// natImage is where AWS publishes the newest image of Amazon Linux 2023 for arm64.
const natImage = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"

//go:embed natinstance.sh
var natScript string

// natInstanceName is not the name of a gateway: the address of a gateway that
// still stands could not be given to the instance.
func natInstanceName(name string) string { return name + "-nat-instance" }

// natInstance makes the instance and the routes to it. The routes lead to a
// network interface that outlives the instance: a new instance takes it over
// together with both addresses, and no route changes.
func (b *builder) natInstance() error {
	name := natInstanceName(b.name)
	group, rules, err := b.natGroup(name)
	if err != nil {
		return err
	}
	card, err := ec2.NewNetworkInterface(b.ctx, name, &ec2.NetworkInterfaceArgs{
		Description:    pulumi.String("NAT instance"),
		SubnetId:       b.publicSubnet[0].ID(),
		SecurityGroups: pulumi.StringArray{group.ID()},
		// It carries packets that are from others and for others.
		SourceDestCheck: pulumi.Bool(false),
		Tags:            b.tags(name),
	}, b.children()...)
	if err != nil {
		return err
	}
	address, association, err := b.natAddress(name, card)
	if err != nil {
		return err
	}
	// The script needs a way out at the first start.
	needs := slices.Concat([]pulumi.Resource{association, b.s3}, rules, b.publicWay)
	instance, err := b.natMachine(name, card, needs)
	if err != nil {
		return err
	}
	b.natIDs = []pulumi.StringInput{instance.ID().ToStringOutput()}
	b.network.NATAddresses = pulumi.StringArray{address.PublicIp}.ToStringArrayOutput()
	return b.routesOut(func(_ int, route *ec2.RouteArgs) {
		route.NetworkInterfaceId = card.ID()
	}, pulumi.DependsOn([]pulumi.Resource{instance}))
}

// natGroup admits the app subnets and nothing else, least of all the internet.
// It returns the rules for the way out too.
func (b *builder) natGroup(name string) (*ec2.SecurityGroup, []pulumi.Resource, error) {
	group, err := ec2.NewSecurityGroup(b.ctx, name, &ec2.SecurityGroupArgs{
		Description: pulumi.String("NAT instance"),
		VpcId:       b.main.ID().ToStringOutput(),
		Tags:        b.tags(name),
	}, b.children()...)
	if err != nil {
		return nil, nil, err
	}
	for slot := range b.args.Zones {
		cidr, err := subnetCIDR(b.plan.cidr, slot, App)
		if err != nil {
			return nil, nil, err
		}
		_, err = vpc.NewSecurityGroupIngressRule(b.ctx, fmt.Sprintf("%s-%d", name, slot), &vpc.SecurityGroupIngressRuleArgs{
			SecurityGroupId: group.ID(),
			Description:     pulumi.String("An app subnet"),
			CidrIpv4:        pulumi.String(cidr.String()),
			IpProtocol:      pulumi.String("-1"),
		}, b.children()...)
		if err != nil {
			return nil, nil, err
		}
	}
	out, err := b.natEgress(name, &vpc.SecurityGroupEgressRuleArgs{SecurityGroupId: group.ID(), CidrIpv4: pulumi.String(anywhere)})
	if err != nil || !b.args.IPv6 {
		return group, []pulumi.Resource{out}, err
	}
	v6, err := b.natEgress(name+"-v6", &vpc.SecurityGroupEgressRuleArgs{SecurityGroupId: group.ID(), CidrIpv6: pulumi.String(anywhereV6)})
	return group, []pulumi.Resource{out, v6}, err
}

func (b *builder) natEgress(name string, rule *vpc.SecurityGroupEgressRuleArgs) (*vpc.SecurityGroupEgressRule, error) {
	rule.Description = pulumi.String("The internet")
	rule.IpProtocol = pulumi.String("-1")
	return vpc.NewSecurityGroupEgressRule(b.ctx, name, rule, b.children()...)
}

// natAddress gives the interface its public address, before there is a machine.
func (b *builder) natAddress(name string, card *ec2.NetworkInterface) (*ec2.Eip, *ec2.EipAssociation, error) {
	address, err := ec2.NewEip(b.ctx, name, &ec2.EipArgs{
		Domain: pulumi.String("vpc"), Tags: b.tags(name),
	}, b.children()...)
	if err != nil {
		return nil, nil, err
	}
	association, err := ec2.NewEipAssociation(b.ctx, name, &ec2.EipAssociationArgs{
		AllocationId:       address.ID(),
		NetworkInterfaceId: card.ID(),
	}, b.children(pulumi.DependsOn([]pulumi.Resource{b.internet}))...)
	return address, association, err
}

// natMachine makes the instance. It holds nothing, so that nothing protects it:
// switching the mode has to be able to remove it.
func (b *builder) natMachine(name string, card *ec2.NetworkInterface, needs []pulumi.Resource) (*ec2.Instance, error) {
	image, err := ssm.LookupParameter(b.ctx, &ssm.LookupParameterArgs{Name: natImage}, pulumi.Parent(b.network))
	if err != nil {
		return nil, fmt.Errorf("asking for the image of the NAT instance: %w", err)
	}
	tags := b.tags(name)
	tags[natTag] = pulumi.String(name)
	return ec2.NewInstance(b.ctx, name, &ec2.InstanceArgs{
		Ami:          pulumi.String(image.InsecureValue),
		InstanceType: pulumi.String("t4g.nano"),
		NetworkInterfaces: ec2.InstanceNetworkInterfaceArray{&ec2.InstanceNetworkInterfaceArgs{
			DeviceIndex: pulumi.Int(0), NetworkInterfaceId: card.ID(), DeleteOnTermination: pulumi.Bool(false),
		}},
		UserData:                pulumi.String(strings.ReplaceAll(natScript, "@network@", b.plan.cidr.String())),
		UserDataReplaceOnChange: pulumi.Bool(true),
		MetadataOptions: &ec2.InstanceMetadataOptionsArgs{
			HttpEndpoint: pulumi.String("enabled"), HttpTokens: pulumi.String("required"), HttpPutResponseHopLimit: pulumi.Int(1),
		},
		RootBlockDevice: &ec2.InstanceRootBlockDeviceArgs{
			VolumeType: pulumi.String("gp3"), VolumeSize: pulumi.Int(8), Encrypted: pulumi.Bool(true),
		},
		// Without credit of its own a new machine would take minutes to set itself up.
		CreditSpecification: &ec2.InstanceCreditSpecificationArgs{CpuCredits: pulumi.String("unlimited")},
		Tags:                tags,
	}, b.children(
		pulumi.DependsOn(needs),
		// A new image would replace the machine in the middle of the day. A
		// replacement for another reason takes the newest one.
		pulumi.IgnoreChanges([]string{"ami"}),
		// The interface belongs to one machine at a time.
		pulumi.DeleteBeforeReplace(true),
	)...)
}
