package document

import (
	"path"
	"slices"
	"strings"
)

// Public reports whether the statement lets anyone in: it allows any principal, and no condition narrows that to an
// account, an organization, a network or one calling resource.
func (s Statement) Public() bool {
	return s.Allow && s.AnyPrincipal() && !slices.ContainsFunc(s.Conditions, Condition.narrows)
}

// AnyPrincipal reports whether the statement names every principal.
func (s Statement) AnyPrincipal() bool {
	return s.NotPrincipal || slices.Contains(s.Principals, "*") || slices.Contains(s.Principals, "AWS:*")
}

// narrowing lists the condition keys that tie a caller to something an outsider cannot choose.
var narrowing = []string{
	"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner",
	"aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths",
	"aws:sourcevpc", "aws:sourcevpce", "aws:userid", "kms:calleraccount", "lambda:eventsourcetoken",
	"s3:dataaccesspointaccount", "s3:dataaccesspointarn",
}

// narrows reports whether the condition holds for a bounded set of callers only.
func (c Condition) narrows() bool {
	operator := strings.ToLower(c.Operator)
	operator = operator[strings.LastIndex(operator, ":")+1:]
	if strings.Contains(operator, "not") || strings.HasSuffix(operator, "ifexists") || operator == "null" {
		return false
	}
	if !slices.Contains(narrowing, c.Key) || len(c.Values) == 0 {
		return false
	}
	return !slices.ContainsFunc(c.Values, func(v string) bool { return strings.Trim(v, "*:") == "" })
}

// DeniesPlaintext reports whether the statement refuses every request to the service that does not use TLS.
func (s Statement) DeniesPlaintext(service string) bool {
	everyAction := slices.Contains(s.Actions, "*") || slices.Contains(s.Actions, service+":*")
	return !s.Allow && s.AnyPrincipal() && everyAction && len(s.Conditions) == 1 && slices.ContainsFunc(s.Conditions, func(c Condition) bool {
		return strings.EqualFold(c.Operator, "Bool") && c.Key == "aws:securetransport" &&
			len(c.Values) == 1 && strings.EqualFold(c.Values[0], "false")
	})
}

// DeniesPlaintext reports whether some statement of the policy refuses requests that do not use TLS.
func (p Policy) DeniesPlaintext(service string) bool {
	return slices.ContainsFunc(p.Statements, func(s Statement) bool { return s.DeniesPlaintext(service) })
}

// Allows reports whether the statement allows the action on some resource. Wildcards count, and so does NotAction.
func (s Statement) Allows(action string) bool {
	if !s.Allow {
		return false
	}
	matches := func(pattern string) bool { return Match(pattern, action) }
	if len(s.NotActions) > 0 {
		return !slices.ContainsFunc(s.NotActions, matches)
	}
	return slices.ContainsFunc(s.Actions, matches)
}

// kinds are the resource kinds whose ARN names one thing of the kind after a slash.
var kinds = []string{"key", "alias", "role", "user", "group", "policy"}

// AnyResource reports whether the statement covers every resource, or every one of a kind in the account.
func (s Statement) AnyResource() bool {
	return len(s.NotResources) > 0 || slices.ContainsFunc(s.Resources, func(r string) bool {
		if strings.Trim(r, "*") == "" {
			return true
		}
		parts := strings.SplitN(r, ":", 6)
		if len(parts) != 6 {
			return false
		}
		kind, rest, _ := strings.Cut(parts[5], "/")
		return parts[5] == "*" || rest == "*" && slices.Contains(kinds, kind)
	})
}

// Match reports whether an IAM pattern with * and ? covers the text, whatever the case.
func Match(pattern, text string) bool {
	pattern, text = strings.ToLower(pattern), strings.ToLower(text)
	// path.Match gives meaning to brackets, backslashes and slashes that IAM patterns do not have.
	pattern = strings.NewReplacer("\\", "\\\\", "[", "\\[", "/", "\x00").Replace(pattern)
	ok, err := path.Match(pattern, strings.ReplaceAll(text, "/", "\x00"))
	return err == nil && ok
}
