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
	if !args.Custom {
		return "", args.Inputs.Copy()
	}
	name := physicalName(args)
	a := &answered{
		name: name, inputs: args.Inputs, outputs: args.Inputs.Copy(),
		id:  fmt.Sprintf("%s-%s", args.Name, digits(args.TypeToken+args.Name)),
		arn: fmt.Sprintf("arn:aws:%s:%s:%s:%s/%s", service(args.TypeToken), Region, Account, lastSegment(args.TypeToken), name),
	}
	a.set("name", name)
	a.set("region", Region)
	a.set("ownerId", Account)
	if special, ok := answers[args.TypeToken]; ok {
		special(a)
	}
	a.set("arn", a.arn)
	return a.id, a.outputs
}

// answered is a resource on its way to the program.
type answered struct {
	name, id, arn   string
	inputs, outputs resource.PropertyMap
}

// set gives an output a value unless the program gave one.
func (a *answered) set(key resource.PropertyKey, value string) {
	if _, given := a.outputs[key]; !given {
		a.outputs[key] = resource.NewStringProperty(value)
	}
}

// byARN is the answer of types whose id is their ARN.
func byARN(a *answered) { a.id = a.arn }

// byName is the answer of types whose id is their name, with an ARN of its own
// form.
func byName(form string, values ...any) func(*answered) {
	return func(a *answered) {
		a.id = a.name
		a.arn = fmt.Sprintf(form, append(values, a.name)...)
	}
}

// answers holds what the types answer beyond an id, an ARN and a name.
var answers = map[string]func(*answered){
	"aws:ecs/cluster:Cluster":          byARN,
	"aws:ecs/service:Service":          byARN,
	"aws:lb/listener:Listener":         byARN,
	"aws:lb/listenerRule:ListenerRule": byARN,
	"aws:secretsmanager/secret:Secret": byARN,
	"aws:iam/role:Role":                byName("arn:aws:iam::%s:role/%s", Account),
	"aws:cloudwatch/logGroup:LogGroup": byName("arn:aws:logs:%s:%s:log-group:%s", Region, Account),
	"aws:cloudfront/distribution:Distribution": func(a *answered) {
		a.set("domainName", a.name+".cloudfront.net")
		a.set("hostedZoneId", "Z2FDTNDATAQYW2")
	},
	"aws:s3/bucketObjectv2:BucketObjectv2": func(a *answered) { a.set("versionId", "planted-version") },
	"aws:kms/key:Key":                      func(a *answered) { a.set("keyId", a.id) },
	"aws:route53/record:Record":            func(a *answered) { a.set("fqdn", a.name) },
	"aws:lambda/invocation:Invocation":     func(a *answered) { a.set("result", `{"offline":true}`) },
	"aws:acm/certificate:Certificate": func(a *answered) {
		a.id = a.arn
		a.outputs["domainValidationOptions"] = validation(a.outputs)
	},
	"aws:sqs/queue:Queue": func(a *answered) {
		a.id = fmt.Sprintf("https://sqs.%s.amazonaws.com/%s/%s", Region, Account, a.name)
		a.arn = fmt.Sprintf("arn:aws:sqs:%s:%s:%s", Region, Account, a.name)
		a.set("url", a.id)
	},
	"aws:rds/cluster:Cluster": func(a *answered) {
		a.set("endpoint", a.name+".cluster-c0123456789a."+Region+".rds.amazonaws.com")
		a.set("readerEndpoint", a.name+".cluster-ro-c0123456789a."+Region+".rds.amazonaws.com")
		a.set("clusterResourceId", "cluster-"+strings.ToUpper(digits(a.name)))
		a.outputs["port"] = resource.NewNumberProperty(5432)
		a.outputs["masterUserSecrets"] = masterUserSecrets(a.inputs, a.name)
	},
	"aws:lb/loadBalancer:LoadBalancer": func(a *answered) {
		a.id = a.arn
		a.set("dnsName", a.name+"-0123456789."+Region+".elb.amazonaws.com")
		a.set("zoneId", "Z35SXDOTRQ7X7K")
		a.set("arnSuffix", "app/"+a.name+"/0123456789abcdef")
	},
	"aws:lb/targetGroup:TargetGroup": func(a *answered) {
		a.id = a.arn
		a.set("arnSuffix", "targetgroup/"+a.name+"/0123456789abcdef")
	},
	"aws:ecs/taskDefinition:TaskDefinition": func(a *answered) {
		a.id = a.name
		a.arn = fmt.Sprintf("arn:aws:ecs:%s:%s:task-definition/%s:1", Region, Account, a.name)
		a.outputs["revision"] = resource.NewNumberProperty(1)
	},
	"aws:s3/bucketV2:BucketV2": func(a *answered) {
		a.id, a.arn = a.name, "arn:aws:s3:::"+a.name
		a.set("bucket", a.name)
		a.set("bucketRegionalDomainName", a.name+".s3."+Region+".amazonaws.com")
	},
	"aws:ec2/vpcEndpoint:VpcEndpoint": func(a *answered) {
		a.outputs["dnsEntries"] = resource.NewArrayProperty([]resource.PropertyValue{resource.NewObjectProperty(resource.PropertyMap{
			"dnsName":      resource.NewStringProperty("vpce-0123456789abcdef0.secretsmanager." + Region + ".vpce.amazonaws.com"),
			"hostedZoneId": resource.NewStringProperty("Z7HUB22UULQXV"),
		})})
		if v := a.inputs["vpcEndpointType"]; v.IsString() && v.StringValue() == "Gateway" {
			a.set("prefixListId", "pl-"+digits(a.name)[:8])
		}
	},
	"aws:ec2/vpc:Vpc": func(a *answered) {
		a.set("defaultSecurityGroupId", "sg-default")
		a.set("defaultRouteTableId", "rtb-default")
		a.set("mainRouteTableId", "rtb-main")
		a.set("defaultNetworkAclId", "acl-default")
		if v := a.inputs["assignGeneratedIpv6CidrBlock"]; v.IsBool() && v.BoolValue() {
			a.set("ipv6CidrBlock", "2600:1f13:abc:de00::/56")
		}
	},
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
