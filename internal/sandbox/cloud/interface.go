package cloud

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

const (
	addressType     = "aws:ec2/eip:Eip"
	associationType = "aws:ec2/eipAssociation:EipAssociation"
	interfaceType   = "aws:ec2/networkInterface:NetworkInterface"
	computerType    = "aws:ec2/instance:Instance"
	routeType       = "aws:ec2/route:Route"
)

// interfaceRules are those of network interfaces, of the instances behind them
// and of what leads to them.
var interfaceRules = map[string]hooks{
	interfaceType:   {complete: completeInterface, remove: refuseDetach},
	computerType:    {check: checkComputer, complete: completeComputer, stored: attachInterfaces, removed: releaseInterfaces},
	associationType: {check: checkAssociation, complete: completeAssociation, stored: tellAssociation, removed: forgetAssociation},
	routeType:       {prepare: oneRouteTarget, complete: completeRoute},
}

// completeInterface gives an interface its addresses and groups.
func completeInterface(op *operation) error {
	subnet := op.targets["subnetId"]
	if op.kind != account.OnCreate || subnet == nil {
		return nil
	}
	address := or(textAt(op.properties, "privateIp"), textAt(op.properties, "privateIps[]"))
	if address == "" {
		address = privateAddress(subnet.Text("cidrBlock"), op.random())
	}
	op.set("privateIp", address)
	op.setIfAbsent("privateIps", []any{address})
	op.setIfAbsent("privateIpsCount", float64(max(len(textsAt(op.properties, "privateIps[]"))-1, 0)))
	op.set("privateDnsName", privateName(op.Region, address))
	digits := op.random().Hex(10)
	op.set("macAddress", fmt.Sprintf("02:%s:%s:%s:%s:%s", digits[:2], digits[2:4], digits[4:6], digits[6:8], digits[8:]))
	if vpc, ok := op.get(vpcType, subnet.Text("vpcId")); ok {
		op.setIfAbsent("securityGroups", []any{vpc.Text("defaultSecurityGroupId")})
	}
	return nil
}

func privateName(region, address string) string {
	domain := region + ".compute.internal"
	if region == "us-east-1" {
		domain = "ec2.internal"
	}
	return "ip-" + strings.ReplaceAll(address, ".", "-") + "." + domain
}

// refuseDetach refuses to delete an interface whose attachment Pulumi's state
// shows: the provider then detaches it first, and the first interface of an
// instance stays.
func refuseDetach(op *operation) error {
	for _, attachment := range valuesAt(op.State, "attachments[]") {
		index, _ := numberAt(attachment.ObjectValue(), "deviceIndex")
		if index == 0 && len(valuesAt(op.properties, "attachments[]")) > 0 {
			return refuse("OperationNotPermitted", "The network interface at device index 0 and networkCard index 0 cannot be detached.")
		}
	}
	return nil
}

var imageID = regexp.MustCompile(`^(ami-([0-9a-f]{8}|[0-9a-f]{17})|resolve:ssm:.+)$`)

// checkComputer refuses an image id that is none, and an interface that another
// instance has.
func checkComputer(op *operation) error {
	if image := textAt(op.properties, "ami"); image != "" && !imageID.MatchString(image) {
		return refuse("InvalidAMIID.Malformed", "Invalid id: %q (expecting \"ami-...\")", image)
	}
	for _, attached := range op.interfaces() {
		if holder := textAt(resource.PropertyMap(attached.Properties), "attachments[].instance"); holder != "" && (op.old == nil || holder != op.old.ID) {
			return refuse("InvalidNetworkInterface.InUse", "Interface: [%s] in use.", attached.ID)
		}
	}
	return nil
}

// interfaces lists the interfaces an instance is given, in their order.
func (op *operation) interfaces() []*account.Resource {
	var given []*account.Resource
	for _, id := range textsAt(op.properties, "networkInterfaces[].networkInterfaceId") {
		if found, ok := op.get(interfaceType, id); ok {
			given = append(given, found)
		}
	}
	return given
}

// completeComputer shows the addresses of an instance, which are those of its
// first interface.
func completeComputer(op *operation) error {
	if op.kind != account.OnCreate {
		return nil
	}
	if given := op.interfaces(); len(given) > 0 {
		first := given[0]
		op.set("primaryNetworkInterfaceId", first.ID)
		op.properties["vpcSecurityGroupIds"] = first.Properties["securityGroups"]
		for _, property := range []resource.PropertyKey{"privateIp", "subnetId", "sourceDestCheck"} {
			if value, ok := first.Properties[property]; ok {
				op.properties[property] = value
			}
		}
		if subnet, ok := op.get(subnetType, first.Text("subnetId")); ok {
			op.setIfAbsent("availabilityZone", subnet.Text("availabilityZone"))
		}
	} else if subnet := op.targets["subnetId"]; subnet != nil {
		op.setIfAbsent("privateIp", privateAddress(subnet.Text("cidrBlock"), op.random()))
		op.setIfAbsent("associatePublicIpAddress", subnet.Flag("mapPublicIpOnLaunch"))
		if vpc, ok := op.get(vpcType, subnet.Text("vpcId")); ok {
			op.setIfAbsent("vpcSecurityGroupIds", []any{vpc.Text("defaultSecurityGroupId")})
		}
	}
	if address := textAt(op.properties, "privateIp"); address != "" {
		op.set("privateDns", privateName(op.Region, address))
	}
	op.set("publicIp", "")
	if flagAt(op.properties, "associatePublicIpAddress") {
		op.set("publicIp", publicAddress(op.random()).String())
	}
	return nil
}

// attachInterfaces shows on the interfaces, and on the routes to them, which
// instance has them now.
func attachInterfaces(op *operation, computer *account.Resource) error {
	if op.kind != account.OnCreate {
		return nil
	}
	for index, attached := range op.interfaces() {
		next := attached.Clone()
		next.Properties["attachments"] = resource.NewPropertyValue([]any{map[string]any{
			"attachmentId": "eni-attach-" + op.random().Hex(17), "deviceIndex": float64(index), "instance": computer.ID}})
		op.tx.Put(next)
		op.tellRoutes(attached.Key, computer.ID, "active")
	}
	return nil
}

// releaseInterfaces lets the interfaces of a terminated instance go, or deletes
// those that were meant to end with it.
func releaseInterfaces(op *operation) error {
	for _, entry := range valuesAt(op.properties, "networkInterfaces[]") {
		attached, ok := op.get(interfaceType, textAt(entry.ObjectValue(), "networkInterfaceId"))
		if !ok {
			continue
		}
		op.tellRoutes(attached.Key, "", "blackhole")
		if flagAt(entry.ObjectValue(), "deleteOnTermination") {
			op.tx.Remove(attached.Key)
			continue
		}
		next := attached.Clone()
		delete(next.Properties, "attachments")
		op.tx.Put(next)
	}
	op.tellRoutes(op.old.Key, "", "blackhole")
	return nil
}

// tellRoutes shows on the routes to an interface which instance answers there.
func (op *operation) tellRoutes(to account.Key, instance, state string) {
	for _, user := range op.tx.Users(to) {
		if user.Type == routeType {
			next := user.Clone()
			next.Properties["instanceId"] = resource.NewProperty(instance)
			next.Properties["instanceOwnerId"] = resource.NewProperty(ownerOf(op, instance))
			next.Properties["state"] = resource.NewProperty(state)
			op.tx.Put(next)
		}
	}
}

func ownerOf(op *operation, instance string) string {
	if instance == "" {
		return ""
	}
	return op.tx.AccountID()
}
