package network_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/monitor/cloudwatch"
	"github.com/tenfold-iac/tenfold/components/network"
)

const instanceType = "aws:ec2/instance:Instance"

var modes = []network.NAT{network.NATPerZone, network.NATSingle, network.NATNone, network.NATInstance}

func TestTheNumbersOfTheModesNeverChange(t *testing.T) {
	for i, mode := range modes {
		assert.EqualValues(t, i+1, mode)
	}
}

func TestSwitchingTheNATModeTouchesOnlyTheWayOutAndItsRoutes(t *testing.T) {
	ways := []string{
		"aws:ec2/eip:Eip", "aws:ec2/eipAssociation:EipAssociation", "aws:ec2/instance:Instance", "aws:ec2/natGateway:NatGateway",
		"aws:ec2/networkInterface:NetworkInterface", "aws:ec2/route:Route", "aws:ec2/securityGroup:SecurityGroup",
		"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
	}
	for _, from := range modes {
		for _, to := range modes {
			before, after := lines(build(t, network.Args{Zones: zones, NAT: from})), lines(build(t, network.Args{Zones: zones, NAT: to}))
			for line := range before {
				if after[line] {
					continue
				}
				fields := strings.Fields(line)
				assert.Contains(t, ways, fields[0])
				assert.True(t, strings.HasPrefix(fields[1], "main-nat-") || strings.HasPrefix(fields[1], "main-app-"), fields[1])
			}
		}
	}
}

// A route that is replaced leaves its subnet without a way out for a moment, and
// AWS refuses a second one for the same destination.
func TestARouteKeepsItsNameTableAndDestinationInEveryModeWithAWayOut(t *testing.T) {
	targets := map[network.NAT]string{
		network.NATPerZone: "natGatewayId", network.NATSingle: "natGatewayId", network.NATInstance: "networkInterfaceId",
	}
	seen := map[any]bool{}
	for mode, target := range targets {
		inv := build(t, network.Args{Zones: zones, NAT: mode})
		for slot := range zones {
			route := inv.One(t, "aws:ec2/route:Route", fmt.Sprintf("main-app-%d-internet", slot))
			table := inv.One(t, "aws:ec2/routeTable:RouteTable", fmt.Sprintf("main-app-%d", slot))
			assert.True(t, strings.HasPrefix(route.Input("routeTableId").(string), table.Name))
			assert.Equal(t, "0.0.0.0/0", route.Input("destinationCidrBlock"))
			assert.Len(t, route.Inputs, 3)
			require.NotNil(t, route.Input(target))
			seen[route.Input(target)] = true
		}
	}
	assert.Len(t, seen, 4, "three gateways, of which the first is the single one, and the interface")
}

func TestTheNATInstanceModeMakesExactlyTheseResources(t *testing.T) {
	inv := build(t, network.Args{Zones: zones, NAT: network.NATInstance})
	componenttest.AssertHouse(t, inv, component, "main")
	componenttest.Golden(t, "natinstance.golden", inv.Text())
}

func TestOnlyTheAppSubnetsReachTheNATInstance(t *testing.T) {
	inv := build(t, network.Args{Zones: zones, NAT: network.NATInstance, CIDR: "10.7.0.0/16"})
	group := inv.One(t, "aws:ec2/securityGroup:SecurityGroup", "main-nat-instance")
	assert.Nil(t, group.Input("ingress"))
	var admitted []any
	for _, rule := range inv.ByType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") {
		assert.Equal(t, "-1", rule.Input("ipProtocol"))
		assert.Len(t, rule.Inputs, 4)
		admitted = append(admitted, rule.Input("cidrIpv4"))
	}
	assert.Equal(t, []any{"10.7.0.0/20", "10.7.64.0/20", "10.7.128.0/20"}, admitted)
	out := inv.ByType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
	require.Len(t, out, 1)
	assert.Equal(t, "0.0.0.0/0", out[0].Input("cidrIpv4"))
}

