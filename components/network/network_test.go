package network_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/network"
)

const component = "tenfold:network:Network"

var zones = []string{"us-east-1a", "us-east-1b", "us-east-1c"}

func build(t *testing.T, args network.Args, opts ...pulumi.ResourceOption) *componenttest.Inventory {
	t.Helper()
	if args.Monitors == nil {
		args.Monitors = &componenttest.Monitors{}
	}
	return componenttest.Run(t, func(ctx *pulumi.Context) error {
		_, err := network.New(ctx, "main", args, opts...)
		return err
	})
}

func TestTheDefaultNetworkIsSafeForProduction(t *testing.T) {
	inv := build(t, network.Args{Zones: zones})
	componenttest.AssertHouse(t, inv, component, "main")
	componenttest.Golden(t, "default.golden", inv.Text())
}

func TestTheCallersOptionsStayOnTheComponent(t *testing.T) {
	inv := build(t, network.Args{Zones: zones, Disposable: true},
		pulumi.Protect(true), pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("old")}}))
	assert.True(t, inv.One(t, component, "main").Protect)
	assert.Equal(t, []string{"old"}, inv.One(t, component, "main").Aliases)
	assert.False(t, inv.One(t, "aws:ec2/vpc:Vpc", "main").Protect)
	componenttest.AssertHouse(t, inv, component, "main")
}

func TestSubnetsFollowThePlanAndNeverMapPublicAddresses(t *testing.T) {
	inv := build(t, network.Args{Zones: zones})
	subnets := inv.ByType("aws:ec2/subnet:Subnet")
	require.Len(t, subnets, 9)
	for _, s := range subnets {
		assert.Equal(t, false, s.Input("mapPublicIpOnLaunch"), s.Name)
	}
	second := inv.One(t, "aws:ec2/subnet:Subnet", "main-app-1")
	assert.Equal(t, "10.0.64.0/20", second.Input("cidrBlock"))
	assert.Equal(t, "us-east-1b", second.Input("availabilityZone"))
}

func TestAddingAZoneChangesNoExistingSubnetOrRoute(t *testing.T) {
	before := lines(build(t, network.Args{Zones: zones[:2]}))
	after := lines(build(t, network.Args{Zones: zones}))
	var changed []string
	for line := range before {
		if !after[line] {
			changed = append(changed, strings.Fields(line)[1])
		}
	}
	assert.ElementsMatch(t, []string{"main-s3", "main-dynamodb"}, changed, "only the endpoints, which list the route tables, change")
}

// lines are the resources with all their inputs.
func lines(inv *componenttest.Inventory) map[string]bool {
	set := map[string]bool{}
	for _, r := range inv.Resources {
		one := componenttest.Inventory{Resources: []componenttest.Resource{r}}
		set[one.Detailed()] = true
	}
	return set
}

func TestTheDataSubnetsHaveNoWayOutInAnyMode(t *testing.T) {
	for _, mode := range modes {
		for _, r := range build(t, network.Args{Zones: zones, NAT: mode}).ByType("aws:ec2/route:Route") {
			assert.NotContains(t, r.Name, "data")
		}
	}
}

func TestTheGatewayEndpointsServeEveryRouteTable(t *testing.T) {
	inv := build(t, network.Args{Zones: zones})
	for _, service := range []string{"s3", "dynamodb"} {
		endpoint := inv.One(t, "aws:ec2/vpcEndpoint:VpcEndpoint", "main-"+service)
		assert.Equal(t, "com.amazonaws.us-east-1."+service, endpoint.Input("serviceName"))
		assert.Equal(t, "Gateway", endpoint.Input("vpcEndpointType"))
		assert.Len(t, endpoint.Input("routeTableIds"), len(inv.ByType("aws:ec2/routeTable:RouteTable")))
	}
}

func TestIPv6LeadsOutOfTheAppSubnetsAndNowhereFromTheDataSubnets(t *testing.T) {
	inv := build(t, network.Args{Zones: zones, IPv6: true})
	componenttest.AssertHouse(t, inv, component, "main")
	assert.Equal(t, true, inv.One(t, "aws:ec2/vpc:Vpc", "main").Input("assignGeneratedIpv6CidrBlock"))
	subnet := inv.One(t, "aws:ec2/subnet:Subnet", "main-app-1")
	assert.Equal(t, "2600:1f13:abc:de12::/64", subnet.Input("ipv6CidrBlock"))
	assert.Equal(t, true, subnet.Input("assignIpv6AddressOnCreation"))
	var outwards []string
	for _, r := range inv.ByType("aws:ec2/route:Route") {
		if r.Input("destinationIpv6CidrBlock") == "::/0" {
			outwards = append(outwards, r.Name)
			assert.Equal(t, r.Name == "main-public-internet-v6", r.Input("egressOnlyGatewayId") == nil, r.Name)
		}
	}
	assert.Equal(t, []string{"main-app-0-internet-v6", "main-app-1-internet-v6", "main-app-2-internet-v6", "main-public-internet-v6"}, outwards)
	plain := build(t, network.Args{Zones: zones})
	assert.Empty(t, plain.ByType("aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"))
	assert.Nil(t, plain.One(t, "aws:ec2/subnet:Subnet", "main-app-1").Input("ipv6CidrBlock"))
}

