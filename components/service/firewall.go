package service

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
)

// firewall makes the security group of the tasks and one rule for every path: in
// from the edge to the container's port, out to HTTPS anywhere and to what the
// grants reach. Nothing else gets in or out.
func (b *builder) firewall() error {
	group, err := ec2.NewSecurityGroup(b.ctx, b.name, &ec2.SecurityGroupArgs{
		Description: pulumi.String("Tasks of a service"),
		VpcId:       b.args.Network.VPCID.ToStringOutput(),
		Tags:        pulumi.StringMap{"Name": pulumi.Sprintf("%s-%s", b.ctx.Stack(), b.name)},
	}, b.children()...)
	if err != nil {
		return err
	}
	b.service.SecurityGroupID = group.ID().ToStringOutput()
	// AWS's own interfaces and everything a product calls answer on 443.
	if err := b.out("https", b.service.SecurityGroupID, 443, nil); err != nil {
		return err
	}
	if b.args.Edge != nil {
		if err := b.open("edge-out", b.args.Edge.SecurityGroupID, "from-edge", b.service.SecurityGroupID, b.args.Port); err != nil {
			return err
		}
	}
	var opened []access.Path
	for _, g := range b.plan.uses {
		for i, path := range g.Reach {
			if reaches(opened, path) {
				continue
			}
			opened = append(opened, path)
			name := pathName(g, i)
			if err := b.open("to-"+name, b.service.SecurityGroupID, name+"-in", path.SecurityGroupID, path.Port); err != nil {
				return err
			}
		}
	}
	return nil
}

// pathName is the part of the rules' logical names that tells paths apart.
func pathName(g access.Grant, i int) string {
	if name := g.Reach[i].Name; name != "" {
		return name
	}
	if i == 0 {
		return g.Key
	}
	return fmt.Sprintf("%s-%d", g.Key, i)
}

// reaches tells whether a path is among those that are open: AWS refuses the
// second of two equal rules.
func reaches(opened []access.Path, p access.Path) bool {
	for _, o := range opened {
		if o.Port == p.Port && same(o.SecurityGroupID, p.SecurityGroupID) {
			return true
		}
	}
	return false
}

// open makes both halves of a path between two groups: the way out of one and
// the way into the other.
func (b *builder) open(outName string, from pulumi.StringInput, inName string, to pulumi.StringInput, port int) error {
	if err := b.out(outName, from, port, to); err != nil {
		return err
	}
	rule, err := vpc.NewSecurityGroupIngressRule(b.ctx, b.name+"-"+inName, &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           to.ToStringOutput(),
		ReferencedSecurityGroupId: from.ToStringOutput(),
		Description:               pulumi.String(b.name),
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(port),
		ToPort:                    pulumi.Int(port),
	}, b.children()...)
	b.needs(rule)
	return err
}

// out lets a group connect to another one, or to everything when to is nil.
func (b *builder) out(name string, from pulumi.StringInput, port int, to pulumi.StringInput) error {
	args := &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: from.ToStringOutput(),
		Description:     pulumi.String(b.name),
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(port),
		ToPort:          pulumi.Int(port),
	}
	if to == nil {
		args.CidrIpv4 = pulumi.String("0.0.0.0/0")
	} else {
		args.ReferencedSecurityGroupId = to.ToStringOutput()
	}
	rule, err := vpc.NewSecurityGroupEgressRule(b.ctx, b.name+"-"+name, args, b.children()...)
	b.needs(rule)
	return err
}
