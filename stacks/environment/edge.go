package environment

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/edge"
)

// hostedZone comes before everything that is made: without the zone, and the
// domain delegated to it, no certificate is ever issued.
func (e *environment) hostedZone() error {
	zone, err := route53.LookupZone(e.ctx, &route53.LookupZoneArgs{Name: &e.config.HostedZone})
	if err != nil {
		return fmt.Errorf("looking for the hosted zone %s; create it once and delegate the domain to it: %w", e.config.HostedZone, err)
	}
	e.zoneID = zone.ZoneId
	return nil
}

func (e *environment) edge() (err error) {
	c := e.config.Edge
	authorities, err := e.config.authorities()
	if err != nil {
		return err
	}
	cdn, err := e.cdn(c.CDN)
	if err != nil {
		return err
	}
	args := edge.Args{
		Domain:      e.config.Domain,
		ZoneID:      pulumi.String(e.zoneID),
		VPCID:       e.net.VPCID,
		SubnetIDs:   e.net.PublicSubnetIDs,
		IPv6:        e.config.Network.IPv6,
		IdleTimeout: c.IdleTimeout,
		WAF: edge.WAF{
			Mode: wafModes[e.settings.WAF], RequestsPer5Minutes: c.RequestsPer5Minutes, LogRetentionDays: e.settings.LogDays,
		},
		LogRetentionDays:   e.settings.LogDays,
		CDN:                cdn,
		ClientCertificates: edge.ClientCertificates{Authorities: authorities},
		Disposable:         e.disposable(),
	}
	e.front, err = edge.New(e.ctx, "edge", args)
	return err
}

// cdn is CloudFront, with what proves that a request came through it.
func (e *environment) cdn(c CDN) (edge.CDN, error) {
	if c == (CDN{}) {
		return edge.CDN{}, nil
	}
	made := edge.CDN{OriginSecret: e.value(c.SecretKey), OpenOrigin: c.Open, PriceClass: locations[c.Locations]}
	if c.Also != "" {
		made.AlsoAccept = e.value(SecretKey{c.Secret, c.Also})
	}
	provider, err := e.global()
	if provider != nil {
		made.Provider = provider
	}
	return made, err
}

// route is what a service answers at the edge.
func (e *environment) route(s Service) edge.Route {
	return edge.Route{
		Host: s.hostname(e.config.Domain), Path: s.Path, Probe: s.Probe,
		Health: edge.HealthCheck{
			Path: s.Health.Path, Interval: s.Health.Interval, Timeout: s.Health.Timeout, UnhealthyThreshold: s.Health.Retries, Now: s.Health.Now,
		},
		Login: e.login(s.Login),
	}
}

// login is the identity provider of a service, with the client's secret, which is
// read when the program runs.
func (e *environment) login(l Login) edge.Login {
	if l == (Login{}) {
		return edge.Login{}
	}
	return edge.Login{
		Issuer: l.Issuer, AuthorizationURL: l.AuthorizationURL, TokenURL: l.TokenURL, UserInfoURL: l.UserInfoURL,
		ClientID: l.ClientID, ClientSecret: e.value(l.SecretKey), Scope: l.Scope, Session: l.Session,
	}
}

// value reads one key of a secret, for what AWS has to be told itself.
func (e *environment) value(ref SecretKey) pulumi.StringOutput {
	return e.secretsBy[ref.Secret].Value(ref.Key)
}
