package schema

import (
	"encoding/base64"
	"encoding/json"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	arnPartition = regexp.MustCompile(`^aws(-[a-z]+)*$`)
	arnRegion    = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d{1,2}$`)
	arnAccount   = regexp.MustCompile(`^(aws|aws-managed|third-party|aws-marketplace|\d{12}|cw.{10})$`)
	region       = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)
	daily        = regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$`)
	weekly       = regexp.MustCompile(`^(sun|mon|tue|wed|thu|fri|sat):([01]\d|2[0-3]):[0-5]\d-(sun|mon|tue|wed|thu|fri|sat):([01]\d|2[0-3]):[0-5]\d$`)
	account      = regexp.MustCompile(`^\d{12}$`)
)

// formatProblem says what is wrong with a text of a format, "" for nothing.
func formatProblem(format, text string, hostBits bool) string {
	switch format {
	case "json":
		if !json.Valid([]byte(text)) {
			return "must be valid JSON"
		}
	case "policy":
		return policySyntax(text)
	case "arn":
		return arnProblem(text)
	case "vpcCidr":
		prefix, err := netip.ParsePrefix(text)
		if err != nil || !prefix.Addr().Is4() || prefix.Bits() < 16 || prefix.Bits() > 28 {
			return "must be an IPv4 address block from /16 to /28 such as 10.0.0.0/16"
		}
		return cidrProblem("cidr4", text, hostBits)
	case "cidr", "cidr4", "cidr6":
		return cidrProblem(format, text, hostBits)
	case "ip", "ipv4", "ipv6":
		address, err := netip.ParseAddr(text)
		if err != nil || format == "ipv4" && !address.Is4() || format == "ipv6" && !address.Is6() {
			return "must be an " + map[string]string{"ip": "IP", "ipv4": "IPv4", "ipv6": "IPv6"}[format] + " address"
		}
	case "timestamp":
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			return "must be an RFC 3339 time such as 2030-01-02T15:04:05Z"
		}
	case "date":
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return "must be a date such as 2030-01-02"
		}
	case "base64":
		if _, err := base64.StdEncoding.DecodeString(text); err != nil {
			return "must be base64"
		}
	case "containers":
		return containersProblem(text)
	case "bool":
		if _, err := strconv.ParseBool(text); err != nil {
			return "must be true or false"
		}
	case "region":
		if !region.MatchString(text) {
			return "must be a region such as us-east-1"
		}
	case "dailyWindow":
		if !daily.MatchString(strings.ToLower(text)) {
			return "must be a daily window such as 03:00-04:00"
		}
	case "weeklyWindow":
		if !weekly.MatchString(strings.ToLower(text)) {
			return "must be a weekly window such as sun:03:00-sun:04:00"
		}
	case "account":
		if !account.MatchString(text) {
			return "must be an account id of 12 digits"
		}
	}
	return ""
}

// policySyntax is all the provider asks of a policy document: a JSON object
// without white space before it. Its statements are the cloud's to judge.
func policySyntax(text string) string {
	switch {
	case strings.TrimSpace(text) == "":
		return "must be a JSON policy document, not an empty text"
	case strings.HasPrefix(text, " "), strings.HasPrefix(text, "\t"), strings.HasPrefix(text, "\n"):
		return "must be a JSON policy document without white space before it"
	case text[0] != '{', !json.Valid([]byte(text)):
		return "must be a JSON policy document"
	}
	return ""
}

// arnProblem holds a text against the form
// arn:partition:service:region:account:resource.
func arnProblem(text string) string {
	parts := strings.SplitN(text, ":", 6)
	switch {
	case len(parts) < 6 || parts[0] != "arn":
		return "must be an ARN such as arn:aws:service:region:123456789012:resource"
	case !arnPartition.MatchString(parts[1]):
		return "must be an ARN of a known partition such as aws"
	case parts[3] != "" && !arnRegion.MatchString(parts[3]):
		return "must be an ARN whose region looks like us-east-1"
	case parts[4] != "" && !arnAccount.MatchString(parts[4]):
		return "must be an ARN whose account has 12 digits"
	case parts[5] == "":
		return "must be an ARN that names a resource"
	}
	return ""
}

// cidrProblem wants an address block, and unless hostBits says otherwise one
// that begins at its first address.
func cidrProblem(format, text string, hostBits bool) string {
	prefix, err := netip.ParsePrefix(text)
	switch {
	case format == "cidr4" && (err != nil || !prefix.Addr().Is4()):
		return "must be an IPv4 address block such as 10.0.0.0/16"
	case format == "cidr6" && (err != nil || !prefix.Addr().Is6()):
		return "must be an IPv6 address block such as 2001:db8::/56"
	case err != nil:
		return "must be an address block such as 10.0.0.0/16"
	case !hostBits && prefix.Masked() != prefix:
		return "must be the first address of its block, " + prefix.Masked().String()
	}
	return ""
}
