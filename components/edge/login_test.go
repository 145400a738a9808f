package edge_test

import (
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
