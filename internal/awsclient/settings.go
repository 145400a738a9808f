package awsclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// Problem is a configuration key of the provider that cannot be followed. It holds
// no part of the value, which may be a secret.
type Problem struct{ Key, Text string }

func (p Problem) Error() string { return p.Key + " " + p.Text }

// TargetOf is Read with the problems as one error.
func TargetOf(get func(key string) string) (Target, error) {
	t, problems := Read(get)
	var all []error
	for _, p := range problems {
		all = append(all, p)
	}
	return t, errors.Join(all...)
}

// Read reads the configuration of the provider. Get returns a value of the stack
// by its full key, structured ones as JSON, and nothing for one that is not set.
func Read(get func(key string) string) (Target, []Problem) {
	r := reader{get: get}
	t := Target{
		Region: get("aws:region"), Keys: Keys{get("aws:accessKey"), get("aws:secretKey"), get("aws:token")}, Endpoints: r.endpoints(), Profile: get("aws:profile"),
		ConfigFiles: r.files("aws:sharedConfigFiles"), CredentialsFiles: r.files("aws:sharedCredentialsFiles"),
		AllowedAccounts: r.accounts("aws:allowedAccountIds"), ForbiddenAccounts: r.accounts("aws:forbiddenAccountIds"),
	}
	if (t.Keys.Access == "") != (t.Keys.Secret == "") || t.Keys.Access == "" && t.Keys.Token != "" {
		r.note("aws:accessKey", "and aws:secretKey belong together, with aws:token or without; set both or none")
	}
	r.role(&t.Role)
	r.webIdentity(&t.WebIdentity)
	if t.Role.ARN != "" && t.WebIdentity.ARN != "" {
		r.note("aws:assumeRoleWithWebIdentity", "is set beside aws:assumeRole; keep one of them")
	}
	for _, p := range refused {
		if value := get(p.Key); value != "" && value != "false" {
			r.problems = append(r.problems, p)
		}
	}
	return t, r.problems
}

// Followed tells whether a key says how AWS is reached, and Read follows it.
func Followed(key string) bool {
	switch key {
	case "aws:region", "aws:accessKey", "aws:secretKey", "aws:token", "aws:profile", "aws:sharedConfigFiles", "aws:sharedCredentialsFiles",
		"aws:assumeRole", "aws:assumeRoleWithWebIdentity", "aws:endpoints", "aws:allowedAccountIds", "aws:forbiddenAccountIds":
		return true
	}
	return false
}

// AllowedAccounts are the account ids that a stack may touch, none for any.
func AllowedAccounts(get func(key string) string) ([]string, error) {
	r := reader{get: get}
	ids := r.accounts("aws:allowedAccountIds")
	if len(r.problems) > 0 {
		return nil, r.problems[0]
	}
	return ids, nil
}

func beside(instead string) string {
	return "would be followed by the provider, and not by hooks and commands; take it out and " + instead
}

// refused are the keys that Read does not follow and that matter, with what to do
// instead. The provider and the SDK both read the variables.
var refused = []Problem{
	{"aws:customCaBundle", beside("set AWS_CA_BUNDLE in the environment")},
	{"aws:ec2MetadataServiceEndpoint", beside("set AWS_EC2_METADATA_SERVICE_ENDPOINT in the environment")},
	{"aws:ec2MetadataServiceEndpointMode", beside("set AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE in the environment")},
	{"aws:httpProxy", beside("set HTTP_PROXY in the environment")},
	{"aws:httpsProxy", beside("set HTTPS_PROXY in the environment")},
	{"aws:insecure", beside("set AWS_CA_BUNDLE in the environment to a file with the certificate to trust")},
	{"aws:noProxy", beside("set NO_PROXY in the environment")},
	{"aws:stsRegion", beside("let the STS of aws:region answer")},
	{"aws:useDualstackEndpoint", beside("set AWS_USE_DUALSTACK_ENDPOINT=true in the environment")},
	{"aws:useFipsEndpoint", beside("set AWS_USE_FIPS_ENDPOINT=true in the environment")},
}

