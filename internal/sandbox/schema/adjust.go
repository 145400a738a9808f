package schema

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// adjustments are the replacements that depend on more than one property. Each
// runs after the comparison and may change what it found.
var adjustments = map[string][]func(d *differ, oldInputs, oldOutputs, newInputs resource.PropertyMap){
	"aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": {deliveryDestination},
	"aws:ec2/instance:Instance":                                    {addressCheck},
	"aws:ecs/service:Service":                                      {capacityProviders, triggers},
	"aws:rds/cluster:Cluster":                                      {storageType},
}

// replaceAt sets the replace flag of every change at or below a property.
func (d *differ) replaceAt(name string, replace bool) {
	for i, c := range d.changes {
		if c.Path == name || strings.HasPrefix(c.Path, name+".") || strings.HasPrefix(c.Path, name+"[") {
			d.changes[i].Replace = replace
		}
	}
}

// capacityProviders: an ECS service keeps its identity over a change of its
// strategy only with forceNewDeployment, and never when it gains its first or
// loses its last strategy.
func capacityProviders(d *differ, oldInputs, oldOutputs, newInputs resource.PropertyMap) {
	const name = "capacityProviderStrategies"
	before := countOf(oldOutputs, name)
	if _, recorded := oldOutputs[name]; !recorded {
		before = countOf(oldInputs, name)
	}
	after := countOf(newInputs, name)
	forced, _ := boolOf(newInputs, "forceNewDeployment")
	d.replaceAt(name, !forced || (before == 0) != (after == 0))
}

// triggers: a service looks at its triggers only with forceNewDeployment.
func triggers(d *differ, _, _, newInputs resource.PropertyMap) {
	if forced, known := boolOf(newInputs, "forceNewDeployment"); forced || !known {
		return
	}
	d.leaveOut("triggers")
}

// leaveOut drops every change at or below a property.
func (d *differ) leaveOut(name string) {
	d.changes = slices.DeleteFunc(d.changes, func(c PropertyChange) bool {
		return c.Path == name || strings.HasPrefix(c.Path, name+".") || strings.HasPrefix(c.Path, name+"[")
	})
}

// addressCheck: whether an instance checks addresses is a matter of the interface
// it was given.
func addressCheck(d *differ, _, _, newInputs resource.PropertyMap) {
	if countOf(newInputs, "networkInterfaces") > 0 {
		d.leaveOut("sourceDestCheck")
	}
}

func countOf(values resource.PropertyMap, name string) int {
	v, known := unwrap(values[resource.PropertyKey(name)])
	if !known {
		return 1
	}
	if v.IsArray() {
		return len(v.ArrayValue())
	}
	return 0
}

// storageType: only clusters of the engines that are not Aurora are replaced
// for another type of storage.
func storageType(d *differ, _, oldOutputs, newInputs resource.PropertyMap) {
	engine, _ := stringOf(newInputs, "engine")
	if engine == "" {
		engine, _ = stringOf(oldOutputs, "engine")
	}
	d.replaceAt("storageType", !strings.HasPrefix(engine, "aurora"))
}

// deliveryDestination: logs that go to another service need a new destination,
// and a target that is not known yet counts as one of another service.
func deliveryDestination(d *differ, _, oldOutputs, newInputs resource.PropertyMap) {
	const name = "deliveryDestinationConfiguration"
	before, _ := targetService(oldOutputs, name)
	after, known := targetService(newInputs, name)
	d.replaceAt(name, !known || before != after)
}

// targetService is the service in the ARN of a delivery's target.
func targetService(values resource.PropertyMap, name string) (service string, known bool) {
	v, known := unwrap(values[resource.PropertyKey(name)])
	if !known || !v.IsObject() {
		return "", known
	}
	arn, known := stringOf(v.ObjectValue(), "destinationResourceArn")
	if parts := strings.SplitN(arn, ":", 4); len(parts) == 4 {
		return parts[2], known
	}
	return "", known
}

// awsvpc tells whether the tasks being compared have network interfaces of
// their own, where the host's port is always the container's.
func (d *differ) awsvpc() bool {
	mode, _ := stringOf(d.newInputs, "networkMode")
	return mode == "awsvpc"
}
