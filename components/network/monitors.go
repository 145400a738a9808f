package network

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/monitor"
)

// natTag is the AWS tag that tells gateways and the instance apart in Datadog:
// their ids are not known when the program runs.
const natTag = "nat"

// specs are the monitors of the way out, given the ids of the gateways or of
// the instance.
func (a Args) specs(environment, name string, ids []pulumi.StringInput) []monitor.Spec {
	if a.NAT == NATInstance {
		return instanceSpecs(environment, name, ids[0])
	}
	return gatewaySpecs(environment, name, ids)
}

// gatewaySpecs are the monitors of the NAT gateways, given their ids.
func gatewaySpecs(environment, name string, ids []pulumi.StringInput) []monitor.Spec {
	var specs []monitor.Spec
	for slot, id := range ids {
		of := []monitor.Dimension{
			{Tag: "env", Value: environment},
			{Tag: natTag, Value: natName(name, slot), Name: "NatGatewayId", CloudWatchValue: id},
		}
		specs = append(specs, portAllocation(slot, of), packetDrops(slot, of))
	}
	return specs
}

func portAllocation(slot int, of []monitor.Dimension) monitor.Spec {
	return monitor.Spec{
		ID: "nat-port", Subject: fmt.Sprint(slot),
		Title:  "NAT gateway runs out of ports",
		Impact: "Calls from containers to services outside AWS fail at random.",
		Checks: []string{
			"Which destination has the most connections: a NAT gateway has 55,000 for each",
			"Whether a service opens a connection for every request instead of keeping a pool",
			"Whether a new release or a retry storm began at the same time",
		},
		Query: monitor.Query{
			Over: monitor.Sum, Window: 15 * time.Minute, Compare: monitor.Above,
			Measure: monitor.Series{Space: monitor.Sum, Of: of, Metric: monitor.Metric{
				Datadog: "aws.natgateway.error_port_allocation.sum", Namespace: "AWS/NATGateway", Name: "ErrorPortAllocation", Stat: "Sum", Count: true,
			}},
		},
		Levels: monitor.Production(monitor.Alert(0)), Missing: monitor.MissingIsZero, Priority: 2,
	}
}

func packetDrops(slot int, of []monitor.Dimension) monitor.Spec {
	return monitor.Spec{
		ID: "nat-drop", Subject: fmt.Sprint(slot),
		Title:  "NAT gateway drops packets",
		Impact: "Calls from containers to services outside AWS are slow or fail.",
		Checks: []string{
			"The AWS Health Dashboard for the zone of the gateway",
			"Whether traffic through the gateway is near 100 Gbit/s or 10 million packets a second",
		},
		Query: monitor.Query{
			Over: monitor.Sum, Window: 15 * time.Minute, Compare: monitor.Above,
			Measure: monitor.Series{Space: monitor.Sum, Of: of, Metric: monitor.Metric{
				Datadog: "aws.natgateway.packets_drop_count.sum", Namespace: "AWS/NATGateway", Name: "PacketsDropCount", Stat: "Sum", Count: true,
			}},
		},
		Levels: monitor.Levels{Critical: monitor.AlertAndWarn(1000, 100)}, Missing: monitor.MissingIsZero, Priority: 4,
	}
}

// instanceSpecs are the monitors of the NAT instance, given its id.
func instanceSpecs(environment, name string, id pulumi.StringInput) []monitor.Spec {
	of := []monitor.Dimension{
		{Tag: "env", Value: environment},
		{Tag: natTag, Value: natInstanceName(name), Name: "InstanceId", CloudWatchValue: id},
	}
	return []monitor.Spec{instanceStatus(of), instanceCPU(of)}
}

// instanceStatus also notices that the instance is stopped or gone: it reports
// nothing then.
func instanceStatus(of []monitor.Dimension) monitor.Spec {
	return monitor.Spec{
		ID:     "nat-instance-status",
		Title:  "NAT instance fails its checks, or is gone",
		Impact: "Nothing leaves the app subnets: calls to services outside AWS fail, and images, secrets and logs do not get through.",
		Checks: []string{
			"Whether the instance runs, and which of its two checks fails",
			"What its console says last",
			"Whether someone stopped it or a deployment replaced it",
		},
		Query: monitor.Query{
			// AWS moves it to another host by itself, which takes some minutes.
			Over: monitor.Minimum, Window: 10 * time.Minute, Compare: monitor.Above,
			Measure: monitor.Series{Space: monitor.Maximum, Of: of, Metric: monitor.Metric{
				Datadog: "aws.ec2.status_check_failed", Namespace: "AWS/EC2", Name: "StatusCheckFailed", Stat: "Maximum",
			}},
		},
		Levels: monitor.Production(monitor.Alert(0)), Missing: monitor.MissingAlerts, Priority: 1,
	}
}

// instanceCPU looks at more than an hour, because EC2 reports the CPU every five
// minutes and CloudWatch alarms on shorter windows look at every minute.
func instanceCPU(of []monitor.Dimension) monitor.Spec {
	return monitor.Spec{
		ID:     "nat-instance-cpu",
		Title:  "NAT instance is busy",
		Impact: "Calls to services outside AWS get slower, and the CPU time is billed: a NAT gateway now costs less.",
		Checks: []string{
			"Which destination has the most traffic, and which service causes it",
			"Whether a service opens a connection for every request instead of keeping a pool",
			"Whether the load stays; then switch to a NAT gateway, in place",
		},
		Query: monitor.Query{
			Over: monitor.Average, Window: 2 * time.Hour, Compare: monitor.Above,
			Measure: monitor.Series{Space: monitor.Average, Of: of, Metric: monitor.Metric{
				Datadog: "aws.ec2.cpuutilization", Namespace: "AWS/EC2", Name: "CPUUtilization", Stat: "Average",
			}},
		},
		Levels: monitor.Everywhere(monitor.AlertAndWarn(50, 25)), Missing: monitor.MissingShows, Priority: 3,
	}
}
