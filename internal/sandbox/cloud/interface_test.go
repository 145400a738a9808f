package cloud

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const natImage = "ami-0123456789abcdef0"

// natInstance makes an instance that forwards for others: an interface that does
// not check addresses, a public address on it, and the instance behind it.
func (w *world) natInstance() {
	w.t.Helper()
	w.network()
	w.create(securityGroupType, "nat-group", map[string]any{"vpcId": "$(vpc)"})
	w.create(interfaceType, "eni", map[string]any{"subnetId": "$(a)", "sourceDestCheck": false, "securityGroups": []any{"$(nat-group)"}})
	w.create(addressType, "address", map[string]any{"domain": "vpc"})
	w.create(associationType, "public", map[string]any{"allocationId": "$(address)", "networkInterfaceId": "$(eni)"})
	w.create(computerType, "box", natBox(nil))
	w.create(routeTableType, "routes", map[string]any{"vpcId": "$(vpc)"})
}

func natBox(changes map[string]any) map[string]any {
	box := map[string]any{"ami": natImage, "instanceType": "t4g.nano",
		"networkInterfaces": []any{map[string]any{"deviceIndex": 0, "networkInterfaceId": "$(eni)"}}}
	for key, value := range changes {
		box[key] = value
	}
	return box
}

func TestAnInstanceTakesItsAddressesFromTheInterfaceItIsGiven(t *testing.T) {
	w := newWorld(t)
	w.natInstance()
	eni, box := w.made["eni"], w.made["box"]
	assert.Regexp(t, `^10\.0\.0\.\d+$`, eni.text("privateIp"))
	assert.Regexp(t, `^02(:[0-9a-f]{2}){5}$`, eni.text("macAddress"))
	assert.Equal(t, eni.ID, box.text("primaryNetworkInterfaceId"))
	for _, property := range []string{"privateIp", "subnetId"} {
		assert.Equal(t, eni.text(property), box.text(property), property)
	}
	assert.Equal(t, "eu-west-1a", box.text("availabilityZone"))
	assert.Equal(t, []string{w.made["nat-group"].ID}, textsAt(box.State, "vpcSecurityGroupIds[]"))
	assert.False(t, flagAt(box.State, "sourceDestCheck"), "the check is that of the interface")
	assert.NotContains(t, box.inputs, "sourceDestCheck", "the provider's default stays away beside an interface")
	assert.Equal(t, box.ID, textAt(w.read("eni").State, "attachments[].instance"))

	address := w.read("address").State
	assert.Equal(t, w.made["public"].ID, textAt(address, "associationId"))
	assert.Equal(t, eni.text("privateIp"), textAt(address, "privateIp"))
	assert.Equal(t, w.made["address"].text("publicIp"), w.made["public"].text("publicIp"))
}

func TestARouteGoesFromAnInstanceToAGatewayAndBackInPlace(t *testing.T) {
	w := newWorld(t)
	w.natInstance()
	route := func(property, target string) map[string]any {
		return map[string]any{"routeTableId": "$(routes)", "destinationCidrBlock": "0.0.0.0/0", property: target}
	}
	made := w.create(routeType, "out", route("networkInterfaceId", "$(eni)"))
	assert.Equal(t, w.made["box"].ID, made.text("instanceId"))
	assert.Equal(t, "123456789012", made.text("instanceOwnerId"))

	w.create(addressType, "gateway-address", map[string]any{"domain": "vpc"})
	w.create(natGatewayType, "nat", map[string]any{"subnetId": "$(a)", "allocationId": "$(gateway-address)"})
	require.NoError(t, w.update("out", route("natGatewayId", "$(nat)")))
	out := w.made["out"]
	assert.Equal(t, w.made["nat"].ID, out.text("natGatewayId"))
	for _, property := range []string{"networkInterfaceId", "instanceId", "instanceOwnerId"} {
		assert.Empty(t, out.text(property), property)
	}
	require.NoError(t, w.update("out", route("networkInterfaceId", "$(eni)")))
	out = w.made["out"]
	assert.Empty(t, out.text("natGatewayId"))
	assert.Equal(t, w.made["box"].ID, out.text("instanceId"))

	require.NoError(t, w.remove("box"))
	assert.Equal(t, "blackhole", textAt(w.read("out").State, "state"), "nothing answers at the interface any longer")
	assert.Empty(t, textAt(w.read("out").State, "instanceId"))
	w.create(computerType, "again", natBox(nil))
	assert.Equal(t, w.made["again"].ID, textAt(w.read("out").State, "instanceId"))
	assert.Equal(t, "active", textAt(w.read("out").State, "state"))
}

func TestInterfaceRefusals(t *testing.T) {
	w := newWorld(t)
	w.natInstance()
	eni := w.made["eni"].ID
	w.keeps("InvalidParameterValue: Network interface '"+eni+"' is currently in use.", "eni")
	w.keeps("DependencyViolation: The subnet '", "a")
	w.keeps("DependencyViolation: resource "+w.made["nat-group"].ID+" has a dependent object", "nat-group")
	w.keeps("has some mapped public address(es)", "internet")
	w.keeps("InvalidIPAddress.InUse: Address "+w.made["address"].text("publicIp")+" is in use.", "address")
	w.refuses("InvalidNetworkInterface.InUse: Interface: ["+eni+"] in use.", computerType, natBox(nil))
	w.refuses(`InvalidAMIID.Malformed: Invalid id: "nat" (expecting "ami-...")`, computerType, map[string]any{"ami": "nat", "instanceType": "t4g.nano", "subnetId": "$(b)"})
	w.refuses("InvalidNetworkInterfaceID.NotFound: The networkInterface ID 'eni-0123456789abcdef0' does not exist", routeType,
		map[string]any{"routeTableId": "$(routes)", "destinationCidrBlock": "0.0.0.0/0", "networkInterfaceId": "eni-0123456789abcdef0"})

	w.made["eni"].State = w.read("eni").State
	w.keeps("OperationNotPermitted: The network interface at device index 0 and networkCard index 0 cannot be detached.", "eni")

	for _, name := range []string{"box", "public", "address", "eni", "nat-group"} {
		require.NoError(t, w.remove(name), name)
	}
	require.NoError(t, w.remove("internet"), "no address is mapped any longer")
}

