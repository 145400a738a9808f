package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenfold-iac/tenfold/policies/document"
	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

const (
	taskDefinitionType = "aws:ecs/taskDefinition:TaskDefinition"
	containersProperty = "containerDefinitions"
)

var ecsTask = []*rule.Rule{
	{
		ID: "ecs-task-definition-reads", Title: "Container definitions are a JSON list",
		Why:      "A text that is no list of containers is refused only after everything before it was changed.",
		Fix:      "build containerDefinitions by marshalling a Go value.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{taskDefinitionType},
		Check: func(c *rule.Check) {
			v := c.Get(containersProperty)
			containers, state, err := document.ParseContainers(v)
			switch {
			case state == value.Unknown:
				c.Wait(v.Path())
			case err != nil:
				c.Failf("%v", err)
			case len(containers) == 0:
				c.Failf("%s has no container", v.Path())
			}
		},
	},
	{
		ID: "ecs-task-read-only-root", Title: "Containers run on a read-only root file system",
		Why:      "Code that breaks in cannot change the program it runs in.",
		Fix:      "set readonlyRootFilesystem to true and mount a volume where the program must write.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{taskDefinitionType},
		FSBP: "ECS.5", Also: []string{"Checkov CKV_AWS_336"},
		Check: eachLinuxContainer(func(c *rule.Check, container document.Container) {
			c.TrueValue(container.Get("readonlyRootFilesystem"))
		}),
	},
	{
		ID: "ecs-task-not-privileged", Title: "Containers do not run privileged",
		Why:      "A privileged container has the host's root rights.",
		Fix:      "remove privileged; add single Linux capabilities if the program needs them.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{taskDefinitionType},
		FSBP: "ECS.4", Also: []string{"Checkov CKV_AWS_334"},
		Check: eachContainer(func(c *rule.Check, container document.Container) {
			c.NotTrueValue(container.Get("privileged"))
		}),
	},
	{
		ID: "ecs-task-non-root", Title: "Linux containers name a user other than root",
		Why:      "A container without a user runs as root unless its image says otherwise, which nobody checks.",
		Fix:      "set user, for example to \"10001\", and let the image's files belong to it.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{taskDefinitionType},
		FSBP: "ECS.20",
		Check: eachLinuxContainer(func(c *rule.Check, container document.Container) {
			v := container.Get("user")
			user, state := v.Text()
			user, _, _ = strings.Cut(user, ":")
			switch {
			case state == value.Unknown:
				c.Wait(v.Path())
			case user == "" || user == "root" || user == "0":
				c.Fail(v, "name a user other than root")
			}
		}),
	},
	{
		ID: "ecs-task-log-driver", Title: "Every container sends its logs somewhere",
		Why:      "On Fargate the output of a container without a log driver is lost.",
		Fix:      "set logConfiguration with a log driver such as awslogs.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{taskDefinitionType},
		FSBP: "ECS.9", Also: []string{"cdk-nag ECS7"},
		Check: eachContainer(func(c *rule.Check, container document.Container) {
			c.SetValue(container.Get("logConfiguration.logDriver"))
		}),
	},
	{
		ID: "ecs-task-image-pinned", Title: "Images are named by digest or by a tag other than latest",
		Why:      "A tag that moves makes two tasks of one revision run different programs, and a rollback run the new one.",
		Fix:      "name the image by digest, or by a tag that is never pushed twice.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{taskDefinitionType},
		Check: eachContainer(func(c *rule.Check, container document.Container) {
			v := container.Get("image")
			image, state := v.Text()
			if state == value.Unknown {
				c.Wait(v.Path())
				return
			}
			if strings.Contains(image, "@sha256:") {
				return
			}
			_, tag, tagged := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
			if !tagged || tag == "latest" {
				c.Fail(v, "carry a digest or a tag other than latest")
			}
		}),
	},
	{
		ID: "ecs-task-no-aws-keys", Title: "No AWS access key is passed to a container",
		Why:      "A key in the task definition is readable by everyone who may describe it, and never expires.",
		Fix:      "remove the variable and give the task role the permission instead.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{taskDefinitionType},
		FSBP: "ECS.8", Also: []string{"Trivy AWS-0036", "cdk-nag ECS2"},
		Check: eachVariable(func(c *rule.Check, path, name string, _ value.Value) {
			switch strings.ToUpper(name) {
			case "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "ECS_ENGINE_AUTH_DATA":
				c.Failf("%s holds an AWS credential", path)
			}
		}),
	},
	{
		ID: "ecs-task-no-plain-secrets", Title: "No secret is passed to a container in clear",
		Why:      "Environment values stand in the task definition, the state file and the console.",
		Fix:      "keep the value in Secrets Manager and name it under secrets.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{taskDefinitionType},
		Also: []string{"Trivy AWS-0036", "cdk-nag ECS2"},
		Check: eachVariable(func(c *rule.Check, path, name string, v value.Value) {
			text, state := v.Text()
			if why := secretLike(name, text); state == value.Known && why != "" {
				c.Failf("%s looks like a secret: %s", path, why)
			}
		}),
	},
	{
		ID: "ecs-task-no-host-processes", Title: "Tasks do not share the host's processes",
		Why:      "A task in the host's process namespace can see and signal what runs beside it.",
		Fix:      "remove pidMode, or set it to task.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{taskDefinitionType},
		FSBP: "ECS.3", Also: []string{"Checkov CKV_AWS_335"},
		Check: func(c *rule.Check) { c.OneOf(c.Get("pidMode"), "", "task") },
	},
	{
		ID: "ecs-task-own-network", Title: "Tasks have a network interface of their own",
		Why:      "Security groups hold for one service only if each task has its own interface; Fargate needs it.",
		Fix:      "set networkMode to awsvpc.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{taskDefinitionType},
		Also:  []string{"Security Hub ECS.17"},
		Check: func(c *rule.Check) { c.OneOf(c.Get("networkMode"), "awsvpc") },
	},
	{
		ID: "ecs-task-fargate-size", Title: "CPU and memory are a pair that Fargate offers",
		Why:      "The provider accepts any pair; AWS refuses most of them, in the middle of an update.",
		Fix:      "choose a memory size Fargate offers for the CPU size.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{taskDefinitionType},
		Check: fargateSize,
	},
	{
		ID: "ecs-task-efs-encrypted", Title: "EFS volumes are mounted with TLS",
		Why:      "Without it files cross the network in clear.",
		Fix:      "set efsVolumeConfiguration.transitEncryption to ENABLED.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{taskDefinitionType},
		FSBP: "ECS.18", Also: []string{"Checkov CKV_AWS_97", "Trivy AWS-0035"},
		Check: func(c *rule.Check) {
			volumes, state := c.Get("volumes").Items()
			if state == value.Unknown {
				c.Wait("volumes")
			}
			for _, volume := range volumes {
				if efs := volume.Get("efsVolumeConfiguration"); efs.State() == value.Known {
					c.OneOf(efs.Get("transitEncryption"), "ENABLED")
				} else if efs.State() == value.Unknown {
					c.Wait(efs.Path())
				}
			}
		},
	},
	{
		ID: "ecs-task-roles-distinct", Title: "A task and the agent that starts it have different roles",
		Why:      "The agent's role reads secrets and pulls images; the program must not be able to.",
		Fix:      "give the task definition a task role of its own.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Stack, Types: []string{taskDefinitionType},
		Also: []string{"Checkov CKV_AWS_249"},
		Check: func(c *rule.Check) {
			task, execution := c.Get("taskRoleArn"), c.Get("executionRoleArn")
			if task.State() == value.Absent || execution.State() == value.Absent {
				return
			}
			taskRoles, _ := c.Graph.Target(c.Resource, "taskRoleArn", roleType)
			executionRoles, _ := c.Graph.Target(c.Resource, "executionRoleArn", roleType)
			if len(taskRoles) == 1 && slices.Equal(taskRoles, executionRoles) {
				c.Failf("taskRoleArn and executionRoleArn are both the role %s; they must be two roles", taskRoles[0].Name)
				return
			}
			a, aState := task.Text()
			b, bState := execution.Text()
			switch {
			case len(taskRoles) > 0 && len(executionRoles) > 0:
			case aState == value.Unknown || bState == value.Unknown:
				c.Wait("taskRoleArn")
			case a == b:
				c.Failf("taskRoleArn and executionRoleArn are both %s; they must be two roles", task.Show())
			}
		},
	},
}

