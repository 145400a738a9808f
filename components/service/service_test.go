package service_test

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/cluster"
	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/edge"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/network"
	"github.com/tenfold-iac/tenfold/components/service"
)

const (
	component = "tenfold:service:Service"
	image     = "123456789012.dkr.ecr.us-east-1.amazonaws.com/tenfold/api@sha256:0000000000000000000000000000000000000000000000000000000000000001"
)

// world is what a service stands on.
type world struct {
	cluster *cluster.Cluster
	edge    *edge.Edge
	network network.Placement
}

// build runs a program with one service, "api", that change may alter.
func build(t *testing.T, change func(*service.Args, world), opts ...pulumi.ResourceOption) *componenttest.Inventory {
	t.Helper()
	return componenttest.Run(t, program(change, opts...))
}

func program(change func(*service.Args, world), opts ...pulumi.ResourceOption) func(*pulumi.Context) error {
	return func(ctx *pulumi.Context) error {
		w := world{network: network.Placement{VPCID: pulumi.String("vpc-1"), SubnetIDs: pulumi.ToStringArray([]string{"subnet-1", "subnet-2"})}}
		var err error
		key := pulumi.String("arn:aws:kms:us-east-1:123456789012:key/sessions")
		if w.cluster, err = cluster.New(ctx, "main", cluster.Args{Exec: cluster.Exec{KeyARN: key}}); err != nil {
			return err
		}
		w.edge, err = edge.New(ctx, "edge", edge.Args{
			Domain: "example.com", ZoneID: pulumi.String("Z0123456789ABCDEFGHIJ"), VPCID: w.network.VPCID, SubnetIDs: w.network.SubnetIDs,
		})
		if err != nil {
			return err
		}
		args := service.Args{Cluster: w.cluster, Network: w.network, Image: image, Monitors: &componenttest.Monitors{}}
		if change != nil {
			change(&args, w)
		}
		_, err = service.New(ctx, "api", args, opts...)
		return err
	}
}

// routed makes the service reachable.
func routed(a *service.Args, w world) {
	a.Port, a.Edge, a.Route = 8080, w.edge, edge.Route{Host: "api.example.com"}
}

// uses is one grant of each sort.
func uses() []access.Grant {
	secret := pulumi.String("arn:aws:secretsmanager:us-east-1:123456789012:secret:billing-AbCdEf")
	return []access.Grant{
		{
			Key:   "main-connect",
			Allow: []access.Statement{{Actions: []string{"rds-db:connect"}, Resources: []pulumi.StringInput{pulumi.String("arn:aws:rds-db:us-east-1:123456789012:dbuser:cluster-X/app")}}},
			Reach: []access.Path{{Name: "main", SecurityGroupID: pulumi.String("sg-main"), Port: 5432}},
			Env:   map[string]pulumi.StringInput{"MAIN_HOST": pulumi.String("main.example.com")},
		},
		{Key: "main-read", Reach: []access.Path{{Name: "main", SecurityGroupID: pulumi.String("sg-main"), Port: 5432}}},
		{
			Key: "billing",
			Secrets: map[string]access.Secret{
				"STRIPE_SECRET_KEY":     {ValueFrom: pulumi.Sprintf("%s:secret_key::", secret), SecretARN: secret, KeyARN: pulumi.String("arn:aws:kms:us-east-1:123456789012:key/secrets")},
				"STRIPE_WEBHOOK_SECRET": {ValueFrom: pulumi.Sprintf("%s:webhook_secret::", secret), SecretARN: secret, KeyARN: pulumi.String("arn:aws:kms:us-east-1:123456789012:key/secrets")},
			},
		},
	}
}

func TestAWorkerNeedsOnlyAnImageAndAPlaceToRun(t *testing.T) {
	inv := build(t, nil)
	componenttest.AssertHouse(t, inv, component, "api")
	componenttest.Golden(t, "worker.golden", inv.Of(t, component, "api").Text())
}

