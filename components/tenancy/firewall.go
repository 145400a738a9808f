package tenancy

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// firewall makes the function's security group: out to the database, and for the
// function that reads the secret to Secrets Manager. Nothing gets in.
func (b *builder) firewall(f *function) (err error) {
	f.group, err = b.group(f.name, "Function "+f.physical)
	if err != nil {
		return err
	}
	f.before = append(f.before, b.args.Network.After...)
	for _, path := range b.plan.grants[f.what].Reach {
		if err := b.open(f, "database", path.SecurityGroupID, path.Port); err != nil {
			return err
		}
	}
	if f.what != bootstrap {
		return nil
	}
	if b.way != nil {
		return b.open(f, "secrets", b.way.group.ID(), 443)
	}
	return b.out(f, "https", 443, nil)
}

func (b *builder) group(name, description string) (*ec2.SecurityGroup, error) {
	return ec2.NewSecurityGroup(b.ctx, name, &ec2.SecurityGroupArgs{
		Description: pulumi.String(description),
		VpcId:       b.args.Network.VPCID.ToStringOutput(),
		Tags:        pulumi.StringMap{"Name": pulumi.Sprintf("%s-%s", b.ctx.Stack(), name)},
	}, b.children()...)
}

// open makes both halves of the path to another group.
func (b *builder) open(f *function, name string, to pulumi.StringInput, port int) error {
	if err := b.out(f, "to-"+name, port, to); err != nil {
		return err
	}
	rule, err := vpc.NewSecurityGroupIngressRule(b.ctx, f.name+"-"+name+"-in", &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           to.ToStringOutput(),
		ReferencedSecurityGroupId: f.group.ID(),
		Description:               pulumi.String(f.name),
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(port),
		ToPort:                    pulumi.Int(port),
	}, b.children()...)
	f.before = append(f.before, rule)
	return err
}

// out lets the function connect to a group, or to everything when to is nil.
func (b *builder) out(f *function, name string, port int, to pulumi.StringInput) error {
	args := &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: f.group.ID(),
		Description:     pulumi.String(f.name),
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(port),
		ToPort:          pulumi.Int(port),
	}
	if to == nil {
		args.CidrIpv4 = pulumi.String("0.0.0.0/0")
	} else {
		args.ReferencedSecurityGroupId = to.ToStringOutput()
	}
	rule, err := vpc.NewSecurityGroupEgressRule(b.ctx, f.name+"-"+name, args, b.children()...)
	f.before = append(f.before, rule)
	return err
}

// way leads to Secrets Manager without the internet.
type way struct {
	group    *ec2.SecurityGroup
	endpoint *ec2.VpcEndpoint
}

// endpoint makes that way where the network has no NAT. It takes no private name,
// because that would lead every task of the VPC to it, its group admits the one
// function, and it stands in one zone: it is needed for seconds and is paid for by
// the hour and zone.
func (b *builder) endpoint() (err error) {
	if !b.args.Network.PublicAddress {
		return nil
	}
	b.way = &way{}
	if b.way.group, err = b.group(b.name+"-secrets", "Secrets Manager for the tenant guard"); err != nil {
		return err
	}
	b.way.endpoint, err = ec2.NewVpcEndpoint(b.ctx, b.name+"-secrets", &ec2.VpcEndpointArgs{
		VpcId:             b.args.Network.VPCID.ToStringOutput(),
		ServiceName:       pulumi.String("com.amazonaws." + b.here.Region + ".secretsmanager"),
		VpcEndpointType:   pulumi.String("Interface"),
		PrivateDnsEnabled: pulumi.Bool(false),
		SubnetIds:         pulumi.StringArray{b.args.Network.SubnetIDs.ToStringArrayOutput().Index(pulumi.Int(0))},
		SecurityGroupIds:  pulumi.StringArray{b.way.group.ID()},
		Tags:              pulumi.StringMap{"Name": pulumi.Sprintf("%s-%s-secrets", b.ctx.Stack(), b.name)},
	}, b.children()...)
	return err
}

// variables tell the AWS SDK of the function about the way.
func (w *way) variables() pulumi.StringMap {
	if w == nil {
		return nil
	}
	name := w.endpoint.DnsEntries.Index(pulumi.Int(0)).DnsName().Elem()
	return pulumi.StringMap{"AWS_ENDPOINT_URL_SECRETS_MANAGER": pulumi.Sprintf("https://%s", name)}
}
