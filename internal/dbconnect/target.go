// Package dbconnect opens connections to the database the way Tenfold allows:
// to the writer, over TLS that verifies the certificate and the host name, with
// an IAM token or the administrator's secret. There is no weaker fallback. A
// connection string is taken as well, for a database on this machine or one
// that it reaches with the same kind of TLS.
//
// No password and no token ever becomes part of an error.
package dbconnect

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// Target says which database to connect to and how.
type Target struct {
	// URL is a connection string. It excludes all other fields. Without TLS it
	// may only name a unix socket or the loopback interface.
	// Default: the other fields decide.
	URL string

	// Endpoint is the host name of the cluster's writer.
	Endpoint string

	// Port is the port the database listens on. Default: 5432.
	Port int

	// Database is the name of the database.
	Database string

	// Region is the AWS region that signs IAM tokens. Default: the region of the
	// AWS configuration.
	Region string

	// CAFile is a PEM file with the certificate authorities of the server, on
	// AWS the RDS bundle (global-bundle.pem). Default: the system's authorities,
	// which do not include those of RDS instances.
	CAFile string

	// SecretARN is the Secrets Manager secret with the administrator's name and
	// password. Default: only the migrator can connect.
	SecretARN string

	// Tunnel is the address of a local tunnel to the endpoint. TLS and the IAM
	// token still name the endpoint. Default: connect to the endpoint itself.
	Tunnel string

	// ApplicationName is how the session shows up in pg_stat_activity.
	// Default: tenfold.
	ApplicationName string
}

// Names of the environment variables that FromEnvironment reads.
const (
	EnvURL       = "TENFOLD_DATABASE_URL"
	EnvEndpoint  = "TENFOLD_DATABASE_ENDPOINT"
	EnvPort      = "TENFOLD_DATABASE_PORT"
	EnvDatabase  = "TENFOLD_DATABASE_NAME"
	EnvRegion    = "TENFOLD_DATABASE_REGION"
	EnvCAFile    = "TENFOLD_DATABASE_CA_FILE"
	EnvSecretARN = "TENFOLD_DATABASE_SECRET_ARN"
	EnvTunnel    = "TENFOLD_DATABASE_TUNNEL"
)

// FromEnvironment reads a target from environment variables; getenv is usually
// os.Getenv.
func FromEnvironment(getenv func(string) string) (Target, error) {
	t := Target{
		URL: getenv(EnvURL), Endpoint: getenv(EnvEndpoint), Database: getenv(EnvDatabase), Region: getenv(EnvRegion),
		CAFile: getenv(EnvCAFile), SecretARN: getenv(EnvSecretARN), Tunnel: getenv(EnvTunnel),
	}
	if port := getenv(EnvPort); port != "" {
		n, err := strconv.Atoi(port)
		if err != nil {
			return Target{}, fmt.Errorf("%s must be a port number, got %q", EnvPort, port)
		}
		t.Port = n
	}
	return t, nil
}

// Check returns everything that is wrong with the target, without connecting.
func (t Target) Check() error {
	if t.URL != "" {
		if t.Endpoint != "" {
			return errors.New("give either a connection string or an endpoint, not both")
		}
		_, err := t.fromURL()
		return err
	}
	var problems []error
	if t.Endpoint == "" {
		problems = append(problems, fmt.Errorf("the database is not named; give --endpoint (%s) or, for a local one, --url (%s)",
			EnvEndpoint, EnvURL))
	}
	if t.Database == "" {
		problems = append(problems, fmt.Errorf("the name of the database is missing; give --database (%s)", EnvDatabase))
	}
	if t.Port < 0 || t.Port > 65535 {
		problems = append(problems, fmt.Errorf("port must be between 1 and 65535, got %d", t.Port))
	}
	if t.Tunnel != "" {
		if _, _, err := net.SplitHostPort(t.Tunnel); err != nil {
			problems = append(problems, fmt.Errorf("tunnel must be host:port, got %q", t.Tunnel))
		}
	}
	return errors.Join(append(problems, checkEndpoint(t.Endpoint))...)
}

// checkEndpoint refuses the endpoints that cannot carry a migration.
func checkEndpoint(endpoint string) error {
	switch {
	case strings.ContainsAny(endpoint, ":/@ "):
		return fmt.Errorf("endpoint must be a host name, got %q; give the port as --port", endpoint)
	case net.ParseIP(endpoint) != nil:
		return fmt.Errorf("endpoint must be the host name in the server's certificate, got the address %s", endpoint)
	case strings.Contains(endpoint, ".proxy-"):
		return fmt.Errorf("endpoint %s is an RDS Proxy, which shares sessions and so cannot hold the migration lock; "+
			"give the cluster's writer endpoint", endpoint)
	case strings.Contains(endpoint, ".cluster-ro-"):
		return fmt.Errorf("endpoint %s is the cluster's reader; give the writer endpoint", endpoint)
	}
	return nil
}

func (t Target) port() int {
	if t.Port == 0 {
		return 5432
	}
	return t.Port
}

func (t Target) address() string { return net.JoinHostPort(t.Endpoint, strconv.Itoa(t.port())) }

// Or returns the target with what it leaves open taken from other. A connection
// string and an endpoint exclude each other, so the one that is given here keeps
// the other one out.
func (t Target) Or(other Target) Target {
	if t.URL != "" {
		other = Target{}
	}
	if t.Endpoint != "" {
		other.URL = ""
	}
	return Target{
		URL: cmp.Or(t.URL, other.URL), Endpoint: cmp.Or(t.Endpoint, other.Endpoint), Port: cmp.Or(t.Port, other.Port),
		Database: cmp.Or(t.Database, other.Database), Region: cmp.Or(t.Region, other.Region),
		CAFile: cmp.Or(t.CAFile, other.CAFile), SecretARN: cmp.Or(t.SecretARN, other.SecretARN),
		Tunnel: cmp.Or(t.Tunnel, other.Tunnel), ApplicationName: cmp.Or(t.ApplicationName, other.ApplicationName),
	}
}