func TestARoutedServiceWithGrants(t *testing.T) {
	inv := build(t, func(a *service.Args, w world) {
		routed(a, w)
		a.Uses = uses()
	}, pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String("old")}}))
	componenttest.AssertHouse(t, inv, component, "api")
	componenttest.Golden(t, "routed.golden", inv.Of(t, component, "api").Detailed())
}

func TestTheExecutionRoleMayStartThisServiceAndNothingElse(t *testing.T) {
	inv := build(t, func(a *service.Args, _ world) { a.Uses = uses() })
	assertPolicy(t, inv, "api-execution", `[
		{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:aws:logs:us-east-1:123456789012:log-group:tenfold/test/api:*"},
		{"Effect":"Allow","Action":["ecr:GetAuthorizationToken"],"Resource":"*"},
		{"Effect":"Allow","Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Resource":"arn:aws:ecr:us-east-1:123456789012:repository/tenfold/api"},
		{"Effect":"Allow","Action":["secretsmanager:GetSecretValue"],"Resource":"arn:aws:secretsmanager:us-east-1:123456789012:secret:billing-AbCdEf"},
		{"Effect":"Allow","Action":["kms:Decrypt"],"Resource":"arn:aws:kms:us-east-1:123456789012:key/secrets","Condition":{"StringEquals":{"kms:ViaService":"secretsmanager.us-east-1.amazonaws.com"}}}]`)
}

func TestAnImageFromAnotherRegistryNeedsNoECRPermission(t *testing.T) {
	inv := build(t, func(a *service.Args, _ world) {
		a.Image = "ghcr.io/example/api@sha256:0000000000000000000000000000000000000000000000000000000000000001"
	})
	assertPolicy(t, inv, "api-execution", `[{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:aws:logs:us-east-1:123456789012:log-group:tenfold/test/api:*"}]`)
}

func TestTheTaskRoleHasOnePolicyForEachGrantAndNoOther(t *testing.T) {
	inv := build(t, func(a *service.Args, _ world) { a.Uses = uses() })
	assertPolicy(t, inv, "api-task-main-connect", `[{"Effect":"Allow","Action":["rds-db:connect"],"Resource":"arn:aws:rds-db:us-east-1:123456789012:dbuser:cluster-X/app"}]`)
	assert.Len(t, inv.Of(t, component, "api").ByType("aws:iam/rolePolicy:RolePolicy"), 2)
	for _, role := range []string{"api-task", "api-execution"} {
		r := inv.One(t, "aws:iam/role:Role", role)
		assert.Nil(t, r.Input("managedPolicyArns"))
		assert.Nil(t, r.Input("inlinePolicies"))
		trust, ok := r.Input("assumeRolePolicy").(string)
		require.True(t, ok)
		assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole"],"Principal":{"Service":["ecs-tasks.amazonaws.com"]},
			"Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"},"ArnLike":{"aws:SourceArn":"arn:aws:ecs:us-east-1:123456789012:*"}}}]}`, trust)
	}
}

func assertPolicy(t *testing.T, inv *componenttest.Inventory, name, statements string) {
	t.Helper()
	text, ok := inv.One(t, "aws:iam/rolePolicy:RolePolicy", name).Input("policy").(string)
	require.True(t, ok)
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":`+statements+`}`, text)
}

func TestTasksReachHTTPSAndWhatTheirGrantsReach(t *testing.T) {
	inv := build(t, func(a *service.Args, w world) {
		routed(a, w)
		a.Uses = uses()
	}).Of(t, component, "api")
	own := inv.One(t, "aws:ec2/securityGroup:SecurityGroup", "api")
	assert.Nil(t, own.Input("ingress"))
	assert.Nil(t, own.Input("egress"))
	var out, in []string
	for _, r := range inv.ByType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule") {
		out = append(out, r.Name)
	}
	for _, r := range inv.ByType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") {
		in = append(in, r.Name)
		assert.Nil(t, r.Input("cidrIpv4"), "nothing enters but from a security group")
	}
	assert.Equal(t, []string{"api-edge-out-8080", "api-https", "api-to-main-5432"}, out)
	assert.Equal(t, []string{"api-from-edge-8080", "api-main-in-5432"}, in, "two grants that reach one port share a rule")
	assert.Equal(t, "sg-main", inv.One(t, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "api-main-in-5432").Input("securityGroupId"))
	assert.Equal(t, 8080.0, inv.One(t, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "api-from-edge-8080").Input("fromPort"))
}

