package cloud

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

const (
	loadBalancerType = "aws:lb/loadBalancer:LoadBalancer"
	targetGroupType  = "aws:lb/targetGroup:TargetGroup"
	listenerType     = "aws:lb/listener:Listener"
	listenerRuleType = "aws:lb/listenerRule:ListenerRule"
)

// balancerRules are those of load balancers.
var balancerRules = map[string]hooks{
	loadBalancerType: {prepare: prepareBalancer, check: checkBalancer, complete: completeBalancer, stored: testLogBucket, remove: refuseBalancerOfOrigin},
	targetGroupType:  {check: checkTargetGroup},
	listenerType:     {check: checkListener, stored: tellTargetGroups},
	listenerRuleType: {prepare: prepareListenerRule, stored: tellTargetGroups},
}

func prepareBalancer(op *operation) error {
	op.variant = map[string]string{"network": "net", "gateway": "gwy"}[textAt(op.properties, "loadBalancerType")]
	if op.variant == "" {
		op.variant = "app"
	}
	return nil
}

func checkBalancer(op *operation) error {
	zones := map[string]bool{}
	vpcs := map[string]bool{}
	for _, id := range op.balancerSubnets() {
		if subnet, ok := op.get(subnetType, id); ok {
			zone := subnet.Text("availabilityZone")
			if zones[zone] {
				return refuse("InvalidConfigurationRequest", "A load balancer cannot be attached to multiple subnets in the same Availability Zone")
			}
			zones[zone] = true
			vpcs[subnet.Text("vpcId")] = true
		}
	}
	if op.variant == "app" && len(zones) < 2 {
		return refuse("ValidationError", "At least two subnets in two different Availability Zones must be specified")
	}
	if len(vpcs) > 1 {
		return refuse("InvalidConfigurationRequest", "All subnets must belong to the same VPC")
	}
	internal := flagAt(op.properties, "internal")
	for vpc := range vpcs {
		if !internal && !op.hasInternetGateway(vpc) {
			return refuse("InvalidSubnet", "VPC %s has no internet gateway", vpc)
		}
	}
	return op.checkLogBucket()
}

// balancerSubnets lists the subnets given either way, sorted.
func (op *operation) balancerSubnets() []string {
	subnets := append(textsAt(op.Inputs, "subnets[]"), textsAt(op.Inputs, "subnetMappings[].subnetId")...)
	slices.Sort(subnets)
	return slices.Compact(subnets)
}

func (op *operation) hasInternetGateway(vpc string) bool {
	for _, user := range op.tx.Users(account.Key{Type: vpcType, ID: vpc}) {
		if user.Type == "aws:ec2/internetGateway:InternetGateway" {
			return true
		}
	}
	return false
}

func (op *operation) checkLogBucket() error {
	bucket := textAt(op.properties, "accessLogs.bucket")
	if !flagAt(op.properties, "accessLogs.enabled") || bucket == "" {
		return nil
	}
	found, ok := op.get(bucketType, bucket)
	if !ok {
		return refuse("InvalidConfigurationRequest", "Access Denied for bucket: %s. Please check S3bucket permission", bucket)
	}
	for _, user := range op.tx.Users(found.Key) {
		if user.Type == "aws:s3/bucketPolicy:BucketPolicy" {
			return nil
		}
	}
	return refuse("InvalidConfigurationRequest", "Access Denied for bucket: %s. Please check S3bucket permission", bucket)
}

func completeBalancer(op *operation) error {
	if op.kind == account.OnCreate {
		host := op.name() + "-" + op.random().Digits(10)
		if flagAt(op.properties, "internal") {
			host = "internal-" + host
		}
		domain := op.Region + ".elb"
		op.set("zoneId", applicationZones[op.Region])
		if op.variant == "net" {
			host, domain = op.name()+"-"+op.random().Hex(16), "elb."+op.Region
			op.set("zoneId", networkZones[op.Region])
		}
		op.set("dnsName", fmt.Sprintf("%s.%s.%s", host, domain, dnsSuffix(op.Region)))
	}
	var mappings []resource.PropertyValue
	for _, id := range op.balancerSubnets() {
		if subnet, ok := op.get(subnetType, id); ok {
			op.set("vpcId", subnet.Text("vpcId"))
		}
		mappings = append(mappings, resource.NewProperty(resource.PropertyMap{"subnetId": resource.NewProperty(id),
			"outpostId": resource.NewProperty(""), "allocationId": resource.NewProperty(""), "privateIpv4Address": resource.NewProperty(""), "ipv6Address": resource.NewProperty("")}))
	}
	if _, given := op.Inputs["subnetMappings"]; !given {
		op.properties["subnetMappings"] = resource.NewProperty(mappings)
	}
	return nil
}

// testLogBucket writes the object the service tries out the log bucket with; it
// is why such a bucket is never empty.
func testLogBucket(op *operation, balancer *account.Resource) error {
	if balancer.Properties["accessLogs"].IsObject() && flagAt(op.properties, "accessLogs.enabled") && op.changed("accessLogs") {
		op.putObject(textAt(op.properties, "accessLogs.bucket"))
	}
	return nil
}

func refuseBalancerOfOrigin(op *operation) error {
	for _, user := range op.tx.Users(op.old.Key) {
		if user.Type == "aws:cloudfront/vpcOrigin:VpcOrigin" {
			return refuse("ResourceInUse", "Load balancer '%s' cannot be deleted because it is currently associated with another service", op.arn)
		}
	}
	return nil
}

