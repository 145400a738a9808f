package sandbox

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// client is a connection to one of the providers, configured as the engine
// configures it.
type client struct {
	pulumirpc.ResourceProviderClient
	t testing.TB
}

func start(t testing.TB) *Server {
	t.Helper()
	server, err := Start(context.Background(), Options{Account: filepath.Join(t.TempDir(), "account"), Seed: "test"})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	return server
}

func (s *Server) dial(t testing.TB, pkg string, settings map[string]any) *client {
	t.Helper()
	_, providers, _ := strings.Cut(s.Env()[0], "=")
	for _, entry := range strings.Split(providers, ",") {
		name, port, _ := strings.Cut(entry, ":")
		if name != pkg {
			continue
		}
		connection, err := grpc.NewClient("127.0.0.1:"+port, grpc.WithTransportCredentials(insecure.NewCredentials()))
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, connection.Close()) })
		c := &client{pulumirpc.NewResourceProviderClient(connection), t}
		args, err := marshal(resource.NewPropertyMapFromMap(settings))
		require.NoError(t, err)
		_, err = c.Configure(context.Background(), &pulumirpc.ConfigureRequest{Args: args})
		require.NoError(t, err)
		return c
	}
	require.Fail(t, "no provider", pkg)
	return nil
}

func urnOf(token, name string) string { return "urn:pulumi:dev::tenfold::" + token + "::" + name }

// create checks and creates a resource and returns its inputs, id and state.
func (c *client) create(token, name string, inputs map[string]any) (checked resource.PropertyMap, id string, state resource.PropertyMap) {
	c.t.Helper()
	news, err := marshal(resource.NewPropertyMapFromMap(inputs))
	require.NoError(c.t, err)
	check, err := c.Check(context.Background(), &pulumirpc.CheckRequest{Urn: urnOf(token, name), News: news, RandomSeed: []byte("seed")})
	require.NoError(c.t, err)
	require.Empty(c.t, check.GetFailures())
	made, err := c.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urnOf(token, name), Properties: check.GetInputs()})
	require.NoError(c.t, err)
	checked, err = unmarshal(check.GetInputs())
	require.NoError(c.t, err)
	state, err = unmarshal(made.GetProperties())
	require.NoError(c.t, err)
	return checked, made.GetId(), state
}

const queueToken = "aws:sqs/queue:Queue"

func TestEachConnectionKeepsItsOwnConfiguration(t *testing.T) {
	server := start(t)
	ireland := server.dial(t, "aws", map[string]any{"region": "eu-west-1"})
	virginia := server.dial(t, "aws", map[string]any{"region": "us-east-1", "defaultTags": `{"tags":{"Team":"core"}}`})

	_, _, here := ireland.create(queueToken, "here", nil)
	_, _, there := virginia.create(queueToken, "there", nil)

	assert.Contains(t, here["arn"].StringValue(), ":eu-west-1:")
	assert.Contains(t, there["arn"].StringValue(), ":us-east-1:")
	assert.Empty(t, here["tagsAll"].ObjectValue(), "default tags belong to the other connection")
	assert.Equal(t, "core", there["tagsAll"].ObjectValue()["Team"].StringValue())
}

func TestPreviewOfACreateMakesEveryComputedOutputUnknown(t *testing.T) {
	aws := start(t).dial(t, "aws", map[string]any{"region": "eu-west-1"})
	news, err := marshal(resource.PropertyMap{"name": resource.NewProperty("jobs"), "tagsAll": resource.MakeComputed(resource.NewProperty(""))})
	require.NoError(t, err)
	response, err := aws.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urnOf(queueToken, "jobs"), Properties: news, Preview: true})
	require.NoError(t, err)
	planned, err := unmarshal(response.GetProperties())
	require.NoError(t, err)
	assert.Empty(t, response.GetId())
	assert.Equal(t, "jobs", planned["name"].StringValue())
	for _, output := range []resource.PropertyKey{"arn", "url", "tagsAll", "policy"} {
		assert.True(t, planned[output].IsComputed(), output)
	}
	assert.NotContains(t, planned, resource.PropertyKey("delaySeconds"), "what is neither given nor computed is absent")
}

