package dbconnect

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const writer = "app.cluster-abcdefghijkl.eu-west-1.rds.amazonaws.com"

func TestTargetNamesEverythingThatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		target Target
		want   []string
	}{
		"nothing": {Target{}, []string{
			"the database is not named; give --endpoint (TENFOLD_DATABASE_ENDPOINT) or, for a local one, --url (TENFOLD_DATABASE_URL)",
			"the name of the database is missing; give --database (TENFOLD_DATABASE_NAME)"}},
		"both":    {Target{URL: "host=/tmp", Endpoint: writer}, []string{"give either a connection string or an endpoint, not both"}},
		"port":    {Target{Endpoint: writer, Database: "app", Port: 70000}, []string{"port must be between 1 and 65535, got 70000"}},
		"tunnel":  {Target{Endpoint: writer, Database: "app", Tunnel: "localhost"}, []string{`tunnel must be host:port, got "localhost"`}},
		"url":     {Target{Endpoint: "postgres://" + writer, Database: "app"}, []string{"endpoint must be a host name, got"}},
		"address": {Target{Endpoint: "10.0.0.1", Database: "app"}, []string{"endpoint must be the host name in the server's certificate, got the address 10.0.0.1"}},
		"proxy": {Target{Endpoint: "app.proxy-abcdefghijkl.eu-west-1.rds.amazonaws.com", Database: "app"},
			[]string{"is an RDS Proxy, which shares sessions and so cannot hold the migration lock; give the cluster's writer endpoint"}},
		"reader": {Target{Endpoint: "app.cluster-ro-abcdefghijkl.eu-west-1.rds.amazonaws.com", Database: "app"},
			[]string{"is the cluster's reader; give the writer endpoint"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(c.target, nil)
			require.Error(t, err)
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}
	assert.NoError(t, Target{Endpoint: writer, Database: "app"}.Check())
}

func TestConnectionStringWithoutVerifiedTLSIsRefusedUnlessTheDatabaseIsOnThisMachine(t *testing.T) {
	for _, refused := range []string{
		"postgres://app@db.example.com/app",
		"postgres://app@db.example.com/app?sslmode=disable",
		"postgres://app@db.example.com/app?sslmode=allow",
		"postgres://app@db.example.com/app?sslmode=prefer",
		"postgres://app@db.example.com/app?sslmode=require",
		"postgres://app@db.example.com/app?sslmode=verify-ca",
		"host=127.0.0.1,db.example.com dbname=app sslmode=disable",
		"host=10.0.0.1 dbname=app sslmode=require",
	} {
		assert.ErrorContains(t, Target{URL: refused}.Check(), "without TLS that verifies the certificate and the host name; "+
			"add sslmode=verify-full and sslrootcert=FILE", refused)
	}
	for _, accepted := range []string{
		"postgres://app@db.example.com/app?sslmode=verify-full",
		"host=/run/postgresql dbname=app sslmode=disable",
		"postgres://app@localhost/app?sslmode=disable",
		"postgres://app@127.0.0.1:5433/app",
		"host=::1 dbname=app sslmode=disable",
	} {
		assert.NoError(t, Target{URL: accepted}.Check(), accepted)
	}
}

func TestUnreadableConnectionStringIsNotQuoted(t *testing.T) {
	for _, url := range []string{"postgres://app:correct-horse@[db/app", "postgres://app:correct-horse@db:port/app", "password='correct-horse"} {
		err := Target{URL: url}.Check()
		require.ErrorContains(t, err, "the connection string cannot be read; write postgres://")
		assert.NotContains(t, err.Error(), "horse")
	}
}

func TestTargetReadsTheEnvironment(t *testing.T) {
	env := map[string]string{EnvEndpoint: writer, EnvPort: "5433", EnvDatabase: "app", EnvRegion: "eu-west-1",
		EnvCAFile: "ca.pem", EnvSecretARN: "arn", EnvTunnel: "localhost:1"}
	got, err := FromEnvironment(func(name string) string { return env[name] })
	require.NoError(t, err)
	assert.Equal(t, Target{Endpoint: writer, Port: 5433, Database: "app", Region: "eu-west-1", CAFile: "ca.pem", SecretARN: "arn", Tunnel: "localhost:1"}, got)
	_, err = FromEnvironment(func(string) string { return "x" })
	assert.EqualError(t, err, `TENFOLD_DATABASE_PORT must be a port number, got "x"`)
}

func TestFlagsWinOverTheEnvironmentAndTheTwoKindsAreNotMixed(t *testing.T) {
	env := Target{Endpoint: writer, Database: "app", SecretARN: "arn"}
	assert.Equal(t, Target{URL: "host=/tmp"}, Target{URL: "host=/tmp"}.Or(env))
	assert.Equal(t, Target{Endpoint: "other.example.com", Database: "app", SecretARN: "arn"}, Target{Endpoint: "other.example.com"}.Or(env))
	assert.Equal(t, Target{Endpoint: writer}, Target{Endpoint: writer}.Or(Target{URL: "host=/tmp"}))
}

func TestSecretThatIsNotALoginIsNotQuoted(t *testing.T) {
	user, password, err := parseSecret("arn", `{"username":"admin","password":"p","engine":"postgres"}`)
	require.NoError(t, err)
	assert.Equal(t, []string{"admin", "p"}, []string{user, password})
	for _, text := range []string{"", "correct-horse", `{"password":"correct-horse"}`, `{"username":"a","password":1}`} {
		_, _, err := parseSecret("arn:x", text)
		require.EqualError(t, err, `secret arn:x is not a JSON object with "username" and "password"; name the cluster's master user secret`)
	}
}
