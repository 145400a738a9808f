package rules

import (
	"slices"
	"strings"

	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

// stateful are the types whose replacement or deletion loses data, or names that others know.
var stateful = []string{
	dbClusterType, dbInstanceType, keyType, bucketType, oldBucketType, queueType, secretType, vaultType, zoneType,
	vpcType, repositoryType, "aws:cloudwatch/eventBus:EventBus",
}

// taggable are the types of AWS's tagging standard that a stack of this kind has.
var taggable = []string{
	ecsServiceType, ecsClusterType, taskDefinitionType, loadBalancerType, targetGroupType, vpcType, subnetType, groupType,
	gatewayType, "aws:ec2/natGateway:NatGateway", routeTableType, "aws:ec2/flowLog:FlowLog", dbClusterType,
	dbClusterInstanceType, dbInstanceType, "aws:rds/subnetGroup:SubnetGroup", queueType, secretType, functionType,
	repositoryType, bucketType, roleType, "aws:cloudwatch/eventBus:EventBus", logGroupType, vaultType, planType,
	certificateType, keyType, replicationGroupType, serverlessCacheType,
}

var protection = []*rule.Rule{
	{
		ID: "stateful-protected", Title: "What holds data in production is protected by Pulumi too",
		Why: "The engine then refuses to delete or replace it, whatever the program or a provider's default says; that " +
			"has saved databases before.",
		Fix:      "pass pulumi.Protect(true).",
		Severity: rule.High, Level: rule.Mandatory, Production: true, Scope: rule.Resource,
		Types: []string{dbClusterType, dbInstanceType, keyType, bucketType, oldBucketType, vaultType},
		Check: func(c *rule.Check) {
			if !c.Protect {
				c.Failf("the resource option protect is not set; it must be true")
			}
		},
	},
	{
		ID: "names-protected", Title: "What others know by name in production is protected by Pulumi too",
		Why:      "A new queue, secret, zone, network or repository has a new name, or none for a while.",
		Fix:      "pass pulumi.Protect(true).",
		Severity: rule.Medium, Level: rule.Advisory, Production: true, Scope: rule.Resource,
		Types: slices.DeleteFunc(slices.Clone(stateful), func(t string) bool {
			return slices.Contains([]string{dbClusterType, dbInstanceType, keyType, bucketType, oldBucketType, vaultType}, t)
		}),
		Check: func(c *rule.Check) {
			if !c.Protect {
				c.Failf("the resource option protect is not set; it must be true")
			}
		},
	},
	{
		ID: "resource-tagged", Title: "Resources carry tags",
		Why:      "Without tags a bill cannot be split and a stranger cannot tell whom to ask.",
		Fix:      "set the provider's defaultTags, or tags on the resource.",
		Severity: rule.Low, Level: rule.Advisory, Scope: rule.Resource, Types: taggable,
		Also: []string{"AWS Resource Tagging Standard"},
		Params: []rule.Param{{
			Name: "keys", Kind: "array", Default: []string{}, Doc: "Tag keys every resource must have; with none, any tag will do.",
		}},
		Check: tagged,
	},
}

func tagged(c *rule.Check) {
	own, state := c.Get("tags").Keys()
	defaults, defaultState := c.Provider.Get("defaultTags").JSON()
	inherited, inheritedState := defaults.Get("tags").Keys()
	if state == value.Unknown || defaultState != nil || inheritedState == value.Unknown {
		c.Wait("tags")
		return
	}
	keys := slices.Concat(own, inherited)
	required := c.ParamList("keys")
	if len(required) == 0 && len(keys) == 0 {
		c.Failf("tags is not set, and the provider has no default tags; there must be one tag at least")
		return
	}
	missing := slices.DeleteFunc(slices.Clone(required), func(key string) bool { return slices.Contains(keys, key) })
	if len(missing) > 0 {
		c.Failf("tags lacks %s", strings.Join(missing, ", "))
	}
}
