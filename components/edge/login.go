package edge

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/output"
)

// Login asks users to sign in with OpenID Connect before a request reaches the
// service: for tools of the team that have no login of their own. Register
// https://<host>/oauth2/idpresponse with the identity provider. The service gets
// who it is in the headers X-Amzn-Oidc-Identity and X-Amzn-Oidc-Data, and has to
// check the signature of the latter.
type Login struct {
	// Issuer is the identity provider, for example "https://accounts.google.com":
	// HTTPS and a domain, without a query. Default: none, anyone may send requests.
	Issuer string
	// AuthorizationURL, TokenURL and UserInfoURL are the provider's endpoints, as
	// in its /.well-known/openid-configuration: HTTPS and a domain. The load
	// balancer asks the last two itself, so they must be in the public DNS,
	// reachable from the internet, and on port 443.
	AuthorizationURL, TokenURL, UserInfoURL string
	// ClientID is the client the provider knows the edge as.
	ClientID string
	// ClientSecret is the client's secret. It is kept as a secret in Pulumi's
	// state.
	ClientSecret pulumi.StringInput
	// Scope is what the provider is asked for. Default: "openid email".
	Scope string
	// Session is how long a user stays signed in: 1 minute to 7 days, in whole
	// seconds. Default: 12 hours.
	Session time.Duration
}

// on tells whether users have to sign in.
func (l Login) on() bool { return l != (Login{}) }

func (l Login) withDefaults() Login {
	if !l.on() {
		return l
	}
	if l.Scope == "" {
		l.Scope = "openid email"
	}
	if l.Session == 0 {
		l.Session = 12 * time.Hour
	}
	return l
}

// problems reports everything that is wrong with a login.
func (l Login) problems() []error {
	if !l.on() {
		return nil
	}
	var problems []error
	for _, u := range []struct {
		field string
		err   error
	}{
		{"Issuer", CheckIssuer(l.Issuer)}, {"AuthorizationURL", CheckAuthorizationURL(l.AuthorizationURL)},
		{"TokenURL", CheckEndpoint(l.TokenURL)}, {"UserInfoURL", CheckEndpoint(l.UserInfoURL)},
	} {
		if u.err != nil {
			problems = append(problems, fmt.Errorf("Route.Login.%s %w", u.field, u.err))
		}
	}
	if l.ClientID == "" || l.ClientSecret == nil {
		problems = append(problems, fmt.Errorf("Route.Login needs ClientID and ClientSecret; register a client with %s", l.Issuer))
	}
	if !whole(l.Session, 60, 7*24*3600) {
		problems = append(problems, fmt.Errorf("Route.Login.Session must be whole seconds from 1m to 168h, got %s", l.Session))
	}
	return problems
}

// actions are what the listener does with a request of the route.
func (c *Claim) actions(group *lb.TargetGroup) lb.ListenerRuleActionArray {
	forward := lb.ListenerRuleActionArgs{Type: pulumi.String("forward"), TargetGroupArn: group.Arn}
	login := c.route.Login
	if !login.on() {
		return lb.ListenerRuleActionArray{forward}
	}
	forward.Order = pulumi.Int(2)
	return lb.ListenerRuleActionArray{lb.ListenerRuleActionArgs{
		Type:  pulumi.String("authenticate-oidc"),
		Order: pulumi.Int(1),
		AuthenticateOidc: lb.ListenerRuleActionAuthenticateOidcArgs{
			Issuer:                   pulumi.String(login.Issuer),
			AuthorizationEndpoint:    pulumi.String(login.AuthorizationURL),
			TokenEndpoint:            pulumi.String(login.TokenURL),
			UserInfoEndpoint:         pulumi.String(login.UserInfoURL),
			ClientId:                 pulumi.String(login.ClientID),
			ClientSecret:             output.Secret(login.ClientSecret),
			Scope:                    pulumi.String(login.Scope),
			SessionTimeout:           seconds(login.Session),
			OnUnauthenticatedRequest: pulumi.String("authenticate"),
		},
	}, forward}
}

// reachProvider lets the load balancer ask the identity provider who a user is.
func (e *Edge) reachProvider(ctx *pulumi.Context) error {
	e.mu.Lock()
	open := e.reaches
	e.reaches = true
	e.mu.Unlock()
	if open {
		return nil
	}
	_, err := vpc.NewSecurityGroupEgressRule(ctx, e.name+"-login", &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: e.SecurityGroupID,
		Description:     pulumi.String("Identity providers"),
		CidrIpv4:        pulumi.String("0.0.0.0/0"),
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(443),
		ToPort:          pulumi.Int(443),
	}, pulumi.Parent(e))
	return err
}
