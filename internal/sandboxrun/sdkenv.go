package sandboxrun

import (
	"os"
	"strings"
)

// realAccount are the variables that lead an AWS SDK to an account of AWS. They
// are taken away where the offline cloud answers.
var realAccount = []string{
	"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
}

// sdkEnv is what makes an AWS SDK call the offline cloud and nothing else.
func (s *Sandbox) sdkEnv() map[string]string {
	env := map[string]string{}
	for _, kv := range s.cloud.SDKEnv() {
		name, value, _ := strings.Cut(kv, "=")
		env[name] = value
	}
	return env
}

// attachSDK has the AWS SDK of this process call the offline cloud until the
// returned function is called: a program that is compiled in runs its hooks here.
// Two sandboxes of one process must not run operations at once.
func (s *Sandbox) attachSDK() (detach func()) {
	type variable struct {
		name, value string
		set         bool
	}
	var before []variable
	remember := func(name string) {
		value, set := os.LookupEnv(name)
		before = append(before, variable{name, value, set})
	}
	for _, name := range realAccount {
		remember(name)
		_ = os.Unsetenv(name) // the name is a valid one
	}
	for name, value := range s.sdkEnv() {
		remember(name)
		_ = os.Setenv(name, value) // as above
	}
	return func() {
		for _, v := range before {
			if v.set {
				_ = os.Setenv(v.name, v.value)
			} else {
				_ = os.Unsetenv(v.name)
			}
		}
	}
}
