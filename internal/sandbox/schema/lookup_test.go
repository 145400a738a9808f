package schema

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEveryFileOfFactsParsesAndSaysWhatItWasMadeFrom(t *testing.T) {
	require.NotEmpty(t, files())
	for _, file := range files() {
		m, err := parse(file)
		require.NoError(t, err, file)
		assert.NotEmpty(t, m.Source, file)
		assert.NotZero(t, len(m.Resources)+len(m.Functions), file)
	}
}

func TestEverySelectedTypeAndFunctionIsKnown(t *testing.T) {
	for _, list := range []string{"generate/aws-types.txt", "generate/datadog-types.txt"} {
		content, err := os.ReadFile(list)
		require.NoError(t, err)
		for _, line := range strings.Split(string(content), "\n") {
			line, _, _ = strings.Cut(line, "#")
			words := strings.Fields(line)
			if len(words) == 0 {
				continue
			}
			r, isResource := Lookup(words[0])
			f, isFunction := LookupFunction(words[0])
			if !assert.True(t, isResource || isFunction, words[0]) || len(words) < 2 {
				continue
			}
			if isResource {
				assert.Equal(t, words[1], r.Upstream)
			} else {
				assert.Equal(t, words[1], f.Upstream)
			}
		}
	}
}

func TestTypesTheSandboxNeedsAreKnown(t *testing.T) {
	known := strings.Join(Tokens(), "\n")
	for module, names := range map[string]string{
		"ec2":              "Vpc Subnet InternetGateway EgressOnlyInternetGateway Eip NatGateway RouteTable Route RouteTableAssociation MainRouteTableAssociation VpcEndpoint VpcEndpointRouteTableAssociation FlowLog DefaultSecurityGroup DefaultRouteTable DefaultNetworkAcl SecurityGroup Instance NetworkInterface EipAssociation",
		"vpc":              "SecurityGroupIngressRule SecurityGroupEgressRule",
		"ecs":              "Cluster ClusterCapacityProviders Service TaskDefinition",
		"cloudwatch":       "LogGroup MetricAlarm LogResourcePolicy EventBus EventBusPolicy EventRule EventTarget EventArchive EventPermission LogMetricFilter Dashboard LogDeliverySource LogDeliveryDestination LogDelivery",
		"lb":               "LoadBalancer TargetGroup Listener ListenerRule ListenerCertificate TrustStore",
		"acm":              "Certificate CertificateValidation",
		"route53":          "Record Zone HealthCheck",
		"s3":               "BucketV2 BucketPublicAccessBlock BucketServerSideEncryptionConfigurationV2 BucketLifecycleConfigurationV2 BucketPolicy BucketOwnershipControls BucketVersioningV2 BucketLoggingV2 BucketObjectLockConfigurationV2",
		"dynamodb":         "Table",
		"iam":              "Role RolePolicy Policy RolePolicyAttachment InstanceProfile OpenIdConnectProvider",
		"appautoscaling":   "Target Policy ScheduledAction",
		"rds":              "Cluster ClusterInstance ClusterParameterGroup ParameterGroup SubnetGroup Proxy ProxyDefaultTargetGroup ProxyTarget GlobalCluster ClusterSnapshot EventSubscription",
		"sqs":              "Queue QueuePolicy RedrivePolicy RedriveAllowPolicy",
		"sns":              "Topic TopicPolicy TopicSubscription",
		"secretsmanager":   "Secret SecretPolicy SecretVersion SecretRotation",
		"kms":              "Key Alias",
		"ecr":              "Repository RepositoryPolicy LifecyclePolicy PullThroughCacheRule RegistryPolicy RegistryScanningConfiguration RepositoryCreationTemplate",
		"servicediscovery": "HttpNamespace PrivateDnsNamespace Service",
		"scheduler":        "Schedule ScheduleGroup",
		"wafv2":            "WebAcl WebAclAssociation WebAclLoggingConfiguration IpSet",
		"cloudfront":       "Distribution VpcOrigin OriginAccessControl",
		"lambda":           "Function Permission Invocation EventSourceMapping Alias",
		"elasticache":      "ServerlessCache ReplicationGroup SubnetGroup ParameterGroup User UserGroup",
		"backup":           "Vault Plan Selection VaultLockConfiguration",
		"sfn":              "StateMachine",
		"ssm":              "Parameter",
		"pipes":            "Pipe",
	} {
		for _, name := range strings.Fields(names) {
			file := strings.ToLower(name[:1]) + name[1:]
			assert.Contains(t, known, "aws:"+module+"/"+file+":"+name)
		}
	}
	assert.Contains(t, known, "aws:s3/bucketObjectv2:BucketObjectv2")
	for _, token := range []string{"monitor:Monitor", "serviceLevelObjective:ServiceLevelObjective", "dashboardJson:DashboardJson", "monitorNotificationRule:MonitorNotificationRule"} {
		assert.Contains(t, known, "datadog:index/"+token)
	}
	functions := strings.Join(FunctionTokens(), "\n")
	for _, token := range []string{
		"aws:index/getCallerIdentity:getCallerIdentity", "aws:index/getRegion:getRegion", "aws:index/getPartition:getPartition",
		"aws:index/getAvailabilityZones:getAvailabilityZones", "aws:cloudwatch/getLogGroups:getLogGroups", "aws:route53/getZone:getZone", "aws:ec2/getManagedPrefixList:getManagedPrefixList",
		"aws:ec2/getPrefixList:getPrefixList", "aws:elb/getServiceAccount:getServiceAccount", "aws:ecr/getImage:getImage",
		"aws:rds/getEngineVersion:getEngineVersion", "aws:iam/getPolicyDocument:getPolicyDocument", "aws:secretsmanager/getSecret:getSecret",
		"aws:secretsmanager/getSecretVersion:getSecretVersion", "aws:secretsmanager/getSecretVersions:getSecretVersions", "aws:ssm/getParameter:getParameter",
	} {
		assert.Contains(t, functions, token)
	}
}

