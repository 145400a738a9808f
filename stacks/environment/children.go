package environment

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/tenfold-iac/tenfold/components/monitor"
)

// kind is a type of resource, and what a person calls it.
type kind struct{ token, word string }

// The types of the resources that services and jobs make.
var (
	groups        = kind{"aws:ec2/securityGroup:SecurityGroup", "a security group"}
	waysOut       = kind{"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "a rule"}
	waysIn        = kind{"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "a rule"}
	roles         = kind{"aws:iam/role:Role", "a role"}
	policies      = kind{"aws:iam/rolePolicy:RolePolicy", "a policy"}
	logs          = kind{"aws:cloudwatch/logGroup:LogGroup", "a log group"}
	definitions   = kind{"aws:ecs/taskDefinition:TaskDefinition", "a task definition"}
	ecsServices   = kind{"aws:ecs/service:Service", "an ECS service"}
	targets       = kind{"aws:lb/targetGroup:TargetGroup", "a target group"}
	routes        = kind{"aws:lb/listenerRule:ListenerRule", "a listener rule"}
	scalables     = kind{"aws:appautoscaling/target:Target", "a scaling target"}
	measures      = kind{"aws:appautoscaling/policy:Policy", "a scaling policy"}
	timed         = kind{"aws:appautoscaling/scheduledAction:ScheduledAction", "a schedule"}
	alarms        = kind{"aws:cloudwatch/metricAlarm:MetricAlarm", "an alarm"}
	monitors      = kind{"datadog:index/monitor:Monitor", "a monitor"}
	failureQueues = kind{"aws:sqs/queue:Queue", "a queue"}
	failureAccess = kind{"aws:sqs/queuePolicy:QueuePolicy", "a queue policy"}
	events        = kind{"aws:cloudwatch/eventRule:EventRule", "an event rule"}
	eventsTo      = kind{"aws:cloudwatch/eventTarget:EventTarget", "an event target"}
	locks         = kind{"aws:dynamodb/table:Table", "a table"}
	clocks        = kind{"aws:scheduler/schedule:Schedule", "a schedule"}
	stateMachines = kind{"aws:sfn/stateMachine:StateMachine", "a state machine"}
)

// child is a resource of a service or a job, and what it is there for.
type child struct {
	kind
	name, of string
}

// family collects the children of one service or job by their logical names, the
// way the components name them.
type family struct {
	name string
	list []child
}

func (f *family) add(k kind, of string, suffixes ...string) {
	for _, suffix := range suffixes {
		f.list = append(f.list, child{k, f.name + suffix, of})
	}
}

// way adds both halves of a path, with the names they had before names had a port. A
// rule takes over the one that has such a name, so no other may have it.
func (f *family) way(of, out, in string, port int) {
	f.add(waysOut, of, fmt.Sprintf("%s-%d", out, port), out)
	f.add(waysIn, of, fmt.Sprintf("%s-%d", in, port), in)
}

// serviceChildren are the children that a service can have.
func (c *Config) serviceChildren(name string) []child {
	s := c.Services[name]
	f := c.taskChildren(name, s.Container, uses(s.Container, s.Queue, s.Calls))
	f.add(ecsServices, "", "")
	f.add(scalables, "", "")
	f.add(measures, "", "-cpu", "-memory", "-requests", "-backlog")
	if s.Shell {
		f.add(policies, "", "-task-shell")
	}
	if s.Host != "" {
		f.add(targets, "", "")
		f.add(routes, "", "")
		f.add(alarms, "", "-5xx", "-p99")
		f.way("the load balancer", "-edge-out", "-from-edge", s.Port)
	}
	for _, t := range s.Scaling.Schedules {
		f.add(timed, "", "-"+t.Name)
	}
	if s.Scaling.Sleep != (Sleep{}) {
		f.add(timed, "", "-sleep", "-wake")
	}
	return f.list
}

// jobChildren are the children that a job can have.
func (c *Config) jobChildren(name string) []child {
	j := c.Jobs[name]
	f := c.taskChildren(name, j.Container, uses(j.Container, "", nil))
	f.add(failureQueues, "", "-failed")
	f.add(failureAccess, "", "-failed")
	f.add(events, "", "-failed")
	f.add(eventsTo, "", "-failed")
	if j.Schedule != "" {
		f.add(events, "", "-run-failed")
		f.add(eventsTo, "", "-run-failed")
		f.add(clocks, "", "")
		f.add(stateMachines, "", "")
		f.add(logs, "", "-machine")
		f.add(roles, "", "-machine", "-scheduler")
		f.add(policies, "", "-machine", "-scheduler")
		f.add(locks, "", "-lock")
	}
	return f.list
}

// taskChildren are the children that services and jobs have in common.
func (c *Config) taskChildren(name string, s Container, all []use) *family {
	f := &family{name: name}
	for _, k := range []kind{groups, logs, definitions} {
		f.add(k, "", "")
	}
	f.add(roles, "", "-execution", "-task")
	f.add(policies, "", "-execution")
	for _, id := range monitor.IDs() {
		f.add(monitors, "", "-"+id)
	}
	f.add(waysOut, "HTTPS", "-https")
	switch {
	case s.Egress.Private:
		f.add(waysOut, "HTTPS", "-https-s3")
	case c.Network.IPv6:
		f.add(waysOut, "HTTPS", "-https-v6")
	}
	for _, o := range s.Egress.Also {
		f.add(waysOut, o.CIDR, o.rule())
	}
	for _, u := range all {
		g := c.gives(u)
		f.add(policies, g.key, "-task-"+g.key, "-execution-"+g.key)
		if g.path == "" {
			continue
		}
		f.way(g.source, "-to-"+g.path, "-"+g.path+"-in", g.port)
		// The rules of a path once had the name of the grant.
		f.add(waysOut, g.source, "-to-"+g.key)
		f.add(waysIn, g.source, "-"+g.key+"-in")
	}
	return f
}

// rule ends the name of the rule for an outlet.
func (o Outlet) rule() string {
	to := o.CIDR
	if prefix, err := netip.ParsePrefix(o.CIDR); err == nil {
		to = prefix.String() // an IPv6 range can be written in many ways
	}
	return fmt.Sprintf("-to-%d-%s", o.Port, strings.NewReplacer(".", "-", ":", "-", "/", "-").Replace(to))
}