func TestPreviewOfAnUpdateForgetsOnlyWhatAWSDecidesAnew(t *testing.T) {
	aws := start(t).dial(t, "aws", map[string]any{"region": "eu-west-1"})
	const token = "aws:rds/cluster:Cluster"
	olds := map[string]any{"engine": "aurora-postgresql", "engineVersion": "16.6", "clusterIdentifier": "main", "copyTagsToSnapshot": true}
	state := map[string]any{"engine": "aurora-postgresql", "engineVersion": "16.6", "clusterIdentifier": "main", "copyTagsToSnapshot": true, "engineVersionActual": "16.6", "endpoint": "main.example.com"}
	news := map[string]any{"engine": "aurora-postgresql", "engineVersion": "17.4", "clusterIdentifier": "main"}
	request := &pulumirpc.UpdateRequest{Urn: urnOf(token, "main"), Id: "main", Preview: true}
	var err error
	request.OldInputs, err = marshal(resource.NewPropertyMapFromMap(olds))
	require.NoError(t, err)
	request.Olds, err = marshal(resource.NewPropertyMapFromMap(state))
	require.NoError(t, err)
	request.News, err = marshal(resource.NewPropertyMapFromMap(news))
	require.NoError(t, err)
	response, err := aws.Update(context.Background(), request)
	require.NoError(t, err)
	planned, err := unmarshal(response.GetProperties())
	require.NoError(t, err)
	assert.Equal(t, "17.4", planned["engineVersion"].StringValue())
	assert.True(t, planned["engineVersionActual"].IsComputed())
	assert.Equal(t, "main.example.com", planned["endpoint"].StringValue())
	assert.NotContains(t, planned, resource.PropertyKey("copyTagsToSnapshot"), "an input taken away is gone")
}

func TestImportTakesWhatCanBeGivenAndIsNotEmpty(t *testing.T) {
	aws := start(t).dial(t, "aws", map[string]any{"region": "eu-west-1"})
	_, id, _ := aws.create(queueToken, "jobs", map[string]any{"name": "jobs", "delaySeconds": 5, "tags": map[string]any{"Team": "core"}})
	read, err := aws.Read(context.Background(), &pulumirpc.ReadRequest{Id: id, Urn: urnOf(queueToken, "imported")})
	require.NoError(t, err)
	inputs, err := unmarshal(read.GetInputs())
	require.NoError(t, err)
	assert.Equal(t, "jobs", inputs["name"].StringValue())
	assert.Equal(t, 5.0, inputs["delaySeconds"].NumberValue())
	assert.Equal(t, "core", inputs["tags"].ObjectValue()["Team"].StringValue())
	for _, absent := range []resource.PropertyKey{"arn", "url", "fifoQueue"} {
		assert.NotContains(t, inputs, absent)
	}
	missing, err := aws.Read(context.Background(), &pulumirpc.ReadRequest{Id: "missing", Urn: urnOf(queueToken, "imported")})
	require.NoError(t, err)
	assert.Empty(t, missing.GetId())
}

func TestProvidersSayWhatTheyStandInFor(t *testing.T) {
	server := start(t)
	for pkg, version := range map[string]string{"aws": "6.83.2", "datadog": "4.68.0"} {
		c := server.dial(t, pkg, map[string]any{"region": "eu-west-1"})
		info, err := c.GetPluginInfo(context.Background(), nil)
		require.NoError(t, err)
		assert.Equal(t, version, info.GetVersion())
		schema, err := c.GetSchema(context.Background(), &pulumirpc.GetSchemaRequest{})
		require.NoError(t, err)
		assert.Contains(t, schema.GetSchema(), fmt.Sprintf("%q:%q", "name", pkg))
	}
}

