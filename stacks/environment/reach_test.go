package environment

import (
	"archive/zip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/componenttest"
)

// reach is a value of a key, and what a resource has because of it: a part of its
// inputs as text, or of its options. Without a part, the resource is there because
// of the value; with "absent", it is not.
type reach struct {
	path, key, value string
	token, name      string
	want             string
}

const (
	serviceType = "aws:ecs/service:Service"
	taskType    = "aws:ecs/taskDefinition:TaskDefinition"
	targetType  = "aws:lb/targetGroup:TargetGroup"
	ruleType    = "aws:lb/listenerRule:ListenerRule"
	alarmType   = "aws:cloudwatch/metricAlarm:MetricAlarm"
	actionType  = "aws:appautoscaling/scheduledAction:ScheduledAction"
	policyType  = "aws:appautoscaling/policy:Policy"
	auroraType  = "aws:rds/cluster:Cluster"
	sqsType     = "aws:sqs/queue:Queue"
	clockType   = "aws:scheduler/schedule:Schedule"
	machineType = "aws:sfn/stateMachine:StateMachine"
	imagesType  = "aws:ecr/repository:Repository"
	purgeType   = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
	throughType = "aws:ecr/pullThroughCacheRule:PullThroughCacheRule"
	keptType    = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"
	balanceType = "aws:lb/loadBalancer:LoadBalancer"
	egressType  = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	monitorType = "datadog:index/monitor:Monitor"
	absent      = "absent"
)