// eachContainer judges every container of a task definition. A definition that is no list of containers is the
// business of ecs-task-definition-reads alone.
func eachContainer(judge func(*rule.Check, document.Container)) func(*rule.Check) {
	return func(c *rule.Check) {
		v := c.Get(containersProperty)
		containers, state, err := document.ParseContainers(v)
		switch {
		case state == value.Unknown:
			c.Wait(v.Path())
		case err != nil:
			c.Skip("the container definitions cannot be read")
		}
		for _, container := range containers {
			judge(c, container)
		}
	}
}

// eachLinuxContainer is eachContainer for settings that Windows containers do not have.
func eachLinuxContainer(judge func(*rule.Check, document.Container)) func(*rule.Check) {
	all := eachContainer(judge)
	return func(c *rule.Check) {
		switch family, ok := c.Kind("runtimePlatform.operatingSystemFamily"); {
		case !ok:
		case strings.HasPrefix(family, "WINDOWS"):
			c.Skip("the task runs Windows")
		default:
			all(c)
		}
	}
}

// eachVariable judges every environment variable that a task definition sets by value.
func eachVariable(judge func(c *rule.Check, path, name string, v value.Value)) func(*rule.Check) {
	return eachContainer(func(c *rule.Check, container document.Container) {
		list := container.Get("environment")
		variables, state := list.Items()
		if state == value.Unknown {
			c.Wait(list.Path())
		}
		for _, variable := range variables {
			name, state := variable.Get("name").Text()
			if state == value.Unknown {
				c.Wait(list.Path())
				continue
			}
			judge(c, fmt.Sprintf("%s[%s]", list.Path(), name), name, variable.Get("value"))
		}
	})
}

