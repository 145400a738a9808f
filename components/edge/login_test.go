package edge_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/edge"
)

func login() edge.Login {
	return edge.Login{
		Issuer: "https://id.example.com", AuthorizationURL: "https://id.example.com/authorize", TokenURL: "https://id.example.com/token",
		UserInfoURL: "https://id.example.com/userinfo", ClientID: "tools", ClientSecret: pulumi.String("hidden"),
	}
}

func TestUsersSignInBeforeARequestReachesTheService(t *testing.T) {
	inv := route(t, []string{"admin", "wiki", "web"}, []edge.Route{
		{Host: "admin.example.com", Login: login()}, {Host: "wiki.example.com", Login: login()}, {},
	})
	componenttest.AssertHouse(t, inv, component, "edge")
	rule := inv.One(t, "aws:lb/listenerRule:ListenerRule", "admin")
	actions, ok := rule.Input("actions").([]any)
	require.True(t, ok)
	require.Len(t, actions, 2)
	first, second := actions[0].(map[string]any), actions[1].(map[string]any)
	assert.Equal(t, "authenticate-oidc", first["type"])
	assert.Equal(t, 1.0, first["order"])
	oidc := first["authenticateOidc"].(map[string]any)
	assert.Equal(t, "authenticate", oidc["onUnauthenticatedRequest"])
	assert.Equal(t, 43200.0, oidc["sessionTimeout"])
	assert.Equal(t, "openid email", oidc["scope"])
	assert.Equal(t, "forward", second["type"])
	assert.Equal(t, 2.0, second["order"])
	one := componenttest.Inventory{Resources: []componenttest.Resource{rule}}
	assert.NotContains(t, one.Detailed(), "hidden", "the client's secret is a secret to Pulumi")

	out := inv.ByType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
	require.Len(t, out, 1, "one way to the identity providers")
	assert.Equal(t, 443.0, out[0].Input("fromPort"))
	plain, ok := inv.One(t, "aws:lb/listenerRule:ListenerRule", "web").Input("actions").([]any)
	require.True(t, ok)
	assert.Len(t, plain, 1)
}

func TestALoginIsRefusedWithEverythingThatIsWrong(t *testing.T) {
	err := claims(t, edge.Route{Login: edge.Login{Issuer: "http://id.example.com", Session: time.Second}})
	for _, want := range []string{
		`Route.Login.Issuer must be an https URL, got "http://id.example.com"`, `Route.Login.AuthorizationURL must be an https URL, got ""`,
		`Route.Login.TokenURL must be`, `Route.Login.UserInfoURL must be`, "Route.Login needs ClientID and ClientSecret",
		"Route.Login.Session must be whole seconds from 1m to 168h, got 1s",
	} {
		assert.ErrorContains(t, err, want)
	}
	assert.NoError(t, claims(t, edge.Route{Login: login()}))
}

func TestAnAddressThatTheLoadBalancerCannotAskIsRefused(t *testing.T) {
	const query, host = "must have no query, got %q; it is the provider's name as its /.well-known/openid-configuration gives it", "must have a domain such as id.example.com for its host, got %q"
	const port, public = "must be on port 443, got %q; the load balancer reaches the provider on no other", "must have a host of the public DNS, got %q; the load balancer looks it up there"
	const https, fragment = "must be an https URL, got %q; take it from the provider's /.well-known/openid-configuration", "must have no fragment, got %q; leave out what follows the #"
	for _, c := range []struct{ url, issuer, authorization, endpoint string }{
		{"https://id.example.com/a", "", "", ""},
		{"https://ID.example.com:443/a", "", "", ""},
		{"https://id.example.com:8443/a", "", "", port},
		{"https://id.example.com/a?b=c", query, "", ""},
		{"https://id.example.com/a?", query, "", ""},
		{"https://id.example.com/a#b", fragment, fragment, fragment},
		{"https://id.example.com/#", fragment, fragment, fragment},
		{"https://192.0.2.1/a", host, host, host},
		{"https://[2001:db8::1]/a", host, host, host},
		{"https://localhost/a", host, host, host},
		{"https://id.corp.internal/a", "", "", public},
		{"https://id.Local/a", "", "", public},
		{"https://:443/a", https, https, https},
		{"https://id.example.com:port/a", https, https, https},
		{"http://id.example.com/a", https, https, https},
		{"", https, https, https},
	} {
		for check, want := range map[string]struct {
			err  error
			text string
		}{
			"Issuer": {edge.CheckIssuer(c.url), c.issuer}, "AuthorizationURL": {edge.CheckAuthorizationURL(c.url), c.authorization}, "Endpoint": {edge.CheckEndpoint(c.url), c.endpoint},
		} {
			if want.text == "" {
				assert.NoError(t, want.err, "%s %s", check, c.url)
			} else {
				assert.EqualError(t, want.err, fmt.Sprintf(want.text, c.url), "%s %s", check, c.url)
			}
		}
	}
	assert.EqualError(t, edge.CheckIssuer("http://user:planted@id.example.com"), "must not hold a user; the client has an id and a secret of its own")
	assert.EqualError(t, edge.CheckEndpoint("https://user:planted@id.example.com/a"), "must not hold a user; the client has an id and a secret of its own", "the password is not shown")
}

func TestALoginNamesTheAddressThatIsWrong(t *testing.T) {
	l := login()
	l.Issuer, l.TokenURL, l.UserInfoURL = "https://id.example.com?x", "https://id.example.com:8443/token", "https://localhost/userinfo"
	err := claims(t, edge.Route{Login: l})
	assert.EqualError(t, err, strings.Join([]string{
		`Route.Login.Issuer must have no query, got "https://id.example.com?x"; it is the provider's name as its /.well-known/openid-configuration gives it`,
		`Route.Login.TokenURL must be on port 443, got "https://id.example.com:8443/token"; the load balancer reaches the provider on no other`,
		`Route.Login.UserInfoURL must have a domain such as id.example.com for its host, got "https://localhost/userinfo"`,
	}, "\n"))
}