func TestInterfaceEndpointsAdmitTheNetworkToHTTPSOnly(t *testing.T) {
	inv := build(t, network.Args{Zones: zones, CIDR: "10.7.0.0/16", Endpoints: []string{"ecr.api", "logs"}})
	componenttest.AssertHouse(t, inv, component, "main")
	endpoint := inv.One(t, "aws:ec2/vpcEndpoint:VpcEndpoint", "main-ecr-api")
	assert.Equal(t, "com.amazonaws.us-east-1.ecr.api", endpoint.Input("serviceName"))
	assert.Equal(t, "Interface", endpoint.Input("vpcEndpointType"))
	assert.Equal(t, true, endpoint.Input("privateDnsEnabled"))
	assert.Len(t, endpoint.Input("subnetIds"), 3)
	rule := inv.One(t, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "main-endpoints")
	assert.Equal(t, "10.7.0.0/16", rule.Input("cidrIpv4"))
	assert.Equal(t, 443.0, rule.Input("fromPort"))
	assert.Equal(t, 443.0, rule.Input("toPort"))
	assert.False(t, build(t, network.Args{Zones: zones}).Has("aws:ec2/securityGroup:SecurityGroup", "main-endpoints"))
}

func TestTheDefaultSecurityGroupIsEmpty(t *testing.T) {
	group := build(t, network.Args{Zones: zones}).One(t, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "main-default")
	assert.Equal(t, []any{}, group.Input("ingress"))
	assert.Equal(t, []any{}, group.Input("egress"))
}

func TestTheFlowLogRoleWritesItsGroupAndIsAssumedByThisAccountsFlowLogsOnly(t *testing.T) {
	key := pulumi.String("arn:aws:kms:us-east-1:123456789012:key/logs")
	inv := build(t, network.Args{Zones: zones, FlowLog: network.FlowLog{Traffic: network.AllTraffic, RetentionDays: 365, KeyARN: key}})
	group := inv.One(t, "aws:cloudwatch/logGroup:LogGroup", "main-flow")
	assert.Equal(t, "tenfold/test/main/flow", group.Input("name"))
	assert.Equal(t, string(key), group.Input("kmsKeyId"))
	assert.Equal(t, 365.0, group.Input("retentionInDays"))
	assert.Equal(t, "ALL", inv.One(t, "aws:ec2/flowLog:FlowLog", "main-flow").Input("trafficType"))
	role := inv.One(t, "aws:iam/role:Role", "main-flow")
	assertJSON(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole"],
		"Principal":{"Service":["vpc-flow-logs.amazonaws.com"]},
		"Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"},
			"ArnLike":{"aws:SourceArn":"arn:aws:ec2:us-east-1:123456789012:vpc-flow-log/*"}}}]}`, role, "assumeRolePolicy")
	policy := inv.One(t, "aws:iam/rolePolicy:RolePolicy", "main-flow")
	assertJSON(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
		"Action":["logs:CreateLogStream","logs:DescribeLogGroups","logs:DescribeLogStreams","logs:PutLogEvents"],
		"Resource":"arn:aws:logs:us-east-1:123456789012:log-group:tenfold/test/main/flow:*"}]}`, policy, "policy")
}

func assertJSON(t *testing.T, want string, r componenttest.Resource, path string) {
	t.Helper()
	text, ok := r.Input(path).(string)
	require.True(t, ok)
	assert.JSONEq(t, want, text)
}

func TestAFlowLogThatIsSwitchedOffLeavesNothingBehind(t *testing.T) {
	inv := build(t, network.Args{Zones: zones, FlowLog: network.FlowLog{Off: "a network without customers"}})
	for _, token := range []string{"aws:ec2/flowLog:FlowLog", "aws:cloudwatch/logGroup:LogGroup", "aws:iam/role:Role"} {
		assert.Empty(t, inv.ByType(token))
	}
}

func TestEveryGatewayIsWatched(t *testing.T) {
	sink := &componenttest.Monitors{}
	build(t, network.Args{Zones: zones, Monitors: sink, MonitorsOff: map[string]string{"nat-drop": "no traffic yet"}})
	specs := sink.ByKey("main")
	require.Len(t, specs, 6)
	for slot := range zones {
		port := specs[fmt.Sprintf("nat-port-%d", slot)]
		assert.Empty(t, port.Off)
		assert.Equal(t, "no traffic yet", specs[fmt.Sprintf("nat-drop-%d", slot)].Off)
		of := port.Query.Measure.(monitor.Series).Of
		assert.Equal(t, fmt.Sprintf("main-nat-%d", slot), of[1].Value)
		assert.NotNil(t, of[1].CloudWatchValue)
	}
}

