package postgres_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/access"
	ct "github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/postgres"
)

const (
	secretARN    = "arn:aws:secretsmanager:us-east-1:123456789012:secret:tenfold/test/db-app"
	secretKeyARN = "arn:aws:kms:us-east-1:123456789012:key/secrets"
)

func pooled() postgres.Proxy {
	return postgres.Proxy{SecretARN: pulumi.String(secretARN), SecretKeyARN: pulumi.String(secretKeyARN)}
}

func TestAProxyAsksForIAMAndTLSAndReadsOneSecret(t *testing.T) {
	inv, _ := run(t, postgres.Args{Proxy: pooled()})
	ct.AssertHouse(t, inv, component, "db")
	proxy := inv.One(t, "aws:rds/proxy:Proxy", "db-proxy")
	for input, want := range map[string]any{
		"name": "tenfold-test-db-proxy", "engineFamily": "POSTGRESQL", "requireTls": true, "idleClientTimeout": 1800.0,
		"vpcSubnetIds": []any{"subnet-a", "subnet-b", "subnet-c"},
		"auths": []any{map[string]any{
			"authScheme": "SECRETS", "iamAuth": "REQUIRED", "secretArn": secretARN, "clientPasswordAuthType": "POSTGRES_SCRAM_SHA_256",
		}},
	} {
		assert.Equal(t, want, proxy.Input(input), input)
	}
	assert.Equal(t, map[string]any{"connectionBorrowTimeout": 30.0, "maxConnectionsPercent": 90.0, "maxIdleConnectionsPercent": 45.0},
		inv.One(t, "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup", "db-proxy").Input("connectionPoolConfig"))
	assert.Equal(t, "tenfold-test-db", inv.One(t, "aws:rds/proxyTarget:ProxyTarget", "db-proxy").Input("dbClusterIdentifier"))
	assert.Equal(t, map[string]any{"Version": "2012-10-17", "Statement": []any{
		map[string]any{"Effect": "Allow", "Action": []any{"secretsmanager:GetSecretValue"}, "Resource": secretARN},
		map[string]any{"Effect": "Allow", "Action": []any{"kms:Decrypt"}, "Resource": secretKeyARN, "Condition": map[string]any{
			"StringEquals": map[string]any{"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"},
		}},
	}}, inv.One(t, "aws:iam/rolePolicy:RolePolicy", "db-proxy").JSON(t, "policy"))
}

func TestOnlyTheProxyReachesTheDatabaseFromItsGroup(t *testing.T) {
	inv, c := run(t, postgres.Args{Proxy: pooled()})
	database := await(t, c.SecurityGroupID)
	proxy := inv.One(t, "aws:rds/proxy:Proxy", "db-proxy").Input("vpcSecurityGroupIds").([]any)[0]
	in := inv.One(t, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "db-proxy")
	out := inv.One(t, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "db-proxy")
	assert.Equal(t, []any{database, proxy}, []any{in.Input("securityGroupId"), in.Input("referencedSecurityGroupId")})
	assert.Equal(t, []any{proxy, database}, []any{out.Input("securityGroupId"), out.Input("referencedSecurityGroupId")})
	for _, rule := range []ct.Resource{in, out} {
		assert.Equal(t, []any{"tcp", 5432.0, 5432.0}, []any{rule.Input("ipProtocol"), rule.Input("fromPort"), rule.Input("toPort")})
	}
}

func TestServicesGoThroughTheProxyAndMigrationsDoNot(t *testing.T) {
	inv, c := run(t, postgres.Args{Proxy: pooled()})
	group := inv.One(t, "aws:rds/proxy:Proxy", "db-proxy").Input("vpcSecurityGroupIds").([]any)[0]
	app := c.Connect()
	require.NoError(t, access.Validate([]access.Grant{app}))
	assert.Equal(t, group, await(t, app.Reach[0].SecurityGroupID))
	assert.True(t, strings.HasSuffix(await(t, app.Allow[0].Resources[0]), "/"+postgres.ApplicationRole))
	assert.NotContains(t, await(t, app.Allow[0].Resources[0]), await(t, c.ResourceID), "the permission names the proxy")
	assert.NotEqual(t, await(t, c.Endpoint), await(t, app.Env["DB_HOST"]))
	migrate, err := c.ConnectAs(postgres.MigratorRole)
	require.NoError(t, err)
	for _, direct := range []access.Grant{migrate, c.ConnectReadOnly()} {
		assert.Equal(t, await(t, c.SecurityGroupID), await(t, direct.Reach[0].SecurityGroupID))
		assert.Contains(t, await(t, direct.Allow[0].Resources[0]), await(t, c.ResourceID))
	}
}

func TestWithoutAProxyThereIsNothingOfIt(t *testing.T) {
	inv, _ := run(t, postgres.Args{})
	assert.NotContains(t, inv.Text(), "proxy")
}

func TestAProxyIsWatched(t *testing.T) {
	got := &ct.Monitors{}
	run(t, postgres.Args{Proxy: pooled(), Monitors: got})
	specs := got.ByKey("db")
	for _, id := range []string{"prx-auth", "prx-avail", "prx-borrow", "prx-fail", "prx-sat"} {
		require.Contains(t, specs, id)
		assert.Equal(t, "tenfold-test-db-proxy", specs[id].Query.Series()[0].Of[0].Value)
	}
	assert.Equal(t, monitor.AlertAndWarn(100000, 30000), specs["prx-borrow"].Levels.Critical)
}

func TestWhatAProxyExcludesIsRefused(t *testing.T) {
	half := postgres.Proxy{SecretARN: pulumi.String(secretARN), MaxConnectionsPercent: 101, BorrowTimeout: 2 * time.Hour, IdleTimeout: time.Second}
	_, err := ct.RunErr(t, func(ctx *pulumi.Context) error {
		_, err := postgres.New(ctx, "db", complete(postgres.Args{Proxy: half, AutoPause: time.Hour}))
		return err
	})
	for _, want := range []string{
		"AutoPause must be left out with Proxy; the proxy's connections keep instances awake",
		"Proxy must have both SecretARN and SecretKeyARN, or neither",
		"Proxy.MaxConnectionsPercent must be 1 to 100, got 101",
		"Proxy.BorrowTimeout must be 1s to 1h in whole seconds, got 2h0m0s",
		"Proxy.IdleTimeout must be 1m to 8h in whole seconds, got 1s",
	} {
		assert.ErrorContains(t, err, `postgres cluster "db": `+want)
	}
}
