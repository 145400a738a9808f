package awsclient

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const deploy = "arn:aws:iam::123456789012:role/deploy"

// alone keeps the configuration of whoever runs the test out of it. The profile
// work is in a file of the home folder.
func alone(t *testing.T) {
	t.Helper()
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "AWS_") || name == OfflineVariable {
			t.Setenv(name, "")
			require.NoError(t, os.Unsetenv(name))
		}
	}
	home := t.TempDir()
	path := filepath.Join(home, "company")
	require.NoError(t, os.WriteFile(path, []byte("[profile work]\naws_access_key_id = planted-work\naws_secret_access_key = planted\n"), 0o600))
	t.Setenv("HOME", home)
	t.Setenv("AWS_CONFIG_FILE", path)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", path)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

func accessKey(t *testing.T, target Target) string {
	t.Helper()
	loaded, err := target.Load(t.Context())
	require.NoError(t, err)
	assert.Equal(t, target.Region, loaded.Region)
	found, err := loaded.Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	return found.AccessKeyID
}

// fakeSTS answers with the credentials of the role it is asked for, and remembers
// what it was asked.
func fakeSTS(t *testing.T) *[]url.Values {
	t.Helper()
	var asked []url.Values
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		r.Form.Set("signed by", r.Header.Get("Authorization"))
		asked = append(asked, r.Form)
		fmt.Fprintf(w, `<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult><Credentials>`+
			`<AccessKeyId>planted-role</AccessKeyId><SecretAccessKey>planted</SecretAccessKey><SessionToken>planted</SessionToken>`+
			`<Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></%[1]sResult></%[1]sResponse>`, r.Form.Get("Action"))
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	return &asked
}

func TestTheProfileOfTheStackDecidesTheCredentials(t *testing.T) {
	alone(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "planted-environment")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "planted")
	assert.Equal(t, "planted-environment", accessKey(t, Target{Region: "us-east-1"}))
	assert.Equal(t, "planted-work", accessKey(t, Target{Region: "us-east-1", Profile: "work"}))
	_, err := Target{Region: "us-east-1", Profile: "nowhere"}.Load(t.Context())
	assert.ErrorContains(t, err, "nowhere")
}

func TestTheFilesOfTheStackAreReadInThePlaceOfTheUsualOnes(t *testing.T) {
	alone(t)
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	assert.Equal(t, "planted-work", accessKey(t, Target{Region: "us-east-1", Profile: "work", ConfigFiles: []string{"~/company"}}))
	path := filepath.Join(t.TempDir(), "credentials")
	require.NoError(t, os.WriteFile(path, []byte("[other]\naws_access_key_id = planted-other\naws_secret_access_key = planted\n"), 0o600))
	assert.Equal(t, "planted-other", accessKey(t, Target{Region: "us-east-1", Profile: "other", CredentialsFiles: []string{path}}))
}

// With an endpoint of their own in the environment, as a proxy wants it, a run is
// still a real one.
func TestTheRoleOfTheStackIsAssumedWithEverythingItSays(t *testing.T) {
	alone(t)
	asked := fakeSTS(t)
	assert.Equal(t, "planted-role", accessKey(t, Target{Region: "eu-west-1", Profile: "work", Role: Role{
		ARN: deploy, ExternalID: "planted-id", Session: "release", Duration: "2h", Policy: "{}", PolicyARNs: []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"},
		SourceIdentity: "someone", Tags: map[string]string{"team": "core"}, TransitiveTags: []string{"team"},
	}}))
	require.Len(t, *asked, 1)
	assert.Contains(t, (*asked)[0].Get("signed by"), "Credential=planted-work/", "the role is assumed with the profile")
	assert.Contains(t, (*asked)[0].Get("signed by"), "/eu-west-1/sts/")
	(*asked)[0].Del("signed by")
	assert.Equal(t, url.Values{
		"Action": {"AssumeRole"}, "Version": {"2011-06-15"}, "RoleArn": {deploy}, "ExternalId": {"planted-id"}, "RoleSessionName": {"release"},
		"DurationSeconds": {"7200"}, "Policy": {"{}"}, "PolicyArns.member.1.arn": {"arn:aws:iam::aws:policy/ReadOnlyAccess"}, "SourceIdentity": {"someone"},
		"Tags.member.1.Key": {"team"}, "Tags.member.1.Value": {"core"}, "TransitiveTagKeys.member.1": {"team"},
	}, (*asked)[0])
}

