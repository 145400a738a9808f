package task

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
)

// firewall makes the security group of the tasks and one rule for every path:
// out to HTTPS anywhere and to what the grants reach. Nothing else gets out, and
// nothing gets in but what the owner opens.
func (t *Task) firewall() error {
	group, err := ec2.NewSecurityGroup(t.ctx, t.name, &ec2.SecurityGroupArgs{
		Description: pulumi.String("Tasks"),
		VpcId:       t.spec.Network.VPCID.ToStringOutput(),
		Tags:        pulumi.StringMap{"Name": pulumi.Sprintf("%s-%s", t.ctx.Stack(), t.name)},
	}, t.Children()...)
	if err != nil {
		return err
	}
	t.SecurityGroupID = group.ID().ToStringOutput()
	// AWS's own interfaces and everything a product calls answer on 443.
	if err := t.out("https", t.SecurityGroupID, 443, nil); err != nil {
		return err
	}
	if t.spec.Network.IPv6 {
		if err := t.outV6(); err != nil {
			return err
		}
	}
	var opened []access.Path
	for _, g := range t.plan.uses {
		for i, path := range g.Reach {
			if reaches(opened, path) {
				continue
			}
			opened = append(opened, path)
			name := pathName(g, i)
			if err := t.Open("to-"+name, t.SecurityGroupID, name+"-in", path.SecurityGroupID, path.Port); err != nil {
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

// Open makes both halves of a path between two groups: the way out of one and
// the way into the other.
func (t *Task) Open(outName string, from pulumi.StringInput, inName string, to pulumi.StringInput, port int) error {
	if err := t.out(outName, from, port, to); err != nil {
		return err
	}
	rule, err := vpc.NewSecurityGroupIngressRule(t.ctx, t.name+"-"+inName, &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           to.ToStringOutput(),
		ReferencedSecurityGroupId: from.ToStringOutput(),
		Description:               pulumi.String(t.name),
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(port),
		ToPort:                    pulumi.Int(port),
	}, t.Children()...)
	t.Needs(rule)
	return err
}

// out lets a group connect to another one, or to everything when to is nil.
func (t *Task) out(name string, from pulumi.StringInput, port int, to pulumi.StringInput) error {
	args := &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: from.ToStringOutput(),
		Description:     pulumi.String(t.name),
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(port),
		ToPort:          pulumi.Int(port),
	}
	if to == nil {
		args.CidrIpv4 = pulumi.String("0.0.0.0/0")
	} else {
		args.ReferencedSecurityGroupId = to.ToStringOutput()
	}
	rule, err := vpc.NewSecurityGroupEgressRule(t.ctx, t.name+"-"+name, args, t.Children()...)
	t.Needs(rule)
	return err
}

// outV6 is HTTPS to the IPv6 internet.
func (t *Task) outV6() error {
	rule, err := vpc.NewSecurityGroupEgressRule(t.ctx, t.name+"-https-v6", &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: t.SecurityGroupID,
		Description:     pulumi.String(t.name),
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(443),
		ToPort:          pulumi.Int(443),
		CidrIpv6:        pulumi.String("::/0"),
	}, t.Children()...)
	t.Needs(rule)
	return err
}
