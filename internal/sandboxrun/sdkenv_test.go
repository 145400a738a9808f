package sandboxrun

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/awsclient"
	"github.com/tenfold-iac/tenfold/internal/sandbox"
)

// callsVariable makes the test binary call AWS in place of running tests.
const callsVariable = "TENFOLD_TEST_CALLS"

func TestMain(m *testing.M) {
	if os.Getenv(callsVariable) == "" {
		os.Exit(m.Run())
	}
	if err := callAWS(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// callAWS makes a call to three services as any program with an AWS SDK does, and
// as Tenfold's hooks and commands do, and fails unless the offline cloud answers.
func callAWS(ctx context.Context) error {
	plain, err := config.LoadDefaultConfig(ctx, config.WithRegion("us-east-1"))
	if err != nil {
		return err
	}
	ours, err := awsclient.Target{Region: "us-east-1", Profile: "work", Role: awsclient.Role{ARN: "arn:aws:iam::123456789012:role/deploy"}}.Load(ctx)
	if err != nil {
		return err
	}
	for _, loaded := range []aws.Config{plain, ours} {
		loaded.RetryMaxAttempts = 1
		_, err := ecs.NewFromConfig(loaded).RunTask(ctx, &ecs.RunTaskInput{Cluster: aws.String("absent"), TaskDefinition: aws.String("absent")})
		if err == nil || !strings.Contains(err.Error(), "ClusterNotFoundException") {
			return fmt.Errorf("ECS: %w", errors.Join(errors.New("another answer than that of the offline cloud"), err))
		}
		_, err = secretsmanager.NewFromConfig(loaded).PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: aws.String("absent"), SecretString: aws.String("planted")})
		if err == nil || !strings.Contains(err.Error(), "ResourceNotFoundException") {
			return fmt.Errorf("Secrets Manager: %w", errors.Join(errors.New("another answer than that of the offline cloud"), err))
		}
		if _, err = sts.NewFromConfig(loaded).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}); err != nil {
			return fmt.Errorf("STS: %w", err)
		}
	}
	return nil
}

