package cloud

import (
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

const (
	functionType     = "aws:lambda/function:Function"
	stateMachineType = "aws:sfn/stateMachine:StateMachine"
	webACLType       = "aws:wafv2/webAcl:WebAcl"
)

// functionRules are those of Lambda, Step Functions, Backup and what stands in
// front of an application.
var functionRules = map[string]hooks{
	functionType:   {check: checkFunction, complete: completeFunction},
	invocationType: {complete: completeInvocation},
	"aws:lambda/eventSourceMapping:EventSourceMapping": {check: checkMapping},
	stateMachineType:                 {check: checkStateMachine},
	"aws:backup/selection:Selection": {check: func(op *operation) error { return checkTrust(op, "iamRoleArn", "backup.amazonaws.com") }},
	webACLType:                       {prepare: prepareScope, complete: completeACL},
	"aws:wafv2/webAclAssociation:WebAclAssociation":   {check: checkACLAssociation},
	"aws:wafv2/ipSet:IpSet":                           {prepare: prepareScope},
	"aws:elasticache/serverlessCache:ServerlessCache": {complete: completeCache},
	"aws:elasticache/replicationGroup:ReplicationGroup": {complete: func(op *operation) error {
		if group := op.targets["subnetGroupName"]; group != nil {
			op.useSubnetsOf(group)
		}
		return nil
	}},
}

func checkFunction(op *operation) error {
	if err := checkTrust(op, "role", "lambda.amazonaws.com"); err != nil {
		return err
	}
	if name := op.name(); len(name) > 64 {
		return refuse("ValidationException", "1 validation error detected: Value '%s' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64", name)
	}
	return checkPlacement(op)
}

func completeFunction(op *operation) error {
	version := "$LATEST"
	if flagAt(op.properties, "publish") {
		version = textAt(op.properties, "version")
		if op.kind == account.OnCreate || op.changed("code") || op.changed("sourceCodeHash") || version == "$LATEST" {
			version = strconv.Itoa(op.tx.Count("lambda version " + op.Region + " " + op.name()))
		}
	}
	op.set("version", version)
	op.set("qualifiedArn", op.arn+":"+version)
	op.set("qualifiedInvokeArn", op.text("arn:${@partition}:apigateway:${@region}:lambda:path/2015-03-31/functions/")+op.arn+":"+version+"/invocations")
	completeCode(op)
	if subnet := op.targets["vpcConfig.subnetIds[]"]; subnet != nil {
		config := op.properties["vpcConfig"].ObjectValue()
		config["vpcId"] = resource.NewProperty(subnet.Text("vpcId"))
	}
	return nil
}

// checkMapping refuses a queue whose messages come back while the function is
// still working on them.
func checkMapping(op *operation) error {
	queue, function := op.targets["eventSourceArn"], op.targets["functionName"]
	if queue == nil || function == nil || queue.Type != queueType {
		return nil
	}
	visibility, _ := numberAt(resource.PropertyMap(queue.Properties), "visibilityTimeoutSeconds")
	timeout, given := numberAt(resource.PropertyMap(function.Properties), "timeout")
	if !given {
		timeout = 3
	}
	if visibility < timeout {
		return refuse("InvalidParameterValueException", "Queue visibility timeout: %.0f seconds is less than Function timeout: %.0f seconds", visibility, timeout)
	}
	return nil
}

func prepareScope(op *operation) error {
	op.variant = "regional"
	if textAt(op.properties, "scope") != "CLOUDFRONT" {
		return nil
	}
	op.variant = "global"
	if op.Region != "us-east-1" {
		return refuse("WAFInvalidParameterException", "Error reason: The scope is not valid., field: SCOPE_VALUE, parameter: CLOUDFRONT")
	}
	return nil
}

// checkStateMachine refuses a role Step Functions may not assume, and a log group
// named in another way than the service wants.
func checkStateMachine(op *operation) error {
	if err := checkTrust(op, "roleArn", "states.amazonaws.com"); err != nil {
		return err
	}
	level, destination := textAt(op.properties, "loggingConfiguration.level"), textAt(op.properties, "loggingConfiguration.logDestination")
	if destination == "" {
		if level != "" && level != "OFF" {
			return refuse("InvalidLoggingConfiguration", "Invalid Logging Configuration: Must specify exactly one Log Destination.")
		}
		return nil
	}
	group, qualified := strings.CutSuffix(destination, ":*")
	if !qualified {
		return refuse("InvalidLoggingConfiguration", "Invalid Logging Configuration: Log Group ARN must be provided with '*' qualifier.")
	}
	found, ok := op.tx.ByARN(group)
	if !ok || found.Type != logGroupType {
		return refuse("InvalidLoggingConfiguration", "Invalid Logging Configuration: The state machine IAM Role is not authorized to access the Log Destination")
	}
	op.use(found)
	return nil
}

// checkACLAssociation refuses what only a distribution may have, and what can
// have no web ACL.
func checkACLAssociation(op *operation) error {
	acl, target := op.targets["webAclArn"], op.targets["resourceArn"]
	if acl != nil && acl.Text("scope") == "CLOUDFRONT" {
		return refuse("WAFInvalidParameterException", "Error reason: The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes., field: RESOURCE_ARN, parameter: %s", acl.ARN)
	}
	if target != nil && !strings.Contains(target.ARN, ":loadbalancer/app/") {
		return refuse("WAFInvalidParameterException", "Error reason: The ARN isn't valid. A valid ARN begins with arn: and includes other information separated by colons or slashes., field: RESOURCE_ARN, parameter: %s", target.ARN)
	}
	return nil
}

// managedRuleCapacity is what AWS charges for its own rule groups.
var managedRuleCapacity = map[string]float64{
	"AWSManagedRulesCommonRuleSet": 700, "AWSManagedRulesAdminProtectionRuleSet": 100, "AWSManagedRulesKnownBadInputsRuleSet": 200,
	"AWSManagedRulesSQLiRuleSet": 200, "AWSManagedRulesLinuxRuleSet": 200, "AWSManagedRulesUnixRuleSet": 100, "AWSManagedRulesPHPRuleSet": 100,
	"AWSManagedRulesAmazonIpReputationList": 25, "AWSManagedRulesAnonymousIpList": 50, "AWSManagedRulesBotControlRuleSet": 50,
}

func completeACL(op *operation) error {
	capacity := 0.0
	for _, rule := range valuesAt(op.properties, "rules[]") {
		if !rule.IsObject() {
			continue
		}
		if group, ok := managedRuleCapacity[textAt(rule.ObjectValue(), "statement.managedRuleGroupStatement.name")]; ok {
			capacity += group
			continue
		}
		capacity += 2
	}
	op.set("capacity", capacity)
	if capacity > 5000 {
		return refuse("WAFLimitsExceededException", "AWS WAF couldn’t perform the operation because you exceeded your resource limit.")
	}
	return nil
}

func completeCache(op *operation) error {
	major := textAt(op.properties, "majorEngineVersion")
	if major == "" {
		major = map[string]string{"valkey": "8", "redis": "7", "memcached": "1.6"}[textAt(op.properties, "engine")]
		op.set("majorEngineVersion", major)
	}
	full := map[string]string{"valkey7": "7.2", "valkey8": "8.0", "redis7": "7.1", "memcached1.6": "1.6.22"}[textAt(op.properties, "engine")+major]
	op.set("fullEngineVersion", full)
	return nil
}
