package api

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

const (
	clusterARN    = "arn:aws:ecs:us-east-1:123456789012:cluster/main"
	definitionARN = "arn:aws:ecs:us-east-1:123456789012:task-definition/api:"
	serviceARN    = "arn:aws:ecs:us-east-1:123456789012:service/main/api"
	secretARN     = "arn:aws:secretsmanager:us-east-1:123456789012:secret:tenfold/dev/billing-aBcDeF"
)

// world is an account with a cluster, two revisions, a service and a secret.
type world struct {
	account *account.Account
	server  *Server
	config  aws.Config
}

func start(t *testing.T) *world {
	t.Helper()
	held, err := account.Open(filepath.Join(t.TempDir(), "account"), account.Options{Seed: "test"})
	require.NoError(t, err)
	text := resource.NewProperty[string]
	put := func(tx *account.Tx, typ, id, arn, name string, properties account.Properties) {
		tx.Put(&account.Resource{Key: account.Key{Type: typ, ID: id}, ARN: arn, Name: name, Region: "us-east-1", Origin: account.Managed, Properties: properties,
			URN: "urn:pulumi:dev::tenfold::" + typ + "::" + name})
	}
	require.NoError(t, held.Update(func(tx *account.Tx) error {
		put(tx, clusterType, clusterARN, clusterARN, "main", account.Properties{})
		put(tx, "aws:ec2/subnet:Subnet", "subnet-1", "", "", account.Properties{})
		put(tx, "aws:ec2/securityGroup:SecurityGroup", "sg-1", "", "", account.Properties{})
		put(tx, logGroupType, "tenfold/dev/api", "", "tenfold/dev/api", account.Properties{})
		for _, revision := range []string{"1", "2"} {
			put(tx, definitionType, definitionARN+revision, definitionARN+revision, "api", account.Properties{
				"family": text("api"), "networkMode": text("awsvpc"),
				"containerDefinitions": text(`[{"name":"agent","image":"a"},{"name":"api","image":"b","logConfiguration":{"logDriver":"awslogs","options":{"awslogs-group":"tenfold/dev/api","awslogs-stream-prefix":"task"}}}]`),
			})
		}
		put(tx, serviceType, serviceARN, serviceARN, "api", account.Properties{"cluster": text(clusterARN), "taskDefinition": text(definitionARN + "1")})
		put(tx, secretType, secretARN, secretARN, "tenfold/dev/billing", account.Properties{"name": text("tenfold/dev/billing")})
		return nil
	}))
	server, err := Start(t.Context(), held, "us-east-1")
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		require.NoError(t, held.Close())
	})
	return &world{account: held, server: server, config: aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(server.url), RetryMaxAttempts: 1, Credentials: credentials.NewStaticCredentialsProvider("offline", "offline", ""),
	}}
}

func run() *ecs.RunTaskInput {
	return &ecs.RunTaskInput{
		Cluster: aws.String("main"), TaskDefinition: aws.String("api"), StartedBy: aws.String("somebody"),
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{"subnet-1"}, SecurityGroups: []string{"sg-1"}}},
		Overrides:            &types.TaskOverride{ContainerOverrides: []types.ContainerOverride{{Name: aws.String("api"), Command: []string{"migrate"}}}},
	}
}

func (w *world) run(t *testing.T) types.Task {
	t.Helper()
	started, err := ecs.NewFromConfig(w.config).RunTask(t.Context(), run())
	require.NoError(t, err)
	return started.Tasks[0]
}

func (w *world) describe(t *testing.T, arn *string) types.Task {
	t.Helper()
	described, err := ecs.NewFromConfig(w.config).DescribeTasks(t.Context(), &ecs.DescribeTasksInput{Cluster: aws.String("main"), Tasks: []string{*arn}})
	require.NoError(t, err)
	require.Len(t, described.Tasks, 1)
	return described.Tasks[0]
}

// output reads what the container of a task wrote.
func (w *world) output(t *testing.T, arn *string) []string {
	t.Helper()
	id := (*arn)[strings.LastIndex(*arn, "/")+1:]
	read, err := cloudwatchlogs.NewFromConfig(w.config).GetLogEvents(t.Context(), &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: aws.String("tenfold/dev/api"), LogStreamName: aws.String("task/api/" + id), Limit: aws.Int32(2),
	})
	require.NoError(t, err)
	var lines []string
	for _, e := range read.Events {
		lines = append(lines, *e.Message)
	}
	return lines
}

func code(c int) *int { return &c }

func TestATaskEndsAtOnceWithZeroAndSaysThatNothingRan(t *testing.T) {
	w := start(t)
	started := w.run(t)
	assert.Equal(t, definitionARN+"2", *started.TaskDefinitionArn, "the newest revision of the family")
	ended := w.describe(t, started.TaskArn)
	assert.Equal(t, "STOPPED", *ended.LastStatus)
	assert.Equal(t, int32(0), *ended.Containers[0].ExitCode)
	assert.Equal(t, []string{"migrate"}, ended.Overrides.ContainerOverrides[0].Command)
	assert.Equal(t, []string{"offline: no container ran"}, w.output(t, started.TaskArn))
}

