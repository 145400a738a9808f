package cloud

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// addressRules are those of public addresses and gateways.
var addressRules = map[string]hooks{
	addressType:    {complete: completeAddress},
	natGatewayType: {check: checkNATGateway, complete: completeNATGateway, stored: tellAddress, removed: freeAddress},
}

// completeAddress names an address, and associates it where the program says
// with what.
func completeAddress(op *operation) error {
	public := textAt(op.properties, "publicIp")
	op.set("publicDns", fmt.Sprintf("ec2-%s.%s.%s", strings.ReplaceAll(public, ".", "-"), computeDomain(op.Region), dnsSuffix(op.Region)))
	for _, property := range []string{"networkInterface", "instance"} {
		target := op.targets[property]
		if textAt(op.Inputs, property) == "" || target == nil {
			continue
		}
		if err := op.takeAddress(op.id, target); err != nil {
			return err
		}
		op.claims = append(op.claims, "address "+op.id)
		op.setIfAbsent("associationId", "eipassoc-"+op.random().Hex(17))
		op.set("networkInterface", or(target.Text("primaryNetworkInterfaceId"), target.ID))
		op.set("privateIp", target.Text("privateIp"))
	}
	return nil
}

func computeDomain(region string) string {
	if region == "us-east-1" {
		return "compute-1"
	}
	return region + ".compute"
}

func checkNATGateway(op *operation) error {
	private := textAt(op.properties, "connectivityType") == "private"
	address := textAt(op.properties, "allocationId")
	if !private && address == "" {
		return refuse("MissingParameter", "The request must contain the parameter AllocationId")
	}
	if private && address != "" {
		return refuse("InvalidParameter", "AllocationId cannot be specified for a private NAT gateway")
	}
	return nil
}

func completeNATGateway(op *operation) error {
	if op.kind != account.OnCreate {
		return nil
	}
	if subnet := op.targets["subnetId"]; subnet != nil {
		op.setIfAbsent("privateIp", privateAddress(subnet.Text("cidrBlock"), op.random()))
	}
	if address := op.targets["allocationId"]; address != nil {
		op.set("publicIp", address.Text("publicIp"))
		op.set("associationId", "eipassoc-"+op.random().Hex(17))
	}
	return nil
}

// privateAddress picks an address of a subnet, past the five AWS reserves.
func privateAddress(cidr string, source *account.Source) string {
	block, err := netip.ParsePrefix(cidr)
	if err != nil {
		return ""
	}
	address := block.Masked().Addr()
	for range 4 + source.Int(200)%max(1, 1<<(32-block.Bits())-6) {
		address = address.Next()
	}
	return address.String()
}

// tellAddress shows on the elastic IP that the gateway holds it.
func tellAddress(op *operation, nat *account.Resource) error {
	address := op.targets["allocationId"]
	if address == nil || op.kind != account.OnCreate {
		return nil
	}
	next := address.Clone()
	for _, property := range []resource.PropertyKey{"associationId", "privateIp"} {
		if value, ok := nat.Properties[property]; ok {
			next.Properties[property] = value
		}
	}
	next.Properties["networkInterface"] = nat.Properties["networkInterfaceId"]
	op.tx.Put(next)
	return nil
}

func freeAddress(op *operation) error {
	if address, ok := op.get(addressType, textAt(op.properties, "allocationId")); ok {
		next := address.Clone()
		for _, property := range []resource.PropertyKey{"associationId", "privateIp", "networkInterface"} {
			delete(next.Properties, property)
		}
		op.tx.Put(next)
	}
	return nil
}

var routeTargets = []string{"gatewayId", "natGatewayId", "networkInterfaceId", "egressOnlyGatewayId", "vpcPeeringConnectionId",
	"transitGatewayId", "vpcEndpointId", "carrierGatewayId", "localGatewayId", "coreNetworkArn"}

func refuseTargetlessRoute(route resource.PropertyMap) error {
	for _, target := range routeTargets {
		if textAt(route, target) != "" {
			return nil
		}
	}
	return refuse("MissingParameter", "The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId, vpcPeeringConnectionId, egressOnlyInternetGatewayId, transitGatewayId, localGatewayId, carrierGatewayId, vpcEndpointId, coreNetworkArn")
}

func checkInlineRoutes(op *operation) error {
	for _, route := range valuesAt(op.properties, "routes[]") {
		if route.IsObject() {
			if err := refuseTargetlessRoute(route.ObjectValue()); err != nil {
				return err
			}
		}
	}
	return nil
}

// completeEndpoint gives an endpoint its network interfaces and names.
func completeEndpoint(op *operation) error {
	service := textAt(op.properties, "serviceName")
	if textAt(op.properties, "vpcEndpointType") == "Gateway" {
		op.setIfAbsent("prefixListId", prefixListID(service))
		op.setIfAbsent("cidrBlocks", []any{})
		return nil
	}
	subnets := textsAt(op.properties, "subnetIds[]")
	var interfaces []resource.PropertyValue
	for range subnets {
		interfaces = append(interfaces, resource.NewProperty("eni-"+op.random().Hex(17)))
	}
	if op.kind == account.OnCreate || op.changed("subnetIds") {
		op.properties["networkInterfaceIds"] = resource.NewProperty(interfaces)
	}
	if op.kind == account.OnCreate {
		name := fmt.Sprintf("%s-%s.%s.%s.vpce.%s", op.id, op.random().Lower(8), service[strings.LastIndex(service, ".")+1:], op.Region, dnsSuffix(op.Region))
		op.properties["dnsEntries"] = resource.NewPropertyValue([]any{map[string]any{"dnsName": name, "hostedZoneId": "Z" + op.random().Upper(13)}})
	}
	return nil
}

func prefixListID(service string) string {
	if strings.HasSuffix(service, ".dynamodb") {
		return "pl-02cd2c6b"
	}
	return "pl-63a5400a"
}
