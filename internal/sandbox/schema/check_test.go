package schema

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
)

func TestCheckRefusesWhatTheProviderRefuses(t *testing.T) {
	cases := map[string]struct {
		token  string
		inputs map[string]any
		want   []string
	}{
		"a number out of range": {"aws:sqs/queue:Queue", map[string]any{"delaySeconds": 901},
			[]string{"delaySeconds: must be from 0 to 900, got 901"}},
		"an unknown property, with the one meant": {"aws:sqs/queue:Queue", map[string]any{"visibilityTimeout": 30},
			[]string{`visibilityTimeout: is no property of this type; did you mean "visibilityTimeoutSeconds"`}},
		"an output": {"aws:sqs/queue:Queue", map[string]any{"arn": "arn:aws:sqs:us-east-1:123456789012:jobs"},
			[]string{"arn: is decided by the cloud and cannot be set; remove it"}},
		"a missing argument": {"aws:sqs/queuePolicy:QueuePolicy", map[string]any{"policy": "{}"},
			[]string{"queueUrl: is required but not set"}},
		"a wrong type": {"aws:sqs/queue:Queue", map[string]any{"delaySeconds": "soon", "tags": "a", "fifoQueue": 3},
			[]string{
				`delaySeconds: must be a number, got "soon"`,
				"fifoQueue: must be true or false, got 3",
				`tags: must be a map, got "a"`,
			}},
		"a list where one value is meant and one value where a list is": {"aws:ecs/service:Service", map[string]any{"loadBalancers": "x", "networkConfiguration": []any{}},
			[]string{
				`loadBalancers: must be a list, got "x"`,
				"networkConfiguration: must be an object, got a list of 0",
			}},
		"a value that is not allowed": {"aws:ecs/service:Service", map[string]any{"launchType": "LAMBDA"},
			[]string{`launchType: must be one of EC2, FARGATE, EXTERNAL, got "LAMBDA"`}},
		"a nested argument": {"aws:ecs/service:Service", map[string]any{"loadBalancers": []any{map[string]any{"containerName": "web"}}},
			[]string{"loadBalancers[0].containerPort: is required but not set"}},
		"arguments that exclude each other": {"aws:sqs/queue:Queue", map[string]any{"name": "a", "namePrefix": "b"},
			[]string{"name: cannot be set together with namePrefix; keep one"}},
		"none of several of which one is needed": {"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", map[string]any{"securityGroupId": "sg-1", "ipProtocol": "-1"},
			[]string{": exactly one of cidrIpv4, cidrIpv6, prefixListId, referencedSecurityGroupId must be set, got none"}},
		"a policy that is no JSON": {"aws:iam/rolePolicy:RolePolicy", map[string]any{"role": "web", "policy": "{Statement"},
			[]string{`policy: must be a JSON policy document, got "{Statement"`}},
		"container definitions that are no JSON": {"aws:ecs/taskDefinition:TaskDefinition", map[string]any{"family": "web", "containerDefinitions": "web"},
			[]string{`containerDefinitions: must be a JSON list of container definitions (invalid character 'w' looking for beginning of value), got "web"`}},
		"an address block that is none": {"aws:ec2/vpc:Vpc", map[string]any{"cidrBlock": "10.0.0.0"},
			[]string{`cidrBlock: must be an IPv4 address block from /16 to /28 such as 10.0.0.0/16, got "10.0.0.0"`}},
		"an ARN that is none": {"aws:ecs/taskDefinition:TaskDefinition", map[string]any{"family": "web", "containerDefinitions": "[]", "taskRoleArn": "role"},
			[]string{`taskRoleArn: must be an ARN such as arn:aws:service:region:123456789012:resource, got "role"`}},
		"a name of a FIFO queue without its ending": {"aws:sqs/queue:Queue", map[string]any{"name": "jobs", "fifoQueue": true},
			[]string{`name: must end with .fifo for a FIFO queue, got "jobs"`}},
		"an option of FIFO queues on a standard one": {"aws:sqs/queue:Queue", map[string]any{"contentBasedDeduplication": true},
			[]string{"contentBasedDeduplication: can only be true for a FIFO queue or topic"}},
		"an alarm's odd period": {"aws:cloudwatch/metricAlarm:MetricAlarm", map[string]any{"comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1, "period": 45, "statistic": "Sum"},
			[]string{"period: must be 10, 20, 30 or a multiple of 60, got 45"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, refusals(lookup(t, c.token).Check(properties(c.inputs))))
		})
	}
}

