package edge

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// securityGroup admits the world to ports 80 and 443. The way out to a service
// is a rule that the service makes, for its own group and port alone.
func (b *builder) securityGroup() error {
	group, err := ec2.NewSecurityGroup(b.ctx, b.name, &ec2.SecurityGroupArgs{
		Description: pulumi.String("Load balancer"),
		VpcId:       b.args.VPCID.ToStringOutput(),
		Tags:        pulumi.StringMap{"Name": pulumi.Sprintf("%s-%s", b.ctx.Stack(), b.name)},
	}, b.children()...)
	if err != nil {
		return err
	}
	b.edge.SecurityGroupID = group.ID().ToStringOutput()
	for _, port := range []int{80, 443} {
		if err := b.admit(fmt.Sprintf("%s-%d", b.name, port), port, pulumi.String("0.0.0.0/0"), nil); err != nil {
			return err
		}
		if !b.args.IPv6 {
			continue
		}
		if err := b.admit(fmt.Sprintf("%s-%d-v6", b.name, port), port, nil, pulumi.String("::/0")); err != nil {
			return err
		}
	}
	return nil
}

// admit lets a range of addresses in to a port.
func (b *builder) admit(name string, port int, v4, v6 pulumi.StringPtrInput) error {
	_, err := vpc.NewSecurityGroupIngressRule(b.ctx, name, &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: b.edge.SecurityGroupID,
		Description:     pulumi.String("Users"),
		CidrIpv4:        v4,
		CidrIpv6:        v6,
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(port),
		ToPort:          pulumi.Int(port),
	}, b.children()...)
	return err
}
