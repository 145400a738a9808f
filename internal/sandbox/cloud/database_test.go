package cloud

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// databaseArgs are a small cluster with a snapshot at its end.
func databaseArgs(changes map[string]any) map[string]any {
	args := map[string]any{"clusterIdentifier": "main", "engine": "aurora-postgresql", "engineVersion": "16.6", "masterUsername": "owner",
		"manageMasterUserPassword": true, "dbSubnetGroupName": "$(data)", "finalSnapshotIdentifier": "main-final"}
	for key, value := range changes {
		args[key] = value
		if value == nil {
			delete(args, key)
		}
	}
	return args
}

func (w *world) database() {
	w.t.Helper()
	w.network()
	w.create(subnetGroupType, "data", map[string]any{"subnetIds": []any{"$(a)", "$(b)"}})
	w.create(clusterType, "main", databaseArgs(nil))
}

func TestAuroraEndpointsAndMasterSecret(t *testing.T) {
	w := newWorld(t)
	w.database()
	main := w.made["main"]
	assert.Regexp(t, `^main\.cluster-[a-z0-9]{12}\.eu-west-1\.rds\.amazonaws\.com$`, main.text("endpoint"))
	assert.Regexp(t, `^main\.cluster-ro-[a-z0-9]{12}\.eu-west-1\.rds\.amazonaws\.com$`, main.text("readerEndpoint"))
	assert.Regexp(t, `^cluster-[A-Z0-9]{26}$`, main.text("clusterResourceId"))
	assert.Regexp(t, `^arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!cluster-[0-9a-f-]{36}-[A-Za-z0-9]{6}$`, main.text("masterUserSecrets[0].secretArn"))
	assert.Equal(t, "5432", main.text("port"))
	assert.Equal(t, "default.aurora-postgresql16", main.text("dbClusterParameterGroupName"))
	assert.Equal(t, []string{w.made["vpc"].text("defaultSecurityGroupId")}, textsAt(main.State, "vpcSecurityGroupIds[]"))

	w.create(instanceType, "writer", map[string]any{"clusterIdentifier": "$(main)", "engine": "aurora-postgresql", "instanceClass": "db.t4g.medium"})
	w.create(instanceType, "reader", map[string]any{"clusterIdentifier": "$(main)", "engine": "aurora-postgresql", "instanceClass": "db.t4g.medium"})
	assert.True(t, flagAt(w.made["writer"].State, "writer"))
	assert.False(t, flagAt(w.made["reader"].State, "writer"))
	assert.Len(t, textsAt(w.read("main").State, "clusterMembers[]"), 2)
	assert.NotEqual(t, w.made["writer"].text("availabilityZone"), w.made["reader"].text("availabilityZone"))

	require.NoError(t, w.update("main", databaseArgs(map[string]any{"manageMasterUserPassword": nil, "masterPassword": "not-a-real-one"})))
	assert.Empty(t, textsAt(w.made["main"].State, "masterUserSecrets[].secretArn"))
	for _, r := range w.account.List().Resources {
		assert.NotEqual(t, secretType, r.Type, "the managed secret goes with the setting")
	}
}

