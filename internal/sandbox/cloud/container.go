package cloud

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

const (
	ecsClusterType     = "aws:ecs/cluster:Cluster"
	ecsServiceType     = "aws:ecs/service:Service"
	taskDefinitionType = "aws:ecs/taskDefinition:TaskDefinition"
)

// containerRules are those of ECS.
var containerRules = map[string]hooks{
	taskDefinitionType: {prepare: numberRevision, check: checkTaskDefinition, remove: deregister},
	ecsServiceType:     {check: checkService, complete: completeService},
	"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": {check: checkCapacityProviders},
}

// numberRevision counts up the revisions of a family, which are never reused.
func numberRevision(op *operation) error {
	if op.kind != account.OnCreate {
		return nil
	}
	counter := fmt.Sprintf("ecs revision %s %s", op.Region, textAt(op.properties, "family"))
	op.set("revision", float64(op.tx.Count(counter)))
	return nil
}

func checkTaskDefinition(op *operation) error {
	if err := checkFargateSize(op.properties); err != nil {
		return err
	}
	if err := checkTrust(op, "executionRoleArn", "ecs-tasks.amazonaws.com"); err != nil {
		return err
	}
	if err := checkTrust(op, "taskRoleArn", "ecs-tasks.amazonaws.com"); err != nil {
		return err
	}
	return checkContainers(op)
}

// containerDefinition is the part of a container definition ECS looks into when
// it registers a task definition.
type containerDefinition struct {
	Name             string            `json:"name"`
	Image            string            `json:"image"`
	Essential        *bool             `json:"essential"`
	Secrets          []json.RawMessage `json:"secrets"`
	LogConfiguration *struct {
		LogDriver     string            `json:"logDriver"`
		SecretOptions []json.RawMessage `json:"secretOptions"`
	} `json:"logConfiguration"`
	DependsOn []struct {
		ContainerName string `json:"containerName"`
	} `json:"dependsOn"`
}

func checkContainers(op *operation) error {
	var containers []containerDefinition
	if err := json.Unmarshal([]byte(textAt(op.properties, "containerDefinitions")), &containers); err != nil {
		return refuse("ClientException", "Container definitions are not valid JSON: %v", err)
	}
	if len(containers) == 0 {
		return refuse("ClientException", "Container list cannot be empty.")
	}
	names := map[string]bool{}
	essential, needsRole := false, false
	for _, container := range containers {
		if container.Name == "" || container.Image == "" {
			return refuse("ClientException", "Container.%s should not be null or empty.", map[bool]string{true: "name", false: "image"}[container.Name == ""])
		}
		if names[container.Name] {
			return refuse("ClientException", "The container definition name '%s' is used more than once.", container.Name)
		}
		names[container.Name] = true
		essential = essential || container.Essential == nil || *container.Essential
		needsRole = needsRole || len(container.Secrets) > 0 || container.LogConfiguration != nil && len(container.LogConfiguration.SecretOptions) > 0
	}
	for _, container := range containers {
		for _, dependency := range container.DependsOn {
			if !names[dependency.ContainerName] {
				return refuse("ClientException", "Container '%s' depends on '%s', which is not a container of the task definition.", container.Name, dependency.ContainerName)
			}
		}
	}
	if !essential {
		return refuse("ClientException", "No essential container specified. Please specify at least one essential container.")
	}
	if needsRole && textAt(op.properties, "executionRoleArn") == "" {
		return refuse("ClientException", "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.")
	}
	return nil
}

// fargateMemory gives, per CPU units, the lowest and highest memory and the
// step between, in MiB.
var fargateMemory = map[int][3]int{512: {1024, 4096, 1024}, 1024: {2048, 8192, 1024}, 2048: {4096, 16384, 1024},
	4096: {8192, 30720, 1024}, 8192: {16384, 61440, 4096}, 16384: {32768, 122880, 8192}}

func checkFargateSize(properties resource.PropertyMap) error {
	fargate := false
	for _, compatibility := range textsAt(properties, "requiresCompatibilities[]") {
		fargate = fargate || compatibility == "FARGATE"
	}
	if !fargate {
		return nil
	}
	if mode := textAt(properties, "networkMode"); mode != "awsvpc" {
		return refuse("ClientException", "Fargate only supports network mode ‘awsvpc’.")
	}
	cpu, memory := cpuUnits(textAt(properties, "cpu")), memoryMiB(textAt(properties, "memory"))
	valid := cpu == 256 && (memory == 512 || memory == 1024 || memory == 2048)
	if bounds, ok := fargateMemory[cpu]; ok {
		valid = memory >= bounds[0] && memory <= bounds[1] && (memory-bounds[0])%bounds[2] == 0
	}
	if !valid {
		return refuse("ClientException", "No Fargate configuration exists for given values: %d CPU, %d memory.", cpu, memory)
	}
	return nil
}

func cpuUnits(text string) int {
	if count, ok := strings.CutSuffix(strings.ToLower(strings.ReplaceAll(text, " ", "")), "vcpu"); ok {
		cores, _ := strconv.ParseFloat(count, 64)
		return int(cores * 1024)
	}
	units, _ := strconv.Atoi(text)
	return units
}

func memoryMiB(text string) int {
	if count, ok := strings.CutSuffix(strings.ToLower(strings.ReplaceAll(text, " ", "")), "gb"); ok {
		gigabytes, _ := strconv.ParseFloat(count, 64)
		return int(gigabytes * 1024)
	}
	mebibytes, _ := strconv.Atoi(text)
	return mebibytes
}

// deregister keeps the revision, as ECS does: inactive, or active when the
// program asked not to destroy it.
func deregister(op *operation) error {
	op.keep = op.old.Clone()
	op.keep.Uses = nil
	op.keep.Status = account.Inactive
	if flagAt(op.properties, "skipDestroy") {
		op.keep.Status = account.Retained
	}
	return nil
}

func checkCapacityProviders(op *operation) error {
	for _, provider := range textsAt(op.properties, "defaultCapacityProviderStrategies[].capacityProvider") {
		found := false
		for _, listed := range textsAt(op.properties, "capacityProviders[]") {
			found = found || listed == provider
		}
		if !found {
			return refuse("InvalidParameterException", "The specified capacity provider '%s' is not associated with the cluster. Specify a capacity provider that is associated with the cluster and try again.", provider)
		}
	}
	return nil
}
