package cloud

import (
	"encoding/json"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

var serviceName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

// checkService refuses what CreateService and UpdateService refuse.
func checkService(op *operation) error {
	if !serviceName.MatchString(op.name()) {
		return refuse("InvalidParameterException", "Up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens are allowed.")
	}
	if err := checkRolling(op.properties); err != nil {
		return err
	}
	if err := checkServiceTask(op); err != nil {
		return err
	}
	if err := checkServiceProviders(op); err != nil {
		return err
	}
	for index, group := range valuesAt(op.properties, "loadBalancers[]") {
		if err := checkServiceTarget(op, index, group); err != nil {
			return err
		}
	}
	return nil
}

func checkRolling(properties resource.PropertyMap) error {
	maximum, given := numberAt(properties, "deploymentMaximumPercent")
	if given && maximum <= 100 && textAt(properties, "availabilityZoneRebalancing") == "ENABLED" {
		return refuse("InvalidParameterException", "Availability Zone rebalancing does not support maximumPercent <= 100%%.")
	}
	minimum, alsoGiven := numberAt(properties, "deploymentMinimumHealthyPercent")
	if given && alsoGiven && maximum <= 100 && minimum >= 100 {
		return refuse("InvalidParameterException", "You can't specify a minimumHealthyPercent of 100 and a maximumPercent of 100 at once; no task could be started or stopped.")
	}
	return nil
}

// checkServiceTask refuses a task definition that cannot run in the service.
func checkServiceTask(op *operation) error {
	task := op.targets["taskDefinition"]
	if task == nil {
		return nil
	}
	properties := resource.PropertyMap(task.Properties)
	if task.Text("networkMode") == "awsvpc" && len(textsAt(op.properties, "networkConfiguration.subnets[]")) == 0 {
		return refuse("InvalidParameterException", "Network Configuration must be provided when networkMode 'awsvpc' is specified.")
	}
	fargate := slices.Contains(textsAt(properties, "requiresCompatibilities[]"), "FARGATE")
	wanted := textAt(op.properties, "launchType") == "FARGATE"
	for _, provider := range textsAt(op.properties, "capacityProviderStrategies[].capacityProvider") {
		wanted = wanted || provider == "FARGATE" || provider == "FARGATE_SPOT"
	}
	if wanted && !fargate {
		return refuse("InvalidParameterException", "Task definition does not support launch_type FARGATE.")
	}
	return nil
}

func checkServiceProviders(op *operation) error {
	cluster := op.targets["cluster"]
	if cluster == nil {
		return nil
	}
	known := map[string]bool{}
	for _, user := range op.tx.Users(cluster.Key) {
		if user.Type == "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders" {
			for _, provider := range textsAt(resource.PropertyMap(user.Properties), "capacityProviders[]") {
				known[provider] = true
			}
		}
	}
	for _, provider := range textsAt(op.properties, "capacityProviderStrategies[].capacityProvider") {
		if !known[provider] {
			return refuse("InvalidParameterException", "The specified capacity provider '%s' was not found. Specify a valid name or ARN and try again.", provider)
		}
	}
	return nil
}

// checkServiceTarget refuses a target group without a load balancer, of the
// wrong kind, or for a container or port the task does not have.
func checkServiceTarget(op *operation, _ int, balancer resource.PropertyValue) error {
	if !balancer.IsObject() {
		return nil
	}
	arn := textAt(balancer.ObjectValue(), "targetGroupArn")
	group, ok := op.tx.ByARN(arn)
	if !ok {
		return nil
	}
	if !op.hasBalancer(group.Key) {
		return refuse("InvalidParameterException", "The target group with targetGroupArn %s does not have an associated load balancer.", arn)
	}
	task := op.targets["taskDefinition"]
	if task == nil {
		return nil
	}
	if task.Text("networkMode") == "awsvpc" && group.Text("targetType") != "ip" {
		return refuse("InvalidParameterException", "The provided target group %s has target type %s, which is incompatible with the awsvpc network mode specified in the task definition.", arn, group.Text("targetType"))
	}
	name := textAt(balancer.ObjectValue(), "containerName")
	port, _ := numberAt(balancer.ObjectValue(), "containerPort")
	return checkContainerPort(task, name, int(port))
}

func checkContainerPort(task *account.Resource, name string, port int) error {
	var containers []struct {
		Name         string `json:"name"`
		PortMappings []struct {
			ContainerPort int `json:"containerPort"`
		} `json:"portMappings"`
	}
	if json.Unmarshal([]byte(task.Text("containerDefinitions")), &containers) != nil {
		return nil
	}
	for _, container := range containers {
		if container.Name != name {
			continue
		}
		for _, mapping := range container.PortMappings {
			if mapping.ContainerPort == port {
				return nil
			}
		}
		return refuse("InvalidParameterException", "The container %s did not have a container port %d defined.", name, port)
	}
	return refuse("InvalidParameterException", "The container %s does not exist in the task definition.", name)
}

func completeService(op *operation) error {
	if cluster := op.targets["cluster"]; cluster != nil {
		op.set("cluster", cluster.ARN)
	} else if op.kind == account.OnCreate && textAt(op.properties, "cluster") == "" {
		op.set("cluster", op.text("arn:${@partition}:ecs:${@region}:${@account}:cluster/default"))
	}
	if task := op.targets["taskDefinition"]; task != nil {
		if task.Text("networkMode") == "awsvpc" {
			op.setIfAbsent("iamRole", op.text("arn:${@partition}:iam::${@account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"))
		}
	}
	if textAt(op.properties, "launchType") == "" && len(valuesAt(op.properties, "capacityProviderStrategies[]")) == 0 {
		op.set("launchType", "EC2")
	}
	if textAt(op.properties, "launchType") == "FARGATE" || len(valuesAt(op.properties, "capacityProviderStrategies[]")) > 0 {
		op.setIfAbsent("platformVersion", "LATEST")
	}
	return nil
}
