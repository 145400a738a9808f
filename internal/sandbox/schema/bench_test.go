package schema

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func benchmark(b *testing.B, token string, inputs map[string]any) {
	r := lookup(b, token)
	normalized, err := r.Normalize(nil, properties(inputs), "web", []byte("seed"))
	require.NoError(b, err)
	require.Empty(b, r.Check(normalized))
	b.ReportAllocs()
	for b.Loop() {
		r.Check(normalized)
		r.Diff(normalized, normalized, normalized, nil)
	}
}

func BenchmarkCheckAndDiffOfAService(b *testing.B) {
	benchmark(b, "aws:ecs/service:Service", map[string]any{
		"cluster": "arn:aws:ecs:us-east-1:123456789012:cluster/main", "taskDefinition": "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1",
		"desiredCount": 3, "deploymentMaximumPercent": 200, "deploymentMinimumHealthyPercent": 100, "enableExecuteCommand": true,
		"forceNewDeployment": true, "propagateTags": "SERVICE", "waitForSteadyState": true,
		"capacityProviderStrategies": []any{map[string]any{"capacityProvider": "FARGATE", "weight": 1, "base": 1}},
		"deploymentCircuitBreaker":   map[string]any{"enable": true, "rollback": true},
		"loadBalancers":              []any{map[string]any{"containerName": "web", "containerPort": 8080, "targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef"}},
		"networkConfiguration":       map[string]any{"subnets": []any{"subnet-1", "subnet-2", "subnet-3"}, "securityGroups": []any{"sg-1"}, "assignPublicIp": false},
		"serviceRegistries":          map[string]any{"registryArn": "arn:aws:servicediscovery:us-east-1:123456789012:service/srv-1"},
		"tags":                       map[string]any{"team": "core", "service": "web", "stack": "prod"},
	})
}

func BenchmarkCheckAndDiffOfATaskDefinition(b *testing.B) {
	benchmark(b, "aws:ecs/taskDefinition:TaskDefinition", map[string]any{
		"family": "web", "cpu": "512", "memory": "1024", "networkMode": "awsvpc", "requiresCompatibilities": []any{"FARGATE"},
		"executionRoleArn": "arn:aws:iam::123456789012:role/execution", "taskRoleArn": "arn:aws:iam::123456789012:role/task",
		"runtimePlatform": map[string]any{"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
		"containerDefinitions": `[{"name":"web","image":"123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1","essential":true,"portMappings":[{"containerPort":8080,"hostPort":8080,"protocol":"tcp"}],` +
			`"environment":[{"name":"LOG_LEVEL","value":"info"},{"name":"PORT","value":"8080"}],"secrets":[{"name":"DATABASE_URL","valueFrom":"arn:aws:secretsmanager:us-east-1:123456789012:secret:db"}],` +
			`"logConfiguration":{"logDriver":"awslogs","options":{"awslogs-group":"/web","awslogs-region":"us-east-1","awslogs-stream-prefix":"web"}}}]`,
	})
}

// BenchmarkLoadingAllFacts reports how much memory the parsed facts take and
// how long the parsing of all of them takes.
func BenchmarkLoadingAllFacts(b *testing.B) {
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		parsed := make([]*module, 0, len(files()))
		for _, file := range files() {
			m, err := parse(file)
			require.NoError(b, err)
			parsed = append(parsed, m)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(parsed)
	}
	b.ReportMetric(float64(after.HeapAlloc)-float64(before.HeapAlloc), "heap-bytes")
}