func TestARoleWithoutMoreIsAssumedAsTheProviderDoesIt(t *testing.T) {
	alone(t)
	asked := fakeSTS(t)
	assert.Equal(t, "planted-role", accessKey(t, Target{Region: "us-east-1", Profile: "work", Role: Role{ARN: deploy}}))
	require.Len(t, *asked, 1)
	assert.NotEmpty(t, (*asked)[0].Get("RoleSessionName"))
	for _, absent := range []string{"ExternalId", "Policy", "SourceIdentity"} {
		assert.NotContains(t, (*asked)[0], absent)
	}
}

func TestTheRoleIsAssumedWithTheAccessKeysOfTheStack(t *testing.T) {
	alone(t)
	asked := fakeSTS(t)
	assert.Equal(t, "planted-role", accessKey(t, Target{Region: "us-east-1", Profile: "work", Keys: Keys{Access: "planted-key", Secret: "planted"}, Role: Role{ARN: deploy}}))
	require.Len(t, *asked, 1)
	assert.Contains(t, (*asked)[0].Get("signed by"), "Credential=planted-key/")
}

func TestAWebIdentityIsAssumedWithTheTokenOfItsFile(t *testing.T) {
	alone(t)
	asked := fakeSTS(t)
	home, err := os.UserHomeDir()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(home, "token"), []byte("planted-token"), 0o600))
	assert.Equal(t, "planted-role", accessKey(t, Target{Region: "us-east-1", WebIdentity: WebIdentity{
		ARN: deploy, Session: "release", Duration: "1h", Policy: "{}", PolicyARNs: []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"}, TokenFile: "~/token",
	}}))
	require.Len(t, *asked, 1)
	(*asked)[0].Del("signed by")
	assert.Equal(t, url.Values{
		"Action": {"AssumeRoleWithWebIdentity"}, "Version": {"2011-06-15"}, "RoleArn": {deploy}, "RoleSessionName": {"release"}, "WebIdentityToken": {"planted-token"},
		"DurationSeconds": {"3600"}, "Policy": {"{}"}, "PolicyArns.member.1.arn": {"arn:aws:iam::aws:policy/ReadOnlyAccess"},
	}, (*asked)[0])
}

func TestAnOfflineRunReachesTheOfflineCloudAndReadsNothingElse(t *testing.T) {
	alone(t)
	t.Setenv(OfflineVariable, "http://127.0.0.1:9")
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_STS": "http://127.0.0.1:8", "AWS_ENDPOINT_URL": "http://127.0.0.1:8", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
		"AWS_PROFILE": "work", "AWS_ACCESS_KEY_ID": "planted", "AWS_SECRET_ACCESS_KEY": "planted", "AWS_USE_FIPS_ENDPOINT": "true",
	} {
		t.Setenv(name, value)
	}
	target := Target{
		Region: "us-east-1", Profile: "nowhere", Role: Role{ARN: deploy}, WebIdentity: WebIdentity{ARN: deploy, TokenFile: "/nowhere"},
		ConfigFiles: []string{"/nowhere"}, CredentialsFiles: []string{"/nowhere"},
	}
	assert.Equal(t, "offline", accessKey(t, target))
	loaded, err := target.Load(t.Context())
	require.NoError(t, err)
	options := sts.NewFromConfig(loaded).Options()
	assert.Equal(t, "http://127.0.0.1:9", *options.BaseEndpoint)
	assert.Zero(t, options.EndpointOptions.UseFIPSEndpoint)
}