func TestAnInterfaceMayEndWithItsInstance(t *testing.T) {
	w := newWorld(t)
	w.network()
	w.create(interfaceType, "eni", map[string]any{"subnetId": "$(a)"})
	assert.Equal(t, []string{w.made["vpc"].text("defaultSecurityGroupId")}, textsAt(w.made["eni"].State, "securityGroups[]"))
	w.create(computerType, "box", natBox(map[string]any{"networkInterfaces": []any{map[string]any{"deviceIndex": 0, "networkInterfaceId": "$(eni)", "deleteOnTermination": true}}}))
	require.NoError(t, w.remove("box"))
	assert.Nil(t, w.read("eni"))
}

func TestARouteMayLeadToTheInterfaceAnInstanceCameWith(t *testing.T) {
	w := newWorld(t)
	w.network()
	w.create(routeTableType, "routes", map[string]any{"vpcId": "$(vpc)"})
	w.create(computerType, "box", map[string]any{"ami": natImage, "instanceType": "t4g.nano", "subnetId": "$(a)", "associatePublicIpAddress": true})
	assert.Regexp(t, `^ip-10-0-0-\d+\.eu-west-1\.compute\.internal$`, w.made["box"].text("privateDns"))
	assert.NotEmpty(t, w.made["box"].text("publicIp"))
	w.keeps("has some mapped public address(es)", "internet")
	w.create(routeType, "out", map[string]any{"routeTableId": "$(routes)", "destinationCidrBlock": "0.0.0.0/0", "networkInterfaceId": "$(box.primaryNetworkInterfaceId)"})
	assert.Equal(t, w.made["box"].ID, w.made["out"].text("instanceId"))
	require.NoError(t, w.remove("box"))
	assert.Equal(t, "blackhole", textAt(w.read("out").State, "state"))
}

func TestAnAddressIsInOnePlaceAtATime(t *testing.T) {
	w := newWorld(t)
	w.natInstance()
	w.create(addressType, "held", map[string]any{"domain": "vpc"})
	w.create(natGatewayType, "nat", map[string]any{"subnetId": "$(a)", "allocationId": "$(held)"})
	w.refuses("AuthFailure: You do not have permission to access the specified resource.", associationType, map[string]any{"allocationId": "$(held)", "networkInterfaceId": "$(eni)"})
	w.refuses("Resource.AlreadyAssociated: Elastic IP address ["+w.made["address"].ID+"] is already associated", natGatewayType, map[string]any{"subnetId": "$(b)", "allocationId": "$(address)"})
	w.refuses("MissingParameter: The request must contain the parameter AllocationId", associationType, map[string]any{"networkInterfaceId": "$(eni)"})
	w.refuses("InvalidAddress.NotFound: The address '192.0.2.255' does not exist.", associationType, map[string]any{"publicIp": "192.0.2.255", "networkInterfaceId": "$(eni)"})

	w.create(interfaceType, "other", map[string]any{"subnetId": "$(b)"})
	w.create(associationType, "moved", map[string]any{"publicIp": "$(address.publicIp)", "networkInterfaceId": "$(other)"})
	assert.Equal(t, w.made["address"].ID, w.made["moved"].text("allocationId"))
	assert.Nil(t, w.read("public"), "EC2 takes an address away from an interface")
	require.NoError(t, w.remove("moved"))
	assert.Empty(t, textAt(w.read("address").State, "associationId"))
}

func TestAnAddressMayBeAssociatedByItself(t *testing.T) {
	w := newWorld(t)
	w.network()
	w.create(interfaceType, "eni", map[string]any{"subnetId": "$(a)"})
	w.create(addressType, "address", map[string]any{"domain": "vpc", "networkInterface": "$(eni)"})
	assert.Regexp(t, `^eipassoc-[0-9a-f]{17}$`, w.made["address"].text("associationId"))
	assert.Equal(t, w.made["eni"].text("privateIp"), w.made["address"].text("privateIp"))
	w.refuses("Resource.AlreadyAssociated", natGatewayType, map[string]any{"subnetId": "$(b)", "allocationId": "$(address)"})
	w.keeps("has some mapped public address(es)", "internet")
	w.refuses("InvalidInstanceID.NotFound: The instance ID 'i-0123456789abcdef0' does not exist", addressType, map[string]any{"domain": "vpc", "instance": "i-0123456789abcdef0"})
}

func TestAnAddressNeedsAWayIntoItsNetwork(t *testing.T) {
	w := newWorld(t)
	w.create(vpcType, "vpc", map[string]any{"cidrBlock": "10.0.0.0/16"})
	w.create(subnetType, "a", map[string]any{"vpcId": "$(vpc)", "cidrBlock": "10.0.0.0/24"})
	w.create(interfaceType, "eni", map[string]any{"subnetId": "$(a)"})
	w.create(addressType, "address", map[string]any{"domain": "vpc"})
	w.refuses("Gateway.NotAttached: Network "+w.made["vpc"].ID+" is not attached to any internet gateway", associationType, map[string]any{"allocationId": "$(address)", "networkInterfaceId": "$(eni)"})
}