// elsewhere is a server that nothing must call.
func elsewhere(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s %s went elsewhere", r.Method, r.Host, r.Header.Get("X-Amz-Target"))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// misleading are environments in which an SDK finds other credentials or another
// server than the offline cloud's, or gives up.
func misleading(t *testing.T) map[string][]string {
	t.Helper()
	other, dir := elsewhere(t), t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	credentials := "aws_access_key_id = planted\naws_secret_access_key = planted\n"
	services := write("services", "[default]\nservices = other\n"+credentials+"[services other]\necs =\n  endpoint_url = "+other+
		"\nsecrets_manager =\n  endpoint_url = "+other+"\nsts =\n  endpoint_url = "+other+"\n")
	home := filepath.Join(dir, "home")
	require.NoError(t, os.MkdirAll(filepath.Join(home, ".aws"), 0o755))
	write(filepath.Join("home", ".aws", "config"), "[default]\nuse_fips_endpoint = true\n"+credentials)
	token := write("token", "planted")
	return map[string][]string{
		"an endpoint of ECS":             {"AWS_ENDPOINT_URL_ECS=" + other},
		"an endpoint of Secrets Manager": {"AWS_ENDPOINT_URL_SECRETS_MANAGER=" + other},
		"an endpoint of STS":             {"AWS_ENDPOINT_URL_STS=" + other},
		"an endpoint of all":             {"AWS_ENDPOINT_URL=" + other},
		"no endpoint at all":             {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true"},
		"a file without endpoints":       {"AWS_CONFIG_FILE=" + write("ignore", "[default]\nignore_configured_endpoint_urls = true\n")},
		"a file with endpoints":          {"AWS_CONFIG_FILE=" + services},
		"credentials with endpoints":     {"AWS_SHARED_CREDENTIALS_FILE=" + services},
		"a file of the home folder":      {"HOME=" + home},
		"a profile":                      {"AWS_PROFILE=absent"},
		"a default profile":              {"AWS_DEFAULT_PROFILE=absent"},
		"a session":                      {"AWS_ACCESS_KEY_ID=planted", "AWS_SECRET_ACCESS_KEY=planted", "AWS_SESSION_TOKEN=planted"},
		"a web identity":                 {"AWS_WEB_IDENTITY_TOKEN_FILE=" + token, "AWS_ROLE_ARN=arn:aws:iam::123456789012:role/deploy", "AWS_ROLE_SESSION_NAME=s", "AWS_ENDPOINT_URL_STS=" + other},
		"a container's credentials":      {"AWS_CONTAINER_CREDENTIALS_FULL_URI=" + other, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/planted", "AWS_CONTAINER_AUTHORIZATION_TOKEN=planted"},
		"the metadata of a machine":      {"AWS_EC2_METADATA_DISABLED=false", "AWS_EC2_METADATA_SERVICE_ENDPOINT=" + other},
		"certificates":                   {"AWS_CA_BUNDLE=" + write("bundle", "planted")},
		"FIPS":                           {"AWS_USE_FIPS_ENDPOINT=true"},
		"dual stack":                     {"AWS_USE_DUALSTACK_ENDPOINT=true"},
		"proxies":                        {"HTTP_PROXY=" + other, "HTTPS_PROXY=" + other, "http_proxy=" + other, "https_proxy=" + other, "ALL_PROXY=" + other},
		"another offline cloud":          {"TENFOLD_OFFLINE=" + other},
	}
}

// run starts the test binary as a program that calls AWS.
func run(t *testing.T, env []string) error {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = slices.Concat(env, []string{callsVariable + "=1"})
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

func TestNoEnvironmentLeadsACommandAwayFromTheOfflineCloud(t *testing.T) {
	s := served(t)
	for name, misled := range misleading(t) {
		env := s.execEnv(append(os.Environ(), misled...), "/opt/host")
		assert.NoError(t, run(t, env), name)
		for _, kv := range misled {
			if strings.HasPrefix(kv, "AWS_") {
				assert.NotContains(t, env, kv, name)
			}
		}
	}
}

// What is compiled in runs in this process, and the engine that is started has its
// environment.
func TestNoEnvironmentLeadsAnOperationAwayFromTheOfflineCloud(t *testing.T) {
	s := served(t)
	for name, misled := range misleading(t) {
		t.Run(name, func(t *testing.T) {
			for _, kv := range misled {
				key, value, _ := strings.Cut(kv, "=")
				t.Setenv(key, value)
			}
			before := slices.Sorted(slices.Values(os.Environ()))
			detach := s.attachSDK()
			assert.NoError(t, callAWS(t.Context()))
			assert.NoError(t, run(t, os.Environ()))
			detach()
			assert.Equal(t, before, slices.Sorted(slices.Values(os.Environ())))
		})
	}
}

// Without it the tests above would prove nothing.
func TestTheMisleadingEnvironmentsDoMislead(t *testing.T) {
	s := served(t)
	for _, misled := range []string{"AWS_ENDPOINT_URL_ECS=http://127.0.0.1:1", "AWS_PROFILE=absent", "AWS_USE_FIPS_ENDPOINT=true"} {
		assert.Error(t, run(t, append(s.cloud.SDKEnv(), misled)), misled)
	}
	assert.NoError(t, run(t, s.cloud.SDKEnv()))
}

func TestARegionIsTheCallersToChoose(t *testing.T) {
	env := served(t).execEnv([]string{"AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-2", "AWS_ANYTHING_TO_COME=planted", "PATH=/bin"}, "/opt/host")
	assert.Contains(t, env, "AWS_REGION=eu-west-1")
	assert.Contains(t, env, "AWS_DEFAULT_REGION=eu-west-2")
	assert.NotContains(t, strings.Join(env, "\n"), "planted")
}

func TestNoProxyStandsInFrontOfTheOfflineCloud(t *testing.T) {
	s := served(t)
	for _, c := range []struct{ environ, want []string }{
		{nil, []string{"NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1"}},
		{[]string{"NO_PROXY=.example.com"}, []string{"NO_PROXY=.example.com,127.0.0.1", "no_proxy=.example.com,127.0.0.1"}},
		{[]string{"NO_PROXY=a", "no_proxy=b"}, []string{"NO_PROXY=a,127.0.0.1", "no_proxy=b,127.0.0.1"}},
		{[]string{"no_proxy=*"}, []string{"NO_PROXY=*", "no_proxy=*"}},
	} {
		env := s.execEnv(c.environ, "/opt/host")
		for _, kv := range c.want {
			assert.Contains(t, env, kv)
		}
	}
}

// served is a sandbox of which only the cloud runs.
func served(t *testing.T) *Sandbox {
	t.Helper()
	dir := t.TempDir()
	cloud, err := sandbox.Start(t.Context(), sandbox.Options{Account: filepath.Join(dir, "account")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, cloud.Close()) })
	return &Sandbox{cloud: cloud, folders: FoldersOf(dir, "dev"), options: Options{Stack: "dev", Notes: io.Discard}, pulumi: "/opt/pulumi/bin/pulumi"}
}

func TestAnOperationLeadsTheSDKToTheOfflineCloudAndBack(t *testing.T) {
	s := served(t)
	t.Setenv("AWS_PROFILE", "work")
	t.Setenv("AWS_ENDPOINT_URL", "")
	require.NoError(t, os.Unsetenv("AWS_ENDPOINT_URL"))
	t.Setenv("AWS_ACCESS_KEY_ID", "planted")
	detach := s.attachSDK()
	assert.True(t, strings.HasPrefix(os.Getenv("AWS_ENDPOINT_URL"), "http://127.0.0.1:"))
	assert.Equal(t, "offline", os.Getenv("AWS_ACCESS_KEY_ID"))
	_, set := os.LookupEnv("AWS_PROFILE")
	assert.False(t, set, "a profile would lead to a real account")
	detach()
	assert.Equal(t, "work", os.Getenv("AWS_PROFILE"))
	assert.Equal(t, "planted", os.Getenv("AWS_ACCESS_KEY_ID"))
	_, set = os.LookupEnv("AWS_ENDPOINT_URL")
	assert.False(t, set)
}