// reached has a line for each key. The base is the small file of dev with the job
// clock, which has a schedule, and the job report, which has none.
var reached = []reach{
	{"production", "tenfold:production", `false`, "aws:kms/key:Key", "data", "!protect"},
	{"tier", "tenfold:tier", `"growth"`, auroraType, "db", "backupRetentionPeriod: 14"},
	{"domain", "tenfold:domain", `"example.org"`, "aws:acm/certificate:Certificate", "edge", `domainName: "example.org"`},
	{"zones", "tenfold:zones", `["us-east-1a","us-east-1b","us-east-1c","us-east-1d"]`, "aws:ec2/subnet:Subnet", "network-app-3", `availabilityZone: "us-east-1d"`},

	{"network.cidr", "tenfold:network.cidr", `"10.9.0.0/16"`, "aws:ec2/vpc:Vpc", "network", `cidrBlock: "10.9.0.0/16"`},
	{"network.nat", "tenfold:network.nat", `"instance"`, "aws:ec2/instance:Instance", "network-nat-instance", `instanceType: "t4g.nano"`},
	{"network.ipv6", "tenfold:network.ipv6", `true`, "aws:ec2/vpc:Vpc", "network", "assignGeneratedIpv6CidrBlock: true"},
	{"network.ipv6", "tenfold:network.ipv6", `true`, balanceType, "edge", `ipAddressType: "dualstack"`},
	{"network.endpoints", "tenfold:network.endpoints", `["sqs"]`, "aws:ec2/vpcEndpoint:VpcEndpoint", "network-sqs", `serviceName: "com.amazonaws.us-east-1.sqs"`},
	{"network.flowLog", "tenfold:network.flowLog", `"all"`, "aws:ec2/flowLog:FlowLog", "network-flow", `trafficType: "ALL"`},

	{"edge.waf", "tenfold:edge.waf", `"block"`, "aws:wafv2/webAcl:WebAcl", "edge-waf", `"action":{"block":{}}`},
	{"edge.requestsPer5Minutes", "tenfold:edge", `{"waf":"count","requestsPer5Minutes":500}`, "aws:wafv2/webAcl:WebAcl", "edge-waf", `"limit":500`},
	{"edge.idleTimeout", "tenfold:edge.idleTimeout", `"2m"`, balanceType, "edge", "idleTimeout: 120"},

	{"alerts.team", "tenfold:alerts.team", `"payments"`, monitorType, "jobs-sqs-dlq", "team:payments"},
	{"alerts.page", "tenfold:alerts.page", `["@pager"]`, monitorType, "jobs-sqs-dlq", "@pager"},
	{"alerts.notify", "tenfold:alerts.notify", `["@chat"]`, monitorType, "network-nat-instance-cpu", "@chat"},
	{"alerts.runbooks", "tenfold:alerts.runbooks", `"https://example.com/runbooks"`, monitorType, "jobs-sqs-dlq", "https://example.com/runbooks/sqs-dlq.md"},
	{"alerts.off", "tenfold:alerts.off", `{"sqs-dlq":"nobody sends to it yet"}`, monitorType, "jobs-sqs-dlq", absent},

	{"database.minACU", "tenfold:database", `{"minACU":1.5}`, auroraType, "db", `"minCapacity":1.5`},
	{"database.maxACU", "tenfold:database", `{"maxACU":7}`, auroraType, "db", `"maxCapacity":7`},
	{"database.autoPause", "tenfold:database", `{"autoPause":"20m"}`, auroraType, "db", `"secondsUntilAutoPause":1200`},
	{"database.readers", "tenfold:database", `{"readers":1}`, "aws:rds/clusterInstance:ClusterInstance", "db-1", ""},
	{"database.maxReaders", "tenfold:database", `{"readers":1,"maxReaders":3}`, "aws:appautoscaling/target:Target", "db-readers", "maxCapacity: 3"},
	{"database.backupDays", "tenfold:database", `{"backupDays":9}`, auroraType, "db", "backupRetentionPeriod: 9"},
	{"database.ioOptimized", "tenfold:database", `{"ioOptimized":true}`, auroraType, "db", `storageType: "aurora-iopt1"`},
	{"database.advancedInsights", "tenfold:database", `{"advancedInsights":true}`, auroraType, "db", `databaseInsightsMode: "advanced"`},

	{"tenancy.adopting", "tenfold:tenancy.adopting", `true`, "aws:lambda/invocation:Invocation", "tenancy-migrate", `"adopting":true`},
	{"tenancy.sharedConcurrency", "tenfold:tenancy.sharedConcurrency", `true`, "aws:lambda/function:Function", "tenancy-migrate", "!reservedConcurrentExecutions"},

	{"queues.<name>.fifo", "tenfold:queues.mail", `{"processingTime":"1s","fifo":true}`, sqsType, "mail", "fifoQueue: true"},
	{"queues.<name>.processingTime", "tenfold:queues.mail", `{"processingTime":"7s"}`, sqsType, "mail", "visibilityTimeoutSeconds: 42"},
	{"queues.<name>.maxReceives", "tenfold:queues.mail", `{"processingTime":"1s","maxReceives":9}`, "aws:sqs/redrivePolicy:RedrivePolicy", "mail", `"maxReceiveCount":9`},
	{"secrets.<name>.description", "tenfold:secrets.other", `{"description":"what it is for"}`, "aws:secretsmanager/secret:Secret", "other", `description: "what it is for"`},
	{"secrets.<name>.env", "tenfold:secrets.billing.env", `{"ANOTHER":"key"}`, taskType, "one", `"name":"ANOTHER","valueFrom"`},

	{"registries.<name>.keepImages", "tenfold:registries.web", `{"keepImages":77}`, purgeType, "web", `"countNumber":77`},
	{"registries.<name>.ownKey", "tenfold:registries.web", `{"ownKey":true}`, imagesType, "web", `"encryptionType":"KMS"`},
	{"registries.<name>.untaggedDays", "tenfold:registries.web", `{"untaggedDays":33}`, purgeType, "web", `"countNumber":33`},
	{"registries.<name>.pullAccounts", "tenfold:registries.web", `{"pullAccounts":["210987654321"]}`, "aws:ecr/repositoryPolicy:RepositoryPolicy", "web", "arn:aws:iam::210987654321:root"},
	{"registries.<name>.pullAccounts", "tenfold:registries.web", `{}`, imagesType, "web", "protect"},
	{"imageCaches.<name>.upstream", "tenfold:imageCaches.ext", `{"upstream":"quay"}`, throughType, "ext", `upstreamRegistryUrl: "quay.io"`},
	{"imageCaches.<name>.azureHost", "tenfold:imageCaches.ext", `{"upstream":"azure","azureHost":"example.azurecr.io","credential":"` + credential + `"}`, throughType, "ext", `upstreamRegistryUrl: "example.azurecr.io"`},
	{"imageCaches.<name>.credential", "tenfold:imageCaches.ext", `{"upstream":"github","credential":"` + credential + `"}`, throughType, "ext", credential},
	{"imageCaches.<name>.tags", "tenfold:imageCaches.ext", `{"upstream":"quay","tags":{"owner":"ops"}}`, keptType, "ext", `"owner":"ops"`},
	{"imageCaches.<name>.keepImages", "tenfold:imageCaches.ext", `{"upstream":"quay","keepImages":77}`, keptType, "ext", `"countNumber":77`},
	{"imageCaches.<name>.untaggedDays", "tenfold:imageCaches.ext", `{"upstream":"quay","untaggedDays":33}`, keptType, "ext", `"countNumber":33`},

	{"services.<name>.port", "tenfold:services.one.port", `8081`, taskType, "one", `"containerPort":8081`},
	{"services.<name>.host", "tenfold:services.one.host", `"@"`, ruleType, "one", `"values":["dev.example.com"]`},
	{"services.<name>.host", "tenfold:services.one.host", `"*"`, ruleType, "one", `"values":["*.dev.example.com"]`},
	{"services.<name>.path", "tenfold:services.one.path", `"/v1"`, ruleType, "one", `"values":["/v1","/v1/*"]`},
	{"services.<name>.probe", "tenfold:services.one.probe", `3`, ruleType, "one", fmt.Sprintf("priority: %d", (&Config{Domain: "dev.example.com"}).priority("one", Service{Host: "one"}, 3))},
	{"services.<name>.health.path", "tenfold:services.one.health", `"/up"`, targetType, "one", `"path":"/up"`},
	{"services.<name>.health.path", "tenfold:services.one.health", `{"path":"/up"}`, targetType, "one", `"path":"/up"`},
	{"services.<name>.health.interval", "tenfold:services.one.health", `{"interval":"17s"}`, targetType, "one", `"interval":17`},
	{"services.<name>.health.timeout", "tenfold:services.one.health", `{"timeout":"7s"}`, targetType, "one", `"timeout":7`},
	{"services.<name>.health.now", "tenfold:services.one.health", `{"now":"every revision answers it"}`, targetType, "one", "!one-health"},
	{"services.<name>.health.retries", "tenfold:services.one.health", `{"retries":7}`, targetType, "one", `"unhealthyThreshold":7`},
	{"services.<name>.login.issuer", "tenfold:services.one.login", signIn, ruleType, "one", `"issuer":"https://id.example.com"`},
	{"services.<name>.login.authorizationURL", "tenfold:services.one.login", signIn, ruleType, "one", `"authorizationEndpoint":"https://id.example.com/authorize"`},
	{"services.<name>.login.tokenURL", "tenfold:services.one.login", signIn, ruleType, "one", `"tokenEndpoint":"https://id.example.com/token"`},
	{"services.<name>.login.userInfoURL", "tenfold:services.one.login", signIn, ruleType, "one", `"userInfoEndpoint":"https://id.example.com/me"`},
	{"services.<name>.login.clientID", "tenfold:services.one.login", signIn, ruleType, "one", `"clientId":"client"`},
	{"services.<name>.login.secret", "tenfold:services.one.login", signIn, ruleType, "one", `"clientSecret":"[secret]"`},
	{"services.<name>.login.scope", "tenfold:services.one.login", signIn, ruleType, "one", `"scope":"openid groups"`},
	{"services.<name>.login.session", "tenfold:services.one.login", signIn, ruleType, "one", `"sessionTimeout":60`},
	{"services.<name>.serve", "tenfold:services.one.serve", `true`, serviceType, "one", `"discoveryName":"one"`},
	{"services.<name>.serve", "tenfold:services.one.serve", `true`, "aws:servicediscovery/httpNamespace:HttpNamespace", "cluster", ""},
	{"services.<name>.calls", "tenfold:services.caller", `{"image":"` + digestImage + `","queue":"jobs","calls":["served"]}`, taskType, "caller", `"name":"SERVED_URL","value":"http://served:80"`},
	{"services.<name>.queue", "tenfold:services.two.queue", `"jobs"`, taskType, "two", `"name":"JOBS_QUEUE_URL"`},
	{"services.<name>.startup", "tenfold:services.one.startup", `"3m"`, serviceType, "one", "healthCheckGracePeriodSeconds: 180"},
	{"services.<name>.check.command", "tenfold:services.one.check", inside, taskType, "one", `"command":["CMD","/ready"]`},
	{"services.<name>.check.interval", "tenfold:services.one.check", inside, taskType, "one", `"interval":17`},
	{"services.<name>.check.timeout", "tenfold:services.one.check", inside, taskType, "one", `"timeout":7`},
	{"services.<name>.check.retries", "tenfold:services.one.check", inside, taskType, "one", `"retries":9`},
	{"services.<name>.scaling.min", "tenfold:services.one.scaling", `{"min":3}`, serviceType, "one", "desiredCount: 3"},
	{"services.<name>.scaling.max", "tenfold:services.one.scaling", `{"max":11}`, "aws:appautoscaling/target:Target", "one", "maxCapacity: 11"},
	{"services.<name>.scaling.cpu", "tenfold:services.one.scaling", `{"cpu":55}`, policyType, "one-cpu", `"targetValue":55`},
	{"services.<name>.scaling.memory", "tenfold:services.one.scaling", `{"memory":65}`, policyType, "one-memory", `"targetValue":65`},
	{"services.<name>.scaling.requests", "tenfold:services.one.scaling", `{"requests":900}`, policyType, "one-requests", `"targetValue":900`},
	{"services.<name>.scaling.latency", "tenfold:services.two.scaling", `{"latency":"30s","perMessage":"2s"}`, policyType, "two-backlog", `"targetValue":15`},
	{"services.<name>.scaling.idle", "tenfold:services.two.scaling", `{"latency":"30s","perMessage":"2s","idle":true}`, "aws:appautoscaling/target:Target", "two", "minCapacity: 0"},
	{"services.<name>.scaling.perMessage", "tenfold:services.two.scaling", `{"latency":"30s","perMessage":"5s"}`, policyType, "two-backlog", `"targetValue":6`},
	{"services.<name>.scaling.schedules[].name", "tenfold:services.one.scaling", morning, actionType, "one-morning", `name: "tenfold-dev-one-morning"`},
	{"services.<name>.scaling.schedules[].at", "tenfold:services.one.scaling", morning, actionType, "one-morning", `schedule: "cron(0 7 ? * MON-FRI *)"`},
	{"services.<name>.scaling.schedules[].timeZone", "tenfold:services.one.scaling", morning, actionType, "one-morning", `timezone: "Europe/Berlin"`},
	{"services.<name>.scaling.schedules[].min", "tenfold:services.one.scaling", morning, actionType, "one-morning", `"minCapacity":2`},
	{"services.<name>.scaling.schedules[].max", "tenfold:services.one.scaling", morning, actionType, "one-morning", `"maxCapacity":9`},
	{"services.<name>.scaling.sleep.stop", "tenfold:services.one.scaling", night, actionType, "one-sleep", `schedule: "cron(30 20 ? * * *)"`},
	{"services.<name>.scaling.sleep.start", "tenfold:services.one.scaling", night, actionType, "one-wake", `schedule: "cron(15 7 ? * MON-FRI *)"`},
	{"services.<name>.scaling.sleep.timeZone", "tenfold:services.one.scaling", night, actionType, "one-sleep", `timezone: "Europe/Berlin"`},
	{"services.<name>.spot", "tenfold:services.two.spot", `100`, serviceType, "two", `"capacityProvider":"FARGATE_SPOT"`},
	{"services.<name>.sidecars.<name>.image", "tenfold:services.one.sidecars", beside, taskType, "one", `"image":"beside:2"`},
	{"services.<name>.sidecars.<name>.command", "tenfold:services.one.sidecars", beside, taskType, "one", `"command":["watch"]`},
	{"services.<name>.sidecars.<name>.env", "tenfold:services.one.sidecars", beside, taskType, "one", `{"name":"MODE","value":"quiet"}`},
	{"services.<name>.sidecars.<name>.uses", "tenfold:services.one.sidecars", beside, taskType, "one", `"name":"SESSION_SECRET","valueFrom"`},
	{"services.<name>.sidecars.<name>.user", "tenfold:services.one.sidecars", beside, taskType, "one", `"user":"7:7"`},
	{"services.<name>.sidecars.<name>.memory", "tenfold:services.one.sidecars", beside, taskType, "one", `"memory":64`},
	{"services.<name>.sidecars.<name>.writable", "tenfold:services.one.sidecars", beside, taskType, "one", `"sourceVolume":"agent-run"`},
	{"services.<name>.sidecars.<name>.check.command", "tenfold:services.one.sidecars", beside, taskType, "one", `"command":["CMD","/ready"]`},
	{"services.<name>.sidecars.<name>.check.interval", "tenfold:services.one.sidecars", beside, taskType, "one", `"interval":17`},
	{"services.<name>.sidecars.<name>.check.timeout", "tenfold:services.one.sidecars", beside, taskType, "one", `"timeout":7`},
	{"services.<name>.sidecars.<name>.check.retries", "tenfold:services.one.sidecars", beside, taskType, "one", `"retries":9`},
	{"services.<name>.sidecars.<name>.essential", "tenfold:services.one.sidecars", beside, taskType, "one", `!"essential":false`},
	{"services.<name>.sidecars.<name>.first", "tenfold:services.one.sidecars", beside, taskType, "one", `"dependsOn":[{"condition":"HEALTHY","containerName":"agent"}]`},
	{"services.<name>.shell", "tenfold:services.one.shell", `true`, serviceType, "one", "enableExecuteCommand: true"},
	{"services.<name>.shell", "tenfold:services.one.shell", `true`, "aws:cloudwatch/logGroup:LogGroup", "cluster-exec", "kmsKeyId"},
	{"services.<name>.migration.command", "tenfold:services.one.migration", `{"command":["migrate"]}`, serviceType, "one", "before update one-migration"},
	{"services.<name>.migration.off", "tenfold:services.one.migration", `{"command":["migrate"],"off":"an import holds the lock"}`, serviceType, "one", "!before update one-migration"},
	{"services.<name>.alarms.errors", "tenfold:services.one.alarms", `{"errors":17}`, alarmType, "one-5xx", "threshold: 17"},
	{"services.<name>.alarms.latency", "tenfold:services.one.alarms", `{"latency":"1700ms"}`, alarmType, "one-p99", "threshold: 1.7"},
	{"services.<name>.alarms.minRequests", "tenfold:services.one.alarms", `{"minRequests":17}`, alarmType, "one-5xx", `\u003e= 17`},
	{"services.<name>.alarms.off", "tenfold:services.one.alarms", `{"off":"the route goes away next"}`, serviceType, "one", `"enable":false`},
	{"services.<name>.acceptRollback", "tenfold:services.one.acceptRollback", `"a rehearsal of going back"`, serviceType, "one", "!after update one-rollback"},
	{"services.<name>.deployTimeout", "tenfold:services.one.deployTimeout", `"45m"`, serviceType, "one", "update timeout 45m0s"},

	{"jobs.<name>.schedule", "tenfold:jobs.clock.schedule", `"rate(5 hours)"`, clockType, "clock", `scheduleExpression: "rate(5 hours)"`},
	{"jobs.<name>.timeZone", "tenfold:jobs.clock.timeZone", `"Europe/Berlin"`, clockType, "clock", `scheduleExpressionTimezone: "Europe/Berlin"`},
	{"jobs.<name>.window", "tenfold:jobs.clock.window", `"17m"`, clockType, "clock", `"maximumWindowInMinutes":17`},
	{"jobs.<name>.retries", "tenfold:jobs.clock.retries", `17`, clockType, "clock", `"maximumRetryAttempts":17`},
	{"jobs.<name>.retries", "tenfold:jobs.clock.retries", `0`, clockType, "clock", `"maximumRetryAttempts":0`},
	{"jobs.<name>.maxDelay", "tenfold:jobs.clock.maxDelay", `"17m"`, clockType, "clock", `"maximumEventAgeInSeconds":1020`},
	{"jobs.<name>.overlap", "tenfold:jobs.clock.overlap", `true`, "aws:dynamodb/table:Table", "clock-lock", absent},
	{"jobs.<name>.timeout", "tenfold:jobs.clock.timeout", `"17m"`, machineType, "clock", `"TimeoutSeconds":1020`},
	{"jobs.<name>.paused", "tenfold:jobs.clock.paused", `"the partner is down"`, clockType, "clock", `state: "DISABLED"`},
	{"jobs.<name>.spot", "tenfold:jobs.clock.spot", `true`, machineType, "clock", `"CapacityProvider":"FARGATE_SPOT"`},
}

