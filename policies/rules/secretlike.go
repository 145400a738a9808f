package rules

import (
	"net/url"
	"regexp"
	"strings"
)

// secretNames are the endings of variable names whose value is a secret itself. A name such as DB_SECRET_ARN or
// TOKEN_URL only points at one, and ends differently.
var secretNames = regexp.MustCompile(
	`(?i)(^|_)(password|passwd|passphrase|secret|secret_key|client_secret|token|api_?key|app_?key|private_?key|` +
		`access_?key|signing_?key|encryption_?key|credentials?)$`)

// secretForms are values that are secrets whatever they are called.
var secretForms = []struct {
	form *regexp.Regexp
	what string
}{
	{regexp.MustCompile(`\b(AKIA|ASIA)[0-9A-Z]{16}\b`), "its value has the form of an AWS access key"},
	{regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY`), "its value is a private key"},
	{regexp.MustCompile(`\b[sr]k_live_[0-9A-Za-z]{10,}`), "its value has the form of a Stripe key"},
	{regexp.MustCompile(`\bgh[pousr]_[0-9A-Za-z]{30,}`), "its value has the form of a GitHub token"},
	{regexp.MustCompile(`\bxox[abprs]-[0-9A-Za-z-]{10,}`), "its value has the form of a Slack token"},
	{regexp.MustCompile(`\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.`), "its value is a signed token"},
}

// secretLike says why a variable looks like a secret; empty when it does not. It never repeats the value.
func secretLike(name, text string) string {
	for _, known := range secretForms {
		if known.form.MatchString(text) {
			return known.what
		}
	}
	if strings.Contains(text, "://") {
		if u, err := url.Parse(text); err == nil && u.User != nil {
			if password, set := u.User.Password(); set && password != "" {
				return "its value is an address with a password"
			}
		}
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