func TestARunIsNotOfflineByTheWordOfSomebodyElse(t *testing.T) {
	for _, value := range []string{
		"1", "https://example.com", "https://127.0.0.1:9", "http://127.0.0.1", "http://127.0.0.1:", "http://127.0.0.1:/", "http://127.0.0.1:0", "http://127.0.0.1:65536",
		"http://127.0.0.1:+9", "http://127.0.0.1:9 ", "http://127.0.0.1:ecs", "http://127.0.0.1:80@example.com", "http://127.0.0.1:80@example.com/", "http://127.0.0.1:@example.com:80",
		"http://someone@127.0.0.1:9", "http://127.0.0.1.example.com:9", "http://localhost:9", "http://[::1]:9", "http://127.0.0.1:9/path", "http://127.0.0.1:9//",
		"http://127.0.0.1:9?q", "http://127.0.0.1:9#f", "http://127.0.0.1:9\\@example.com", "//127.0.0.1:9", "127.0.0.1:9",
	} {
		t.Setenv(OfflineVariable, value)
		_, err := Target{Region: "us-east-1"}.Load(t.Context())
		assert.EqualError(t, err, fmt.Sprintf(`TENFOLD_OFFLINE is %q, which is no address of an offline cloud; "tenfold sandbox" sets it, so unset it everywhere else`, value))
	}
	for _, value := range []string{"http://127.0.0.1:1", "http://127.0.0.1:65535", "http://127.0.0.1:9/"} {
		t.Setenv(OfflineVariable, value)
		loaded, err := Target{Region: "us-east-1"}.Load(t.Context())
		require.NoError(t, err)
		assert.Equal(t, value, *loaded.BaseEndpoint)
	}
	alone(t)
	t.Setenv(OfflineVariable, "")
	assert.Equal(t, "planted-work", accessKey(t, Target{Region: "us-east-1", Profile: "work"}))
}

// caller is the identity of whoever calls.
type caller string

func (c caller) GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error) {
	return &sts.GetCallerIdentityOutput{Account: aws.String(string(c))}, nil
}

func TestAnAccountThatTheStackMustNotTouchIsRefused(t *testing.T) {
	alone(t)
	refusal := func(target Target) string {
		account, err := target.Account(t.Context(), caller("123456789012"))
		if err == nil {
			assert.Equal(t, "123456789012", account)
			return ""
		}
		assert.Empty(t, account)
		return err.Error()
	}
	assert.Empty(t, refusal(Target{}))
	assert.Empty(t, refusal(Target{AllowedAccounts: []string{"123456789012"}, ForbiddenAccounts: []string{"111122223333"}}))
	assert.Equal(t, "the credentials belong to account 123456789012, which the stack forbids (aws:forbiddenAccountIds); use credentials of another account",
		refusal(Target{ForbiddenAccounts: []string{"123456789012"}}))
	other := Target{AllowedAccounts: []string{"111122223333", "444455556666"}}
	assert.Equal(t, "the credentials belong to account 123456789012, and the stack allows 111122223333, 444455556666 (aws:allowedAccountIds); use credentials of that account", refusal(other))
	t.Setenv(OfflineVariable, "http://127.0.0.1:9")
	assert.Equal(t, "this sandbox is account 123456789012, and the stack allows 111122223333, 444455556666 (aws:allowedAccountIds); the id of a sandbox is fixed when it is made, so throw it away with `tenfold sandbox reset STACK` and run again", refusal(other))
}

func TestTheAccessKeysOfTheStackComeBeforeItsProfile(t *testing.T) {
	alone(t)
	assert.Equal(t, "planted-key", accessKey(t, Target{Region: "eu-west-1", Profile: "work", Keys: Keys{Access: "planted-key", Secret: "planted"}}))
}

func TestTheClientOfAServiceGoesWhereTheStackSays(t *testing.T) {
	alone(t)
	t.Setenv("AWS_ENDPOINT_URL_ECS", "http://127.0.0.1:1")
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path+" "+r.Header.Get("X-Amz-Target"))
	}))
	t.Cleanup(server.Close)
	loaded, err := Target{
		Region: "eu-west-1", Keys: Keys{Access: "planted-key", Secret: "planted"},
		Endpoints: []map[string]string{{"ecs": server.URL + "/ecs"}, {"logs": server.URL + "/logs", "s3": "http://127.0.0.1:1"}},
	}.Load(t.Context())
	require.NoError(t, err)
	_, _ = ecs.NewFromConfig(loaded).ListTasks(t.Context(), &ecs.ListTasksInput{})
	_, _ = cloudwatchlogs.NewFromConfig(loaded).GetLogEvents(t.Context(), &cloudwatchlogs.GetLogEventsInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("s")})
	assert.Equal(t, []string{"/ecs AmazonEC2ContainerServiceV20141113.ListTasks", "/logs Logs_20140328.GetLogEvents"}, asked)
	address, found, err := endpoints(nil).GetServiceBaseEndpoint(t.Context(), "ECS")
	require.NoError(t, err)
	assert.False(t, found, address)
}