// both are the keys that services and jobs have in common, below their name.
var both = []reach{
	{"image", "image", `"other:1"`, taskType, "", `"image":"other:1"`},
	{"command", "command", `["run","it"]`, taskType, "", `"command":["run","it"]`},
	{"architecture", "architecture", `"x86_64"`, taskType, "", `"cpuArchitecture":"X86_64"`},
	{"cpu", "cpu", `512`, taskType, "", `cpu: "512"`},
	{"memory", "memory", `2048`, taskType, "", `memory: "2048"`},
	{"storage", "storage", `77`, taskType, "", `"sizeInGib":77`},
	{"stop", "stop", `"77s"`, taskType, "", `"stopTimeout":77`},
	{"user", "user", `"77:77"`, taskType, "", `"user":"77:77"`},
	{"writable", "writable", `["/var/run"]`, taskType, "", `"containerPath":"/var/run"`},
	{"env", "env", `{"MODE":"quiet"}`, taskType, "", `{"name":"MODE","value":"quiet"}`},
	{"env", "env", `{}`, taskType, "", `{"name":"ENVIRONMENT","value":"dev"}`},
	{"uses", "uses", `["database"]`, taskType, "", `"name":"DB_HOST"`},
	{"uses", "uses", `["database:read"]`, taskType, "", `"name":"DB_READER_HOST"`},
	{"uses", "uses", `["queue:jobs:send"]`, "aws:iam/rolePolicy:RolePolicy", "-task-jobs-send", "sqs:SendMessage"},
	{"uses", "uses", `["secret:identity"]`, taskType, "", `"name":"SESSION_SECRET","valueFrom"`},
	{"uses", "uses", `["cache:kept"]`, "aws:iam/rolePolicy:RolePolicy", "-execution-kept-pull", "ecr:BatchImportUpstreamImage"},
	{"egress.private", "egress.private", `true`, egressType, "-https", "!0.0.0.0/0"},
	{"egress.also[].port", "egress.also", partner, egressType, "-to-22-203-0-113-0-24", "fromPort: 22"},
	{"egress.also[].cidr", "egress.also", partner, egressType, "-to-22-203-0-113-0-24", `cidrIpv4: "203.0.113.0/24"`},
	{"egress.also[].why", "egress.also", partner, egressType, "-to-22-203-0-113-0-24", `description: "the partner"`},
}

