package task

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
)

// firewall makes the security group of the tasks and one rule for every path: out
// to what the egress names and to what the grants reach. Nothing else gets out,
// and nothing gets in but what the owner opens.
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
	if err := t.egress(); err != nil {
		return err
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
	_, err := t.out(outName, from, port, vpc.SecurityGroupEgressRuleArgs{ReferencedSecurityGroupId: to.ToStringOutput()})
	if err != nil {
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

// out lets a group connect to what the arguments name, on one TCP port.
func (t *Task) out(name string, from pulumi.StringInput, port int, args vpc.SecurityGroupEgressRuleArgs, opts ...pulumi.ResourceOption) (*vpc.SecurityGroupEgressRule, error) {
	args.SecurityGroupId = from.ToStringOutput()
	if args.Description == nil {
		args.Description = pulumi.String(t.name)
	}
	args.IpProtocol, args.FromPort, args.ToPort = pulumi.String("tcp"), pulumi.Int(port), pulumi.Int(port)
	rule, err := vpc.NewSecurityGroupEgressRule(t.ctx, t.name+"-"+name, &args, t.Children(opts...)...)
	t.Needs(rule)
	return rule, err
}
