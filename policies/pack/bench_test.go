package pack_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/tenfold-iac/tenfold/policies/rules"
)

// BenchmarkAnalyzeAThousandResources judges a thousand resources one by one over gRPC and then the stack they make, as
// a preview does.
func BenchmarkAnalyzeAThousandResources(b *testing.B) {
	const n = 1000
	client := connect(b, rules.All())
	kinds := []struct {
		token  string
		fields map[string]any
	}{
		{"aws:ecs/taskDefinition:TaskDefinition", map[string]any{
			"networkMode": "awsvpc", "cpu": "512", "memory": "1024", "requiresCompatibilities": []any{"FARGATE"},
			"containerDefinitions": `[{"name":"web","image":"web:v1","user":"10001","readonlyRootFilesystem":true,` +
				`"environment":[{"name":"A","value":"b"}],"logConfiguration":{"logDriver":"awslogs"}}]`,
		}},
		{"aws:sqs/queue:Queue", map[string]any{"sqsManagedSseEnabled": true, "redrivePolicy": unknown}},
		{"aws:iam/rolePolicy:RolePolicy", map[string]any{
			"policy": `{"Statement":[{"Effect":"Allow","Action":["sqs:SendMessage"],"Resource":"arn:aws:sqs:eu-central-1:123456789012:jobs"}]}`,
		}},
		{"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", map[string]any{
			"cidrIpv4": "10.0.0.0/16", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "description": "web",
		}},
		{"aws:s3/bucketV2:BucketV2", map[string]any{"bucket": unknown}},
	}
	stack := &pulumirpc.AnalyzeStackRequest{}
	var single []*pulumirpc.AnalyzeRequest
	for i := range n {
		kind := kinds[i%len(kinds)]
		name := fmt.Sprint(i)
		fields := props(b, kind.fields)
		single = append(single, &pulumirpc.AnalyzeRequest{
			Type: kind.token, Urn: urn("dev", kind.token, name), Name: name, Properties: fields,
		})
		stack.Resources = append(stack.Resources, &pulumirpc.AnalyzerResource{
			Type: kind.token, Urn: urn("dev", kind.token, name), Name: name, Properties: fields,
		})
	}
	var whole time.Duration
	for b.Loop() {
		for _, req := range single {
			_, err := client.Analyze(context.Background(), req)
			require.NoError(b, err)
		}
		began := time.Now()
		_, err := client.AnalyzeStack(context.Background(), stack)
		require.NoError(b, err)
		whole += time.Since(began)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/n, "µs/resource")
	b.ReportMetric(float64(whole.Milliseconds())/float64(b.N), "ms/stack")
	b.ReportMetric(float64(len(rules.All())), "rules")
}