const (
	signIn  = `{"issuer":"https://id.example.com","authorizationURL":"https://id.example.com/authorize","tokenURL":"https://id.example.com/token","userInfoURL":"https://id.example.com/me","clientID":"client","secret":"client","key":"planted_key","scope":"openid groups","session":"1m"}`
	inside  = `{"command":["CMD","/ready"],"interval":"17s","timeout":"7s","retries":9}`
	morning = `{"schedules":[{"name":"morning","at":"cron(0 7 ? * MON-FRI *)","timeZone":"Europe/Berlin","min":2,"max":9}]}`
	night   = `{"sleep":{"stop":"20:30","start":"07:15","timeZone":"Europe/Berlin"}}`
	beside  = `{"agent":{"image":"beside:2","command":["watch"],"env":{"MODE":"quiet"},"uses":["secret:identity"],"user":"7:7","memory":64,"writable":["/run"],"check":` + inside + `,"essential":true,"first":true}}`
	partner = `[{"port":22,"cidr":"203.0.113.0/24","why":"the partner"}]`
)

// elsewhere says where the keys are tested that change no input by themselves.
var elsewhere = map[string]string{
	"hostedZone":                        "TestTheHostedZoneIsLookedForBeforeAnythingIsMade",
	"tenancy.archive":                   "TestTheArchiveOfTheFunctionsIsTheOneThatIsNamed",
	"queues.<name>.maxAge":              "TestTheAgeOfMessagesIsWatchedInProduction",
	"secrets.<name>.keys":               "TestASecretHasTheKeysOfVariablesAndMore",
	"services.<name>.login.key":         "TestALoginTakesTheValueOfItsKey",
	"services.<name>.migration.timeout": "TestAMigrationHasItsTimeout",
	"edge.cdn.secret":                   "TestTheCDNIsWhatTheFileSays",
	"edge.cdn.key":                      "TestTheCDNIsWhatTheFileSays",
	"edge.cdn.also":                     "TestTheCDNIsWhatTheFileSays",
	"edge.cdn.open":                     "TestTheCDNIsWhatTheFileSays",
	"edge.cdn.locations":                "TestTheCDNIsWhatTheFileSays",
	"edge.clientAuthorities":            "TestTheFileOfClientAuthoritiesBecomesTheTrustStore",
}

