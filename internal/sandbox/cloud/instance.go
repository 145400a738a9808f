package cloud

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

func checkInstance(op *operation) error {
	cluster := op.targets["clusterIdentifier"]
	if cluster == nil {
		return nil
	}
	if engine := textAt(op.properties, "engine"); engine != cluster.Text("engine") {
		return refuse("InvalidParameterCombination", "The engine name requested for your DB instance (%s) doesn't match the engine name of your DB cluster (%s).", engine, cluster.Text("engine"))
	}
	if _, scaling := cluster.Properties["serverlessv2ScalingConfiguration"]; !scaling && textAt(op.properties, "instanceClass") == "db.serverless" {
		return refuse("InvalidParameterValue", "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB instance.")
	}
	group := op.targets["dbParameterGroupName"]
	if family := parameterFamily(cluster.Text("engine"), cluster.Text("engineVersion")); group != nil && group.Text("family") != family {
		return refuse("InvalidParameterCombination", "The Parameter Group %s with DBParameterGroupFamily %s can't be used for this instance. Please use a Parameter Group with DBParameterGroupFamily %s", group.Name, group.Text("family"), family)
	}
	return nil
}

func completeInstance(op *operation) error {
	cluster := op.targets["clusterIdentifier"]
	if cluster == nil {
		return nil
	}
	members := textsAt(resource.PropertyMap(cluster.Properties), "clusterMembers[]")
	if op.kind == account.OnCreate {
		op.set("writer", len(members) == 0)
		zones := textsAt(resource.PropertyMap(cluster.Properties), "availabilityZones[]")
		if len(zones) > 0 {
			op.setIfAbsent("availabilityZone", zones[len(members)%len(zones)])
		}
	}
	op.setIfAbsent("dbParameterGroupName", "default."+parameterFamily(cluster.Text("engine"), cluster.Text("engineVersion")))
	if flagAt(op.properties, "performanceInsightsEnabled") {
		if textAt(op.properties, "performanceInsightsKmsKeyId") == "" {
			op.set("performanceInsightsKmsKeyId", op.awsKey("rds"))
		}
		if days, _ := numberAt(op.properties, "performanceInsightsRetentionPeriod"); days == 0 {
			op.set("performanceInsightsRetentionPeriod", 7.0)
		}
	}
	if group, ok := op.get(subnetGroupType, cluster.Text("dbSubnetGroupName")); ok {
		op.use(group)
		op.useSubnetsOf(group)
	}
	return nil
}

// useSubnetsOf records that the resource sits in the subnets of a group.
func (op *operation) useSubnetsOf(group *account.Resource) {
	for _, id := range textsAt(resource.PropertyMap(group.Properties), "subnetIds[]") {
		if subnet, ok := op.get(subnetType, id); ok {
			op.use(subnet)
		}
	}
}

func joinCluster(op *operation, instance *account.Resource) error {
	op.setMembers(func(members []string) []string {
		if slices.Contains(members, instance.ID) {
			return members
		}
		return append(members, instance.ID)
	})
	return nil
}

func leaveCluster(op *operation) error {
	op.setMembers(func(members []string) []string {
		return slices.DeleteFunc(members, func(member string) bool { return member == op.key })
	})
	return nil
}

func (op *operation) setMembers(change func([]string) []string) {
	cluster, ok := op.get(clusterType, textAt(op.properties, "clusterIdentifier"))
	if !ok {
		return
	}
	next := cluster.Clone()
	members := change(textsAt(resource.PropertyMap(next.Properties), "clusterMembers[]"))
	values := make([]resource.PropertyValue, 0, len(members))
	for _, member := range members {
		values = append(values, resource.NewProperty(member))
	}
	next.Properties["clusterMembers"] = resource.NewProperty(values)
	op.tx.Put(next)
}

func checkSubnetGroup(op *operation) error {
	zones := op.zonesOf("subnetIds[]")
	if len(zones) < 2 {
		return refuse("DBSubnetGroupDoesNotCoverEnoughAZs", "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: %s. Add subnets to cover at least 2 AZs.", strings.Join(zones, ", "))
	}
	return nil
}

// zonesOf lists the zones of the subnets at a path, sorted.
func (op *operation) zonesOf(path string) []string {
	var zones []string
	for _, id := range textsAt(op.properties, path) {
		if subnet, ok := op.get(subnetType, id); ok {
			zones = append(zones, subnet.Text("availabilityZone"))
		}
	}
	slices.Sort(zones)
	return slices.Compact(zones)
}

func completeSubnetGroup(op *operation) error {
	if subnet := op.targets["subnetIds[]"]; subnet != nil {
		op.set("vpcId", subnet.Text("vpcId"))
	}
	return nil
}

func completeSnapshot(op *operation) error {
	if cluster := op.targets["dbClusterIdentifier"]; cluster != nil && op.kind == account.OnCreate {
		op.properties["availabilityZones"] = cluster.Properties["availabilityZones"]
		if group, ok := op.get(subnetGroupType, cluster.Text("dbSubnetGroupName")); ok {
			op.set("vpcId", group.Text("vpcId"))
		}
	}
	return nil
}

// detachMembers lets clusters go when the program asked for it.
func detachMembers(op *operation) error {
	for _, user := range op.tx.Users(op.old.Key) {
		if user.Type != clusterType || !flagAt(op.properties, "forceDestroy") {
			continue
		}
		next := user.Clone()
		delete(next.Properties, "globalClusterIdentifier")
		next.Uses = slices.DeleteFunc(next.Uses, func(key account.Key) bool { return key == op.old.Key })
		op.tx.Put(next)
	}
	return nil
}
