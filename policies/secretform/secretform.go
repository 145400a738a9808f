// Package secretform knows secrets by the form of their value, whatever they are
// called. A stack's file and the policy pack refuse the same ones.
package secretform

import (
	"net/url"
	"regexp"
	"strings"
)

var forms = []struct {
	form    *regexp.Regexp
	kind    string
	certain bool
}{
	{regexp.MustCompile(`\b(AKIA|ASIA)[0-9A-Z]{16}\b`), "an AWS access key", false},
	{regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY`), "a private key", true},
	{regexp.MustCompile(`\b[sr]k_live_[0-9A-Za-z]{10,}`), "a Stripe key", false},
	{regexp.MustCompile(`\bgh[pousr]_[0-9A-Za-z]{30,}`), "a GitHub token", false},
	{regexp.MustCompile(`\bxox[abprs]-[0-9A-Za-z-]{10,}`), "a Slack token", false},
	{regexp.MustCompile(`\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.`), "a signed token", true},
}

// Of says what kind of secret a text has the form of, such as "an AWS access key",
// and whether it can be nothing else. The kind is empty for none, and never repeats
// the text.
func Of(text string) (kind string, certain bool) {
	for _, known := range forms {
		if known.form.MatchString(text) {
			return known.kind, known.certain
		}
	}
	if !strings.Contains(text, "://") {
		return "", false
	}
	if u, err := url.Parse(text); err == nil && u.User != nil {
		if password, set := u.User.Password(); set && password != "" {
			return "an address with a password", true
		}
	}
	return "", false
}
