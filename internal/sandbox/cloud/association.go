package cloud

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// checkAssociation refuses an association that names no address, and an address
// that cannot go where it is sent.
func checkAssociation(op *operation) error {
	address := op.associated()
	if address == nil {
		return refuse("MissingParameter", "The request must contain the parameter AllocationId")
	}
	op.set("allocationId", address.ID)
	return op.takeAddress(address.ID, op.addressTarget())
}

// takeAddress refuses an address that a NAT gateway holds, and one for a network
// that nothing leads into. From an interface or an instance EC2 takes it away.
func (op *operation) takeAddress(id string, target *account.Resource) error {
	if target == nil {
		return nil
	}
	if subnet, ok := op.get(subnetType, target.Text("subnetId")); ok && !op.hasInternetGateway(subnet.Text("vpcId")) {
		return refuse("Gateway.NotAttached", "Network %s is not attached to any internet gateway", subnet.Text("vpcId"))
	}
	holder, taken := op.tx.Claimant("address " + id)
	switch {
	case !taken || op.old != nil && holder.Key == op.old.Key:
		return nil
	case holder.Type == associationType:
		op.tx.Remove(holder.Key)
		return nil
	}
	return refuse("AuthFailure", "You do not have permission to access the specified resource.")
}

// associated is the address of an association, given either way.
func (op *operation) associated() *account.Resource {
	if address := op.targets["allocationId"]; address != nil {
		return address
	}
	return op.targets["publicIp"]
}

// addressTarget is the interface or the instance an address goes to.
func (op *operation) addressTarget() *account.Resource {
	for _, property := range []string{"networkInterfaceId", "instanceId"} {
		if target := op.targets[property]; target != nil {
			return target
		}
	}
	return nil
}

func completeAssociation(op *operation) error {
	address, target := op.associated(), op.addressTarget()
	if op.kind != account.OnCreate || address == nil || target == nil {
		return nil
	}
	op.set("publicIp", address.Text("publicIp"))
	op.setIfAbsent("privateIpAddress", target.Text("privateIp"))
	op.set("networkInterfaceId", or(target.Text("primaryNetworkInterfaceId"), target.ID))
	op.set("instanceId", target.ID)
	if target.Type == interfaceType {
		op.set("instanceId", textAt(resource.PropertyMap(target.Properties), "attachments[].instance"))
	}
	return nil
}

// tellAssociation shows on the address who holds it.
func tellAssociation(op *operation, association *account.Resource) error {
	if address := op.associated(); address != nil && op.kind == account.OnCreate {
		next := address.Clone()
		next.Properties["associationId"] = resource.NewProperty(association.ID)
		next.Properties["networkInterface"] = association.Properties["networkInterfaceId"]
		next.Properties["instance"] = association.Properties["instanceId"]
		next.Properties["privateIp"] = association.Properties["privateIpAddress"]
		op.tx.Put(next)
	}
	return nil
}

func forgetAssociation(op *operation) error {
	address, ok := op.get(addressType, textAt(op.properties, "allocationId"))
	if !ok || address.Text("associationId") != op.id {
		return nil
	}
	next := address.Clone()
	for _, property := range []resource.PropertyKey{"associationId", "privateIp", "networkInterface", "instance"} {
		delete(next.Properties, property)
	}
	op.tx.Put(next)
	return nil
}

// oneRouteTarget drops the target a route had before: EC2 replaces it, whatever
// the provider still remembers.
func oneRouteTarget(op *operation) error {
	for _, target := range routeTargets {
		if _, given := op.Inputs[resource.PropertyKey(target)]; !given && op.old != nil {
			op.set(resource.PropertyKey(target), "")
		}
	}
	return nil
}

// completeRoute shows the instance behind the interface a route leads to.
func completeRoute(op *operation) error {
	target := op.targets["networkInterfaceId"]
	if target == nil {
		return nil
	}
	instance := target.ID
	if target.Type == interfaceType {
		instance = textAt(resource.PropertyMap(target.Properties), "attachments[].instance")
	}
	op.set("instanceId", instance)
	op.set("instanceOwnerId", ownerOf(op, instance))
	if instance == "" {
		op.set("state", "blackhole")
	}
	return nil
}
