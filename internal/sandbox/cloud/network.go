package cloud

import (
	"net/netip"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

const (
	vpcType           = "aws:ec2/vpc:Vpc"
	subnetType        = "aws:ec2/subnet:Subnet"
	routeTableType    = "aws:ec2/routeTable:RouteTable"
	securityGroupType = "aws:ec2/securityGroup:SecurityGroup"
	networkACLType    = "aws:ec2/networkAcl:NetworkAcl"
	natGatewayType    = "aws:ec2/natGateway:NatGateway"
)

// networkRules are those of VPCs, subnets and what comes with them.
var networkRules = map[string]hooks{
	vpcType:    {check: checkVPC, complete: completeVPC},
	subnetType: {prepare: prepareSubnet, check: checkSubnet, complete: completeSubnet},
	"aws:ec2/internetGateway:InternetGateway": {remove: removeInternetGateway},
	routeTableType: {check: checkInlineRoutes, remove: refuseMainRouteTable},
	"aws:ec2/defaultRouteTable:DefaultRouteTable": {check: checkInlineRoutes},
	"aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": {check: completeDefaultACL},
	securityGroupType:                 {prepare: prepareSecurityGroup},
	"aws:ec2/vpcEndpoint:VpcEndpoint": {complete: completeEndpoint},
}

func checkVPC(op *operation) error {
	block, err := netip.ParsePrefix(textAt(op.properties, "cidrBlock"))
	if err != nil {
		return nil // an IPAM pool gives the range
	}
	if block.Bits() < 16 || block.Bits() > 28 {
		return refuse("InvalidVpc.Range", "The CIDR '%s' is invalid.", block)
	}
	return nil
}

// completeVPC makes what AWS makes with a VPC: the default security group, the
// main route table and the default network ACL.
func completeVPC(op *operation) error {
	if flagAt(op.properties, "assignGeneratedIpv6CidrBlock") {
		if _, has := op.properties["ipv6CidrBlock"]; !has {
			hex := op.random().Hex(6)
			op.set("ipv6CidrBlock", "2600:1f"+hex[:2]+":"+hex[2:]+":ff00::/56")
			op.set("ipv6AssociationId", "vpc-cidr-assoc-"+op.random().Hex(17))
			op.set("ipv6CidrBlockNetworkBorderGroup", op.Region)
		}
	}
	if op.kind != account.OnCreate {
		return nil
	}
	group := op.companion(securityGroupType, "sg-", "security-group", resource.PropertyMap{
		"name": resource.NewProperty("default"), "description": resource.NewProperty("default VPC security group"),
	})
	table := op.companion(routeTableType, "rtb-", "route-table", resource.PropertyMap{"routes": resource.NewProperty([]resource.PropertyValue{})})
	acl := op.companion(networkACLType, "acl-", "network-acl", resource.PropertyMap{})
	op.set("defaultSecurityGroupId", group)
	op.set("mainRouteTableId", table)
	op.set("defaultRouteTableId", table)
	op.set("defaultNetworkAclId", acl)
	return nil
}

// companion adds a resource that comes with the VPC being created.
func (op *operation) companion(typ, prefix, kind string, properties resource.PropertyMap) string {
	id := prefix + op.random().Hex(17)
	arn := op.text("arn:${@partition}:ec2:${@region}:${@account}:") + kind + "/" + id
	properties["vpcId"] = resource.NewProperty(op.id)
	properties["arn"] = resource.NewProperty(arn)
	properties["ownerId"] = resource.NewProperty(op.tx.AccountID())
	owner := account.Key{Type: op.Type, ID: op.key}
	name := textAt(properties, "name")
	var claims []string
	if name != "" {
		claims = []string{"security group " + op.id + " " + name}
	}
	op.tx.Put(&account.Resource{Key: account.Key{Type: typ, ID: id}, ARN: arn, Name: name, Region: op.Region, Claims: claims,
		Origin: account.Companion, URN: string(op.URN), Owner: &owner, Uses: []account.Key{owner}, Properties: account.Properties(properties)})
	return id
}

// prepareSubnet settles the zone of a subnet that names none.
func prepareSubnet(op *operation) error {
	zones := Zones(op.Region)
	zone := textAt(op.properties, "availabilityZone")
	zoneID := textAt(op.properties, "availabilityZoneId")
	switch {
	case zone == "" && zoneID == "":
		op.set("availabilityZone", zones[0].Name)
		op.set("availabilityZoneId", zones[0].ID)
	default:
		for _, candidate := range zones {
			if candidate.Name == zone || zone == "" && candidate.ID == zoneID {
				op.set("availabilityZone", candidate.Name)
				op.set("availabilityZoneId", candidate.ID)
				return nil
			}
		}
		return refuse("InvalidParameterValue", "Value (%s%s) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: %s.",
			zone, zoneID, zoneNames(zones))
	}
	return nil
}

// checkSubnet refuses a range outside its VPC or over another subnet's.
func checkSubnet(op *operation) error {
	block, err := netip.ParsePrefix(textAt(op.properties, "cidrBlock"))
	if err != nil {
		return nil // an IPv6-only subnet has none
	}
	vpc := op.targets["vpcId"]
	if vpc == nil {
		return nil
	}
	if block.Bits() < 16 || block.Bits() > 28 {
		return refuse("InvalidSubnet.Range", "The CIDR '%s' is invalid.", block)
	}
	if outer, err := netip.ParsePrefix(vpc.Text("cidrBlock")); err == nil && (!outer.Contains(block.Addr()) || block.Bits() < outer.Bits()) {
		return refuse("InvalidSubnet.Range", "The CIDR '%s' is invalid.", block)
	}
	for _, user := range op.tx.Users(vpc.Key) {
		if user.Type != subnetType || op.old != nil && user.Key == op.old.Key {
			continue
		}
		if other, err := netip.ParsePrefix(user.Text("cidrBlock")); err == nil && other.Overlaps(block) {
			return refuse("InvalidSubnet.Conflict", "The CIDR '%s' conflicts with another subnet", block)
		}
	}
	return nil
}

func completeSubnet(op *operation) error {
	if textAt(op.properties, "ipv6CidrBlock") != "" {
		op.setIfAbsent("ipv6CidrBlockAssociationId", "subnet-cidr-assoc-"+op.random().Hex(17))
	}
	return nil
}

// removeInternetGateway refuses while public addresses hang on the gateway.
func removeInternetGateway(op *operation) error {
	vpc := textAt(op.properties, "vpcId")
	for _, user := range op.tx.Users(account.Key{Type: vpcType, ID: vpc}) {
		if user.Type != subnetType {
			continue
		}
		for _, tenant := range op.tx.Users(user.Key) {
			nat := tenant.Type == natGatewayType && tenant.Text("connectivityType") != "private"
			balancer := tenant.Type == loadBalancerType && !tenant.Flag("internal")
			if nat || balancer || op.hasAddress(tenant) {
				return refuse("DependencyViolation", "Network %s has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.", vpc)
			}
		}
	}
	return nil
}

// hasAddress reports whether a public address is mapped to an interface or an
// instance.
func (op *operation) hasAddress(tenant *account.Resource) bool {
	for _, user := range op.tx.Users(tenant.Key) {
		if user.Type == associationType || user.Type == addressType && user.Text("associationId") != "" {
			return true
		}
	}
	return tenant.Type == computerType && tenant.Text("publicIp") != ""
}

func refuseMainRouteTable(op *operation) error {
	for _, user := range op.tx.Users(op.old.Key) {
		if user.Type == "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation" {
			return refuse("DependencyViolation", "The routeTable '%s' has dependencies and cannot be deleted.", op.id)
		}
	}
	return nil
}

func completeDefaultACL(op *operation) error {
	op.setIfAbsent("subnetIds", []any{})
	return nil
}

// prepareSecurityGroup gives the rules of an existing group back as they are:
// a group that states none keeps those made by rule resources.
func prepareSecurityGroup(op *operation) error {
	if name := textAt(op.properties, "name"); name == "default" {
		return refuse("InvalidParameterValue", "Cannot use reserved security group name: default")
	}
	return nil
}
