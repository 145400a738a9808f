package componenttest

import (
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// answer makes the id and outputs of a resource. Everything derives from the
// type and the logical name, so that inventories are the same in every run.
func answer(args pulumi.MockResourceArgs) (string, resource.PropertyMap) {
	outputs := args.Inputs.Copy()
	if !args.Custom {
		return "", outputs
	}
	name := physicalName(args)
	id := fmt.Sprintf("%s-%s", args.Name, digits(args.TypeToken+args.Name))
	set := func(key, value string) {
		k := resource.PropertyKey(key)
		if _, given := outputs[k]; !given {
			outputs[k] = resource.NewStringProperty(value)
		}
	}
	arn := fmt.Sprintf("arn:aws:%s:%s:%s:%s/%s", service(args.TypeToken), Region, Account, lastSegment(args.TypeToken), name)
	set("arn", arn)
	set("name", name)
	set("region", Region)
	set("ownerId", Account)
	switch args.TypeToken {
	case "aws:sqs/queue:Queue":
		id = fmt.Sprintf("https://sqs.%s.amazonaws.com/%s/%s", Region, Account, name)
		outputs["arn"] = resource.NewStringProperty(fmt.Sprintf("arn:aws:sqs:%s:%s:%s", Region, Account, name))
		set("url", id)
	case "aws:rds/cluster:Cluster":
		set("endpoint", name+".cluster-c0123456789a."+Region+".rds.amazonaws.com")
		set("readerEndpoint", name+".cluster-ro-c0123456789a."+Region+".rds.amazonaws.com")
		set("clusterResourceId", "cluster-"+strings.ToUpper(digits(name)))
		outputs["port"] = resource.NewNumberProperty(5432)
		outputs["masterUserSecrets"] = masterUserSecrets(args.Inputs, name)
	case "aws:lb/loadBalancer:LoadBalancer":
		id = arn
		set("dnsName", name+"-0123456789."+Region+".elb.amazonaws.com")
		set("zoneId", "Z35SXDOTRQ7X7K")
		set("arnSuffix", "app/"+name+"/0123456789abcdef")
	case "aws:lb/targetGroup:TargetGroup":
		id = arn
		set("arnSuffix", "targetgroup/"+name+"/0123456789abcdef")
	case "aws:ecs/cluster:Cluster", "aws:ecs/service:Service", "aws:lb/listener:Listener",
		"aws:lb/listenerRule:ListenerRule", "aws:acm/certificate:Certificate", "aws:secretsmanager/secret:Secret":
		id = arn
	case "aws:ecs/taskDefinition:TaskDefinition":
		id = name
		outputs["revision"] = resource.NewNumberProperty(1)
		outputs["arn"] = resource.NewStringProperty(fmt.Sprintf("arn:aws:ecs:%s:%s:task-definition/%s:1", Region, Account, name))
	case "aws:iam/role:Role":
		id = name
		outputs["arn"] = resource.NewStringProperty(fmt.Sprintf("arn:aws:iam::%s:role/%s", Account, name))
	case "aws:cloudwatch/logGroup:LogGroup":
		id = name
		outputs["arn"] = resource.NewStringProperty(fmt.Sprintf("arn:aws:logs:%s:%s:log-group:%s", Region, Account, name))
	case "aws:s3/bucketV2:BucketV2":
		id = name
		set("bucket", name)
		set("bucketRegionalDomainName", name+".s3."+Region+".amazonaws.com")
		outputs["arn"] = resource.NewStringProperty("arn:aws:s3:::" + name)
	case "aws:lambda/invocation:Invocation":
		set("result", `{"offline":true}`)
	case "aws:ec2/vpcEndpoint:VpcEndpoint":
		outputs["dnsEntries"] = resource.NewArrayProperty([]resource.PropertyValue{resource.NewObjectProperty(resource.PropertyMap{
			"dnsName":      resource.NewStringProperty("vpce-0123456789abcdef0.secretsmanager." + Region + ".vpce.amazonaws.com"),
			"hostedZoneId": resource.NewStringProperty("Z7HUB22UULQXV"),
		})})
	case "aws:route53/record:Record":
		set("fqdn", name)
	case "aws:kms/key:Key":
		set("keyId", id)
	case "aws:ec2/vpc:Vpc":
		set("defaultSecurityGroupId", "sg-default")
		set("defaultRouteTableId", "rtb-default")
		set("mainRouteTableId", "rtb-main")
		set("defaultNetworkAclId", "acl-default")
		if v := args.Inputs["assignGeneratedIpv6CidrBlock"]; v.IsBool() && v.BoolValue() {
			set("ipv6CidrBlock", "2600:1f13:abc:de00::/56")
		}
	}
	if args.TypeToken == "aws:acm/certificate:Certificate" {
		outputs["domainValidationOptions"] = validation(outputs)
	}
	return id, outputs
}

// masterUserSecrets is the secret of a managed master password, and an empty list
// when RDS does not manage it.
func masterUserSecrets(inputs resource.PropertyMap, name string) resource.PropertyValue {
	if v := inputs["manageMasterUserPassword"]; !v.IsBool() || !v.BoolValue() {
		return resource.NewArrayProperty(nil)
	}
	return resource.NewArrayProperty([]resource.PropertyValue{resource.NewObjectProperty(resource.PropertyMap{
		"secretArn": resource.NewStringProperty(fmt.Sprintf("arn:aws:secretsmanager:%s:%s:secret:rds!cluster-%s", Region, Account, digits(name))),
	})})
}

func validation(outputs resource.PropertyMap) resource.PropertyValue {
	domain := ""
	if v, ok := outputs["domainName"]; ok && v.IsString() {
		domain = v.StringValue()
	}
	return resource.NewArrayProperty([]resource.PropertyValue{resource.NewObjectProperty(resource.PropertyMap{
		"domainName":          resource.NewStringProperty(domain),
		"resourceRecordName":  resource.NewStringProperty("_0123." + domain + "."),
		"resourceRecordType":  resource.NewStringProperty("CNAME"),
		"resourceRecordValue": resource.NewStringProperty("_4567.acm-validations.aws."),
	})})
}

// physicalName is the name the program gave, or one like the provider's own.
func physicalName(args pulumi.MockResourceArgs) string {
	for _, key := range []resource.PropertyKey{"name", "clusterIdentifier", "identifier", "family", "bucket"} {
		if v, ok := args.Inputs[key]; ok && v.IsString() {
			return v.StringValue()
		}
	}
	return args.Name + "-" + digits(args.TypeToken + args.Name)[:7]
}

func service(token string) string {
	module, _, _ := strings.Cut(strings.TrimPrefix(token, "aws:"), "/")
	if module == "lb" {
		return "elasticloadbalancing"
	}
	return module
}

func digits(s string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	return fmt.Sprintf("%016x", h.Sum64())
}