func TestAChangedRegionReplacesTheProvider(t *testing.T) {
	aws := start(t).dial(t, "aws", map[string]any{"region": "eu-west-1"})
	diff := func(olds, news map[string]any) *pulumirpc.DiffResponse {
		request := &pulumirpc.DiffRequest{Urn: urnOf("pulumi:providers:aws", "default")}
		var err error
		request.OldInputs, err = marshal(resource.NewPropertyMapFromMap(olds))
		require.NoError(t, err)
		request.News, err = marshal(resource.NewPropertyMapFromMap(news))
		require.NoError(t, err)
		response, err := aws.DiffConfig(context.Background(), request)
		require.NoError(t, err)
		return response
	}
	assert.Equal(t, []string{"region"}, diff(map[string]any{"region": "eu-west-1"}, map[string]any{"region": "us-east-1"}).GetReplaces())
	assert.Equal(t, pulumirpc.DiffResponse_DIFF_NONE, diff(map[string]any{"region": "eu-west-1"}, map[string]any{"region": "eu-west-1"}).GetChanges())
	tags := diff(map[string]any{"region": "eu-west-1"}, map[string]any{"region": "eu-west-1", "defaultTags": "{}"})
	assert.Equal(t, []string{"defaultTags"}, tags.GetDiffs())
	assert.Empty(t, tags.GetReplaces())
}

func TestCancellingEndsADelay(t *testing.T) {
	server := start(t)
	require.NoError(t, server.Account().Plan(account.Fault{Type: "*", Operation: account.OnCreate, Delay: account.Duration(time.Hour)}))
	aws := server.dial(t, "aws", map[string]any{"region": "eu-west-1"})
	failed := make(chan error)
	go func() {
		_, err := aws.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urnOf(queueToken, "jobs")})
		failed <- err
	}()
	for {
		// The fault is taken before the delay begins, so cancel until it ends.
		_, err := aws.Cancel(context.Background(), &emptypb.Empty{})
		require.NoError(t, err)
		select {
		case err := <-failed:
			require.ErrorContains(t, err, "the operation was cancelled")
			assert.True(t, server.Account().Empty())
			return
		default:
		}
	}
}

func TestManyOperationsAtOnceLoseNothing(t *testing.T) {
	server := start(t)
	var group sync.WaitGroup
	for worker := range 8 {
		aws := server.dial(t, "aws", map[string]any{"region": "eu-west-1"})
		group.Go(func() {
			for number := range 25 {
				aws.create(queueToken, fmt.Sprintf("queue-%d-%d", worker, number), nil)
			}
		})
	}
	group.Wait()
	assert.Len(t, server.Account().List().Resources, 200)
}

func TestAServerNeedsAnAccountNobodyElseHolds(t *testing.T) {
	_, err := Start(context.Background(), Options{})
	require.EqualError(t, err, "sandbox: the path of the account file is missing")
	server := start(t)
	_, err = Start(context.Background(), Options{Account: server.Account().Path()})
	assert.ErrorContains(t, err, "is in use by process")
	require.NoError(t, server.Close())
	require.NoError(t, server.Close(), "closing twice is closing once")
	again, err := Start(context.Background(), Options{Account: server.Account().Path()})
	require.NoError(t, err)
	require.NoError(t, again.Close())
}

func TestAServerEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	path := filepath.Join(t.TempDir(), "account")
	server, err := Start(ctx, Options{Account: path})
	require.NoError(t, err)
	cancel()
	require.NoError(t, server.Close())
	assert.ErrorContains(t, server.Account().Advance(1), "the account is closed")
}

func TestAPolicyDocumentWithoutAValidShapeIsRefusedAtPreview(t *testing.T) {
	aws := start(t).dial(t, "aws", map[string]any{"region": "eu-west-1"})
	const token = "aws:iam/rolePolicy:RolePolicy"
	check := func(policy string) []*pulumirpc.CheckFailure {
		news, err := marshal(resource.NewPropertyMapFromMap(map[string]any{"role": "worker", "policy": policy}))
		require.NoError(t, err)
		response, err := aws.Check(context.Background(), &pulumirpc.CheckRequest{Urn: urnOf(token, "worker"), News: news, RandomSeed: []byte("seed")})
		require.NoError(t, err)
		return response.GetFailures()
	}
	assert.Empty(t, check(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*"}]}`))
	failures := check(`{"Version":"2012-10-17","Statement":[{"Effect":"Permit","Action":"sqs:SendMessage"}]}`)
	require.GreaterOrEqual(t, len(failures), 2, "every problem at once")
	for _, f := range failures {
		assert.Equal(t, "policy", f.GetProperty())
	}
}
