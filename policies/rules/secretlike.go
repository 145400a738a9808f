package rules

import (
	"regexp"
	"strings"

	"github.com/tenfold-iac/tenfold/policies/secretform"
)

// secretNames are the endings of variable names whose value is a secret itself. A name such as DB_SECRET_ARN or
// TOKEN_URL only points at one, and ends differently.
var secretNames = regexp.MustCompile(
	`(?i)(^|_)(password|passwd|passphrase|secret|secret_key|client_secret|token|api_?key|app_?key|private_?key|` +
		`access_?key|signing_?key|encryption_?key|credentials?)$`)

// secretLike says why a variable looks like a secret; empty when it does not. It never repeats the value.
func secretLike(name, text string) string {
	if kind, certain := secretform.Of(text); certain {
		return "its value is " + kind
	} else if kind != "" {
		return "its value has the form of " + kind
	}
	if secretNames.MatchString(name) && text != "" && !strings.HasPrefix(text, "arn:") && !isSwitch(text) {
		return "its name says so"
	}
	return ""
}

// isSwitch reports whether the text is a setting that only turns something on or off, as in REQUIRE_TOKEN=true.
func isSwitch(text string) bool {
	switch strings.ToLower(text) {
	case "true", "false", "on", "off", "yes", "no", "0", "1", "enabled", "disabled", "required", "optional":
		return true
	}
	return false
}