func TestAnEndpointIsFoundByEachNameOfItsService(t *testing.T) {
	given := endpoints{{"logs": ""}, {"ecs": "", "sts": "http://127.0.0.1:1"}, {"ecs": "http://127.0.0.1:2"}}
	for _, c := range []struct {
		endpoints   endpoints
		sdkID, want string
	}{
		{given, "STS", "http://127.0.0.1:1"},
		{given, "ECS", "http://127.0.0.1:2"},
		{given, "CloudWatch Logs", ""},
		{given, "Secrets Manager", ""},
		{endpoints{{"logs": "http://127.0.0.1:3"}}, "CloudWatch Logs", "http://127.0.0.1:3"},
		{endpoints{{"cloudwatchlog": "http://127.0.0.1:4"}}, "CloudWatch Logs", "http://127.0.0.1:4"},
		{endpoints{{"cloudwatchlogs": "http://127.0.0.1:5"}}, "CloudWatch Logs", "http://127.0.0.1:5"},
	} {
		address, found, err := c.endpoints.GetServiceBaseEndpoint(t.Context(), c.sdkID)
		require.NoError(t, err)
		assert.Equal(t, c.want, address, "%s of %v", c.sdkID, c.endpoints)
		assert.Equal(t, c.want != "", found, "%s of %v", c.sdkID, c.endpoints)
	}
}

func TestEndpointsThatTheSDKWouldPassOverAreRefused(t *testing.T) {
	const (
		variable = "aws:endpoints is set beside AWS_ENDPOINT_URL in the environment, and only the provider would follow it; unset the variable"
		ignore   = "aws:endpoints is set beside AWS_IGNORE_CONFIGURED_ENDPOINT_URLS in the environment, and only the provider would follow it; unset the variable"
		file     = "aws:endpoints is set beside ignore_configured_endpoint_urls in the AWS configuration file, and only the provider would follow it; take that setting out"
	)
	for name, c := range map[string]struct {
		environment map[string]string
		profile     string
		want        string
	}{
		"nothing beside them":         {},
		"an endpoint of one service":  {environment: map[string]string{"AWS_ENDPOINT_URL_ECS": "http://127.0.0.1:1"}},
		"a variable that says no":     {environment: map[string]string{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"}},
		"a variable that is empty":    {environment: map[string]string{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": ""}},
		"an endpoint of all":          {environment: map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, want: variable},
		"an empty endpoint of all":    {environment: map[string]string{"AWS_ENDPOINT_URL": ""}, want: variable},
		"both endpoints":              {environment: map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_ECS": "http://127.0.0.1:1"}, want: variable},
		"a variable that says yes":    {environment: map[string]string{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "True"}, want: ignore},
		"a profile that says yes":     {profile: "lone", want: file},
		"a variable before a profile": {environment: map[string]string{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"}, profile: "lone"},
	} {
		t.Run(name, func(t *testing.T) {
			alone(t)
			path := filepath.Join(t.TempDir(), "config")
			require.NoError(t, os.WriteFile(path, []byte("[profile lone]\nignore_configured_endpoint_urls = true\n"), 0o600))
			t.Setenv("AWS_CONFIG_FILE", path)
			for name, value := range c.environment {
				t.Setenv(name, value)
			}
			target := Target{Region: "eu-west-1", Profile: c.profile, Keys: Keys{Access: "planted-key", Secret: "planted"}}
			_, err := target.Load(t.Context())
			require.NoError(t, err, "without endpoints of the stack nothing is passed over")

			target.Endpoints = []map[string]string{{"ecs": "http://127.0.0.1:4566"}}
			loaded, err := target.Load(t.Context())
			if c.want != "" {
				assert.EqualError(t, err, c.want)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, "http://127.0.0.1:4566", *ecs.NewFromConfig(loaded).Options().BaseEndpoint)
		})
	}
}