func TestEveryGatewayCarriesTheTagsItsMonitorsLookFor(t *testing.T) {
	gateway := build(t, network.Args{Zones: zones}).One(t, "aws:ec2/natGateway:NatGateway", "main-nat-1")
	assert.Equal(t, map[string]any{"Name": "test-main-nat-1", "env": "test", "nat": "main-nat-1"}, gateway.Input("tags"))
}

func TestAllProblemsAreReportedBeforeAnythingIsRegistered(t *testing.T) {
	inv, err := componenttest.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := network.New(ctx, "Main", network.Args{
			CIDR: "10.0.0.0/24", Zones: []string{"us-east-1a", "us-east-1a", "eu-west-1b", "moon", "us-east-1e"}, NAT: 9,
			Endpoints: []string{"s3", "dynamodb", "com.amazonaws.us-east-1.logs", "logs", "logs"},
			FlowLog:   network.FlowLog{Traffic: 7, RetentionDays: 31}, MonitorsOff: map[string]string{"nat-port": ""},
		})
		return err
	})
	for _, want := range []string{
		`network "Main": the name must be at most 32 lower-case letters, digits and inner hyphens and start with a letter`,
		`network "Main": CIDR must be an IPv4 /16 such as 10.0.0.0/16, got "10.0.0.0/24"`,
		`network "Main": Zones must name 2 to 4 availability zones, got 5`,
		`network "Main": Zones names us-east-1a twice`,
		`network "Main": Zones must be of one region, got eu-west-1b beside us-east-1a`,
		`network "Main": Zones holds "moon"`,
		`network "Main": NAT must be NATPerZone, NATSingle, NATNone or NATInstance, got 9`,
		`network "Main": Endpoints: s3 is reached through a gateway endpoint, free of charge, in every network; leave it out`,
		`network "Main": Endpoints: dynamodb is reached through a gateway endpoint, free of charge, in every network; leave it out`,
		`network "Main": Endpoints: "com.amazonaws.us-east-1.logs" is not the end of an endpoint's name; write it as AWS does, for example ecr.api, logs or secretsmanager`,
		`network "Main": Endpoints holds logs twice`,
		`network "Main": FlowLog.Traffic must be RefusedTraffic or AllTraffic, got 7`,
		`network "Main": FlowLog.RetentionDays must be one of [1 3 5`,
		`network "Main": Monitors is missing`,
		`network "Main": there is no monitor "nat-port" here`,
	} {
		assert.ErrorContains(t, err, want)
	}
	assert.Empty(t, inv.Resources)
}

func TestTheSecurityGroupsOfANetworkAreNotNamedLikeTheIdOfOne(t *testing.T) {
	for _, args := range []network.Args{{Endpoints: []string{"logs"}}, {NAT: network.NATInstance}, {}} {
		args.Zones, args.Monitors = zones, &componenttest.Monitors{}
		inv, err := componenttest.Record(func(ctx *pulumi.Context) error {
			_, err := network.New(ctx, "sg-main", args)
			return err
		})
		if len(args.Endpoints) == 0 && args.NAT == 0 {
			assert.NoError(t, err, "no group is made")
			continue
		}
		assert.ErrorContains(t, err, `network "sg-main": the name must not be sg or begin with sg-, got "sg-main"; its security group would be named so, and EC2 keeps that for the ids of groups; rename it`)
		assert.Empty(t, inv.Resources)
	}
}

func TestAnEndpointIsNamedByTheEndOfItsName(t *testing.T) {
	for _, good := range []string{"ecr.api", "ecr.dkr", "logs", "ssmmessages", "cognito-idp", "bedrock-agentcore.gateway", "cloudhsmv2", "ecs-agent"} {
		assert.NoError(t, network.CheckEndpoint(good), good)
	}
	for _, bad := range []string{"", "Logs", ".", "logs.", "logs.us-east-1.amazonaws.com", "us-east-1.logs", "eu-west-1", "us-gov-west-1.logs", "aws.sagemaker.us-east-1.notebook", "aws.api"} {
		assert.EqualError(t, network.CheckEndpoint(bad), fmt.Sprintf("%q is not the end of an endpoint's name; write it as AWS does, for example ecr.api, logs or secretsmanager", bad))
	}
	assert.EqualError(t, network.CheckEndpoint("ecr"), `"ecr" is not the name of an endpoint; write ecr.api and ecr.dkr`)
	assert.EqualError(t, network.CheckEndpoint("eventbridge"), `"eventbridge" is not the name of an endpoint; write events`)
}