func TestDatabaseRefusals(t *testing.T) {
	w := newWorld(t)
	w.database()
	w.refuses("DBSubnetGroupDoesNotCoverEnoughAZs", subnetGroupType, map[string]any{"subnetIds": []any{"$(a)"}})
	w.refuses("DBClusterAlreadyExistsFault: DB Cluster already exists", clusterType, databaseArgs(nil))
	w.refuses("MasterUserPassword must be provided", clusterType, map[string]any{"clusterIdentifier": "other", "engine": "aurora-postgresql", "masterUsername": "owner"})
	w.refuses("DBSubnetGroupNotFoundFault: DB subnet group 'missing' does not exist.", clusterType, databaseArgs(map[string]any{"clusterIdentifier": "other", "dbSubnetGroupName": "missing"}))
	w.create("aws:rds/clusterParameterGroup:ClusterParameterGroup", "old", map[string]any{"family": "aurora-postgresql15"})
	w.refuses("can't be used for this instance", clusterType, databaseArgs(map[string]any{"clusterIdentifier": "other", "dbClusterParameterGroupName": "$(old)"}))
	w.refuses("Set the Serverless v2 scaling configuration on the parent DB cluster", instanceType, map[string]any{"clusterIdentifier": "$(main)", "engine": "aurora-postgresql", "instanceClass": "db.serverless"})
	w.keeps("InvalidDBSubnetGroupStateFault: Cannot delete the subnet group", "data")

	err := w.update("main", databaseArgs(map[string]any{"engineVersion": "17.4"}))
	require.ErrorContains(t, err, "The AllowMajorVersionUpgrade flag must be present")
	err = w.update("main", databaseArgs(map[string]any{"engineVersion": "16.4"}))
	require.ErrorContains(t, err, "Cannot upgrade aurora-postgresql from 16.6 to 16.4")
	require.NoError(t, w.update("main", databaseArgs(map[string]any{"engineVersion": "17.4", "allowMajorVersionUpgrade": true, "dbClusterParameterGroupName": "default.aurora-postgresql17"})))
	assert.Equal(t, "17.4", w.made["main"].text("engineVersionActual"))
}

func TestDeletingAClusterLeavesItsFinalSnapshot(t *testing.T) {
	w := newWorld(t)
	w.database()
	w.create(instanceType, "writer", map[string]any{"clusterIdentifier": "$(main)", "engine": "aurora-postgresql", "instanceClass": "db.t4g.medium"})
	w.keeps("InvalidDBClusterStateFault: Cluster cannot be deleted, it still contains DB instances", "main")
	require.NoError(t, w.remove("writer"))

	require.NoError(t, w.update("main", databaseArgs(map[string]any{"deletionProtection": true})))
	w.keeps("InvalidParameterCombination: Cannot delete protected Cluster, please disable deletion protection and try again.", "main")
	require.NoError(t, w.update("main", databaseArgs(map[string]any{"finalSnapshotIdentifier": nil})))
	w.keeps("RDS Cluster final_snapshot_identifier is required when skip_final_snapshot is false", "main")
	require.NoError(t, w.update("main", databaseArgs(nil)))
	require.NoError(t, w.remove("main"))
	require.Len(t, w.account.List().Kept, 1)
	assert.Equal(t, "main-final", w.account.List().Kept[0].ID)

	w.create(clusterType, "main", databaseArgs(nil))
	w.keeps("DBClusterSnapshotAlreadyExistsFault: Cannot create the cluster snapshot because one with the identifier main-final already exists.", "main")
	w.create(clusterType, "restored", databaseArgs(map[string]any{"clusterIdentifier": "restored", "snapshotIdentifier": "main-final"}))
}

func TestAGlobalClusterHoldsItsMembersUntilToldToLetGo(t *testing.T) {
	w := newWorld(t)
	w.database()
	w.create("aws:rds/globalCluster:GlobalCluster", "global", map[string]any{"globalClusterIdentifier": "worldwide", "engine": "aurora-postgresql", "engineVersion": "16.6"})
	w.create(clusterType, "member", databaseArgs(map[string]any{"clusterIdentifier": "member", "globalClusterIdentifier": "$(global)"}))
	w.keeps("InvalidGlobalClusterStateFault", "global")
	require.NoError(t, w.update("global", map[string]any{"globalClusterIdentifier": "worldwide", "engine": "aurora-postgresql", "engineVersion": "16.6", "forceDestroy": true}))
	require.NoError(t, w.remove("global"))
	assert.NotNil(t, w.read("member"))
}

