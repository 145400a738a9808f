package cloud

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

const scalingTargetType = "aws:appautoscaling/target:Target"

// scalingRules are those of Application Auto Scaling.
var scalingRules = map[string]hooks{
	scalingTargetType:                  {check: checkScalingTarget, complete: completeScalingTarget, stored: registerTarget},
	"aws:appautoscaling/policy:Policy": {complete: completeScalingPolicy},
}

// checkScalingTarget refuses to scale what does not exist.
func checkScalingTarget(op *operation) error {
	id := textAt(op.properties, "resourceId")
	scaled, known := op.scaled(id)
	if known && scaled == nil {
		switch textAt(op.properties, "serviceNamespace") {
		case "ecs":
			return refuse("ValidationException", "ECS service doesn't exist: %s", id)
		default:
			return refuse("ValidationException", "RDS cluster doesn't exist: %s", id)
		}
	}
	lowest, _ := numberAt(op.properties, "minCapacity")
	highest, _ := numberAt(op.properties, "maxCapacity")
	if lowest > highest {
		return refuse("ValidationException", "Maximum capacity cannot be less than minimum capacity")
	}
	return nil
}

// scaled finds what a scalable target scales; known is false for namespaces the
// account does not model.
func (op *operation) scaled(id string) (scaled *account.Resource, known bool) {
	switch textAt(op.properties, "serviceNamespace") {
	case "ecs":
		arn := op.text("arn:${@partition}:ecs:${@region}:${@account}:") + id
		found, ok := op.tx.ByARN(arn)
		if ok && found.Type == ecsServiceType && found.Status == account.Active {
			return found, true
		}
		return nil, true
	case "rds":
		found, ok := op.get(clusterType, strings.TrimPrefix(id, "cluster:"))
		if ok {
			return found, true
		}
		return nil, true
	}
	return nil, false
}

func completeScalingTarget(op *operation) error {
	role := map[string][2]string{"ecs": {"ecs", "ECSService"}, "rds": {"rds", "RDSCluster"}, "dynamodb": {"dynamodb", "DynamoDBTable"}}[textAt(op.properties, "serviceNamespace")]
	if role[0] != "" {
		op.setIfAbsent("roleArn", op.text("arn:${@partition}:iam::${@account}:role/aws-service-role/")+role[0]+".application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_"+role[1])
	}
	return nil
}

// registerTarget does what AWS does with what a target scales when one is
// registered.
func registerTarget(op *operation, target *account.Resource) error {
	scaled, _ := op.scaled(target.Text("resourceId"))
	if scaled != nil {
		op.keepWithin(scaled)
		op.leaveWith(scaled, target)
	}
	return nil
}

// keepWithin brings the number of tasks of an ECS service into the limits of a
// target.
func (op *operation) keepWithin(scaled *account.Resource) {
	if scaled.Type != ecsServiceType {
		return
	}
	lowest, _ := numberAt(op.properties, "minCapacity")
	highest, _ := numberAt(op.properties, "maxCapacity")
	count, _ := numberAt(resource.PropertyMap(scaled.Properties), "desiredCount")
	if within := min(max(count, lowest), highest); within != count {
		next := scaled.Clone()
		next.Properties["desiredCount"] = resource.NewProperty(within)
		op.tx.Put(next)
	}
}

// leaveWith makes the target disappear with what it scales, as AWS deregisters it
// then.
func (op *operation) leaveWith(scaled, target *account.Resource) {
	if target.Owner != nil {
		return
	}
	next := target.Clone()
	key := scaled.Key
	next.Owner = &key
	op.tx.Put(next)
}

func completeScalingPolicy(op *operation) error {
	if textAt(op.properties, "policyType") != "TargetTrackingScaling" {
		op.setIfAbsent("alarmArns", []any{})
		return nil
	}
	if op.kind == account.OnCreate {
		prefix := op.text("arn:${@partition}:cloudwatch:${@region}:${@account}:alarm:TargetTracking-${resourceId}-")
		op.set("alarmArns", []any{prefix + "AlarmHigh-" + op.random().UUID(), prefix + "AlarmLow-" + op.random().UUID()})
	}
	return nil
}