// reader reads the values of keys and collects what is wrong with them.
type reader struct {
	get      func(key string) string
	problems []Problem
}

func (r *reader) note(key, format string, args ...any) {
	r.problems = append(r.problems, Problem{key, fmt.Sprintf(format, args...)})
}

// list reads a list, and reports whether there is one that can be read.
func (r *reader) list(key, wrong string, into any) bool {
	text := r.get(key)
	if text == "" {
		return false
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		r.note(key, "%s", wrong)
		return false
	}
	return true
}

// accounts reads a list of ids, quoted or not.
func (r *reader) accounts(key string) []string {
	var list []any
	if !r.list(key, `is not a list; write it like ["123456789012"]`, &list) {
		return nil
	}
	var ids []string
	for _, id := range list {
		switch id := id.(type) {
		case string:
			ids = append(ids, id)
		case float64:
			ids = append(ids, fmt.Sprintf("%012.0f", id))
		default:
			r.note(key, `holds something other than account ids; write it like ["123456789012"]`)
			return nil
		}
	}
	return ids
}

// endpoints reads the addresses of services.
func (r *reader) endpoints() []map[string]string {
	var list []map[string]string
	r.list("aws:endpoints", `is not a list of addresses; write it like [{"ecs": "http://127.0.0.1:4566"}]`, &list)
	return list
}

// files reads a list of paths. The provider and a command run in different
// folders, so a relative path would name different files.
func (r *reader) files(key string) []string {
	var paths []string
	if !r.list(key, `is not a list; write it like ["~/.aws/company"]`, &paths) {
		return nil
	}
	for _, path := range paths {
		if !fixed(path) {
			r.note(key, "holds a relative path, which depends on the folder of a command; begin it with / or ~/")
		}
	}
	return paths
}

// fixed says whether a path means the same in every folder.
func fixed(path string) bool { return filepath.IsAbs(path) || strings.HasPrefix(path, "~/") }

func (r *reader) role(into *Role) {
	const key = "aws:assumeRole"
	if r.object(key, `write {"roleArn": "arn:aws:iam::123456789012:role/deploy"}`, into, &into.ARN) {
		r.duration(key, into.Duration)
	}
}

func (r *reader) webIdentity(into *WebIdentity) {
	const key = "aws:assumeRoleWithWebIdentity"
	if !r.object(key, `write {"roleArn": "arn:aws:iam::123456789012:role/deploy", "webIdentityTokenFile": "/run/token"}`, into, &into.ARN) {
		return
	}
	r.duration(key, into.Duration)
	switch {
	case into.Token != "":
		r.note(key, "holds a token, which does not belong in a stack's file; take webIdentityToken out and name a file in webIdentityTokenFile")
	case !fixed(into.TokenFile):
		r.note(key, "names no token, or one by a relative path, which depends on the folder of a command; set webIdentityTokenFile to a path that begins with / or ~/")
	}
}

// object reads a role, or a list that holds one, as later providers write it, and
// reports whether there is one.
func (r *reader) object(key, example string, into any, arn *string) bool {
	text := r.get(key)
	if text == "" {
		return false
	}
	var chain []json.RawMessage
	if err := json.Unmarshal([]byte(text), &chain); err == nil {
		if len(chain) != 1 {
			r.note(key, "is a list of %d roles, and one is assumed; %s", len(chain), example)
			return false
		}
		text = string(chain[0])
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		if _, member, unknown := strings.Cut(err.Error(), "unknown field "); unknown {
			r.note(key, "has a member %s that the provider does not know; take it out", member)
			return false
		}
		*arn = ""
	}
	if !strings.HasPrefix(*arn, "arn:") {
		r.note(key, "is not a role; %s", example)
		return false
	}
	return true
}

func (r *reader) duration(key, text string) {
	if text == "" {
		return
	}
	if d, err := time.ParseDuration(text); err != nil || d < 15*time.Minute || d > 12*time.Hour {
		r.note(key, "has a duration that is not between 15m and 12h; write it like 1h")
	}
}
