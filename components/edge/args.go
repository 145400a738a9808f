package edge

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/naming"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
)

// namePattern leaves room for the eight characters the provider adds to make
// the load balancer's and target groups' names, at most 32, unique.
var (
	namePattern  = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,22}[a-z0-9])?$`)
	labelPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
)

const nameRule = "the name must be at most 24 lower-case letters, digits and inner hyphens and start with a letter"

func (a Args) withDefaults() Args {
	if a.LogRetentionDays == 0 {
		a.LogRetentionDays = 90
	}
	if a.IdleTimeout == 0 {
		a.IdleTimeout = time.Minute
	}
	a.WAF = a.WAF.withDefaults()
	return a
}

func (a Args) addressType() string {
	if a.IPv6 {
		return "dualstack"
	}
	return "ipv4"
}

// plan is what validation works out of the arguments.
type plan struct {
	wafLogGroup, cdnWAFLogGroup, cdnLogSource string
	// authorities are those of the client certificates, as AWS reads them.
	authorities string
}

// plan checks the arguments and reports everything that is wrong with them.
func (a Args) plan(ctx *pulumi.Context, name string) (plan, error) {
	l := problem.Of("edge", name)
	l.Check(namePattern.MatchString(name) && !strings.HasPrefix(name, "internal-"), nameRule+", and not with internal-, which AWS keeps for itself")
	l.Add(naming.SecurityGroup(name))
	l.Check(isDomain(a.Domain), "Domain must be a lower-case domain such as example.com, got %q", a.Domain)
	// ACM's limit for the common name of a certificate, less the "*." of the
	// wildcard beside it.
	l.Check(len(a.Domain) <= 62, "Domain must be at most 62 characters, got %d; AWS issues no certificate for longer names", len(a.Domain))
	l.Check(a.ZoneID != nil, "ZoneID is missing; pass the id of the hosted zone that holds %s", a.Domain)
	l.Check(a.VPCID != nil, "VPCID is missing; pass the network's")
	l.Check(a.SubnetIDs != nil, "SubnetIDs is missing; pass the network's public subnets")
	l.Check(a.LogRetentionDays >= 1 && a.LogRetentionDays <= 3650, "LogRetentionDays must be 1 to 3650, got %d", a.LogRetentionDays)
	l.Check(whole(a.IdleTimeout, 1, 4000), "IdleTimeout must be whole seconds from 1s to 4000s, got %s", a.IdleTimeout)
	a.WAF.check(l)
	a.CDN.check(l, a)
	p := plan{authorities: a.ClientCertificates.bundle(l)}
	fit := func(kind naming.Kind, parts ...string) string {
		name, err := naming.Fit(kind, "-", parts...)
		l.Add(err)
		return name
	}
	p.wafLogGroup = fit(naming.LogGroup, "aws-waf-logs", ctx.Project(), ctx.Stack(), name)
	p.cdnWAFLogGroup = fit(naming.LogGroup, "aws-waf-logs", ctx.Project(), ctx.Stack(), name, "cdn")
	p.cdnLogSource = fit(naming.LogSource, ctx.Project(), ctx.Stack(), name)
	return p, l.Err()
}

// whole tells whether a duration is whole seconds between the limits.
func whole(d time.Duration, from, to int) bool {
	return d%time.Second == 0 && d >= time.Duration(from)*time.Second && d <= time.Duration(to)*time.Second
}

func isDomain(s string) bool {
	labels := strings.Split(s, ".")
	for _, label := range labels {
		if !labelPattern.MatchString(label) {
			return false
		}
	}
	return len(labels) >= 2 && len(s) <= 253
}

// check reports everything that is wrong with a route of the domain.
func (r Route) check(domain string) error {
	var problems []error
	add := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	label, below := strings.CutSuffix(r.Host, "."+domain)
	add(r.Host == domain || below && (label == "*" || labelPattern.MatchString(label)),
		"Route.Host must be %s, a name one label below it, or *.%s, got %q; the certificate covers no other", domain, domain, r.Host)
	add(cleanPath(r.Path), "Route.Path must be / or up to %d segments such as /v1/users without a slash at the end, got %q", maxDepth, r.Path)
	add(len(r.Path) <= 126, "Route.Path must be at most 126 characters, got %d", len(r.Path))
	add(r.Probe >= 0 && r.Probe <= 9, "Route.Probe must be 0 to 9, got %d", r.Probe)
	problems = append(problems, r.Login.problems()...)
	h := r.Health
	add(strings.HasPrefix(h.Path, "/") && !strings.ContainsAny(h.Path, " \t\r\n") && len(h.Path) <= 1024,
		"Route.Health.Path must start with a slash, hold no spaces and have at most 1024 characters, got %q", h.Path)
	add(whole(h.Interval, 5, 300), "Route.Health.Interval must be whole seconds from 5s to 5m, got %s", h.Interval)
	add(whole(h.Timeout, 2, 120) && h.Timeout < h.Interval,
		"Route.Health.Timeout must be whole seconds from 2s to 2m and less than the interval of %s, got %s", h.Interval, h.Timeout)
	add(h.UnhealthyThreshold >= 2 && h.UnhealthyThreshold <= 10, "Route.Health.UnhealthyThreshold must be 2 to 10, got %d", h.UnhealthyThreshold)
	return errors.Join(problems...)
}

func cleanPath(path string) bool {
	if path == "/" {
		return true
	}
	rest, ok := strings.CutPrefix(path, "/")
	segments := strings.Split(rest, "/")
	for _, s := range segments {
		ok = ok && segmentPattern.MatchString(s) && s != "." && s != ".."
	}
	return ok && len(segments) <= maxDepth
}