func checkTargetGroup(op *operation) error {
	if textAt(op.properties, "targetType") != "lambda" {
		for _, property := range []string{"port", "protocol", "vpcId"} {
			if textAt(op.properties, property) == "" {
				return &Refusal{Message: fmt.Sprintf("%q is required when \"target_type\" is not \"lambda\"", property)}
			}
		}
	}
	return nil
}

// checkListener refuses a certificate that is not issued yet.
func checkListener(op *operation) error {
	protocol := textAt(op.properties, "protocol")
	certificate := textAt(op.properties, "certificateArn")
	if (protocol == "HTTPS" || protocol == "TLS") && certificate == "" {
		return refuse("ValidationError", "A certificate must be specified for %s listeners", protocol)
	}
	found := op.targets["certificateArn"]
	if found != nil && op.isElsewhere(found) {
		return refuse("CertificateNotFound", "Certificate '%s' not found", certificate)
	}
	if found != nil && found.Text("status") != "ISSUED" {
		return refuse("UnsupportedCertificate", "The certificate '%s' must have a fully-qualified domain name, a supported signature, and a supported key size.", certificate)
	}
	return checkMutualAuthentication(op)
}

// prepareListenerRule numbers a rule that has no priority of its own.
func prepareListenerRule(op *operation) error {
	if textAt(op.properties, "priority") != "" {
		return nil
	}
	listener, ok := op.tx.ByARN(textAt(op.properties, "listenerArn"))
	if !ok {
		return nil
	}
	highest := 0.0
	for _, user := range op.tx.Users(listener.Key) {
		if priority, ok := numberAt(resource.PropertyMap(user.Properties), "priority"); ok && user.Type == listenerRuleType {
			highest = max(highest, priority)
		}
	}
	op.set("priority", highest+1)
	return nil
}

// tellTargetGroups shows on a target group which load balancer sends to it.
func tellTargetGroups(op *operation, r *account.Resource) error {
	balancer := r.Text("loadBalancerArn")
	if listener := op.targets["listenerArn"]; listener != nil {
		balancer = listener.Text("loadBalancerArn")
	}
	for _, used := range r.Uses {
		if used.Type != targetGroupType {
			continue
		}
		group, ok := op.tx.Get(used)
		if !ok || slices.Contains(textsAt(resource.PropertyMap(group.Properties), "loadBalancerArns[]"), balancer) {
			continue
		}
		next := group.Clone()
		arns := append(valuesAt(resource.PropertyMap(next.Properties), "loadBalancerArns[]"), resource.NewProperty(balancer))
		next.Properties["loadBalancerArns"] = resource.NewProperty(arns)
		op.tx.Put(next)
	}
	return nil
}

// hasBalancer reports whether a listener or a rule sends to a target group.
func (op *operation) hasBalancer(group account.Key) bool {
	for _, user := range op.tx.Users(group) {
		if strings.HasPrefix(user.Type, "aws:lb/") {
			return true
		}
	}
	return false
}

// applicationZones are the hosted zones of application load balancers, as the
// ELB endpoints page of the AWS General Reference lists them.
var applicationZones = map[string]string{
	"us-east-1": "Z35SXDOTRQ7X7K", "us-east-2": "Z3AADJGX6KTTL2", "us-west-1": "Z368ELLRRE2KJ0", "us-west-2": "Z1H1FL5HABSF5",
	"ca-central-1": "ZQSVJUPU6J1EY", "sa-east-1": "Z2P70J7HTTTPLU",
	"eu-central-1": "Z215JYRZR1TBD5", "eu-west-1": "Z32O12XQLNTSW2", "eu-west-2": "ZHURV8PSTC4K8", "eu-west-3": "Z3Q77PNBQS71R4",
	"eu-north-1": "Z23TAZ6LKFMNIO", "eu-south-1": "Z3ULH7SSC9OV64",
	"ap-southeast-1": "Z1LMS91P8CMLE5", "ap-southeast-2": "Z1GM3OXH4ZPM65", "ap-northeast-1": "Z14GRHDCWA56QT", "ap-northeast-2": "ZWKZPGTI48KDX",
	"ap-northeast-3": "Z5LXEXXYW11ES", "ap-south-1": "ZP97RAFLXTNZK", "ap-east-1": "Z3DQVH9N71FHZ0", "me-south-1": "ZS929ML54UICD", "af-south-1": "Z268VQBMOI5EKX",
}

// networkZones are those of network load balancers.
var networkZones = map[string]string{
	"us-east-1": "Z26RNL4JYFTOTI", "us-east-2": "ZLMOA37VPKANP", "us-west-1": "Z24FKFUX50B4VW", "us-west-2": "Z18D5FSROUN65G",
	"ca-central-1": "Z2EPGBW3API2WT", "sa-east-1": "ZTK26PT1VY4CU",
	"eu-central-1": "Z3F0SRJ5LGBH90", "eu-west-1": "Z2IFOLAFXWLO4F", "eu-west-2": "ZD4D7Y8KGAS4G", "eu-west-3": "Z1CMS0P5QUZ6D5",
	"eu-north-1": "Z1UDT6IFJ4EJM", "ap-southeast-1": "ZKVM4W9LS7TM", "ap-southeast-2": "ZCT6FZBF4DROD", "ap-northeast-1": "Z31USIVHYNEOWT",
	"ap-northeast-2": "ZIBE1TIR4HY56", "ap-south-1": "ZVDDRBQ08TROA",
}