func TestTaskDefinitionRevisionsCountUpAndStay(t *testing.T) {
	w := newWorld(t)
	args := map[string]any{"family": "web", "containerDefinitions": `[{"name":"web","image":"nginx"}]`}
	first := w.create(taskDefinitionType, "web", args)
	second := w.create(taskDefinitionType, "web", args)
	assert.Equal(t, "1", first.text("revision"))
	assert.Equal(t, "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:2", second.text("arn"))

	w.made["web"] = first
	require.NoError(t, w.remove("web"))
	assert.Nil(t, w.read("web"))
	w.made["web"] = second
	assert.NotNil(t, w.read("web"), "deleting one revision leaves the other, whose id is the same")
	assert.Equal(t, account.Inactive, w.account.List().Kept[0].Status)

	third := w.create(taskDefinitionType, "web", map[string]any{"family": "web", "containerDefinitions": `[{"name":"web","image":"nginx"}]`, "skipDestroy": true})
	assert.Equal(t, "3", third.text("revision"))
	require.NoError(t, w.remove("web"))
	w.create(ecsClusterType, "cluster", nil)
	w.create(ecsServiceType, "service", map[string]any{"cluster": "$(cluster)", "taskDefinition": "$(web.arn)", "launchType": "EC2"})
	w.refuses("ClientException: Unable to find task definition arn:aws:ecs:eu-west-1:123456789012:task-definition/web:1", ecsServiceType,
		map[string]any{"cluster": "$(cluster)", "taskDefinition": first.text("arn"), "launchType": "EC2"})
}

func TestTaskDefinitionRefusals(t *testing.T) {
	w := newWorld(t)
	w.role("tasks", "ecs-tasks.amazonaws.com")
	w.role("functions", "lambda.amazonaws.com")
	task := func(changes map[string]any) map[string]any {
		args := map[string]any{"family": "web", "requiresCompatibilities": []any{"FARGATE"}, "networkMode": "awsvpc", "cpu": "256", "memory": "512",
			"containerDefinitions": `[{"name":"web","image":"nginx"}]`}
		for key, value := range changes {
			args[key] = value
		}
		return args
	}
	for text, changes := range map[string]map[string]any{
		"No Fargate configuration exists for given values: 256 CPU, 4096 memory.":   {"memory": "4096"},
		"No Fargate configuration exists for given values: 8192 CPU, 17408 memory.": {"cpu": "8192", "memory": "17408"},
		"Fargate only supports network mode":                                        {"networkMode": "bridge"},
		"ECS was unable to assume the role":                                         {"taskRoleArn": "$(functions.arn)"},
		"you must also specify a value for 'executionRoleArn'":                      {"containerDefinitions": `[{"name":"web","image":"nginx","secrets":[{"name":"A","valueFrom":"arn:aws:ssm:eu-west-1:123456789012:parameter/a"}]}]`},
		"depends on 'missing'":                                                      {"containerDefinitions": `[{"name":"web","image":"nginx","dependsOn":[{"containerName":"missing","condition":"START"}]}]`},
		"No essential container specified":                                          {"containerDefinitions": `[{"name":"web","image":"nginx","essential":false}]`},
		"is used more than once":                                                    {"containerDefinitions": `[{"name":"web","image":"nginx"},{"name":"web","image":"nginx"}]`},
	} {
		w.refuses(text, taskDefinitionType, task(changes))
	}
	w.create(taskDefinitionType, "vcpu", task(map[string]any{"cpu": "1 vCPU", "memory": "2 GB", "taskRoleArn": "$(tasks.arn)"}))
}

