package tiermove

import "strings"

// Interruption is what one kind of change means to whoever uses the environment.
type Interruption struct {
	// What happens, and how long it takes. None says that nobody notices.
	What     string `json:"what"`
	Duration string `json:"duration"`
	None     bool   `json:"none,omitempty"`
	// Source is where that is from.
	Source string `json:"source"`
}

const (
	aurora     = "Amazon Aurora User Guide"
	ecs        = "Amazon ECS Developer Guide"
	vpc        = "Amazon VPC User Guide"
	cloudwatch = "Amazon CloudWatch User Guide"
)

// onUpdate maps type and property to what changing it in place means. It is
// reviewed by hand; what is not in it is reported as not reviewed.
var onUpdate = map[string]map[string]Interruption{
	"aws:rds/cluster:Cluster": {
		"serverlessv2ScalingConfiguration": {"capacity follows within seconds; max_connections follows at the next restart of an instance", "0 s", true, aurora + ", Setting the Aurora Serverless v2 capacity range"},
		"backupRetentionPeriod":            {"point-in-time recovery reaches further back from now on, or less far at once", "0 s", true, aurora + ", Settings for Amazon Aurora"},
		"databaseInsightsMode":             {"none", "0 s", true, aurora + ", Settings for Amazon Aurora"},
		"storageType":                      {"none; possible once in 30 days", "0 s", true, aurora + ", Storage configurations"},
		"deletionProtection":               {"none", "0 s", true, aurora + ", Settings for Amazon Aurora"},
		"engineVersion":                    {"every instance restarts; a major version stops the cluster", "10 s to 30 min", false, aurora + ", Upgrading Aurora PostgreSQL"},
		"dbClusterParameterGroupName":      {"takes effect when each instance is restarted by hand", "10 s to 60 s each", false, aurora + ", Parameter groups"},
	},
	"aws:rds/clusterInstance:ClusterInstance": {
		"instanceClass":                      {"the instance restarts; the writer's role moves to a reader first when there is one", "10 s to 60 s with a reader, 1 min to 10 min without", false, aurora + ", Modifying a DB instance"},
		"promotionTier":                      {"none", "0 s", true, aurora + ", Fault tolerance"},
		"performanceInsightsRetentionPeriod": {"none", "0 s", true, aurora + ", Settings for Amazon Aurora"},
		"caCertIdentifier":                   {"the instance restarts", "10 s to 60 s", false, aurora + ", Updating your certificate"},
	},
	"aws:rds/clusterParameterGroup:ClusterParameterGroup": {
		"parameters": {"dynamic parameters apply at once; static ones when each instance is restarted by hand", "0 s, or 10 s to 60 s each", false, aurora + ", Parameter groups"},
	},
	"aws:ec2/route:Route": {
		"natGatewayId":       {"connections to the internet that are open through the former gateway break; new ones work at once", "seconds, for open connections only", false, vpc + ", NAT gateways"},
		"networkInterfaceId": {"connections to the internet that are open break; new ones work at once", "seconds, for open connections only", false, vpc + ", NAT instances"},
		"gatewayId":          {"connections to the internet that are open break; new ones work at once", "seconds, for open connections only", false, vpc + ", Route tables"},
	},
	"aws:ecs/service:Service": {
		"taskDefinition":       {"a rolling deployment; new tasks are healthy before old ones stop", "0 s", true, ecs + ", Rolling updates"},
		"desiredCount":         {"none", "0 s", true, ecs + ", Service parameters"},
		"networkConfiguration": {"a rolling deployment; new tasks are healthy before old ones stop", "0 s", true, ecs + ", Rolling updates"},
	},
	"aws:wafv2/webAcl:WebAcl": {
		"rules": {"from counting to blocking, requests that the rules match are refused; the other way they get through", "from then on, for those requests", false, "AWS WAF Developer Guide, Testing and tuning"},
	},
	"aws:ecs/cluster:Cluster":                                              {"settings": {"none", "0 s", true, ecs + ", Container Insights"}},
	"aws:appautoscaling/target:Target":                                     {"minCapacity": {"tasks start or stop", "0 s", true, ecs + ", Service auto scaling"}, "maxCapacity": {"none", "0 s", true, ecs + ", Service auto scaling"}},
	"aws:appautoscaling/policy:Policy":                                     {"": {"none", "0 s", true, ecs + ", Service auto scaling"}},
	"aws:cloudwatch/logGroup:LogGroup":                                     {"retentionInDays": {"none; a shorter retention deletes older entries", "0 s", true, "Amazon CloudWatch Logs User Guide, Retention"}},
	"aws:cloudwatch/metricAlarm:MetricAlarm":                               {"": {"none", "0 s", true, cloudwatch + ", Alarms"}},
	"aws:iam/rolePolicy:RolePolicy":                                        {"policy": {"none", "0 s", true, "IAM User Guide, Policies"}},
	"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2": {"rules": {"none; a shorter retention deletes older objects", "0 s", true, "Amazon S3 User Guide, Lifecycle"}},
	"datadog:index/monitor:Monitor":                                        {"": {"none", "0 s", true, "Datadog, Monitors"}},
}

// onDelete maps a type to what removing one means, for those where somebody
// notices.
var onDelete = map[string]Interruption{
	"aws:rds/clusterInstance:ClusterInstance": {"connections to the reader break; the reader endpoint leads to another instance", "5 s to 30 s, for open connections only", false, aurora + ", Endpoints"},
	"aws:ec2/natGateway:NatGateway":           {"connections that are open through it break; routes lead to another gateway before", "seconds, for open connections only", false, vpc + ", NAT gateways"},
}

// update looks up what changing a property of a type means. A property that is
// given by its path counts as its first part, and an entry without a property
// counts for all of them.
func update(token, property string) (Interruption, bool) {
	properties := onUpdate[token]
	if i := strings.IndexAny(property, ".["); i > 0 {
		property = property[:i]
	}
	if found, ok := properties[property]; ok {
		return found, true
	}
	found, ok := properties[""]
	return found, ok
}
