package imagecache

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/naming"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
)

// host is a registry as ECR names it.
type host struct {
	name  string
	url   string
	login bool // it lets nobody in without an account
}

var hosts = map[Upstream]host{
	ECRPublic:  {name: "ECRPublic", url: "public.ecr.aws"},
	Kubernetes: {name: "Kubernetes", url: "registry.k8s.io"},
	Quay:       {name: "Quay", url: "quay.io"},
	DockerHub:  {name: "DockerHub", url: "registry-1.docker.io", login: true},
	GitHub:     {name: "GitHub", url: "ghcr.io", login: true},
	GitLab:     {name: "GitLab", url: "registry.gitlab.com", login: true},
	Azure:      {name: "Azure", login: true},
}

// MaxPrefix is how many characters AWS lets [Cache.Prefix] have.
const MaxPrefix = 30

var (
	prefixPattern     = regexp.MustCompile(`^[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$`)
	azurePattern      = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*\.azurecr\.io$`)
	credentialPattern = regexp.MustCompile(`^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:ecr-pullthroughcache/[A-Za-z0-9/_+=.@-]+$`)
	tagPattern        = regexp.MustCompile(`^[\p{L}\p{N}\p{Z}_.:/=+@-]*$`)
)

func (a Args) withDefaults() Args {
	if a.KeepImages == 0 {
		a.KeepImages = 1000
	}
	if a.UntaggedDays == 0 {
		a.UntaggedDays = 365
	}
	return a
}

// host is where ECR fetches images.
func (a Args) host() string {
	if a.Upstream == Azure {
		return a.AzureHost
	}
	return hosts[a.Upstream].url
}

// check returns the prefix of the repositories and reports everything that is
// wrong.
func (a Args) check(ctx *pulumi.Context, name string) (string, error) {
	l := problem.Of("imagecache", name)
	l.Add(naming.Component(name))
	prefix, err := naming.Fit(naming.Repository, "/", ctx.Project(), name)
	l.Add(err)
	if err == nil {
		l.Check(prefixPattern.MatchString(prefix), "the prefix %q of its repositories must be lower-case letters and digits with single inner . _ - and /; rename it or the project", prefix)
		l.Check(len(prefix) <= MaxPrefix, "the prefix %q of its repositories has %d characters and AWS allows %d; shorten the name or the project's", prefix, len(prefix), MaxPrefix)
	}
	a.checkUpstream(l)
	a.checkTags(l)
	l.Check(a.KeepImages >= 10 && a.KeepImages <= 10000, "KeepImages must be 10 to 10000, got %d", a.KeepImages)
	l.Check(a.UntaggedDays >= 1 && a.UntaggedDays <= 3650, "UntaggedDays must be 1 to 3650, got %d", a.UntaggedDays)
	return prefix, l.Err()
}

func (a Args) checkUpstream(l *problem.List) {
	upstream, known := hosts[a.Upstream]
	l.Check(known, "Upstream must be ECRPublic, Kubernetes, Quay, DockerHub, GitHub, GitLab or Azure, got %d", a.Upstream)
	if a.Upstream == Azure {
		l.Check(azurePattern.MatchString(a.AzureHost), "AzureHost must be the registry's host such as example.azurecr.io, got %q", a.AzureHost)
	} else {
		l.Check(a.AzureHost == "", "AzureHost is %q, but Upstream is not Azure; leave it out", a.AzureHost)
	}
	l.Check(!upstream.login || a.CredentialARN != nil, "CredentialARN is missing; %s lets ECR in with an account only, so put its username and accessToken into a secret whose name begins with ecr-pullthroughcache/", upstream.name)
	if literal, ok := a.CredentialARN.(pulumi.String); ok {
		l.Add(checkCredential(string(literal)))
	}
}

// checkCredential refuses a secret that ECR cannot read: the role it reads with
// admits this name alone.
func checkCredential(arn string) error {
	if credentialPattern.MatchString(arn) {
		return nil
	}
	return fmt.Errorf("CredentialARN must be the ARN of a secret whose name begins with ecr-pullthroughcache/, got %q; ECR reads no other", arn)
}

func (a Args) checkTags(l *problem.List) {
	l.Check(len(a.Tags) <= 50, "Tags must be at most 50, got %d", len(a.Tags))
	for _, key := range sortedKeys(a.Tags) {
		valid := key != "" && len(key) <= 128 && tagPattern.MatchString(key) && !strings.HasPrefix(strings.ToLower(key), "aws:")
		l.Check(valid, "Tags holds the key %q; a key is at most 128 letters, digits, spaces and _ . : / = + - @ and does not begin with aws:", key)
		value := a.Tags[key]
		l.Check(len(value) <= 256 && tagPattern.MatchString(value), "Tags holds %q for %s; a value is at most 256 letters, digits, spaces and _ . : / = + - @", value, key)
	}
}

func sortedKeys(tags map[string]string) []string {
	keys := make([]string, 0, len(tags))
	for key := range tags {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