func TestNearestNamesASlipAndNothingFarAway(t *testing.T) {
	assert.Equal(t, "aws:sqs/queue:Queue", Nearest("aws:sqs/que:Queue"))
	assert.Equal(t, "aws:ec2/vpc:Vpc", Nearest("aws:ec2/vpc:VPC"))
	assert.Empty(t, Nearest("kubernetes:core/v1:Pod"))
	assert.Equal(t, "aws:index/getRegion:getRegion", NearestFunction("aws:index/getRegions:getRegion"))
}

func TestUnknownAndMalformedTokensAreNotFound(t *testing.T) {
	for _, token := range []string{"", "aws", "aws:sqs/queue:Topic", "aws:../sqs/queue:Queue", "aws:nothing/x:X", "a:b:c:d"} {
		_, ok := Lookup(token)
		assert.False(t, ok, token)
		_, ok = LookupFunction(token)
		assert.False(t, ok, token)
	}
}

// walk visits every property of every type.
func walk(visit func(token, path string, p *Property)) {
	for _, token := range Tokens() {
		r, _ := Lookup(token)
		seen := map[*Property]bool{}
		var down func(path string, p *Property)
		down = func(path string, p *Property) {
			if p == nil || seen[p] {
				return
			}
			seen[p] = true
			visit(token, path, p)
			down(path+"[]", p.Element)
			for name, field := range p.Fields {
				down(path+"."+name, field)
			}
		}
		for name, p := range r.Properties {
			down(name, p)
		}
	}
}

func TestEveryPatternCompilesAndEveryKindIsKnown(t *testing.T) {
	kinds := map[Kind]bool{String: true, Bool: true, Int: true, Number: true, List: true, Set: true, Map: true, Object: true, Asset: true, Any: true}
	walk(func(token, path string, p *Property) {
		assert.True(t, kinds[p.Kind], "%s %s has the kind %q", token, path, p.Kind)
		if p.Pattern != "" {
			_, err := regexp.Compile(p.Pattern)
			assert.NoError(t, err, "%s %s", token, path)
		}
		if p.Kind == List || p.Kind == Set || p.Kind == Map {
			assert.NotNil(t, p.Element, "%s %s", token, path)
		}
		if p.Kind == Object {
			assert.NotEmpty(t, p.Type, "%s %s", token, path)
		}
	})
}

func TestEveryDefaultPassesItsOwnLimits(t *testing.T) {
	walk(func(token, path string, p *Property) {
		if p.Default == nil {
			return
		}
		c := &checker{}
		var v any
		require.NoError(t, json.Unmarshal(p.Default, &v))
		c.value(step{name: path}, p, valueOf(v))
		assert.Empty(t, c.problems, token)
	})
}

func TestRulesNamePropertiesThatExist(t *testing.T) {
	for _, token := range Tokens() {
		r, _ := Lookup(token)
		for _, rule := range r.Rules {
			for _, name := range rule.Names {
				p := r.Properties[strings.Split(name, ".")[0]]
				assert.NotNil(t, p, "%s: %s", token, name)
			}
		}
		if r.AutoName != nil {
			assert.NotNil(t, r.Properties[r.AutoName.Property], token)
		}
	}
}
