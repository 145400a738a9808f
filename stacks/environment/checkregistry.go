package environment

import (
	"regexp"
	"slices"
	"strings"
)

var (
	accountPattern    = regexp.MustCompile(`^[0-9]{12}$`)
	azurePattern      = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*\.azurecr\.io$`)
	credentialPattern = regexp.MustCompile(`^arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):[0-9]{12}:secret:ecr-pullthroughcache/[A-Za-z0-9/_+=.@-]+$`)
	tagPattern        = regexp.MustCompile(`^[\p{L}\p{N}\p{Z}_.:/=+@-]*$`)
)

func (r Registry) check(key string, p *problems) {
	between(key+".keepImages", r.KeepImages, 10, 10000, p)
	between(key+".untaggedDays", r.UntaggedDays, 1, 365, p)
	for i, id := range r.PullAccounts {
		where := at(key+".pullAccounts", i)
		if !accountPattern.MatchString(id) {
			p.add(where, "%q is not the id of an account; it has twelve digits, in quotes", id)
		}
		if slices.Contains(r.PullAccounts[:i], id) {
			p.add(where, "%q is named twice; name it once", id)
		}
	}
}

// open are the upstreams that let everybody in.
var open = []string{"ecr-public", "kubernetes", "quay"}

func (i ImageCache) check(key, region string, p *problems) {
	if i.Upstream == "" {
		p.add(key+".upstream", "is missing; allowed are %s", strings.Join(sorted(upstreams), ", "))
	}
	oneOf(key+".upstream", i.Upstream, upstreams, p)
	switch {
	case i.Upstream == "azure" && !azurePattern.MatchString(i.AzureHost):
		p.add(key+".azureHost", "%q is not the host of a registry in Azure; write it like example.azurecr.io", i.AzureHost)
	case i.Upstream != "azure" && i.AzureHost != "":
		p.add(key+".azureHost", "%q goes with the upstream azure only; leave it out", i.AzureHost)
	}
	_, known := upstreams[i.Upstream]
	match := credentialPattern.FindStringSubmatch(i.Credential)
	switch {
	case i.Credential == "" && known && !slices.Contains(open, i.Upstream):
		p.add(key+".credential", "is missing; %s lets ECR in with an account only: put its username and accessToken into a secret whose name begins with ecr-pullthroughcache/ and give the ARN", i.Upstream)
	case i.Credential != "" && (len(match) != 2 || match[1] != region):
		p.add(key+".credential", "%q is not the ARN of a secret of %s whose name begins with ecr-pullthroughcache/; ECR reads no other", i.Credential, region)
	}
	between(key+".keepImages", i.KeepImages, 10, 10000, p)
	between(key+".untaggedDays", i.UntaggedDays, 1, 3650, p)
	i.checkTags(key+".tags", p)
}

func (i ImageCache) checkTags(key string, p *problems) {
	if len(i.Tags) > 50 {
		p.add(key, "has %d tags; AWS takes at most 50", len(i.Tags))
	}
	for _, name := range sorted(i.Tags) {
		if name == "" || len(name) > 128 || !tagPattern.MatchString(name) || strings.HasPrefix(strings.ToLower(name), "aws:") {
			p.add(key+"."+name, "is not a key of a tag; use at most 128 letters, digits, spaces and _ . : / = + - @, and do not begin with aws:")
		}
		if value := i.Tags[name]; len(value) > 256 || !tagPattern.MatchString(value) {
			p.add(key+"."+name, "%q is not a value of a tag; use at most 256 letters, digits, spaces and _ . : / = + - @", value)
		}
	}
}
