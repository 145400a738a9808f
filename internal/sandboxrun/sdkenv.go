package sandboxrun

import (
	"os"
	"strings"
)

// kept are the variables of AWS that a caller's environment may keep: they choose
// no account and no server.
var kept = map[string]bool{"AWS_REGION": true, "AWS_DEFAULT_REGION": true}

// loopback is what no proxy may stand in front of: where the offline cloud listens.
const loopback = "127.0.0.1"

// sdkEnv says what makes an AWS SDK call the offline cloud and nothing else: which
// variables of an environment are replaced or added, and which go. All others of
// AWS go, known here or not. An endpoint of one service, a profile, a token file
// or a switch for other endpoints would each lead to a real account.
func (s *Sandbox) sdkEnv(environ []string) (set map[string]string, gone []string) {
	set = map[string]string{}
	for _, kv := range s.cloud.SDKEnv() {
		name, value, _ := strings.Cut(kv, "=")
		set[name] = value
	}
	before := map[string]string{}
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		before[name] = value
		if _, replaced := set[name]; strings.HasPrefix(name, "AWS_") && !replaced && !kept[name] {
			gone = append(gone, name)
		}
	}
	// Programs differ in which of the two they read first.
	set["NO_PROXY"] = direct(before["NO_PROXY"], before["no_proxy"])
	set["no_proxy"] = direct(before["no_proxy"], before["NO_PROXY"])
	return set, gone
}

// direct adds the loopback address to the first list of hosts that is not empty.
func direct(lists ...string) string {
	for _, hosts := range lists {
		switch hosts {
		case "":
		case "*":
			return hosts
		default:
			return hosts + "," + loopback
		}
	}
	return loopback
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
	set, gone := s.sdkEnv(os.Environ())
	for _, name := range gone {
		remember(name)
		_ = os.Unsetenv(name) // the name is a valid one
	}
	for name, value := range set {
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
