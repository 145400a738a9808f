package rules

import (
	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

const (
	ecsServiceType = "aws:ecs/service:Service"
	ecsClusterType = "aws:ecs/cluster:Cluster"
)

var ecsService = []*rule.Rule{
	{
		ID: "ecs-service-no-public-ip", Title: "Tasks get no public address",
		Why:      "A task with a public address is one wrong security-group rule away from the internet.",
		Fix:      "set assignPublicIp to false and run the tasks in subnets that route through NAT.",
		Severity: rule.High, Level: rule.Advisory, Scope: rule.Resource,
		LevelReason: "The smallest tier runs without NAT: its tasks have public addresses, and security groups admit " +
			"only the load balancer.",
		Types: []string{ecsServiceType, "aws:ecs/taskSet:TaskSet"},
		FSBP:  "ECS.2", Also: []string{"AWS FSBP ECS.16", "Checkov CKV_AWS_333"},
		Check: func(c *rule.Check) { c.NotTrue("networkConfiguration.assignPublicIp") },
	},
	{
		ID: "ecs-service-circuit-breaker", Title: "A deployment that does not come up is rolled back",
		Why:      "Without it ECS starts and stops broken tasks for ever, and the update hangs.",
		Fix:      "set deploymentCircuitBreaker with enable and rollback.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{ecsServiceType},
		Check: func(c *rule.Check) {
			switch controller, ok := c.Kind("deploymentController.type"); {
			case !ok:
			case controller != "" && controller != "ECS":
				c.Skip("another deployment controller rolls it back")
			default:
				c.True("deploymentCircuitBreaker.enable")
				c.True("deploymentCircuitBreaker.rollback")
			}
		},
	},
	{
		ID: "ecs-service-platform-current", Title: "Fargate runs on its current platform version",
		Why:      "AWS mends the platform in the current version; a pinned old one misses the fixes.",
		Fix:      "remove platformVersion, or set it to LATEST.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{ecsServiceType},
		FSBP: "ECS.10", Also: []string{"Checkov CKV_AWS_332"},
		Check: func(c *rule.Check) { c.OneOf(c.Get("platformVersion"), "", "LATEST", "1.4.0") },
	},
	{
		ID: "ecs-service-capacity-provider", Title: "Services choose capacity by strategy, not by launch type",
		Why:      "The launch type can never change in place, so Spot could only be added by replacing the service.",
		Fix:      "remove launchType and set capacityProviderStrategies.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{ecsServiceType},
		Check: func(c *rule.Check) {
			c.Unset("launchType", "capacityProviderStrategies says the same and can change in place")
		},
	},
	{
		ID: "ecs-service-rebalancing-room", Title: "A service that rebalances zones has room to do so",
		Why:      "ECS moves a task by starting another first; AWS refuses rebalancing with at most 100 percent.",
		Fix:      "raise deploymentMaximumPercent above 100.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{ecsServiceType},
		Check: func(c *rule.Check) {
			mode, modeState := c.Get("availabilityZoneRebalancing").Text()
			most := c.Get("deploymentMaximumPercent")
			percent, state := most.Number()
			switch {
			case modeState == value.Unknown || mode == "ENABLED" && state == value.Unknown:
				c.Wait("availabilityZoneRebalancing")
			case mode == "ENABLED" && state == value.Known && percent <= 100:
				c.Fail(most, "be above 100 while availabilityZoneRebalancing is ENABLED")
			}
		},
	},
	{
		ID: "ecs-service-spare-task", Title: "A production service keeps at least two tasks while it is deployed",
		Why:      "With one task, every restart and every lost zone is an outage.",
		Fix:      "set desiredCount to 2 or more and deploymentMinimumHealthyPercent to 100.",
		Severity: rule.Medium, Level: rule.Advisory, Production: true, Scope: rule.Resource, Types: []string{ecsServiceType},
		Check: func(c *rule.Check) {
			c.AtLeast("desiredCount", 2)
			percent := c.Get("deploymentMinimumHealthyPercent")
			switch n, state := percent.Number(); {
			case state == value.Unknown:
				c.Wait(percent.Path())
			case state == value.Known && n < 100:
				c.Fail(percent, "be at least 100")
			}
		},
	},
	{
		ID: "ecs-cluster-container-insights", Title: "Container Insights is on",
		Why:      "Without it there are no metrics per task to explain an incident afterwards.",
		Fix:      "add the cluster setting containerInsights with the value enabled or enhanced.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{ecsClusterType},
		FSBP: "ECS.12", Also: []string{"Checkov CKV_AWS_65", "Trivy AWS-0034", "cdk-nag ECS4"},
		Check: func(c *rule.Check) {
			settings, state := c.Get("settings").Items()
			if state == value.Unknown {
				c.Wait("settings")
				return
			}
			for _, setting := range settings {
				if name, _ := setting.Get("name").Text(); name == "containerInsights" {
					c.OneOf(setting.Get("value"), "enabled", "enhanced")
					return
				}
			}
			c.Failf("settings does not hold containerInsights; it must be enabled or enhanced")
		},
	},
	{
		ID: "ecs-exec-audited", Title: "Commands run in tasks by hand are logged",
		Why:      "ECS Exec opens a shell beside customer data; without a log nobody can say what was done.",
		Fix:      "set configuration.executeCommandConfiguration.logging on the cluster, or switch ECS Exec off.",
		Severity: rule.Medium, Level: rule.Advisory, Scope: rule.Stack, Types: []string{ecsServiceType},
		Also: []string{"Checkov CKV_AWS_223", "Checkov CKV_AWS_224"},
		Check: func(c *rule.Check) {
			on, state := c.Get("enableExecuteCommand").Bool()
			if state == value.Unknown {
				c.Wait("enableExecuteCommand")
				return
			}
			if !on {
				c.Skip("ECS Exec is off")
				return
			}
			clusters, state := c.Graph.Target(c.Resource, "cluster", ecsClusterType)
			if state != value.Known {
				c.Wait("cluster")
			}
			for _, cluster := range clusters {
				logging := cluster.Props.Get("configuration.executeCommandConfiguration.logging")
				switch mode, state := logging.Text(); {
				case state == value.Unknown:
					c.Wait("cluster")
				case state == value.Absent || mode == "NONE":
					c.Failf("enableExecuteCommand is true, but cluster %s logs no commands", cluster.Name)
				}
			}
		},
	},
}
