package task

import (
	"cmp"
	"fmt"
	"slices"

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
	for _, w := range t.ways() {
		if err := t.between(w.rule("to-", ""), t.SecurityGroupID, w.rule("", "-in"), w.path.SecurityGroupID, w.path.Port); err != nil {
			return err
		}
	}
	return nil
}

// way is a path that one grant or several lead along.
type way struct {
	path access.Path
	name string
	keys []string
}

// ways are the paths of the grants, each once: AWS refuses the second of two equal
// rules. Their names do not depend on which of the grants comes first.
func (t *Task) ways() []way {
	var ways []way
	for _, g := range t.plan.uses {
		for i, path := range g.Reach {
			key := g.Key
			if i > 0 {
				key = fmt.Sprintf("%s-%d", g.Key, i)
			}
			at := slices.IndexFunc(ways, func(w way) bool {
				return w.path.Port == path.Port && same(w.path.SecurityGroupID, path.SecurityGroupID)
			})
			if at < 0 {
				at, ways = len(ways), append(ways, way{path: path, name: cmp.Or(path.Name, key)})
			}
			ways[at].keys = append(ways[at].keys, key)
		}
	}
	return ways
}

func (w way) rule(before, after string) ruleName {
	n := ruleName{before + w.name + after, []string{before + w.name + after}}
	for _, key := range w.keys {
		if key != w.name {
			n.former = append(n.former, before+key+after)
		}
	}
	return n
}

// ruleName is the logical name of a rule, without its port, and what it was before
// names had a port.
type ruleName struct {
	name   string
	former []string
}

// Open makes both halves of a path between two groups: the way out of one and
// the way into the other.
func (t *Task) Open(out string, from pulumi.StringInput, in string, to pulumi.StringInput, port int) error {
	return t.between(ruleName{out, []string{out}}, from, ruleName{in, []string{in}}, to, port)
}

// between makes both halves of a path. The port is part of their names: with
// another port, the new rules are there before the first new task, and the old ones
// go at the end of a run in which the deployment went well. Until then tasks of
// both revisions run, and ECS may go back.
func (t *Task) between(out ruleName, from pulumi.StringInput, in ruleName, to pulumi.StringInput, port int) error {
	_, err := t.out(out.at(port), from, port, vpc.SecurityGroupEgressRuleArgs{ReferencedSecurityGroupId: to.ToStringOutput()}, t.aliases(out))
	if err != nil {
		return err
	}
	rule, err := vpc.NewSecurityGroupIngressRule(t.ctx, t.name+"-"+in.at(port), &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           to.ToStringOutput(),
		ReferencedSecurityGroupId: from.ToStringOutput(),
		Description:               pulumi.String(t.name),
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(port),
		ToPort:                    pulumi.Int(port),
	}, t.Children(t.aliases(in))...)
	t.Needs(rule)
	return err
}

func (n ruleName) at(port int) string { return fmt.Sprintf("%s-%d", n.name, port) }

func (t *Task) aliases(n ruleName) pulumi.ResourceOption {
	var aliases []pulumi.Alias
	for _, former := range n.former {
		aliases = append(aliases, pulumi.Alias{Name: pulumi.String(t.name + "-" + former)})
	}
	return pulumi.Aliases(aliases)
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