// rich is the small file of dev with everything that the values refer to.
func rich(t testing.TB) map[string]string {
	t.Helper()
	values := small(t, "dev")
	set(t, values, "tenfold:jobs", `{"clock":{"image":"`+digestImage+`","schedule":"cron(0 3 * * ? *)"},"report":{"image":"`+digestImage+`"}}`)
	set(t, values, "tenfold:services.served", `{"image":"`+digestImage+`","port":80,"serve":true}`)
	set(t, values, "tenfold:services.one.uses", `["secret:billing"]`)
	set(t, values, "tenfold:secrets.client", `{"description":"the client","keys":["planted_key"]}`)
	set(t, values, "tenfold:imageCaches.kept", `{"upstream":"quay"}`)
	set(t, values, "tenfold:network.endpoints", `["logs","ecr.api","ecr.dkr","secretsmanager"]`)
	return values
}

// shown is a resource with all its inputs and the options that matter, as text.
func shown(r componenttest.Resource) string {
	one := componenttest.Inventory{Resources: []componenttest.Resource{r}}
	text := one.Detailed() + strings.Join(r.Hooks, "\n") + "\nupdate timeout " + r.UpdateTimeout
	return strings.ReplaceAll(text, `\"`, `"`)
}

func assertReached(t *testing.T, c reach) {
	t.Helper()
	values := rich(t)
	switch c.path {
	case "production":
		values = small(t, "prod")
	case "alerts.notify":
		set(t, values, "tenfold:network.nat", `"instance"`)
	}
	set(t, values, c.key, c.value)
	stack := "dev"
	if c.path == "production" {
		stack = "prod"
	}
	inventory := componenttest.Run(t, Deploy, componenttest.WithStack(stack), componenttest.WithConfig(values))
	if c.want == absent {
		assert.False(t, inventory.Has(c.token, c.name), c.path)
		return
	}
	text := shown(inventory.One(t, c.token, c.name))
	if unwanted, not := strings.CutPrefix(c.want, "!"); not {
		assert.NotContains(t, text, unwanted, c.path)
		return
	}
	assert.Contains(t, text, c.want, c.path)
}

