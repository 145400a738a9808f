package edge

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// securityGroup admits the world to ports 80 and 443, or CloudFront to port 443.
// The way out to a service is a rule that the service makes, for its own group
// and port alone.
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
	if b.args.CDN.on() {
		if err := b.admitCloudFront(); err != nil {
			return err
		}
	}
	if b.args.CDN.closed() {
		return nil
	}
	return b.admitWorld()
}

// admitCloudFront lets CloudFront's servers in. Their list counts as 55 of the
// 60 rules a group may have, so it fits once: port 80 stays closed, and
// CloudFront redirects to HTTPS itself.
func (b *builder) admitCloudFront() error {
	name := "com.amazonaws.global.cloudfront.origin-facing"
	list, err := ec2.LookupManagedPrefixList(b.ctx, &ec2.LookupManagedPrefixListArgs{Name: &name}, pulumi.Parent(b.edge))
	if err != nil {
		return fmt.Errorf("asking for CloudFront's addresses: %w", err)
	}
	return b.admit(b.name+"-443-cdn", 443, vpc.SecurityGroupIngressRuleArgs{
		Description: pulumi.String("CloudFront"), PrefixListId: pulumi.String(list.Id),
	})
}

func (b *builder) admitWorld() error {
	users := pulumi.String("Users")
	for _, port := range []int{80, 443} {
		err := b.admit(fmt.Sprintf("%s-%d", b.name, port), port, vpc.SecurityGroupIngressRuleArgs{
			Description: users, CidrIpv4: pulumi.String("0.0.0.0/0"),
		})
		if err != nil {
			return err
		}
		if !b.args.IPv6 {
			continue
		}
		err = b.admit(fmt.Sprintf("%s-%d-v6", b.name, port), port, vpc.SecurityGroupIngressRuleArgs{
			Description: users, CidrIpv6: pulumi.String("::/0"),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// admit lets the source of the rule in to a port.
func (b *builder) admit(name string, port int, rule vpc.SecurityGroupIngressRuleArgs) error {
	rule.SecurityGroupId = b.edge.SecurityGroupID
	rule.IpProtocol = pulumi.String("tcp")
	rule.FromPort, rule.ToPort = pulumi.Int(port), pulumi.Int(port)
	admitted, err := vpc.NewSecurityGroupIngressRule(b.ctx, name, &rule, b.children()...)
	if err != nil {
		return err
	}
	b.edge.front.before = append(b.edge.front.before, admitted)
	return nil
}