func TestCheckLetsPassWhatTheProviderLetsPass(t *testing.T) {
	cases := map[string]struct {
		token  string
		inputs map[string]any
	}{
		"a number given as text":                {"aws:sqs/queue:Queue", map[string]any{"delaySeconds": "90"}},
		"a flag given as text":                  {"aws:sqs/queue:Queue", map[string]any{"fifoQueue": "false"}},
		"a text given as a number":              {"aws:ecs/taskDefinition:TaskDefinition", map[string]any{"family": "web", "containerDefinitions": "[]", "cpu": 256}},
		"a fraction, which the bridge cuts off": {"aws:sqs/queue:Queue", map[string]any{"delaySeconds": 900.5}},
		"null, which means not set":             {"aws:sqs/queue:Queue", map[string]any{"delaySeconds": nil}},
		"values decided at apply":               {"aws:sqs/queuePolicy:QueuePolicy", map[string]any{"queueUrl": unknown(), "policy": unknown()}},
		"unknowns inside rules":                 {"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", map[string]any{"securityGroupId": unknown(), "ipProtocol": "tcp", "fromPort": 1, "toPort": 1, "referencedSecurityGroupId": unknown()}},
		"the bridge's own keys":                 {"aws:sqs/queue:Queue", map[string]any{"__defaults": []any{"name"}, "name": "jobs"}},
		"a policy given as an object":           {"aws:iam/policy:Policy", map[string]any{"policy": map[string]any{"Version": "2012-10-17", "Statement": []any{}}}},
		"a Fargate size that does not exist":    {"aws:ecs/taskDefinition:TaskDefinition", map[string]any{"family": "web", "containerDefinitions": "[]", "cpu": "256", "memory": "9000", "requiresCompatibilities": []any{"FARGATE"}}},
		"a service name with a space":           {"aws:ecs/service:Service", map[string]any{"name": "my web"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			assert.Empty(t, lookup(t, c.token).Check(properties(c.inputs)))
		})
	}
}

func TestCheckLooksInsideSecretsAndOutputsAndKeepsSecretsOutOfMessages(t *testing.T) {
	queue := lookup(t, "aws:sqs/queue:Queue")
	secret := resource.MakeSecret(resource.NewProperty(901.0))
	output := resource.NewProperty(resource.Output{Element: resource.NewProperty(901.0), Known: true})
	assert.Len(t, queue.Check(properties(map[string]any{"delaySeconds": secret})), 1)
	assert.Len(t, queue.Check(properties(map[string]any{"delaySeconds": output})), 1)
	assert.Empty(t, queue.Check(properties(map[string]any{"delaySeconds": resource.NewProperty(resource.Output{})})))

	cluster := lookup(t, "aws:rds/cluster:Cluster")
	for _, problem := range cluster.Check(properties(map[string]any{"engine": "aurora-postgresql", "masterPassword": []any{"hidden"}})) {
		assert.NotContains(t, problem.Reason, "hidden")
	}
}

func TestCheckReportsEveryProblemInTheOrderOfPaths(t *testing.T) {
	problems := lookup(t, "aws:sqs/queue:Queue").Check(properties(map[string]any{
		"visibilityTimeoutSeconds": 50000, "delaySeconds": -1, "maxMessageSize": 1, "policy": "no", "unknownThing": 1,
	}))
	var paths []string
	for _, p := range problems {
		paths = append(paths, p.Property)
	}
	assert.Equal(t, []string{"delaySeconds", "maxMessageSize", "policy", "unknownThing", "visibilityTimeoutSeconds"}, paths)
}

