package edge

import (
	"fmt"
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/output"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
)

// CDN puts CloudFront between the users and the load balancer. Users connect to
// a location near them, static answers come from there, floods meet AWS's
// network first, and data costs less on its way out: the first terabyte and 10
// million requests of a month are free, then about 0.085 USD a GB and 0.01 USD
// for 10,000 requests in the United States and Europe. What the load balancer
// sends to CloudFront is free.
//
// The load balancer stays as it is, with an address on the internet, but admits
// CloudFront's servers only, on port 443, and its routes take only requests that
// carry OriginSecret: anybody's distribution has those servers. CloudFront's VPC
// origins would need no secret. They need an internal load balancer, though,
// which AWS cannot make of a public one, and a target group belongs to one load
// balancer: the switch would be a new edge and an outage of each service.
//
// A firewall moves to CloudFront, which alone sees the addresses of the users.
//
// Services notice three things. CloudFront keeps an answer for as long as the
// answer's Cache-Control or Expires says, and not at all without one. It keeps it
// for the host, URL, query, Origin and cookies, but not for the Authorization
// header, so an answer that depends on that has to say private or no-store. And
// the user's address is the last but one in X-Forwarded-For; the last is
// CloudFront's.
//
// Switching it on and off replaces nothing, and takes two deployments each time
// if there are users. On: the first has OpenOrigin as well; users move over as
// their resolvers ask again, and notice nothing. The second, an hour or more
// later, when no connection to the load balancer is left, has OpenOrigin no
// longer. Off: the first adds OpenOrigin, the second has no CDN; users whose
// resolvers still know the distribution are refused for a minute or two.
//
// In one deployment the new way is there before the old one goes, too. But users
// who still know the load balancer's address, or have a connection to it, get
// 404 until they look again, and until the deployment ends the load balancer's
// firewall counts the requests of all users against CloudFront's few addresses.
type CDN struct {
	// OriginSecret switches the CDN on: what only CloudFront and the load balancer
	// know, 32 to 128 letters, digits, hyphens and underscores. Services receive it
	// with each request, in the header X-Origin-Verify; keep it out of their logs. It
	// is a secret in Pulumi's state. Default: no CDN.
	OriginSecret pulumi.StringInput
	// AlsoAccept is another secret that the load balancer takes, so that requests
	// pass while OriginSecret changes: in a first deployment it is the new secret, in
	// a second, with the new OriginSecret, the old one, and in a third it is gone.
	// Default: none.
	AlsoAccept pulumi.StringInput
	// OpenOrigin lets users reach the load balancer beside CloudFront and without a
	// secret, behind a firewall of its own: the step between on the way on and off.
	// Default: false.
	OpenOrigin bool
	// PriceClass says in which of its locations CloudFront answers. Fewer locations
	// cost less for users far from the United States and Europe, and are slower for
	// exactly those; for the others nothing changes. Default: AllLocations.
	PriceClass PriceClass
	// Provider is the AWS provider of us-east-1, where CloudFront's certificate,
	// firewall and log delivery have to be. Pass one if the edge's own provider is
	// told which credentials or role to use. An edge in us-east-1 does not use it.
	// Default: one for this account with the credentials of the environment.
	Provider pulumi.ProviderResource
}

// PriceClass is a part of CloudFront's locations.
type PriceClass int

// The price classes.
const (
	// AllLocations is every location.
	AllLocations PriceClass = iota
	// MostLocations leaves out South America, Australia and New Zealand.
	MostLocations
	// CheapestLocations is North America, Europe and Israel.
	CheapestLocations
)

// priceClasses are the names CloudFront has for the classes.
var priceClasses = map[PriceClass]string{
	AllLocations: "PriceClass_All", MostLocations: "PriceClass_200", CheapestLocations: "PriceClass_100",
}

const (
	// cdnRegion is where CloudFront's certificates, firewalls and logs are.
	cdnRegion = "us-east-1"
	// secretHeader is the header that carries the secret.
	secretHeader = "X-Origin-Verify"
)

// The load balancer compares at most 128 characters, and takes * and ? for
// wildcards.
var secretPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{32,128}$`)

// on tells whether there is a CDN.
func (c CDN) on() bool { return c.OriginSecret != nil }

// closed tells whether the load balancer is closed to all but CloudFront.
func (c CDN) closed() bool { return c.on() && !c.OpenOrigin }

func (c CDN) check(l *problem.List, a Args) {
	if c == (CDN{}) {
		return
	}
	l.Check(c.on(), "CDN needs OriginSecret; make one with openssl rand -hex 32 and keep it as a secret of the stack")
	for _, s := range c.fields() {
		// What another resource makes is checked once it is known.
		if text, known := s.value.(pulumi.String); known {
			l.Add(checkSecret(s.field, string(text)))
		}
	}
	_, known := priceClasses[c.PriceClass]
	l.Check(known, "CDN.PriceClass must be AllLocations, MostLocations or CheapestLocations, got %d", c.PriceClass)
	l.Check(whole(a.IdleTimeout, 10, 120), "IdleTimeout must be whole seconds from 10s to 2m with a CDN, got %s; CloudFront waits no longer for an answer", a.IdleTimeout)
	l.Check(!a.ClientCertificates.on(), "ClientCertificates cannot be asked for behind a CDN, because the connection of a client ends at CloudFront; make another edge for these clients")
}

// namedSecret is a secret with the name of its field.
type namedSecret struct {
	field string
	value pulumi.StringInput
}

// fields are the secrets that are set. The first is the one CloudFront sends.
func (c CDN) fields() []namedSecret {
	var set []namedSecret
	for _, s := range []namedSecret{{"CDN.OriginSecret", c.OriginSecret}, {"CDN.AlsoAccept", c.AlsoAccept}} {
		if s.value != nil {
			set = append(set, s)
		}
	}
	return set
}

// secrets are the secrets of a CDN that is on, as secrets of Pulumi.
func (c CDN) secrets() pulumi.StringArray {
	var all pulumi.StringArray
	for _, s := range c.fields() {
		all = append(all, output.Secret(output.MapErr(s.value, func(text string) (string, error) {
			return text, checkSecret(s.field, text)
		})))
	}
	return all
}

// checkSecret refuses what the load balancer would not compare as it is, and
// does not show it.
func checkSecret(field, text string) error {
	if !secretPattern.MatchString(text) {
		return fmt.Errorf("%s must be 32 to 128 letters, digits, hyphens and underscores and nothing else, got %d characters; make one with openssl rand -hex 32", field, len(text))
	}
	return nil
}