func TestAPlannedFailureDecidesHowATaskEnds(t *testing.T) {
	w := start(t)
	require.NoError(t, w.account.Plan(account.Fault{Type: account.TaskType, Name: "api", Operation: account.OnCreate, ExitCode: code(3), Error: "one\ntwo\nthree"}))
	started := w.run(t)
	ended := w.describe(t, started.TaskArn)
	assert.Equal(t, int32(3), *ended.Containers[0].ExitCode)
	assert.Equal(t, []string{"two", "three"}, w.output(t, started.TaskArn), "as many of the last lines as were asked for")
	assert.Equal(t, int32(0), *w.describe(t, w.run(t).TaskArn).Containers[0].ExitCode, "it happens once")

	require.NoError(t, w.account.Plan(account.Fault{Type: account.TaskType, Operation: account.OnCreate, Error: "ClientException: Capacity is unavailable at this time."}))
	_, err := ecs.NewFromConfig(w.config).RunTask(t.Context(), run())
	var refused *types.ClientException
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, "Capacity is unavailable at this time.", *refused.Message)
}

func TestATaskThatTakesItsTimeIsListedAndCanBeStopped(t *testing.T) {
	w := start(t)
	client := ecs.NewFromConfig(w.config)
	require.NoError(t, w.account.Plan(account.Fault{Type: account.TaskType, Operation: account.OnCreate, Delay: account.Duration(time.Hour)}))
	started := w.run(t)
	assert.Equal(t, "RUNNING", *w.describe(t, started.TaskArn).LastStatus)
	list := func(in ecs.ListTasksInput) []string {
		in.Cluster = aws.String(clusterARN)
		found, err := client.ListTasks(t.Context(), &in)
		require.NoError(t, err)
		return found.TaskArns
	}
	by := func(who string) []string { return list(ecs.ListTasksInput{StartedBy: aws.String(who)}) }
	assert.Equal(t, []string{*started.TaskArn}, by("somebody"))
	assert.Empty(t, by("else"))
	_, refused := client.ListTasks(t.Context(), &ecs.ListTasksInput{Cluster: aws.String("main"), StartedBy: aws.String("somebody"), Family: aws.String("api")})
	assert.ErrorContains(t, refused, "it must be the only filter that you use")
	_, err := client.StopTask(t.Context(), &ecs.StopTaskInput{Cluster: aws.String("main"), Task: started.TaskArn, Reason: aws.String("enough")})
	require.NoError(t, err)
	ended := w.describe(t, started.TaskArn)
	assert.Equal(t, int32(143), *ended.Containers[0].ExitCode)
	assert.Equal(t, "enough", *ended.StoppedReason)
	assert.Empty(t, by("somebody"))
	assert.Equal(t, []string{*started.TaskArn}, list(ecs.ListTasksInput{Family: aws.String("api"), DesiredStatus: types.DesiredStatusStopped}))
}

func TestWhatDoesNotExistIsRefusedInTheWordsOfECS(t *testing.T) {
	w := start(t)
	for want, change := range map[string]func(*ecs.RunTaskInput){
		"ClusterNotFoundException: Cluster not found.": func(in *ecs.RunTaskInput) { in.Cluster = aws.String("other") },
		"TaskDefinition not found.":                    func(in *ecs.RunTaskInput) { in.TaskDefinition = aws.String("api:9") },
		"Network Configuration must be provided":       func(in *ecs.RunTaskInput) { in.NetworkConfiguration = nil },
		"The subnet ID 'subnet-9' does not exist": func(in *ecs.RunTaskInput) {
			in.NetworkConfiguration.AwsvpcConfiguration.Subnets = []string{"subnet-9"}
		},
		"The security group 'sg-9' does not exist": func(in *ecs.RunTaskInput) {
			in.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups = []string{"sg-9"}
		},
		"Override for container named web is not a container in the TaskDefinition.": func(in *ecs.RunTaskInput) {
			in.Overrides.ContainerOverrides[0].Name = aws.String("web")
		},
	} {
		in := run()
		change(in)
		_, err := ecs.NewFromConfig(w.config).RunTask(t.Context(), in)
		assert.ErrorContains(t, err, want)
	}
	_, err := ecs.NewFromConfig(w.config).ListClusters(t.Context(), &ecs.ListClustersInput{})
	assert.ErrorContains(t, err, "the offline cloud does not answer AmazonEC2ContainerServiceV20141113.ListClusters")
}

func TestAValueThatIsPutBecomesTheCurrentOne(t *testing.T) {
	w := start(t)
	client := secretsmanager.NewFromConfig(w.config)
	stages := func() map[string][]string {
		described, err := client.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: aws.String("tenfold/dev/billing")})
		require.NoError(t, err)
		return described.VersionIdsToStages
	}
	assert.Empty(t, stages())
	var ids []string
	for _, value := range []string{"planted-1", "planted-2", "planted-3"} {
		put, err := client.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: aws.String(secretARN), SecretString: aws.String(value)})
		require.NoError(t, err)
		ids = append(ids, *put.VersionId)
	}
	assert.Equal(t, map[string][]string{ids[0]: {}, ids[1]: {"AWSPREVIOUS"}, ids[2]: {"AWSCURRENT"}}, stages())
	_, err := client.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: aws.String("other")})
	assert.ErrorContains(t, err, "ResourceNotFoundException")
}

func TestTheAccountIsTold(t *testing.T) {
	w := start(t)
	caller, err := sts.NewFromConfig(w.config).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	require.NoError(t, err)
	assert.Equal(t, account.DefaultID, *caller.Account)
}