func TestTheCloudRefusesAtCreationWhatPreviewLetsPass(t *testing.T) {
	task := lookup(t, "aws:ecs/taskDefinition:TaskDefinition")
	size := func(cpu, memory string) map[string]any {
		return map[string]any{"cpu": cpu, "memory": memory, "requiresCompatibilities": []any{"FARGATE"}}
	}
	assert.Empty(t, task.CheckAtCreate(properties(size("256", "2048"))))
	assert.Empty(t, task.CheckAtCreate(properties(size("8192", "20480"))))
	assert.Empty(t, task.CheckAtCreate(properties(map[string]any{"cpu": "100", "memory": "100"})))
	assert.Equal(t, []string{"memory: no valid Fargate size, got 3072 MiB for 256 CPU units; allowed are 512 to 2048 in steps of 512"},
		refusals(task.CheckAtCreate(properties(size("256", "3072")))))
	assert.Equal(t, []string{"cpu: no valid Fargate size, got 300 CPU units; Fargate offers 256, 512, 1024, 2048, 4096, 8192 and 16384"},
		refusals(task.CheckAtCreate(properties(size("300", "512")))))

	service := lookup(t, "aws:ecs/service:Service")
	assert.Equal(t, []string{
		"deploymentMaximumPercent: must be above 100 while availabilityZoneRebalancing is ENABLED, got 100",
		`name: must be 1 to 255 letters, digits, hyphens or underscores, got "my web"`,
	}, refusals(service.CheckAtCreate(properties(map[string]any{"name": "my web", "availabilityZoneRebalancing": "ENABLED", "deploymentMaximumPercent": 100}))))

	cluster := lookup(t, "aws:rds/cluster:Cluster")
	assert.Equal(t, []string{
		"serverlessv2ScalingConfiguration.maxCapacity: must be a multiple of 0.5, got 1.2",
		"serverlessv2ScalingConfiguration.secondsUntilAutoPause: can only be set when minCapacity is 0, got 0.5",
	}, refusals(cluster.CheckAtCreate(properties(map[string]any{"clusterIdentifier": "db", "serverlessv2ScalingConfiguration": map[string]any{"minCapacity": 0.5, "maxCapacity": 1.2, "secondsUntilAutoPause": 300}}))))
}

func FuzzCheckNeverPanics(f *testing.F) {
	for _, token := range []string{"aws:ecs/service:Service", "aws:sqs/queue:Queue", "aws:lb/listenerRule:ListenerRule", "datadog:index/monitor:Monitor"} {
		f.Add(token, "name", "value", 3.5, true)
		f.Add(token, "tags", "{", -1.0, false)
	}
	f.Fuzz(func(t *testing.T, token, key, text string, number float64, flag bool) {
		r, ok := Lookup(token)
		if !ok {
			return
		}
		scalars := []resource.PropertyValue{
			resource.NewProperty(text), resource.NewProperty(number), resource.NewProperty(flag), resource.NewNullProperty(),
			unknown(), resource.MakeSecret(resource.NewProperty(text)), resource.NewProperty(resource.Output{}),
		}
		inputs := resource.PropertyMap{resource.PropertyKey(key): scalars[len(text)%len(scalars)]}
		i := len(key)
		for _, name := range r.names {
			v := scalars[i%len(scalars)]
			switch i % 4 {
			case 1:
				v = resource.NewProperty([]resource.PropertyValue{v, resource.NewProperty(resource.PropertyMap{resource.PropertyKey(key): v})})
			case 2:
				v = resource.NewProperty(resource.PropertyMap{resource.PropertyKey(key): v, "__defaults": v})
			}
			inputs[resource.PropertyKey(name)] = v
			i++
		}
		r.Check(inputs)
		r.CheckAtCreate(inputs)
		normalized, err := r.Normalize(inputs, inputs, text, []byte(key))
		if err == nil {
			r.Diff(inputs, normalized, inputs, []string{text, key})
		}
	})
}