func TestEveryKeyReachesItsComponent(t *testing.T) {
	all := reached
	for _, at := range []string{"services.one", "jobs.clock"} {
		kind, name, _ := strings.Cut(at, ".")
		for _, c := range both {
			all = append(all, reach{kind + ".<name>." + c.path, "tenfold:" + at + "." + c.key, c.value, c.token, name + c.name, c.want})
		}
	}
	covered := map[string]bool{}
	for _, c := range all {
		covered[c.path] = true
		t.Run(c.path, func(t *testing.T) { assertReached(t, c) })
	}
	for _, l := range leaves() {
		_, other := elsewhere[l.path]
		assert.True(t, covered[l.path] != other, "%s needs a line here, or a test elsewhere", l.path)
	}
}

// lookups is a monitor that knows what the program asks for, and answers nothing.
type lookups struct{ zone string }

func (l *lookups) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	if args.TypeToken != "pulumi:pulumi:Stack" {
		return "", nil, errors.New("nothing is made before the zone is found")
	}
	return args.Name, nil, nil
}

func (l *lookups) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	if name := args.Args["name"]; args.Token == "aws:route53/getZone:getZone" && name.IsString() {
		l.zone = name.StringValue()
	}
	return nil, errors.New("no matching zone found")
}

func TestTheHostedZoneIsLookedForBeforeAnythingIsMade(t *testing.T) {
	values := rich(t)
	values["tenfold:hostedZone"] = "example.com"
	asked := &lookups{}
	err := pulumi.RunErr(Deploy, pulumi.WithMocks("tenfold", "dev", asked), func(info *pulumi.RunInfo) { info.Config = values })
	assert.ErrorContains(t, err, "looking for the hosted zone example.com; create it once and delegate the domain to it: no matching zone found")
	assert.Equal(t, "example.com", asked.zone)
}