func TestTasksReachIPv6WhereTheNetworkHasIt(t *testing.T) {
	const token = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	inv := build(t, func(a *service.Args, _ world) { a.Network.IPv6 = true })
	assert.Equal(t, "::/0", inv.One(t, token, "api-https-v6").Input("cidrIpv6"))
	assert.False(t, build(t, nil).Has(token, "api-https-v6"))
}

func TestNoTaskStartsBeforeWhatItNeedsExists(t *testing.T) {
	inv := build(t, func(a *service.Args, w world) {
		routed(a, w)
		a.Uses = uses()
	})
	running := inv.One(t, "aws:ecs/service:Service", "api")
	for _, need := range [][2]string{
		{"aws:lb/listenerRule:ListenerRule", "api"},
		{"aws:iam/rolePolicy:RolePolicy", "api-execution"},
		{"aws:iam/rolePolicy:RolePolicy", "api-task-main-connect"},
		{"aws:cloudwatch/logGroup:LogGroup", "api"},
		{"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "api-to-main-5432"},
		{"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "api-main-in-5432"},
		{"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders", "main"},
	} {
		assert.Contains(t, running.DependsOn, inv.One(t, need[0], need[1]).URN)
	}
}

func TestAutoscalingOwnsTheNumberOfTasks(t *testing.T) {
	scaled := build(t, nil)
	assert.Equal(t, []string{"desiredCount"}, scaled.One(t, "aws:ecs/service:Service", "api").IgnoreChange)
	target := scaled.One(t, "aws:appautoscaling/target:Target", "api")
	assert.Equal(t, 2.0, target.Input("minCapacity"))
	assert.Equal(t, 8.0, target.Input("maxCapacity"))
	assert.Equal(t, "service/tenfold-test-main/tenfold-test-api", target.Input("resourceId"))
	fixed := build(t, func(a *service.Args, _ world) { a.Scaling = service.Scaling{Min: 1, Max: 1} })
	assert.Equal(t, []string{"desiredCount"}, fixed.One(t, "aws:ecs/service:Service", "api").IgnoreChange)
	one := fixed.One(t, "aws:appautoscaling/target:Target", "api")
	assert.Equal(t, []any{1.0, 1.0}, []any{one.Input("minCapacity"), one.Input("maxCapacity")}, "the number is brought to one and kept")
	assert.Empty(t, fixed.ByType("aws:appautoscaling/policy:Policy"))
}

func TestSpotSharesAreStrategiesAndNeverLaunchTypes(t *testing.T) {
	onDemand := map[string]any{"capacityProvider": "FARGATE", "base": 0.0, "weight": 1.0}
	for _, c := range []struct {
		name   string
		routed bool
		spot   service.Spot
		want   []any
	}{
		{"none", true, service.Spot{}, []any{onDemand}},
		{"half of a worker", false, service.Spot{Percent: 50}, []any{
			map[string]any{"capacityProvider": "FARGATE", "base": 0.0, "weight": 50.0},
			map[string]any{"capacityProvider": "FARGATE_SPOT", "base": 0.0, "weight": 50.0},
		}},
		{"all of a worker", false, service.Spot{Percent: 100}, []any{map[string]any{"capacityProvider": "FARGATE_SPOT", "base": 0.0, "weight": 1.0}}},
		{"a web tier keeps its least number on demand", true, service.Spot{Percent: 100}, []any{
			map[string]any{"capacityProvider": "FARGATE", "base": 2.0, "weight": 1.0},
			map[string]any{"capacityProvider": "FARGATE_SPOT", "base": 0.0, "weight": 100.0},
		}},
	} {
		running := build(t, func(a *service.Args, w world) {
			if c.routed {
				routed(a, w)
			}
			a.Spot = c.spot
		}).One(t, "aws:ecs/service:Service", "api")
		assert.Equal(t, c.want, running.Input("capacityProviderStrategies"), c.name)
		assert.Nil(t, running.Input("launchType"), c.name)
		assert.Equal(t, true, running.Input("forceNewDeployment"), c.name)
	}
}

func TestPublicAddressesAreAssignedOnlyWhereThePlacementSaysSo(t *testing.T) {
	private := build(t, nil).One(t, "aws:ecs/service:Service", "api")
	assert.Equal(t, false, private.Input("networkConfiguration.assignPublicIp"))
	public := build(t, func(a *service.Args, _ world) { a.Network.PublicAddress = true }).One(t, "aws:ecs/service:Service", "api")
	assert.Equal(t, true, public.Input("networkConfiguration.assignPublicIp"))
}

func TestAShellBringsItsPermissionsAndItsWritablePaths(t *testing.T) {
	inv := build(t, func(a *service.Args, _ world) { a.Shell = true })
	assert.Equal(t, true, inv.One(t, "aws:ecs/service:Service", "api").Input("enableExecuteCommand"))
	inv.One(t, "aws:iam/rolePolicy:RolePolicy", "api-task-shell")
	var volumes []any
	for _, v := range inv.One(t, "aws:ecs/taskDefinition:TaskDefinition", "api").Input("volumes").([]any) {
		volumes = append(volumes, v.(map[string]any)["name"])
	}
	assert.Equal(t, []any{"managed-agents", "var-lib-amazon-ssm", "var-log-amazon-ssm"}, volumes)
	assert.Equal(t, false, build(t, nil).One(t, "aws:ecs/service:Service", "api").Input("enableExecuteCommand"))
}

func TestTheLogOutlivesTheServiceUnlessItIsDisposable(t *testing.T) {
	assert.True(t, build(t, nil).One(t, "aws:cloudwatch/logGroup:LogGroup", "api").Retain)
	assert.False(t, build(t, func(a *service.Args, _ world) { a.Disposable = true }).One(t, "aws:cloudwatch/logGroup:LogGroup", "api").Retain)
}

func TestTheTargetGroupIsTheSameForEveryPort(t *testing.T) {
	frozen := func(port int) map[string]any {
		r := build(t, func(a *service.Args, w world) {
			routed(a, w)
			a.Port = port
		}).One(t, "aws:lb/targetGroup:TargetGroup", "api")
		return map[string]any{"port": r.Input("port"), "protocol": r.Input("protocol"), "version": r.Input("protocolVersion"), "type": r.Input("targetType"), "name": r.Input("name")}
	}
	assert.Equal(t, map[string]any{"port": 80.0, "protocol": "HTTP", "version": "HTTP1", "type": "ip", "name": nil}, frozen(8080))
	assert.Equal(t, frozen(8080), frozen(3000))
}

func TestAWorkerIsWatchedByItsTasksAndARouteByItsRequestsToo(t *testing.T) {
	tasks := []string{"ecs-running-lt-desired", "ecs-zero-running", "ecs-pending", "ecs-svc-cpu", "ecs-svc-mem", "ecs-at-max"}
	requests := []string{"alb-5xx-ratio", "alb-latency-p95", "alb-unhealthy", "alb-no-healthy"}
	sink := &componenttest.Monitors{}
	build(t, func(a *service.Args, _ world) { a.Monitors = sink })
	assert.ElementsMatch(t, tasks, keys(sink))
	assert.Equal(t, monitor.Alert(8), sink.ByKey("api")["ecs-at-max"].Levels.Critical)

	sink = &componenttest.Monitors{}
	build(t, func(a *service.Args, w world) {
		routed(a, w)
		a.Monitors, a.MonitorsOff = sink, map[string]string{"alb-latency-p95": "answers stream"}
	})
	assert.ElementsMatch(t, append(requests, tasks...), keys(sink))
	assert.Equal(t, "answers stream", sink.ByKey("api")["alb-latency-p95"].Off)
	for _, s := range sink.ByKey("api")["alb-5xx-ratio"].Query.Series() {
		require.Len(t, s.Of, 2)
		assert.Equal(t, "test", s.Of[0].Value)
		assert.Equal(t, "api", s.Of[1].Value)
		assert.NotNil(t, s.Of[0].CloudWatchValue)
		assert.NotNil(t, s.Of[1].CloudWatchValue)
	}

	sink = &componenttest.Monitors{}
	build(t, func(a *service.Args, _ world) {
		a.Monitors, a.Scaling = sink, service.Scaling{Min: 2, Max: 2}
	})
	assert.NotContains(t, keys(sink), "ecs-at-max", "a service of fixed size is always at its ceiling")
}

func keys(sink *componenttest.Monitors) []string {
	var found []string
	for k := range sink.ByKey("api") {
		found = append(found, k)
	}
	return found
}

func TestDeploymentsHaveATimeOfTheirOwn(t *testing.T) {
	running := build(t, func(a *service.Args, _ world) { a.DeployTimeout = time.Hour }).One(t, "aws:ecs/service:Service", "api")
	assert.Equal(t, true, running.Input("waitForSteadyState"))
	assert.Equal(t, "1h0m0s", running.UpdateTimeout)
}

func TestASidecarBringsItsImageItsSecretsAndItsVolumes(t *testing.T) {
	secret := pulumi.String("arn:aws:secretsmanager:us-east-1:123456789012:secret:agent-AbCdEf")
	inv := build(t, sidecar(func(s *service.Sidecar) {
		s.Secrets = map[string]access.Secret{"DD_API_KEY": {ValueFrom: secret, SecretARN: secret}}
		s.WritablePaths, s.MemoryMiB, s.First = []string{"/var/run"}, 128, true
	}))
	assertPolicy(t, inv, "api-execution", `[
		{"Effect":"Allow","Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:aws:logs:us-east-1:123456789012:log-group:tenfold/test/api:*"},
		{"Effect":"Allow","Action":["ecr:GetAuthorizationToken"],"Resource":"*"},
		{"Effect":"Allow","Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],
		 "Resource":["arn:aws:ecr:us-east-1:123456789012:repository/tenfold/api","arn:aws:ecr:us-east-1:123456789012:repository/tenfold/agent"]},
		{"Effect":"Allow","Action":["secretsmanager:GetSecretValue"],"Resource":"arn:aws:secretsmanager:us-east-1:123456789012:secret:agent-AbCdEf"}]`)
	definition := inv.One(t, "aws:ecs/taskDefinition:TaskDefinition", "api")
	assert.Equal(t, []any{map[string]any{"name": "agent-var-run"}}, definition.Input("volumes"))
	containers, ok := definition.JSON(t, "containerDefinitions").([]any)
	require.True(t, ok)
	require.Len(t, containers, 2)
	side, own := containers[0].(map[string]any), containers[1].(map[string]any)
	assert.Equal(t, "agent", side["name"], "containers are in order of name, as AWS lists them")
	assert.Equal(t, false, side["essential"])
	assert.Equal(t, 128.0, side["memory"])
	assert.Equal(t, true, side["readonlyRootFilesystem"])
	assert.Equal(t, "65532:65532", side["user"])
	assert.Equal(t, []any{map[string]any{"containerPath": "/var/run", "readOnly": false, "sourceVolume": "agent-var-run"}}, side["mountPoints"])
	assert.Equal(t, true, own["essential"])
	assert.Equal(t, []any{map[string]any{"containerName": "agent", "condition": "START"}}, own["dependsOn"])
}