// fargateMemory gives, for each CPU size, the smallest and the largest memory size and the step between, in MiB.
var fargateMemory = map[float64][3]float64{
	1024: {2048, 8192, 1024}, 2048: {4096, 16384, 1024}, 4096: {8192, 30720, 1024},
	8192: {16384, 61440, 4096}, 16384: {32768, 122880, 8192},
}

func fargateSize(c *rule.Check) {
	kinds, state := c.Get("requiresCompatibilities").Items()
	if state == value.Unknown {
		c.Wait("requiresCompatibilities")
		return
	}
	if !slices.ContainsFunc(kinds, func(v value.Value) bool { text, _ := v.Text(); return text == "FARGATE" }) {
		c.Skip("the task does not run on Fargate")
		return
	}
	cpu, cpuState := c.Get("cpu").Number()
	memory, memoryState := c.Get("memory").Number()
	if cpuState == value.Unknown || memoryState == value.Unknown {
		c.Wait("cpu")
		return
	}
	offered := false
	switch cpu {
	case 256:
		offered = memory == 512 || memory == 1024 || memory == 2048
	case 512:
		offered = memory >= 1024 && memory <= 4096 && int(memory)%1024 == 0
	default:
		size, known := fargateMemory[cpu]
		offered = known && memory >= size[0] && memory <= size[1] && int(memory-size[0])%int(size[2]) == 0
	}
	if !offered {
		c.Failf("cpu %s with memory %s MiB is not a size Fargate offers", c.Get("cpu").Show(), c.Get("memory").Show())
	}
}