func TestTheArchiveOfTheFunctionsIsTheOneThatIsNamed(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("testdata", "dbmigrate.zip"))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "mine.zip")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	values := rich(t)
	set(t, values, "tenfold:tenancy.archive", fmt.Sprintf("%q", path))
	inventory := componenttest.Run(t, Deploy, componenttest.WithStack("dev"), componenttest.WithConfig(values))
	assert.Contains(t, shown(inventory.One(t, "aws:lambda/function:Function", "tenancy-migrate")), "[archive mine.zip]")

	empty := filepath.Join(t.TempDir(), "empty.zip")
	file, err := os.Create(empty)
	require.NoError(t, err)
	require.NoError(t, zip.NewWriter(file).Close())
	require.NoError(t, file.Close())
	set(t, values, "tenfold:tenancy.archive", fmt.Sprintf("%q", empty))
	_, err = load(t, "dev", values)
	assert.ErrorContains(t, err, `empty.zip" holds no program named bootstrap; delete it and run `+"`make functions`")
}

func TestTheAgeOfMessagesIsWatchedInProduction(t *testing.T) {
	values := small(t, "prod")
	set(t, values, "tenfold:queues.jobs.maxAge", `"17m"`)
	inventory := componenttest.Run(t, Deploy, componenttest.WithStack("prod"), componenttest.WithConfig(values))
	assert.Contains(t, shown(inventory.One(t, monitorType, "jobs-sqs-age")), `"critical":"1020"`)
}