func TestServiceRefusals(t *testing.T) {
	w := newWorld(t)
	w.network()
	w.create(ecsClusterType, "cluster", nil)
	w.create(taskDefinitionType, "web", map[string]any{"family": "web", "requiresCompatibilities": []any{"FARGATE"}, "networkMode": "awsvpc", "cpu": "256", "memory": "512",
		"containerDefinitions": `[{"name":"web","image":"nginx","portMappings":[{"containerPort":8080}]}]`})
	w.create(targetGroupType, "target", map[string]any{"port": 80, "protocol": "HTTP", "targetType": "ip", "vpcId": "$(vpc)"})
	service := func(changes map[string]any) map[string]any {
		args := map[string]any{"cluster": "$(cluster)", "taskDefinition": "$(web.arn)", "launchType": "FARGATE",
			"networkConfiguration": map[string]any{"subnets": []any{"$(a)", "$(b)"}}}
		for key, value := range changes {
			args[key] = value
		}
		return args
	}
	balanced := func(container string, port int) map[string]any {
		return map[string]any{"loadBalancers": []any{map[string]any{"targetGroupArn": "$(target)", "containerName": container, "containerPort": port}}}
	}
	w.refuses("does not have an associated load balancer", ecsServiceType, service(balanced("web", 8080)))
	w.refuses("Up to 255 letters", ecsServiceType, service(map[string]any{"name": "has spaces"}))
	w.refuses("Availability Zone rebalancing does not support maximumPercent <= 100%", ecsServiceType, service(map[string]any{"availabilityZoneRebalancing": "ENABLED", "deploymentMaximumPercent": 100, "deploymentMinimumHealthyPercent": 50}))
	w.refuses("Network Configuration must be provided", ecsServiceType, map[string]any{"cluster": "$(cluster)", "taskDefinition": "$(web.arn)", "launchType": "FARGATE"})
	w.refuses("The specified capacity provider 'FARGATE_SPOT' was not found", ecsServiceType, map[string]any{"cluster": "$(cluster)", "taskDefinition": "$(web.arn)",
		"networkConfiguration": map[string]any{"subnets": []any{"$(a)"}}, "capacityProviderStrategies": []any{map[string]any{"capacityProvider": "FARGATE_SPOT", "weight": 1}}})
	w.refuses("ClusterNotFoundException", ecsServiceType, service(map[string]any{"cluster": "missing"}))

	w.create(loadBalancerType, "edge", map[string]any{"subnets": []any{"$(a)", "$(b)"}})
	w.create(listenerType, "http", map[string]any{"loadBalancerArn": "$(edge)", "port": 80, "protocol": "HTTP", "defaultActions": []any{map[string]any{"type": "forward", "targetGroupArn": "$(target)"}}})
	w.refuses("The container missing does not exist in the task definition.", ecsServiceType, service(balanced("missing", 8080)))
	w.refuses("The container web did not have a container port 9090 defined.", ecsServiceType, service(balanced("web", 9090)))
	w.create(ecsServiceType, "web-service", service(balanced("web", 8080)))
	w.keeps("ClusterContainsServicesException: The Cluster cannot be deleted while Services are active.", "cluster")
	w.keeps("DependencyViolation", "b")

	w.create(scalingTargetType, "scalable", map[string]any{"serviceNamespace": "ecs", "scalableDimension": "ecs:service:DesiredCount", "resourceId": "service/$(cluster.name)/$(web-service.name)", "minCapacity": 1, "maxCapacity": 2})
	w.refuses("ECS service doesn't exist: service/x/missing", scalingTargetType, map[string]any{"serviceNamespace": "ecs", "scalableDimension": "ecs:service:DesiredCount", "resourceId": "service/x/missing", "minCapacity": 1, "maxCapacity": 2})
	require.NoError(t, w.remove("web-service"))
	assert.Nil(t, w.read("scalable"), "AWS deregisters the target of a deleted service")
}

func TestFunctionRefusals(t *testing.T) {
	w := newWorld(t)
	w.role("tasks", "ecs-tasks.amazonaws.com")
	w.role("functions", "lambda.amazonaws.com")
	function := map[string]any{"role": "$(tasks.arn)", "packageType": "Image", "imageUri": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1", "timeout": 60}
	w.refuses("The role defined for the function cannot be assumed by Lambda.", functionType, function)
	function["role"] = "$(functions.arn)"
	w.create(functionType, "function", function)
	w.create(queueType, "jobs", map[string]any{"visibilityTimeoutSeconds": 30})
	w.refuses("Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds", "aws:lambda/eventSourceMapping:EventSourceMapping", map[string]any{"functionName": "$(function)", "eventSourceArn": "$(jobs.arn)"})
}
