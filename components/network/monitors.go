package network

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/monitor"
)

// natTag is the AWS tag that tells gateways apart in Datadog: the gateway's id
// is not known when the program runs.
const natTag = "nat"

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