func TestASecretHasTheKeysOfVariablesAndMore(t *testing.T) {
	s := Secret{Env: map[string]string{"A": "one", "B": "two", "C": "one"}, More: []string{"three", "two"}}
	assert.Equal(t, []string{"one", "three", "two"}, s.Keys())
	assert.Empty(t, Secret{}.Keys())
}

func TestALoginTakesTheValueOfItsKey(t *testing.T) {
	values := rich(t)
	set(t, values, "tenfold:services.one.login", signIn)
	inventory := componenttest.Run(t, Deploy, componenttest.WithStack("dev"), componenttest.WithConfig(values))
	actions, ok := inventory.One(t, ruleType, "one").Input("actions").([]any)
	require.True(t, ok)
	login := actions[0].(map[string]any)["authenticateOidc"].(map[string]any)
	assert.Equal(t, "planted-value", fmt.Sprint(login["clientSecret"].(*resource.Secret).Element.Mappable()))
}

func TestAMigrationHasItsTimeout(t *testing.T) {
	c, err := Read("dev", func() map[string]string {
		values := rich(t)
		set(t, values, "tenfold:services.one.migration", `{"command":["migrate"],"timeout":"17m"}`)
		return values
	}())
	require.NoError(t, err)
	made := (&environment{config: c}).migration(c.Services["one"].Migration)
	assert.Equal(t, "17m0s", made.Timeout.String())
}