func TestTheNATInstanceReachesTheIPv6InternetWhereTheNetworkDoes(t *testing.T) {
	inv := build(t, network.Args{Zones: zones, NAT: network.NATInstance, IPv6: true})
	assert.Equal(t, "::/0", inv.One(t, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "main-nat-instance-v6").Input("cidrIpv6"))
	assert.Len(t, inv.ByType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"), len(zones), "nothing comes in over IPv6")
}

func TestTheNATInstanceIsClosedAndHasNoRightsInAWS(t *testing.T) {
	instance := build(t, network.Args{Zones: zones, NAT: network.NATInstance}).One(t, instanceType, "main-nat-instance")
	assert.Equal(t, map[string]any{"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1.0}, instance.Input("metadataOptions"))
	assert.Equal(t, map[string]any{"volumeType": "gp3", "volumeSize": 8.0, "encrypted": true}, instance.Input("rootBlockDevice"))
	for _, absent := range []string{"keyName", "iamInstanceProfile", "associatePublicIpAddress", "subnetId", "vpcSecurityGroupIds"} {
		assert.Nil(t, instance.Input(absent), absent)
	}
}

func TestANewNATInstanceTakesOverTheInterfaceWithItsAddresses(t *testing.T) {
	inv := build(t, network.Args{Zones: zones, NAT: network.NATInstance})
	card := inv.One(t, "aws:ec2/networkInterface:NetworkInterface", "main-nat-instance")
	assert.Equal(t, false, card.Input("sourceDestCheck"))
	assert.Contains(t, card.Input("subnetId"), "main-public-0-")
	association := inv.One(t, "aws:ec2/eipAssociation:EipAssociation", "main-nat-instance")
	instance := inv.One(t, instanceType, "main-nat-instance")
	id := association.Input("networkInterfaceId")
	assert.Contains(t, id, "main-nat-instance-")
	assert.Equal(t, []any{map[string]any{"deviceIndex": 0.0, "networkInterfaceId": id, "deleteOnTermination": false}}, instance.Input("networkInterfaces"))
	assert.True(t, instance.DeleteFirst, "an interface belongs to one instance at a time")
	assert.Nil(t, instance.Input("disableApiTermination"), "a protected instance could not be replaced")
}

func TestANewImageDoesNotReplaceTheNATInstanceAndANewScriptDoes(t *testing.T) {
	instance := build(t, network.Args{Zones: zones, NAT: network.NATInstance}).One(t, instanceType, "main-nat-instance")
	assert.Equal(t, []string{"ami"}, instance.IgnoreChange)
	assert.Equal(t, "ami-0123456789abcdef0", instance.Input("ami"))
	assert.Equal(t, true, instance.Input("userDataReplaceOnChange"))
}

func TestTheNATInstanceStartsOnceItCanReachItsPackagesAndRoutesFollowIt(t *testing.T) {
	inv := build(t, network.Args{Zones: zones, NAT: network.NATInstance})
	instance := inv.One(t, instanceType, "main-nat-instance")
	for _, need := range []componenttest.Resource{
		inv.One(t, "aws:ec2/eipAssociation:EipAssociation", "main-nat-instance"),
		inv.One(t, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "main-nat-instance"),
		inv.One(t, "aws:ec2/vpcEndpoint:VpcEndpoint", "main-s3"),
		inv.One(t, "aws:ec2/route:Route", "main-public-internet"),
		inv.One(t, "aws:ec2/routeTableAssociation:RouteTableAssociation", "main-public-0"),
	} {
		assert.Contains(t, instance.DependsOn, need.URN)
	}
	assert.Contains(t, inv.One(t, "aws:ec2/eipAssociation:EipAssociation", "main-nat-instance").DependsOn,
		inv.One(t, "aws:ec2/internetGateway:InternetGateway", "main-internet").URN, "AWS refuses the address before")
	for slot := range zones {
		assert.Contains(t, inv.One(t, "aws:ec2/route:Route", fmt.Sprintf("main-app-%d-internet", slot)).DependsOn, instance.URN)
	}
}

func TestTheScriptForwardsWhatComesFromTheNetworkAndNothingElse(t *testing.T) {
	inv := build(t, network.Args{Zones: zones, NAT: network.NATInstance, CIDR: "10.7.0.0/16"})
	script := inv.One(t, instanceType, "main-nat-instance").Input("userData").(string)
	_, rules, _ := strings.Cut(script, "cat > /etc/sysconfig/nftables.conf <<'RULES'\n")
	rules, rest, found := strings.Cut(rules, "RULES\n")
	require.True(t, found)
	assert.Equal(t, `flush ruleset
table ip nat {
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    ip saddr 10.7.0.0/16 ip daddr != 10.7.0.0/16 accept
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr 10.7.0.0/16 ip daddr != 10.7.0.0/16 masquerade
  }
}
`, rules)
	assert.True(t, strings.HasPrefix(script, "#!/bin/bash\n"), "cloud-init runs it only then")
	assert.Less(t, len(script), 16*1024, "the limit of AWS")
	assert.NotContains(t, script, "@", "every place is filled in")
	for _, permanent := range []string{
		"net.ipv4.ip_forward = 1", "systemctl enable --now nftables", "systemctl disable --now sshd",
		"echo latest > /etc/dnf/vars/releasever", "upgrade_type = security", "systemctl enable --now dnf-automatic-install.timer",
	} {
		assert.Contains(t, rest, permanent)
	}
}

func TestTheScriptIsAShellScript(t *testing.T) {
	script := build(t, network.Args{Zones: zones, NAT: network.NATInstance}).One(t, instanceType, "main-nat-instance").Input("userData").(string)
	check := exec.Command("sh", "-n")
	check.Stdin = strings.NewReader(script)
	said, err := check.CombinedOutput()
	require.NoError(t, err, string(said))
}

func TestTheNATInstanceIsWatchedByItsIDAndItsTag(t *testing.T) {
	sink := &componenttest.Monitors{}
	inv := build(t, network.Args{Zones: zones, NAT: network.NATInstance, Monitors: sink, MonitorsOff: map[string]string{"nat-instance-cpu": "a test load"}})
	specs := sink.ByKey("main")
	require.Len(t, specs, 2)
	assert.Equal(t, "a test load", specs["nat-instance-cpu"].Off)
	status := specs["nat-instance-status"]
	assert.Equal(t, monitor.MissingAlerts, status.Missing, "an instance that is gone reports nothing")
	for _, spec := range specs {
		of := spec.Query.Measure.(monitor.Series).Of[1]
		assert.Equal(t, "InstanceId", of.Name)
		assert.NotNil(t, of.CloudWatchValue)
		assert.Equal(t, inv.One(t, instanceType, "main-nat-instance").Input("tags").(map[string]any)[of.Tag], of.Value)
	}
}

func TestTheAlarmsOfTheNATInstanceLookAtPointsThatEC2Sends(t *testing.T) {
	sink, err := cloudwatch.NewSink(cloudwatch.Args{Environment: "test", Level: monitor.Standard})
	require.NoError(t, err)
	inv := build(t, network.Args{Zones: zones, NAT: network.NATInstance, Monitors: sink})
	for name, seconds := range map[string]float64{"main-nat-instance-status": 60, "main-nat-instance-cpu": 300} {
		alarm := inv.One(t, "aws:cloudwatch/metricAlarm:MetricAlarm", name)
		assert.Equal(t, seconds, alarm.Input("period"), "EC2 sends the status every minute and the CPU every five")
		assert.Contains(t, alarm.Input("dimensions.InstanceId"), "main-nat-instance-")
	}
	assert.Empty(t, sink.Unwatched())
}
